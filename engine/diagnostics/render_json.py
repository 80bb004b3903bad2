"""Diagnostics as the JSON of `weft validate --format json` (schemas/validate.schema.json)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.diagnostics.diagnostic import Diagnostic
from engine.text import Span


def as_json(items: Iterable[Diagnostic], files: int) -> dict[str, Any]:
    """`{"version": 1, "files": N, "problems": […]}`."""
    return {"version": 1, "files": files, "problems": [_problem(item) for item in items]}


def _problem(item: Diagnostic) -> dict[str, Any]:
    return {
        **_place(item.span),
        "code": item.code,
        "name": item.name,
        "severity": item.severity,
        "message": item.message,
        "hint": item.hint,
        "related": [{**_place(r.span), "message": r.message} for r in item.related],
        "fixes": [],
        "url": None,
    }


def _place(span: Span) -> dict[str, Any]:
    file, line, column, end_line, end_column = span
    return {"file": file, "line": line, "column": column, "end_line": end_line, "end_column": end_column}
