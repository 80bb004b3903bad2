"""Syntax errors whose remedy is to write one value otherwise: quote it whole, or put a space before it."""

from __future__ import annotations

import re

from engine.diagnostics import Diagnostic
from engine.spec.reading.yaml_fault import Fault
from engine.spec.reading.yaml_references import QUOTE_IT, open_reference
from engine.text.snippet import shortened

_CUTTING = re.compile(r"[,\[\]{}]|:(?=\s)|\s#")
_MISSING_SPACE = re.compile(r"[ \t]*(?:-[ \t]+)*(?P<key>[A-Za-z_][\w.-]*):(?P<value>[^\s:/][^\r\n]*)")
_NEVER_FIRST = ("@", "`", "%", "*", "&")


def cut_value(fault: Fault) -> Diagnostic | None:
    """A reference in pieces, or text behind a closing quote or bracket."""
    start, line = fault.line_start, fault.line
    if "could not find expected ':'" in fault.what:
        start, line = fault.line_of(fault.since)
    elif not line[: fault.at - start].strip() and not fault.text.startswith(_NEVER_FIRST, fault.at):
        return None
    in_flow = fault.flow_close is not None
    reference = fault.reference_in(start, line)
    if reference is not None and (in_flow or open_reference(line[: max(0, fault.at - start)]) is not None):
        begin, stop = reference
        if _CUTTING.search(fault.text, begin + 2, stop):
            message = f'YAML cuts the reference "{fault.shown(begin, stop)}" in pieces'
            return fault.say(message, begin, stop, QUOTE_IT, code="WF114")
    elif reference is not None:
        begin, stop = fault.value_in(start, line)
        message = f'YAML cannot read "{fault.shown(begin, stop)}" as one value'
        return fault.say(message, begin, stop, QUOTE_IT, code="WF114")
    return None if in_flow or "mapping values" in fault.what else _behind_closing(fault, start, line)


def _behind_closing(fault: Fault, start: int, line: str) -> Diagnostic | None:
    begin, stop = fault.value_in(start, line)
    before = fault.text[begin : fault.at].rstrip()
    closes = before[-1:] in ("'", '"', "]", "}") and before[:1] in ("'", '"', "[", "{")
    rest = fault.text[fault.at : stop]
    if begin >= fault.at or not closes or not rest:
        return None
    if not rest.strip("]} "):
        return fault.say(f'unexpected "{rest[0]}", nothing is open', fault.at, fault.at + 1, "remove it")
    message = f'unexpected text after the closing {before[-1]} in "{fault.shown(begin, stop)}"'
    return fault.say(message, begin, stop, QUOTE_IT, code="WF114")


def missing_space(fault: Fault) -> Diagnostic | None:
    """`key:value`, which YAML takes for one text."""
    if "mapping values" in fault.what:
        start, line = fault.line_before(fault.line_start)
    elif "could not find" in fault.what:
        start, line = fault.line_of(fault.since)
    else:
        return None
    match = _MISSING_SPACE.match(line)
    if match is None:
        return None
    at = start + match.end("key")
    hint = f'write "{match["key"]}: {shortened(match["value"], 30)}"'
    return fault.say('a space is missing after ":"', at, at + 1, hint)
