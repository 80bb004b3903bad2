"""`weft signal`: tell a run what one of its steps waits for."""

from __future__ import annotations

from typing import Any

import click

from engine.cli.options import output_option, profile_option, secret_inputs_option, store_option
from engine.cli.printing import say
from engine.cli.taking_up import taking_up
from engine.errors import UsageError
from engine.spec.load import load_text

EPILOG = """\b
Examples:
  weft signal 0193a1c2 approve
  weft signal 0193a1c2 approve --data '{"by": "ada"}'
"""


@click.command(epilog=EPILOG)
@click.argument("run")
@click.argument("name")
@click.option("--data", metavar="JSON", help="What the waiting step gives as its data; null without it.")
@secret_inputs_option("A secret input, where the run has to be taken over.")
@store_option()
@profile_option()
@output_option("text", "json", "jsonl")
def command(
    run: str,
    name: str,
    data: str | None,
    pairs: tuple[str, ...],
    store: str | None,
    profile: str | None,
    output: str,
) -> int:
    """Send the signal NAME to RUN (an id or a unique beginning of one), for the step that waits for it.

    The process that owns the run is told; where none lives, this one goes on with the run until it ends or waits again.
    """
    from engine.app.signalling import signal

    with taking_up(output, store, profile, pairs) as taking:
        done = signal(run, name, _data(data), taking.options)
    if done.left_to is not None:
        say(f"the signal is recorded; {done.left_to} will hand it on")
        if output == "text":
            return 0  # what the run was a moment ago is no news
    code = taking.print(done.end)
    return 0 if done.end.status in ("running", "waiting", "succeeded") else code


def _data(text: str | None) -> Any:
    """The value of --data. Raises UsageError for what is no JSON, by the rules of a spec file."""
    if text is None:
        return None
    tree, found = load_text(text, "--data", "json")
    if tree is None or found.errors:
        problem = next(iter(found))
        raise UsageError(f"--data is no JSON: {problem.message}", hint="quote it for the shell: --data '{…}'")
    return tree.root
