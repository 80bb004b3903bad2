"""The clock of this machine since it was started, and the name of that start.

No wall clock: it can be set. Two moments are only comparable under the same boot id.
"""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path


@cache
def boot_id() -> str | None:
    """A name for the machine's last start; None where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None


def boot_seconds() -> float:
    """Seconds since the machine was started, the time it slept among them where the system counts it."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)
