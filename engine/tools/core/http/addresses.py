"""Which addresses a step may speak to, asked of the address itself, at the moment of connecting.

Laws: a name is resolved once, every address it has is looked at, and the connection goes to one that was
looked at, so neither a spelling, a redirect nor a second answer of the name server leads elsewhere. Refused
are link-local addresses and the places where clouds keep a machine's credentials. Loopback and private
networks are allowed.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Iterable
from typing import Any

import httpcore2

from engine.errors import ToolError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "169.254.0.0/16",  # link-local, where most clouds keep their metadata
        "fe80::/10",
        "fd00:ec2::/32",  # AWS over IPv6
        "100.100.100.200/32",  # Alibaba Cloud
        "168.63.129.16/32",  # Azure
        "192.0.0.192/32",  # Oracle Cloud
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def refused(address: str) -> bool:
    """Whether the (numeric) address is one that nobody may speak to, however it is wrapped."""
    try:
        plain = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False  # a name: it is asked again once resolved
    return any(inner in network for inner in _unwrapped(plain) for network in _REFUSED)


def _unwrapped(address: Address) -> list[Address]:
    """The address, and the IPv4 address it carries inside, if any."""
    found: list[Address] = [address]
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        found += [ip for ip in inner if ip is not None]
        low = int(address) & 0xFFFFFFFF
        if address in _NAT64 or (int(address) >> 32 == 0 and low > 1):
            found.append(ipaddress.IPv4Address(low))
    return found


def resolved(host: str, port: int) -> list[str]:
    """The numeric addresses of a host. Raises ToolError `permission` for a refused one, OSError for none."""
    found = [] if refused(host) else socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found)) or [host]
    for address in addresses:
        if refused(address):
            shown = f'"{host}"' if host == address else f'"{host}" ({address})'
            message = f"{shown} is a link-local or metadata address, which no step may speak to"
            raise ToolError(message, type="permission", code="address")
    return addresses


class GuardedBackend(httpcore2.SyncBackend):
    """Connects only to addresses that are allowed; can cut every connection it made, from any thread."""

    def __init__(self) -> None:
        super().__init__()
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
            addresses = resolved(host, port)
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
