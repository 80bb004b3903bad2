"""Options that several commands share, and a choice that suggests the nearest value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from engine.errors import UsageError
from engine.text import suggestion
from engine.text.snippet import shortened

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class OneOf(click.Choice):  # type: ignore[type-arg,unused-ignore]
    """A click.Choice whose refusal names the nearest of what there is."""

    def __init__(self, *choices: str) -> None:
        super().__init__(list(choices))

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value in self.choices:
            return value
        option = param.opts[0] if param is not None else "the option"
        raise UsageError(
            f'"{shortened(str(value))}" is no value of {option}', hint=suggestion(str(value), self.choices)
        )


def store_option(about: str = "Where the run is recorded.") -> Decorator:
    """`--store URL`."""
    return click.option("--store", metavar="URL", help=f"{about} [.weft/weft.db]")


def secret_inputs_option(about: str = "A secret input: its value is not recorded.") -> Decorator:
    """`-i NAME=VALUE` of a command that takes up a recorded run; gives `pairs`."""
    return click.option("-i", "--input", "pairs", multiple=True, metavar="NAME=VALUE", help=about)


def profile_option() -> Decorator:
    """`--profile NAME`."""
    about = "The profile of weft.toml that holds. [$WEFT_PROFILE]"
    return click.option("--profile", metavar="NAME", help=about)


def output_option(*choices: str, about: str = "How to print the result.") -> Decorator:
    """`--output text|json|…`."""
    return click.option("--output", type=OneOf(*choices), default=choices[0], help=f"{about} [{choices[0]}]")


def executor_option() -> Decorator:
    """`--executor NAME`."""
    usual = "[$WEFT_EXECUTOR; threads, python: processes]"
    about = f"Where blocking calls are made: inline, threads, processes, or an installed one. {usual}"
    return click.option("--executor", metavar="NAME", help=about)


def max_parallel_option() -> Decorator:
    """`--max-parallel N`."""
    about = "Most tool calls at once (the smaller limit holds)."
    return click.option("--max-parallel", type=click.IntRange(min=1), metavar="N", help=about)
