"""Who owns a run: a process on a host, told apart from another with the same number by its start and the boot."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def this_process() -> dict[str, Any]:
    """`{host, pid, pid_start, boot_id}` of the running process; the last two None where the system does not tell."""
    return {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "pid_start": _start_of(os.getpid()),
        "boot_id": _boot_id(),
    }


def is_alive(owner: Mapping[str, Any]) -> bool:
    """Whether an owner may still be at work. Of another host nothing is known: it counts as alive."""
    if owner.get("host") != socket.gethostname():
        return True
    if owner.get("boot_id") != _boot_id():
        return False
    start = _start_of(int(owner["pid"]))
    if start is None:
        return _exists(int(owner["pid"]))
    return bool(start == owner.get("pid_start"))


def _exists(pid: int) -> bool:
    if Path("/proc/self").exists():
        return False  # /proc is there and does not know the process
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _start_of(pid: int) -> int | None:
    """Clock ticks from boot to the process's start: field 22 of /proc/PID/stat (proc(5))."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] == "Z" else int(fields[19])


def _boot_id() -> str | None:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
