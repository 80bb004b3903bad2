"""Diagnostics as SARIF 2.1.0, which code scanning services read. Columns count code points and the end is exclusive, as in
a Span."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from engine.diagnostics.codes import CODES
from engine.diagnostics.diagnostic import Diagnostic
from engine.diagnostics.explanation import explanation
from engine.text import Span
from engine.version import VERSION

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def as_sarif(items: Iterable[Diagnostic]) -> dict[str, Any]:
    """One run: the rules that were broken, and a result for each problem."""
    problems = list(items)
    codes = sorted({problem.code for problem in problems})
    driver = {"name": "weft", "version": VERSION, "rules": [_rule(code) for code in codes]}
    results = [_result(problem, codes.index(problem.code)) for problem in problems]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, Any]:
    about = explanation(code)
    return {
        "id": code,
        "name": CODES[code].name,
        "shortDescription": {"text": CODES[code].name.replace("-", " ")},
        "fullDescription": {"text": about.means},
        "help": {"text": f"{about.why}\n\n{about.fix}"},
        "defaultConfiguration": {"level": _LEVELS[CODES[code].severity]},
    }


def _result(item: Diagnostic, rule: int) -> dict[str, Any]:
    text = item.message + (f" ({item.hint})" if item.hint else "")
    result: dict[str, Any] = {
        "ruleId": item.code,
        "ruleIndex": rule,
        "level": _LEVELS[item.severity],
        "message": {"text": text},
        "locations": [_location(item.span)],
    }
    if item.related:
        related = [{**_location(one.span), "message": {"text": one.message}} for one in item.related]
        result["relatedLocations"] = related
    return result


def _location(span: Span) -> dict[str, Any]:
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(span.file)}, "region": region}}


def _uri(file: str) -> str:
    """A relative reference for a relative path, a file URI for an absolute one."""
    path = PurePath(file)
    if path.is_absolute():
        return path.as_uri()
    text = quote(path.as_posix(), errors="surrogateescape")
    return text if not text.partition("/")[0].count(":") else f"./{text}"
