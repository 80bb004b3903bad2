"""What stands before a value, and what stands for one: anchors, tags, aliases.

Laws: an alias counts as what it names, in nodes and in levels, before it is put anywhere; it shares the value,
never copies it. Tags are refused and read as if they were not there.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from engine.spec.reading.findings import Findings
from engine.spec.reading.yaml_frames import Frame
from engine.spec.reading.yaml_references import QUOTE_IT
from engine.text import suggestion
from engine.text.snippet import shortened

_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*(?:\s+|(?=[,\]}])|\Z)|#[^\r\n]*\s*)*")
_COMPARED_AT_MOST = 200


class Anchored(NamedTuple):
    """A complete value with an anchor: `size` in nodes, `height` in levels, and where it was written."""

    value: Any
    size: int
    height: int
    start: int
    end: int


Anchors = dict[str, Anchored | Frame]
"""By name, the latest of that name; a Frame while its end has not been read."""


def alias_target(findings: Findings, anchors: Anchors, name: str, start: int, end: int) -> Anchored:
    """What the alias at `start` stands for; null, and a problem, where that is nothing or not complete."""
    target = anchors.get(name)
    if isinstance(target, Anchored):
        return target
    shown = shortened(findings.source.text[start:end])
    if target is None:
        message, hint = f'alias "{shown}" has no anchor before it', _other_name(anchors, name)
        findings.say("WF116", message, start, end, hint)
    else:
        inside = findings.related(target.start, target.start, "it stands inside this value")
        message = f'alias "{shown}" stands inside the value it names'
        hint = "name a value that is complete before this line"
        findings.say("WF110", message, start, end, hint, inside)
    findings.blamed.add(start)
    return Anchored(None, 1, 0, start, end)


def _other_name(anchors: Anchors, name: str) -> str:
    hint = suggestion(name, anchors) if len(anchors) <= _COMPARED_AT_MOST else None
    if hint is not None and hint.startswith("did you mean"):
        return hint
    return f"set it before with &{shortened(name)}, or {QUOTE_IT} if it is text"


def behind_properties(findings: Findings, event: Any, start: int) -> int:
    """Where the value itself begins, behind its anchor and tag; a tag is refused."""
    text = findings.source.text
    match = _PROPERTIES.match(text, start, max(start, event.end_mark.index))
    begin = match.end() if match else start
    if event.tag is not None:
        at = start + max(0, text[start:begin].find("!"))
        tag = text[at:begin].split(maxsplit=1)[0] if begin > at else "!"
        hint = f"remove it, or {QUOTE_IT} if it is text"
        findings.say("WF104", f'the tag "{shortened(tag)}" is not allowed', at, at + len(tag), hint)
    return begin
