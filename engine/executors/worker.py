"""A worker process: reads calls from its socket, makes them one after the other in its main thread, sends the answers.

Laws: it imports the tool it is told to use and nothing of runs or journals; tools are made once per configuration and kept.
SIGTERM stops the call under way (its stoppers, then SystemExit where the code stands, so that `finally` is run) and ends
the process. When the engine is gone so is the worker: a thread waits for its end of the socket to be closed.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

from engine.errors import ToolError
from engine.executors.answers import answered, error_of
from engine.executors.frames import encoded, received
from engine.executors.port import Answer
from engine.tools.making import living
from engine.tools.port import CallContext, Principal, Result, Tool

GRACE_SECONDS = 1.0
_AS_JSON = "a result travels as JSON: write what is none to a file, and give back its path"
RESULT_FIELDS = (
    "data",
    "metadata",
    "errors",
    "warnings",
    "performance_metrics",
    "quality_metrics",
    "processed_records",
)


def main(descriptor: int, factory: str = "") -> None:
    """The whole life of the process. `factory` is what the first call will want."""
    os.set_inheritable(descriptor, False)
    sock = socket.socket(fileno=descriptor)
    sock.sendall(encoded({"ready": True}))
    life = _Life(sock)
    signal.signal(signal.SIGTERM, life.terminate)
    threading.Thread(target=life.watch, daemon=True, name="weft-watch").start()
    import_ahead(factory)
    try:
        while (message := received(sock)) is not None:
            life.serve(message)
    finally:
        life.close()
        # Threads that a function has left behind may hold up the end: then the signal ends it without a word.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def import_ahead(factory: str) -> None:
    """Import the module of a tool that is going to be called. What is wrong with it is told by the call."""
    module = factory.partition(":")[0]
    if module:
        with contextlib.suppress(ImportError):
            import_module(module)


class _Life:
    """What the process is doing: `call` is the context of the call under way."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._logger = _logger(self._send)
        self._tools: dict[str, Tool] = {}
        self._sending = threading.Lock()
        self._ending = False
        self.call: CallContext | None = None

    def serve(self, message: dict[str, Any]) -> None:
        """Make one call and send its answer."""
        context = self.call = self._context(message["context"])
        tool = partial(self._tool, message["factory"], message["config"])
        answer = answered(tool, message["operation"], message["parameters"], context)
        self.call = None
        if self._ending:
            sys.exit(128 + signal.SIGTERM)
        self._send(_told(answer))

    def _tool(self, factory: str, config: dict[str, Any]) -> Tool:
        key = json.dumps([factory, config])
        if key not in self._tools:
            self._tools[key] = living(factory, config)
        return self._tools[key]

    def _context(self, told: dict[str, Any]) -> CallContext:
        self._logger.setLevel(told["log_level"])
        context = CallContext(
            execution_id=told["execution_id"],
            step=told["step"],
            instance=told["instance"],
            attempt=told["attempt"],
            key=told["key"],
            project_dir=Path(told["project_dir"]),
            run_dir=Path(told["run_dir"]),
            context=told["context"],
            logger=self._logger,
            principal=Principal(**told["principal"]),
            apart=True,
        )
        if told["policy"] is not None:
            from engine.spec.policy import policy_of  # few projects have one

            context.policy = policy_of(told["policy"])
        context.progress = lambda done, total, unit: self._send(encoded({"progress": [done, total, unit]}))
        return context

    def _send(self, data: bytes) -> None:
        with self._sending:
            self._sock.sendall(data)

    def terminate(self, number: int, frame: FrameType | None) -> None:
        """SIGTERM, on the main thread."""
        if self._ending:
            return
        self._ending = True
        if self.call is not None:
            self.call.cancel_now()
        sys.exit(128 + number)

    def watch(self) -> None:
        """Wait until the engine's end of the socket is closed; then stop what is under way, by force if need be."""
        poll = select.poll()
        poll.register(self._sock.fileno(), select.POLLRDHUP)
        poll.poll()
        if self.call is not None:
            os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    def close(self) -> None:
        for tool in self._tools.values():
            tool.close()


def _told(answer: Answer) -> bytes:
    """The answer as the message that brings it back."""
    if not isinstance(answer, Result):
        return encoded({"error": answer} if answer is not None else {"stopped": True})
    try:
        return encoded({"result": {name: getattr(answer, name) for name in RESULT_FIELDS}})
    except (ValueError, TypeError, RecursionError) as error:
        message = f"the result cannot be brought back from its process: {error}"
        refused = ToolError(message, type="data", code=type(error).__name__, hint=_AS_JSON)
        return encoded({"error": error_of(refused)})


class _Forwarder(logging.Handler):
    """Log records go to the engine, whose log they belong to."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        super().__init__()
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.exc_info:
            text += "\n" + logging.Formatter().formatException(record.exc_info)
        self._send(encoded({"log": [record.levelno, text]}))


def _logger(send: Callable[[bytes], None]) -> logging.Logger:
    logger = logging.getLogger("weft.run")
    logger.addHandler(_Forwarder(send))
    logger.propagate = False
    return logger
