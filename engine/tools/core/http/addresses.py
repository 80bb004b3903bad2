"""Connections to addresses that are allowed, asked of the address itself, at the moment of connecting.

Laws: a name is resolved once, every address it has is looked at, and the connection goes to one that was
looked at, so neither a spelling, a redirect nor a second answer of the name server leads elsewhere. What is
allowed the project's policy says; link-local addresses and the places where clouds keep a machine's
credentials never are.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterable
from typing import Any

import httpcore2

from engine.errors import ToolError
from engine.spec.addresses import AddressRules, numeric
from engine.spec.policy import hint_of


def resolved(host: str, port: int, rules: AddressRules) -> list[str]:
    """The numeric addresses of a host. Raises ToolError `permission` for a refused one, OSError for none."""
    require_allowed(rules.host_refusal(host))
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        plain = numeric(address)
        if plain is not None:
            require_allowed(rules.refusal(host, plain))
    return addresses


def require_allowed(refusal: str | None) -> None:
    """Raise ToolError `permission` where there is a refusal."""
    if refusal is not None:
        hint = hint_of(refusal)
        code = "permission" if hint else "address"
        raise ToolError(refusal, type="permission", code=code, hint=hint)


class GuardedBackend(httpcore2.SyncBackend):
    """Connects only to addresses that are allowed; can cut every connection it made, from any thread."""

    def __init__(self, rules: AddressRules) -> None:
        super().__init__()
        self._rules = rules
        self._lock = threading.Lock()
        self._handles: list[socket.socket] = []
        self._cut = False

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> Any:
        try:
            addresses = resolved(host, port, self._rules)
        except OSError as error:
            raise httpcore2.ConnectError(f"the name cannot be resolved: {error}") from error
        failure: Exception = httpcore2.ConnectError("the name has no address")
        for address in addresses:
            try:
                stream = super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
                continue
            self._keep(stream.get_extra_info("socket"))
            return stream
        raise failure

    def _keep(self, connected: socket.socket) -> None:
        # a second handle on the connection: the first changes hands when TLS begins
        with self._lock:
            self._handles.append(connected.dup())
        if self._cut:
            self.cut()

    def cut(self) -> None:
        """Ends every connection, which wakes who reads from one; later ones end as they are made."""
        with self._lock:
            self._cut = True
            for handle in self._handles:
                with contextlib.suppress(OSError):  # it has ended by itself
                    handle.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with self._lock:
            while self._handles:
                self._handles.pop().close()
