"""What goes between the engine and a worker process: JSON, each message after its length in eight bytes."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable
from typing import Any

HEAD = struct.Struct("!Q")
CHUNK = 1024 * 1024


def encoded(message: Any) -> bytes:
    """Raises ValueError, TypeError or RecursionError for what is no JSON."""
    body = json.dumps(message, separators=(",", ":")).encode()
    return HEAD.pack(len(body)) + body


def received(sock: socket.socket, ready: Callable[[], bool] = lambda: True) -> Any:
    """The next message; None when the other side has gone. `ready` waits until there is something to read: False ends it."""
    head = _exactly(sock, HEAD.size, ready)
    if head is None:
        return None
    body = _exactly(sock, HEAD.unpack(head)[0], ready)
    return None if body is None else json.loads(body)


def _exactly(sock: socket.socket, count: int, ready: Callable[[], bool]) -> bytearray | None:
    data = bytearray()
    while len(data) < count:
        try:
            chunk = sock.recv(min(CHUNK, count - len(data))) if ready() else b""
        except ConnectionError:
            return None
        if not chunk:
            return None
        data += chunk
    return data
