"""What both forms refuse in the keys of a mapping: a second occurrence, and characters nobody sees."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from typing import Any

from engine.spec.decoded_offsets import decoded_offsets
from engine.spec.reading.findings import Findings
from engine.text.snippet import shortened

Repeated = tuple[str, int, int]
"""A key that was there before, and the offsets of this occurrence."""

_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


def say_repeated(
    findings: Findings, mapping: dict[str, Any], marks: array[int], repeated: Iterable[Repeated]
) -> None:
    """Told when the mapping ends: the places of all first occurrences are looked up once."""
    order = {key: 4 * index for index, key in enumerate(mapping)}
    for key, start, end in repeated:
        at = order[key]
        first = findings.related(marks[at], marks[at + 1], "first here")
        message = f'the key "{shortened(key)}" is repeated'
        findings.say("WF103", message, start, end, "remove one of the two", first)


def say_invisible(findings: Findings, key: str, start: int, end: int) -> None:
    """A problem for the first character of `key` that shows nothing; `start`, `end`: of the key as written."""
    found = None if key.isascii() else _INVISIBLE.search(key)
    if found is None:
        return
    offsets = decoded_offsets(findings.source.text, start, end, key)
    if offsets is not None:
        start, end = offsets(found.start()), offsets(found.start(), after=True)
    message = f'the key "{shortened(key)}" holds the invisible character U+{ord(found[0]):04X}'
    findings.say("WF113", message, start, end, "remove it")
