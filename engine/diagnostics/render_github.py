"""Diagnostics as workflow commands of GitHub Actions: each becomes an annotation at its line.

Property values and messages are escaped by the rules of that format; nothing an author wrote can end or begin a command.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.diagnostics.diagnostic import Diagnostic
from engine.text.snippet import visible

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def as_github(items: Iterable[Diagnostic]) -> list[str]:
    """`::error file=…,line=…,col=…,title=…::message`, one line a problem."""
    return [_command(item) for item in items]


def _command(item: Diagnostic) -> str:
    place = {"file": item.span.file, "line": str(item.span.line), "col": str(item.span.column)}
    properties = {**place, "title": f"{item.code} {item.name}"}
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    message = visible(item.message) + (f"\n{visible(item.hint)}" if item.hint else "")
    # An older form of command is read anywhere in a line: what an author wrote must not be one.
    return f"::{_COMMANDS[item.severity]} {written}::{_escaped(message)}".replace("##[", "## [")


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
