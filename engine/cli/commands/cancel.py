"""`weft cancel`: end a run that has not ended, wherever it is under way."""

from __future__ import annotations

import click

from engine.cli.options import output_option, profile_option, secret_inputs_option, store_option
from engine.cli.printing import say
from engine.cli.taking_up import taking_up

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

    with taking_up(output, store, profile, pairs) as taking:
        done = cancel(run, taking.options, wait=wait)
    if done.left_to is not None:
        say(f"the wish is recorded; {done.left_to} will cancel the run (--wait waits for it)")
    code = taking.print(done.end)
    return 0 if done.left_to is not None or done.end.status == "cancelled" else code or 4
