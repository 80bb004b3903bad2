"""What an address is, however it is wrapped: of the machine itself, of a private network, link-local, public.

Laws: only numeric addresses have a scope; a name has none until somebody has resolved it. An IPv6 address that carries an
IPv4 address inside has the scopes of both, so wrapping opens nothing. Opens no connection and asks no name server.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence
from typing import Literal

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Scope = Literal["public", "private", "loopback"]
SCOPES: tuple[Scope, ...] = ("public", "private", "loopback")

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
_NAME = re.compile(r"(\*\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")
_URL = re.compile(r"^[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)", re.IGNORECASE)


def numeric(host: str) -> Address | None:
    """The address a host names in any spelling that connecting takes: dotted, decimal, octal, hex; None for a name."""
    plain = host.strip("[]").partition("%")[0]
    try:
        return ipaddress.ip_address(plain)
    except ValueError:
        pass
    try:
        return (
            ipaddress.IPv4Address(socket.inet_aton(plain))
            if plain.isascii() and plain[:1].isdigit()
            else None
        )
    except (OSError, ValueError):
        return None


def unwrapped(address: Address) -> list[Address]:
    """The address, and the IPv4 address it carries inside, if any."""
    found: list[Address] = [address]
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        found += [ip for ip in inner if ip is not None]
        low = int(address) & 0xFFFFFFFF
        if address in _NAT64 or (int(address) >> 32 == 0 and low > 1):
            found.append(ipaddress.IPv4Address(low))
    return found


def forbidden(address: Address) -> bool:
    """Whether it is one that nobody may speak to: link-local, or where a cloud keeps a machine's credentials."""
    return any(inner in network for inner in unwrapped(address) for network in _REFUSED)


def scope_of(address: Address) -> Scope:
    """The narrowest scope of the address and of what it carries inside."""
    within = unwrapped(address)
    if any(one.is_loopback or one.is_unspecified for one in within):
        return "loopback"  # 0.0.0.0 and :: lead to the machine itself
    own = within[1:] or within
    return "public" if all(one.is_global and not one.is_multicast for one in own) else "private"


class AddressRules:
    """Which hosts may be spoken to: names (`*.` before one: all below it), networks, scopes. None: all but forbidden ones."""

    def __init__(self, entries: Sequence[str] | None) -> None:
        written = [one.lower() for one in entries or ()]
        networks = [(one, _network(one)) for one in written]
        self._all = entries is None
        self._scopes = frozenset(written) & frozenset(SCOPES)
        self._networks = tuple(network for _, network in networks if network is not None)
        self._names = tuple(one for one, network in networks if network is None and one not in SCOPES)

    def url_refusal(self, url: str) -> str | None:
        """Why a URL may not be asked, as far as its text tells; None: it may, or its host must be resolved first."""
        found = _URL.match(url)
        return None if found is None else self.host_refusal(found[1])  # no address at all is told elsewhere

    def host_refusal(self, host: str) -> str | None:
        """As `url_refusal`, for the host alone."""
        address = numeric(host)
        if address is not None:
            return self.refusal(host, address)
        unknown = self._all or self._scopes or self._networks or self._named(host)
        return None if unknown else _not_allowed(host)

    def refusal(self, host: str, address: Address) -> str | None:
        """Why a connection to the address, to which `host` has led, may not be made; None: it may."""
        shown = f'"{host}"' if numeric(host) is not None else f'"{host}" ({address})'
        if forbidden(address):
            return f"{shown} is a link-local or metadata address, which no step may speak to"
        scope = scope_of(address)
        within = any(one in network for one in unwrapped(address) for network in self._networks)
        if self._all or within or scope in self._scopes:
            return None
        if not self._named(host):
            return _not_allowed(host)
        if scope == "public":
            return None
        return f"{shown} is a {scope} address: the policy of the project allows the name on public ones only"

    def unresolved_refusal(self, host: str) -> str | None:
        """Why a name that cannot be resolved here may not be asked through a proxy; None: it is allowed by its name."""
        return None if self._all or self._named(host) else _not_allowed(host)

    def _named(self, host: str) -> bool:
        name = host.lower().rstrip(".")
        return any(name.endswith(one[1:]) if one.startswith("*.") else name == one for one in self._names)


def address_problem(written: str) -> tuple[str, str | None] | None:
    """What is wrong with an entry of the rules, and what may help; None: nothing."""
    name, colon, _ = written.lower().partition(":")
    address = numeric(written)
    if _network(written) is not None or (address is None and _NAME.fullmatch(written.lower())):
        return None
    hint = f"write a name (api.example.com, *.example.com), an address, a network (10.1.0.0/16), {', '.join(SCOPES)}"
    if address is not None:
        hint = f"write {address}"
    elif (found := _URL.match(written)) is not None or (colon and _NAME.fullmatch(name)):
        hint = f"write {found[1] if found else name}: what is allowed is a host, on every port and path"
    elif (meant := _network(written, strict=False)) is not None:
        hint = f"write {meant}"
    return f'"{written}" is no host, network or scope', hint


def _network(written: str, *, strict: bool = True) -> Network | None:
    try:
        return ipaddress.ip_network(written, strict=strict)
    except ValueError:
        return None


def _not_allowed(host: str) -> str:
    return f'the policy of the project does not allow the address "{host}"'
