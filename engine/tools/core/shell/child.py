"""One program from start to end, by one thread that sleeps in `select` until something happens.

Laws: both outputs are read and the input is fed at the same time, so no pipe can fill up and hold anything;
what the program started does not outlive it (LINGER_SECONDS to end by itself, SIGTERM, the grace, SIGKILL); a
cancel starts the same ending at once; every descriptor opened here is closed here. The leader is reaped last,
so its process number cannot be taken by a stranger while signals are still sent. Knows nothing of steps,
parameters or results.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from typing import IO, Any

from engine.tools.core.limits import launch
from engine.tools.core.limits.keep import Limits
from engine.tools.core.shell import session
from engine.tools.core.shell.warden import WARDEN

LINGER_SECONDS = 0.5
"""What the program left in the background (a `tee`, a process substitution) may still write in this time."""
LOOK_SECONDS = 0.02
CHUNK = 64 * 1024
TAIL_BYTES = 32 * 1024
LAUNCH = launch.__file__


class Output:
    """The first `limit` bytes of a stream, and its last TAIL_BYTES for error messages."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.kept = bytearray()
        self.total = 0
        self._last: deque[bytes] = deque()
        self._last_bytes = 0

    def add(self, chunk: bytes) -> None:
        self.total += len(chunk)
        self.kept += chunk[: self.limit - len(self.kept)]
        self._last.append(chunk)
        self._last_bytes += len(chunk)
        while self._last_bytes - len(self._last[0]) >= TAIL_BYTES:
            self._last_bytes -= len(self._last.popleft())

    @property
    def cut(self) -> bool:
        return self.total > len(self.kept)

    def text(self) -> str:
        """What was kept; a character cut in two at the end is left out."""
        if not self.cut:
            return self.kept.decode("utf-8", "replace")
        whole = bytes(self.kept)
        for length in range(1, min(4, len(whole)) + 1):
            lead = whole[-length]
            if lead >= 0xC0:  # the first byte of a character of several
                wanted = 2 + (lead >= 0xE0) + (lead >= 0xF0)
                whole = whole[:-length] if wanted > length else whole
                break
        return whole.decode("utf-8", "replace")

    def last_lines(self, count: int) -> str:
        tail = b"".join(self._last)[-TAIL_BYTES:].decode("utf-8", "replace")
        return "\n".join(tail.splitlines()[-count:])


def _started(
    argv: list[str], limits: Limits, env: dict[str, str], cwd: str, stdin: int
) -> subprocess.Popen[bytes]:
    """The program, as leader of a session; with limits by way of `launch`, which tells what kept it from being run."""
    settings = limits.settings()
    if not settings:
        return _opened(argv, env, cwd, stdin)
    if any("\0" in text for text in argv):
        raise ValueError("embedded null byte")
    said, failed = os.pipe()
    try:
        told = ",".join(f"{number}={most}" for number, most in settings)
        command = [sys.executable, "-I", "-S", LAUNCH, str(failed), told, *argv]
        process = _opened(command, env, cwd, stdin, failed)
    except BaseException:
        os.close(said)
        raise
    finally:
        os.close(failed)
    with open(said, "rb") as stream:
        number = stream.read()
    if number:
        with process:  # closes what it was given, and reaps it
            raise OSError(int(number), os.strerror(int(number)), argv[0])
    return process


def _opened(
    command: list[str], env: dict[str, str], cwd: str, stdin: int, *kept: int
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - to run what the author wrote is its purpose
        command,
        env=env,
        cwd=cwd,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        pass_fds=kept,
        start_new_session=True,
    )


class Child:
    """A started program. `wait` sees it through; `stop` (from any thread) begins its ending."""

    def __init__(
        self,
        argv: list[str],
        *,
        env: dict[str, str],
        cwd: str,
        stdin: bytes | None,
        output_bytes_max: int,
        grace_seconds: float,
        limits: Limits = Limits(),  # noqa: B008 - a tuple
    ) -> None:
        """Starts it. Raises OSError (no such program, not executable …) or ValueError (a NUL in a text)."""
        self.stdout, self.stderr = Output(output_bytes_max), Output(output_bytes_max)
        self.left_behind = 0
        self._grace_seconds = grace_seconds
        self._stop_asked = False
        self._lock = threading.Lock()
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        self._pidfd = -1
        try:
            WARDEN.ready()
            self._process = _started(
                argv, limits, env, cwd, subprocess.DEVNULL if stdin is None else subprocess.PIPE
            )
        except BaseException:
            self._close()
            raise
        WARDEN.guard(self._process.pid)
        self._pending = memoryview(stdin or b"")
        self._watch()

    def _watch(self) -> None:
        os.set_blocking(self._wake_write, False)
        self._selector.register(self._wake_read, selectors.EVENT_READ, self._woken)
        for stream, output in ((self._process.stdout, self.stdout), (self._process.stderr, self.stderr)):
            self._register(stream, selectors.EVENT_READ, output)
        if self._process.stdin is not None:
            self._register(self._process.stdin, selectors.EVENT_WRITE, self._feed)
        with contextlib.suppress(
            AttributeError, OSError
        ):  # without it, the end is seen by looking again and again
            self._pidfd = os.pidfd_open(self._process.pid)
            self._selector.register(self._pidfd, selectors.EVENT_READ, self._ended)

    def _register(self, stream: IO[bytes] | None, event: int, what: Any) -> None:
        assert stream is not None
        os.set_blocking(stream.fileno(), False)
        self._selector.register(stream, event, what)

    def stop(self) -> None:
        """Asks for the end: SIGTERM, the grace, SIGKILL. Returns at once; may be called at any time."""
        with self._lock:
            self._stop_asked = True
            if self._wake_write >= 0:
                with contextlib.suppress(BlockingIOError):
                    os.write(self._wake_write, b"x")

    def wait(self) -> int:
        """Until it and all it started have ended. Gives the exit code; minus the signal's number if one
        killed it."""
        try:
            while not self._leader_ended() and not self._stop_asked:
                self._turn(None if self._pidfd >= 0 else LOOK_SECONDS)
            gone = not self._stop_asked and self._until_gone(LINGER_SECONDS)
            if not gone:
                self.left_behind = 0 if self._stop_asked else len(session.members(self._process.pid))
                session.send(self._process.pid, signal.SIGTERM)
                if not self._until_gone(self._grace_seconds, stoppable=False):
                    self._kill()
            self._drain()
            WARDEN.forget(self._process.pid)
            return self._process.wait()
        finally:
            self._end_by_force()
            self._close()

    def _until_gone(self, seconds: float, *, stoppable: bool = True) -> bool:
        """Whether everybody has ended by then; with `stoppable`, a cancel ends the wait early."""
        deadline = time.monotonic() + seconds
        while not self._gone():
            left = deadline - time.monotonic()
            if left <= 0 or (stoppable and self._stop_asked):
                return False
            self._turn(min(LOOK_SECONDS, left))
        return True

    def _kill(self) -> None:
        """SIGKILL until nobody is left; who was being forked while the first went out is met by the next."""
        for _ in range(250):
            if self._gone():
                return
            session.send(self._process.pid, signal.SIGKILL)
            self._turn(LOOK_SECONDS)

    def _end_by_force(self) -> None:
        """For the way out by an exception: nothing stays behind."""
        if self._process.returncode is None:
            session.send(self._process.pid, signal.SIGKILL)
            WARDEN.forget(self._process.pid)
            self._process.wait()

    def _gone(self) -> bool:
        return self._leader_ended() and not session.members(self._process.pid)

    def _leader_ended(self) -> bool:
        """Whether the program has ended; it is not reaped yet."""
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        try:
            return os.waitid(os.P_PID, self._process.pid, flags) is not None
        except ChildProcessError:
            return True  # somebody else in this process reaps children

    def _turn(self, timeout: float | None) -> None:
        for key, _ in self._selector.select(timeout):
            if isinstance(key.data, Output):
                self._read(key.fileobj, key.data)
            else:
                key.data()

    def _read(self, stream: Any, output: Output) -> None:
        try:
            chunk = os.read(stream.fileno(), CHUNK)
        except BlockingIOError:
            return
        if chunk:
            output.add(chunk)
        else:
            self._selector.unregister(stream)

    def _drain(self) -> None:
        """What is still in the pipes; somebody who left the session may hold them open, so no waiting for
        their end."""
        for _ in range(64):
            ready = [key for key, _ in self._selector.select(0) if isinstance(key.data, Output)]
            if not ready:
                return
            for key in ready:
                self._read(key.fileobj, key.data)

    def _feed(self) -> None:
        stream = self._process.stdin
        assert stream is not None
        try:
            sent = os.write(stream.fileno(), self._pending[:CHUNK])
            self._pending = self._pending[sent:]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._pending = memoryview(b"")  # it does not want to read any more, which is its right
        if not self._pending:
            self._selector.unregister(stream)
            stream.close()

    def _woken(self) -> None:
        os.read(self._wake_read, CHUNK)

    def _ended(self) -> None:
        self._selector.unregister(self._pidfd)

    def _close(self) -> None:
        self._selector.close()
        with self._lock:
            os.close(self._wake_read)
            os.close(self._wake_write)
            self._wake_write = -1
        if self._pidfd >= 0:
            os.close(self._pidfd)
        process = getattr(self, "_process", None)
        for stream in (process.stdin, process.stdout, process.stderr) if process else ():
            if stream is not None:
                stream.close()
