"""`<<`: what may be merged into a mapping, and merging it.

Laws: own keys win, then the mapping named earlier; merged keys stand where their `<<` stands, and are shown
where they were written. Nothing is copied before the whole file was counted.
"""

from __future__ import annotations

from array import array
from typing import Any

from engine.spec.reading.findings import Findings
from engine.spec.reading.yaml_frames import DROP, MERGE, Frame, Merge, Place
from engine.spec.reading.yaml_scalars import kind_of

_HINT = "merge a mapping or a list of mappings: <<: *name or <<: [*a, *b]"

_NO_MARKS = array("I")


def merge_key(findings: Findings, frame: Frame, start: int, end: int) -> Place:
    """The key `<<` at `start`: a mapping has one."""
    if frame.merge is None:
        frame.merge = Merge(frame.value, start, end)
        return MERGE
    first = findings.related(frame.merge.key_start, frame.merge.key_end, "first here")
    hint = "merge several as a list: <<: [*a, *b]"
    findings.say("WF103", 'the key "<<" is repeated', start, end, hint, first)
    return DROP


def take_sources(
    findings: Findings, merge: Merge, value: Any, marks: dict[int, array[int]], start: int, end: int
) -> None:
    """The value of a `<<`: a mapping, or a list of mappings; what is neither is refused, not what already was."""
    if isinstance(value, dict):
        merge.sources.append(value)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, dict):
                merge.sources.append(item)
            else:
                start, end = marks[id(value)][2 * index : 2 * index + 2]
                _refuse(findings, item, start, end)
    else:
        _refuse(findings, value, start, end)


def _refuse(findings: Findings, value: Any, start: int, end: int) -> None:
    if start not in findings.blamed:
        findings.say("WF115", f'"<<" cannot merge {kind_of(value)}', start, end, _HINT)


def merge_into(merge: Merge, marks: dict[int, array[int]]) -> None:
    """Put what is merged into its mapping, and the places where it was written into the mapping's marks."""
    own = merge.into
    places = marks.get(id(own), _NO_MARKS)
    entries, own_keys = list(own.items()), set(own)
    own.clear()
    own.update(entries[: merge.at])
    found = places[: 4 * merge.at]
    for source in merge.sources:
        for index, (key, value) in enumerate(source.items()):
            if key not in own_keys and key not in own:
                own[key] = value
                found.extend(marks[id(source)][4 * index : 4 * index + 4])
    own.update(entries[merge.at :])
    found.extend(places[4 * merge.at :])
    if found:
        marks[id(own)] = found
