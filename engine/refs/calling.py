"""Calls filters and tests: their arguments found by place and name while compiling, handed over while
evaluating."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from engine.refs.bounds import Evaluation
from engine.refs.signatures import REQUIRED, Signature
from engine.refs.values import Missing
from engine.text.nearest import suggestion

Run = Callable[[Evaluation], Any]


class Bound(NamedTuple):
    """`run(evaluation, value, *arguments)` with the arguments' own functions, in the order of the
    parameters."""

    run: Callable[..., Any]
    arguments: tuple[Run, ...]
    gives: str | None
    lenient: bool


def bind(
    what: str, name: str, found: Signature, given: list[Run], named: dict[str, Run]
) -> tuple[str, Bound | None]:
    """Arguments put in their places; otherwise what is wrong with them, and None."""
    names = found.names
    if len(given) > len(names):
        many = "no arguments" if not names else f"at most {len(names)}: {', '.join(names)}"
        return f'the {what} "{name}" takes {many}', None
    slots = dict(zip(names, given, strict=False))
    for key, run in named.items():
        if key not in names or key in slots:
            return _misnamed(what, name, names, key), None
        slots[key] = run
    arguments = []
    for each, default in zip(names, found.defaults, strict=True):
        run_or_none = slots.get(each)
        if run_or_none is None:
            if default is REQUIRED:
                return f'the {what} "{name}" wants an argument: {name}({each})', None
            run_or_none = _always(default)
        arguments.append(run_or_none)
    # Trailing defaults are the function's own business: fewer calls.
    while arguments and names[len(arguments) - 1] not in slots:
        arguments.pop()
    return "", Bound(found.run, tuple(arguments), found.gives, found.lenient)


def _misnamed(what: str, name: str, names: tuple[str, ...], key: str) -> str:
    if key in names:
        return f'the {what} "{name}" is given "{key}" twice'
    hint = suggestion(key, names)
    return f'the {what} "{name}" has no argument "{key}"' + (f"; {hint}" if hint else "")


def _always(value: Any) -> Run:
    return lambda _evaluation: value


def applied(bound: Bound, left: Run) -> Run:
    """A function that applies `bound` to what `left` gives."""
    run, arguments = bound.run, bound.arguments
    if bound.lenient:
        return lambda evaluation: run(evaluation, left(evaluation), *[each(evaluation) for each in arguments])
    if not arguments:

        def alone(evaluation: Evaluation) -> Any:
            value = left(evaluation)
            if type(value) is Missing:
                raise value.error()
            return run(evaluation, value)

        return alone

    def with_arguments(evaluation: Evaluation) -> Any:
        value = left(evaluation)
        if type(value) is Missing:
            raise value.error()
        return run(evaluation, value, *[each(evaluation) for each in arguments])

    return with_arguments
