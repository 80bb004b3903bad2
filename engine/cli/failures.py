"""Exceptions as messages and exit codes. A traceback is never shown: a fault of the engine is written to a report."""

from __future__ import annotations

import json
import os
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from engine.errors import EngineFault, SpecError, Unavailable, UsageError, WeftError

_EXITS: tuple[tuple[type[WeftError], int, str], ...] = (
    (SpecError, 1, "spec"),
    (UsageError, 2, "usage"),
    (Unavailable, 5, "unavailable"),
    (EngineFault, 3, "internal"),
    (WeftError, 3, "internal"),
)


def report_failure(error: Exception, arguments: list[str]) -> int:
    """Tell the user and return the exit code."""
    for kind, code, name in _EXITS:
        if isinstance(error, kind) and code != 3:
            return _told(error, code, name, arguments)
    path = _write_report(error, arguments)
    message = error.message if isinstance(error, WeftError) else f"{type(error).__name__}: {error}"
    text = f"a fault of the engine: {message}"
    hint = f"the report is in {path}; please send it to the developers"
    return _told(EngineFault(text, hint=hint), 3, "internal", arguments)


def _told(error: WeftError, code: int, name: str, arguments: list[str]) -> int:
    if _wants_json(arguments):
        told = {"type": name, "code": type(error).__name__, "message": error.message, "hint": error.hint}
        click.echo(json.dumps({"version": 1, "error": told}, ensure_ascii=False))
    click.echo(f"weft: {error.message}", err=True)
    if error.hint:
        click.echo(f"      {error.hint}", err=True)
    return code


def _wants_json(arguments: list[str]) -> bool:
    pairs = zip(arguments, arguments[1:], strict=False)
    return "--output=json" in arguments or ("--output", "json") in pairs


def _write_report(error: Exception, arguments: list[str]) -> Path:
    """The traceback in a file of its own, below `.weft` where there is one."""
    folder = Path(".weft") if Path(".weft").is_dir() else Path(tempfile.gettempdir())
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    path = folder / f"weft-fault-{stamp}-{os.getpid()}.txt"
    trace = "".join(traceback.format_exception(error))
    # Values of inputs may be secret: only the words of the call that are options or commands are kept.
    words = [word for word in arguments if word.startswith("-") and "=" not in word] + arguments[:1]
    path.write_text(f"weft {' '.join(words)}\n\n{trace}", encoding="utf-8")
    return path


def as_json(value: Any) -> str:
    """JSON for people and programs: two spaces, text as it is."""
    return json.dumps(value, ensure_ascii=False, indent=2)
