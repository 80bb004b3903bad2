"""`weft signal`: tell a run what one of its steps waits for."""

from __future__ import annotations

import sys
from typing import Any

import click

from engine.app.bulk import Bulk
from engine.app.project import store_name
from engine.app.project_file import project_here
from engine.cli.jsonl import JsonLines
from engine.cli.options import output_option, profile_option, secret_inputs_option, store_option
from engine.cli.printed import results_alone
from engine.cli.printing import say
from engine.cli.progress import RunObserver, observer_for
from engine.cli.results import exit_code, print_end
from engine.cli.secret_inputs import from_call
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
    from engine.app.running import RunOptions
    from engine.app.signalling import signal

    store = store or store_name(None, project_here(profile))
    observer: RunObserver = JsonLines(sys.stdout, Bulk(store)) if output == "jsonl" else observer_for(None)
    with observer, results_alone():
        options = RunOptions(store, None, None, observer.see, signals=True, know=observer.know)
        options.profile = profile
        options.say = say
        options.secret_inputs = from_call(pairs)
        done = signal(run, name, _data(data), options)
    if done.left_to is not None:
        say(f"the signal is recorded; {done.left_to} will hand it on")
        if output == "text":
            return 0  # what the run was a moment ago is no news
    print_end(done.end, output, store, observer)
    return 0 if done.end.status in ("running", "waiting", "succeeded") else exit_code(done.end)


def _data(text: str | None) -> Any:
    """The value of --data. Raises UsageError for what is no JSON, by the rules of a spec file."""
    if text is None:
        return None
    tree, found = load_text(text, "--data", "json")
    if tree is None or found.errors:
        problem = next(iter(found))
        raise UsageError(f"--data is no JSON: {problem.message}", hint="quote it for the shell: --data '{…}'")
    return tree.root
