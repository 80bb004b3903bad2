"""Exceptions as messages, JSON and exit codes. A traceback is never shown: a fault of the engine goes to a report.

With `--output json` (or `--format json`) standard output holds one object all the same: for a wrong spec what
`weft validate` prints (schemas/validate.schema.json), else the error (schemas/error.schema.json). With `jsonl` it is
the last line.
"""

from __future__ import annotations

import os
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.cli.printing import print_json, say
from engine.diagnostics import as_json
from engine.errors import EngineFault, RunLeft, SpecError, Unavailable, UsageError, WeftError
from engine.execute.secrets import scrub_all
from engine.text.snippet import visible

_EXITS: tuple[tuple[type[WeftError], int, str], ...] = (
    (SpecError, 1, "spec"),
    (UsageError, 2, "usage"),
    (Unavailable, 5, "unavailable"),
)


def report_failure(error: Exception, arguments: list[str]) -> int:
    """Tell the user and return the exit code."""
    for kind, code, name in _EXITS:
        if isinstance(error, kind):
            return _told(error, code, name, arguments)
    path = _write_report(error, arguments)
    said = error.message if isinstance(error, WeftError) else f"{type(error).__name__}: {error}"
    where = (
        f"the report was written to {path}; please send it to the developers"
        if path
        else "no report could be written"
    )
    fault = EngineFault(f"a fault of the engine: {said}", hint=where)
    return _told(fault, 3, "internal", arguments)


def _told(error: WeftError, code: int, name: str, arguments: list[str]) -> int:
    error.message, error.hint = scrub_all(error.message), error.hint and scrub_all(error.hint)
    form = json_form(arguments)
    if form == "json":
        print_json(_as_json(error, name), indent=None)
    elif form == "jsonl":
        from engine.cli.jsonl import closing_line

        kind = "problems" if isinstance(error, SpecError) else "error"
        print_json(closing_line(kind, _as_json(error, name)), indent=None)
    say("weft: " + "\n      ".join(map(visible, error.message.split("\n"))))
    for line in (error.hint or "").splitlines():
        say(f"      {visible(line)}")
    if isinstance(error, RunLeft) and error.resume:
        say(f"the run can be resumed with:\n{error.resume}")
    return 128 + error.signal if isinstance(error, RunLeft) and error.signal else code


def _as_json(error: WeftError, name: str) -> dict[str, Any]:
    if isinstance(error, SpecError):
        return as_json(error.diagnostics, 1)
    told = {"type": name, "code": type(error).__name__, "message": error.message, "hint": error.hint}
    return {"version": 1, "error": told}


def json_form(arguments: list[str]) -> str | None:
    """`json` or `jsonl` where the call asked for it, as far as that can be read from a call that may be wrong."""
    asked = None
    for word, following in zip(arguments, [*arguments[1:], ""], strict=True):
        option, equals, value = word.partition("=")
        if option in ("--output", "--format"):
            asked = value if equals else following
    return asked if asked in ("json", "jsonl") else None


def _write_report(error: Exception, arguments: list[str]) -> Path | None:
    """The traceback in a file of its own, below `.weft` where there is one."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    trace = scrub_all("".join(traceback.format_exception(error)))
    # Values of inputs may be secret: only the words of the call that are options or commands are kept.
    words = arguments[:1] + [word.partition("=")[0] for word in arguments[1:] if word.startswith("-")]
    for folder in (Path(".weft"), Path(tempfile.gettempdir())):
        path = folder / f"weft-fault-{stamp}-{os.getpid()}.txt"
        try:
            path.write_text(f"weft {' '.join(words)}\n\n{trace}", encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue  # there is no such folder, or it cannot be written to: the next one
        return path
    return None
