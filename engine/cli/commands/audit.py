"""`weft audit`: the trail of calls through connections; `weft audit verify`: is it as it was written?"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from engine.app.project import store_name
from engine.app.project_file import project_here
from engine.cli.options import OneOf, output_option, profile_option, store_option
from engine.cli.printing import print_json, say, tell
from engine.cli.wording import duration
from engine.errors import UsageError
from engine.text.snippet import visible

if TYPE_CHECKING:
    from engine.app.auditing import Verified

EVENTS = {
    "tool_execution_success": "succeeded",
    "tool_execution_failure": "failed",
    "tool_execution_denied": "denied",
}

EPILOG = """\b
Examples:
  weft audit --tool warehouse --since 2026-01-31
  weft audit verify --store postgresql://weft@db/weft
"""


@click.command(epilog=EPILOG)
@click.argument("what", required=False, type=OneOf("verify"))
@click.option("--run", metavar="RUN", help="Only calls of this run (an id or a unique beginning of one).")
@click.option("--tool", metavar="TOOL", help="Only calls of this connection.")
@click.option("--since", metavar="TIME", help="Only calls that ended since this date or time (RFC 3339).")
@store_option("The store that holds the trail.")
@profile_option()
@output_option("text", "json", about="How to print the entries.")
def command(
    what: str | None,
    run: str | None,
    tool: str | None,
    since: str | None,
    store: str | None,
    profile: str | None,
    output: str,
) -> int:
    """Print the audit trail: who called which connection, in which run, and how that ended. Names of parameters, no values.

    `verify` looks whether the trail is as it was written: exit code 1 where an entry was changed or is missing.
    """
    store = store or store_name(None, project_here(profile))
    if what == "verify":
        if run or tool or since:
            raise UsageError("verify looks at the whole trail", hint="leave out --run, --tool and --since")
        return _verify(store, output)
    from engine.app.auditing import audit_entries
    from engine.app.looking import moment_seconds

    moment = None if since is None else moment_seconds(since)
    entries = audit_entries(store, run=run, tool=tool, since=moment)
    if output == "json":
        print_json({"version": 1, "entries": list(entries)})
        return 0
    first = next(entries, None)
    if first is None:
        say("no entries")
        return 0
    for entry in chain((first,), entries):
        tell(visible(_line(entry)))
    return 0


def _verify(store: str, output: str) -> int:
    from engine.app.auditing import verify_audit

    seen = verify_audit(store)
    if output == "json":
        print_json(
            {
                "version": 1,
                "entries": seen.entries,
                "head": seen.head,
                "damages": [{"number": one.number, "message": one.message} for one in seen.damages],
            }
        )
    else:
        for one in seen.damages:
            tell(visible(f"damage: {one.message}"))
    say(_summary(seen))
    return 1 if seen.damages else 0


def _summary(seen: Verified) -> str:
    entries = f"{seen.entries:,} entr{'y' if seen.entries == 1 else 'ies'}"
    if seen.damages:
        return f"weft: {entries} looked at: the trail is damaged"
    return f"weft: {entries} looked at: nothing is damaged; the head is {(seen.head or '')[:16]}"


def _line(entry: dict[str, Any]) -> str:
    if entry.get("damaged"):
        return f"{entry['number']}  run {entry['run']}  cannot be read: see weft audit verify"
    took = "-" if entry["execution_time"] is None else duration(entry["execution_time"])
    call = f"{entry['tool']}.{entry['operation']}({', '.join(entry['input_params'])})"
    error = entry["error"]
    why = "" if error is None else "  " + ": ".join(str(error[key]) for key in ("type", "code") if error[key])
    who = f"  by {entry['user_id']}" if entry["user_id"] else ""
    ended = EVENTS.get(entry["event"], entry["event"])
    when = str(entry["timestamp"])[:19].replace("T", " ")
    return f"{entry['number']}  {when}  {entry['run']}  {entry['call_id']}  {call}  {ended}  {took}{who}{why}"
