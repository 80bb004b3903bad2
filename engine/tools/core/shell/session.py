"""The processes of one session: who is in it, and how it is ended. Linux tells by /proc; elsewhere by process
group.

A session, not a process group: `timeout`, `set -m` and job control put their children in groups of their own,
but all stay in the session of the process that began it (unless they leave it by `setsid` on purpose).
"""

from __future__ import annotations

import contextlib
import os
import signal


def members(session: int) -> list[int]:
    """The living processes of the session, its leader left out."""
    try:
        names = os.listdir("/proc")
    except OSError:
        return _members_by_group(session)
    return [
        pid for name in names if name.isdigit() and (pid := int(name)) != session and _lives_in(pid, session)
    ]


def has_leader(session: int) -> bool:
    """Whether the process that began the session lives."""
    if os.path.isdir("/proc/self"):
        return _lives_in(session, session)
    return False  # elsewhere `members` tells of the whole group, its leader included


def _lives_in(pid: int, session: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            fields = stat.read().rpartition(b")")[2].split()
    except OSError:
        return False  # ended between the listing and the look
    return int(fields[3]) == session and fields[0] not in (b"Z", b"X")


def _members_by_group(group: int) -> list[int]:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return []  # PermissionError: only the leader's remains are left
    return [-group]


def send(session: int, number: signal.Signals) -> None:
    """Sends the signal to the leader and to every member.

    Only while the leader has not been reaped: until then its number cannot belong to anybody else.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(session, number)
    for pid in members(session):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
