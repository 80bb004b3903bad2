"""`weft cancel`: end a run that has not ended, wherever it is under way."""

from __future__ import annotations

import sys

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

EPILOG = """\b
Examples:
  weft cancel 0193a1c2
  weft cancel 0193a1c2 --wait --output json
"""


@click.command(epilog=EPILOG)
@click.argument("run")
@click.option("--wait", is_flag=True, help="Return when the run has ended.")
@secret_inputs_option("A secret input, where the run has to be taken over.")
@store_option()
@profile_option()
@output_option("text", "json", "jsonl")
def command(
    run: str, wait: bool, pairs: tuple[str, ...], store: str | None, profile: str | None, output: str
) -> int:
    """Cancel RUN (an id or a unique beginning of one): its calls are stopped, its `finally` runs, it ends cancelled.

    The process that owns the run is told; where none lives, this one ends the run itself. Exit code 4: the run ended
    otherwise before it could be cancelled.
    """
    from engine.app.cancelling import cancel
    from engine.app.running import RunOptions

    store = store or store_name(None, project_here(profile))
    observer: RunObserver = JsonLines(sys.stdout, Bulk(store)) if output == "jsonl" else observer_for(None)
    with observer, results_alone():
        options = RunOptions(store, None, None, observer.see, signals=True, know=observer.know)
        options.profile = profile
        options.say = say
        options.secret_inputs = from_call(pairs)
        done = cancel(run, options, wait=wait)
    if done.left_to is not None:
        say(f"the wish is recorded; {done.left_to} will cancel the run (--wait waits for it)")
    print_end(done.end, output, store, observer)
    if done.left_to is not None or done.end.status == "cancelled":
        return 0
    return exit_code(done.end)
