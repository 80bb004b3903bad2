"""The Diagnostic: one problem of what an author wrote, as a small value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.diagnostics.codes import CODES
from engine.text import Span
from engine.text.snippet import shortened

MESSAGE_MAX = 400
Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that explains the problem ("declared here")."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem. `message` is lower case without a full stop and quotes the offending text; `hint` says what to do.

    `code` is one of `codes.CODES`; its name and usual severity stand there.
    """

    code: str
    message: str
    span: Span
    hint: str | None = None
    related: tuple[Related, ...] = ()
    severity: Severity = "error"

    @property
    def name(self) -> str:
        return CODES[self.code].name

    def __str__(self) -> str:
        """`file:line:column: severity: message [code name] (hint)`"""
        told = f"{self.span}: {self.severity}: {self.message} [{self.code} {self.name}]"
        return f"{told} ({self.hint})" if self.hint else told


def problem(code: str, message: str, span: Span, hint: str | None = None, *related: Related) -> Diagnostic:
    """A Diagnostic with the severity its code usually has; its texts on one line, escaped and not endless."""
    told = shortened(message, MESSAGE_MAX)
    return Diagnostic(code, told, span, hint and shortened(hint, MESSAGE_MAX), related, CODES[code].severity)
