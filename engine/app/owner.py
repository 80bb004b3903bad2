"""Who owns a run, and whether that process still lives: its id, its start time, the machine's boot id, its lease.

A process of this machine can be seen; of any other only its lease tells. A run is free when nobody owns it, when its
owner was seen to be gone, or when its owner's lease has ended.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.journal import RunRow
from engine.journal.boot import boot_id


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a run's owner. `lives`: seen alive, or its lease cannot end; `wait_seconds`: until it may be taken
    for gone, unless it renews its lease; 0 with `lives` False: the run is free."""

    lives: bool
    wait_seconds: float = 0.0

    @property
    def free(self) -> bool:
        return not self.lives and self.wait_seconds <= 0


FREE = Standing(lives=False)
LIVES = Standing(lives=True)


def this_process() -> dict[str, Any]:
    """`{host, pid, pid_start, boot_id, pid_space}` of the running process; the last three None where nothing tells."""
    return {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "pid_start": _start_of(os.getpid()),
        "boot_id": boot_id(),
        "pid_space": _pid_space(),
    }


def standing(row: RunRow) -> Standing:
    """Whether the run's owner lives, as far as that can be known from here and now."""
    owner = row.owner
    if owner is None:
        return FREE
    here = _is_here(owner)
    if here and not _is_alive(owner):
        return FREE
    if row.lease_left is None:  # a store in memory, or an owner that has never given a sign of life
        return LIVES if here else FREE
    if row.lease_left <= 0:
        return FREE
    return LIVES if here else Standing(lives=False, wait_seconds=row.lease_left)


def shown_owner(owner: Mapping[str, Any] | None) -> str:
    """`process 4711 on melon`."""
    return "nobody" if owner is None else f"process {owner.get('pid')} on {owner.get('host')}"


def _is_here(owner: Mapping[str, Any]) -> bool:
    """Whether the owner's process id means something here: the same start of the same machine, the same container."""
    if owner.get("boot_id") != boot_id() or owner.get("pid_space", _pid_space()) != _pid_space():
        return False
    return boot_id() is not None or owner.get("host") == socket.gethostname()


def _is_alive(owner: Mapping[str, Any]) -> bool:
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


def _pid_space() -> str | None:
    """A name for the container whose process ids these are; None where the system does not tell."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return None
