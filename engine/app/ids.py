"""Names of new runs."""

from __future__ import annotations

import os
import time

from engine.journal import Journal

_SHORT = (13, 18, 23)  # whole groups of a UUID: 13 characters hold the millisecond


def new_run_id() -> str:
    """A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then random bits; sorts by time."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    text = f"{value:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def short_id(journal: Journal, run_id: str) -> str:
    """The shortest beginning of an id, of those that end where a group of a UUID ends, that no other run shares."""
    for length in _SHORT:
        if len(run_id) == 36 and run_id[length] == "-" and len(journal.find(run_id[:length], limit=2)) == 1:
            return run_id[:length]
    return run_id
