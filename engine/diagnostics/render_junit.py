"""Diagnostics as JUnit XML: a test case for each file, failed where the file cannot pass."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from engine.diagnostics.diagnostic import Diagnostic

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(files: Iterable[tuple[str, Sequence[Diagnostic]]], *, strict: bool = False) -> str:
    """The document. Errors are failures and, where `strict`, warnings too; all else stands in `system-out`."""
    cases = [_case(name, problems, strict) for name, problems in files]
    failed = sum(bool(failures) for _, failures in cases)
    counts = f'name="weft validate" tests="{len(cases)}" failures="{failed}" errors="0" skipped="0"'
    body = "".join(case for case, _ in cases)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f"{head}<testsuites {counts}>\n<testsuite {counts}>\n{body}</testsuite>\n</testsuites>\n"


def _case(name: str, problems: Sequence[Diagnostic], strict: bool) -> tuple[str, int]:
    """The element, and how many problems fail the file."""
    fatal = [one for one in problems if one.severity == "error" or (strict and one.severity == "warning")]
    other = [one for one in problems if one not in fatal]
    inner = _failure(fatal) if fatal else ""
    inner += f"<system-out>{_text(other)}</system-out>\n" if other else ""
    return f'<testcase classname="weft" name={_attribute(name)}>\n{inner}</testcase>\n', len(fatal)


def _failure(fatal: Sequence[Diagnostic]) -> str:
    """One element a file, since readers show only one: its message is the first problem, its text all of them."""
    more = f" (and {len(fatal) - 1} more)" if len(fatal) > 1 else ""
    attributes = f"message={_attribute(fatal[0].message + more)} type={_attribute(fatal[0].name)}"
    return f"<failure {attributes}>{_text(fatal)}</failure>\n"


def _text(problems: Iterable[Diagnostic]) -> str:
    return escape(_clean("\n".join(map(str, problems))))


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _NO_XML.sub("\ufffd", text)
