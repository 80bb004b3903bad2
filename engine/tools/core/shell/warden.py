"""Ends what commands started when the engine is gone without having ended it (SIGKILL, out of memory).

One small process for all commands of an engine, started with the first of them. It learns of each session by a
pipe that only the engine holds open; when the pipe ends the engine has ended, and what is still in those
sessions gets SIGTERM, GRACE_SECONDS, SIGKILL. So a resume does not find the command of the last attempt still
running beside its own.

Laws: it knows a session before the command can have done much, and forgets it before its number can belong to
a stranger; it stands in a session of its own, so that the terminal's signals do not end it before the engine;
it holds none of the engine's outputs open. Its own half imports the standard library and `session` alone.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import BinaryIO

from engine.tools.core.shell import session

GRACE_SECONDS = 1.0
_LOOK_SECONDS = 0.02
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); from engine.tools.core.shell.warden import watch; watch()"
)
_ROOT = str(Path(__file__).resolve().parents[4])


class Warden:
    """The engine's half. Methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._sessions: set[int] = set()

    def ready(self) -> None:
        """Starts the process if it does not run yet. Raises OSError."""
        with self._lock:
            if self._process is None or self._owner != os.getpid():
                self._start()

    def guard(self, leader: int) -> None:
        """From now on the session is ended if the engine is killed."""
        with self._lock:
            self._sessions.add(leader)
            self._tell(f"+{leader}\n")

    def forget(self, leader: int) -> None:
        """The session has been seen through. To be called before its leader is reaped."""
        with self._lock:
            self._sessions.discard(leader)
            self._tell(f"-{leader}\n")

    def _start(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-S", "-c", _PROGRAM, _ROOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            bufsize=0,
            start_new_session=True,
        )
        self._owner = os.getpid()
        atexit.register(_see_off, self._process)

    def _tell(self, line: str) -> None:
        try:
            self._write(line)
        except BrokenPipeError:  # somebody ended it: the next one is told everything
            self._start()
            for leader in self._sessions:
                self._write(f"+{leader}\n")

    def _write(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode())


def _see_off(process: subprocess.Popen[bytes]) -> None:
    """The engine ends as it should: no session is left."""
    assert process.stdin is not None
    process.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_SECONDS)


WARDEN = Warden()
"""The one of this engine."""


def watch() -> None:
    """The other half: the whole life of the process."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end_all(guarded(sys.stdin.buffer))


def guarded(lines: BinaryIO) -> set[int]:
    """Reads until the engine's end of the pipe is closed: the sessions that are left then."""
    left: set[int] = set()
    for line in lines:
        leader = int(line[1:])
        if line.startswith(b"+"):
            left.add(leader)
        else:
            left.discard(leader)
    return left


def end_all(leaders: set[int]) -> None:
    """SIGTERM to every session, the grace, SIGKILL until nobody is left."""
    for leader in leaders:
        session.send(leader, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(map(_lives, leaders)) and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
    for _ in range(250):
        living = [leader for leader in leaders if _lives(leader)]
        if not living:
            return
        for leader in living:
            session.send(leader, signal.SIGKILL)
        time.sleep(_LOOK_SECONDS)


def _lives(leader: int) -> bool:
    return session.has_leader(leader) or bool(session.members(leader))
