"""One worker process as the engine sees it: started, given calls, ended with all it started.

Laws: it stands in a session of its own, so the terminal's signals reach the engine alone; it is ended by SIGTERM, the grace,
SIGKILL, and reaped last; it sees no variable that holds a secret; what it prints is told line by line, never written to the
engine's outputs. If the engine is killed, the warden of commands ends the session, even where the worker cannot look.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from engine.errors import ToolError
from engine.executors.frames import encoded, received
from engine.executors.port import Answer, ToolCall, WorkerLost
from engine.tools.core.shell import session
from engine.tools.core.shell.warden import WARDEN
from engine.tools.port import CallContext, Result

GRACE_SECONDS = 2.0
EXIT_SECONDS = 0.5
"""What a worker that has gone from its socket gets to come to its end by itself, so that the true reason is known."""
_LOOK_SECONDS = 0.01
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from engine.executors.worker import main; main(int(sys.argv[2]), sys.argv[3])"
)


def message_of(call: ToolCall) -> bytes:
    """The call as it is sent. Raises ToolError where something of it is no JSON."""
    context = call.context
    principal = context.principal
    held = principal.permissions
    told = {
        "factory": call.factory,
        "config": call.config,
        "operation": call.operation,
        "parameters": call.parameters,
        "context": {
            "execution_id": context.execution_id,
            "step": context.step,
            "instance": context.instance,
            "attempt": context.attempt,
            "key": context.key,
            "project_dir": str(context.project_dir.absolute()),
            "run_dir": str(context.run_dir.absolute()),
            "context": context.context,
            "log_level": context.logger.getEffectiveLevel(),
            "principal": {
                "user_id": principal.user_id,
                "session_id": principal.session_id,
                "authenticated": principal.authenticated,
                "permissions": None if held is None else list(held),
            },
            "policy": None if context.policy is None else context.policy.to_section(),
        },
    }
    try:
        return encoded(told)
    except (ValueError, TypeError, RecursionError) as error:
        message = f"the call cannot be sent to a process: {error}"
        hint = "parameters travel as JSON; --executor threads takes them as they are"
        raise ToolError(message, type="invalid", code=type(error).__name__, hint=hint) from error


class Worker:
    """Makes one call at a time. `end` may be called from any thread, and ends a call under way.

    `ready` is true once it has been heard of, `doomed` is its user's: it is to be ended and not to be used again.
    """

    def __init__(self, say: Callable[[str], None], factory: str = "") -> None:
        """Starts it. `factory` is what its first call will want: imported at once. Raises ToolError of type `unavailable`."""
        self.doomed = self.ready = False
        self._say = say
        self._ending = threading.Lock()
        self._sock, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = self._started(theirs.fileno(), factory)
            self._guard()  # comes up beside it: until it is sent a call there is nothing to guard
        except OSError as error:
            self._sock.close()
            said = (error.strerror or str(error)).lower()
            raise ToolError(f"no worker process can be started: {said}", type="unavailable") from error
        self._poll = select.poll()
        self._poll.register(self._sock, select.POLLIN)
        self._pidfd = _pidfd(self._process.pid)
        if self._pidfd >= 0:
            self._poll.register(self._pidfd, select.POLLIN)
        self._printing = threading.Thread(target=self._tell_printed, daemon=True, name="weft-worker-output")
        self._printing.start()

    def _guard(self) -> None:
        """Have it ended if the engine is killed. Raises OSError, and leaves no process then."""
        try:
            WARDEN.ready()
        except OSError:
            self._process.kill()
            self._process.communicate()
            raise
        WARDEN.guard(self._process.pid)

    @staticmethod
    def _started(descriptor: int, factory: str) -> subprocess.Popen[bytes]:
        # -P: the working folder is no place to import from; -u: what is printed is told at once.
        command = [sys.executable, "-u", "-P", "-c", _PROGRAM, json.dumps(sys.path), str(descriptor), factory]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WEFT_SECRET_")}
        return subprocess.Popen(  # noqa: S603 - our own program
            command,
            env=kept,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(descriptor,),
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still waits for calls. Asked of an idle one; a thread of its tool's may have logged something."""
        ready = [descriptor for descriptor, _ in self._poll.poll(0)]
        if not ready:
            return True
        try:
            return self._pidfd not in ready and self._sock.recv(1, socket.MSG_PEEK) != b""
        except ConnectionError:
            return False

    def make(self, message: bytes, context: CallContext) -> Answer:
        """Make a call and wait for its answer. Raises WorkerLost when the process is gone before there is one."""
        try:
            self._sock.sendall(message)
        except OSError:
            raise WorkerLost from None
        while (told := received(self._sock, self._readable)) is not None:
            if "ready" in told:
                self.ready = True
            elif "progress" in told:
                context.progress(*told["progress"])
            elif "log" in told:
                context.logger.log(told["log"][0], "%s", told["log"][1])
            elif "result" in told:
                return Result(**told["result"])
            else:
                return told.get("error")  # type: ignore[no-any-return]
        raise WorkerLost

    def _readable(self) -> bool:
        """Wait until there is something to read; False: the process has ended, and nothing is left."""
        return any(descriptor == self._sock.fileno() for descriptor, _ in self._poll.poll())

    def dismiss(self) -> None:
        """Let an idle one end by itself: it sees that nobody will ask again. `end` sees it through."""
        self._sock.shutdown(socket.SHUT_WR)

    def end(self, wait_seconds: float = 0.0, grace_seconds: float = GRACE_SECONDS) -> str:
        """End it and all it started, and wait for that: `wait_seconds` to end by itself, SIGTERM, the grace, SIGKILL.

        Gives the reason of its end: `SIGKILL` or `exit 3`.
        """
        with self._ending:
            if self._process.returncode is None:
                leader = self._process.pid
                self._wait_for_end(wait_seconds)
                if not self._gone():
                    session.send(leader, signal.SIGTERM)
                    self._until(self._gone, grace_seconds)
                for _ in range(250):  # who was being forked while the first went out is met by the next
                    if self._gone():
                        break
                    session.send(leader, signal.SIGKILL)
                    time.sleep(_LOOK_SECONDS)
                WARDEN.forget(leader)
                self._process.wait()
                self._close()
            return _reason(self._process.returncode)

    def _wait_for_end(self, seconds: float) -> None:
        """Until it has ended by itself, at most so long."""
        if self._pidfd < 0:
            self._until(self._leader_ended, seconds)
        elif seconds:
            poll = select.poll()
            poll.register(self._pidfd, select.POLLIN)
            poll.poll(seconds * 1000)

    @staticmethod
    def _until(over: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not over() and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)

    def _gone(self) -> bool:
        return self._leader_ended() and not session.members(self._process.pid)

    def _leader_ended(self) -> bool:
        """Whether the process has ended; it is not reaped yet, so its number cannot be taken by a stranger."""
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        try:
            return os.waitid(os.P_PID, self._process.pid, flags) is not None
        except ChildProcessError:
            return True  # somebody else in this process reaps children

    def _close(self) -> None:
        self._sock.close()
        if self._pidfd >= 0:
            os.close(self._pidfd)
        self._printing.join(EXIT_SECONDS)

    def _tell_printed(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in stream:
                self._say(line.decode("utf-8", "replace").rstrip("\n"))


def _pidfd(pid: int) -> int:
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return -1  # without it the end of the process is seen at its socket alone


def _reason(code: Any) -> str:
    if code is None or code >= 0:
        return f"exit {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
