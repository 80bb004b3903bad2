"""Where a database server is: a url, or the keys of a connection, as its client library takes them. Opens nothing.

Law: no message shows the url or a value of it; it may hold a password.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from engine.errors import ToolError
from engine.text import suggestion

# What a url may say after its `?`. Not here: `options` (could turn read-only off), `service`, `passfile` and
# `read_default_file` (read files), `local_infile` and `init_command`.
URL_OPTIONS = {
    "postgresql": ("application_name", "host", "port", "sslcert", "sslkey", "sslmode", "sslrootcert"),
    "mysql": ("ssl_ca", "ssl_cert", "ssl_key", "ssl_verify_cert", "ssl_verify_identity", "unix_socket"),
}
_DATABASE = {"postgresql": "dbname", "mysql": "database"}
_KEYS = {"host": "host", "port": "port", "username": "user", "password": "password"}


def server_of(config: Mapping[str, Any], dialect: str) -> dict[str, str]:
    """The parameters that the keys `host port database username password` of a connection mean."""
    keys = {**_KEYS, "database": _DATABASE[dialect]}
    return {there: str(config[here]) for here, there in keys.items() if config.get(here) is not None}


def server_of_url(url: str, dialect: str) -> dict[str, str]:
    """The parameters of `postgresql://user:password@host:port/database?option=value`; ToolError `invalid`."""
    parts, port = _parsed(url)
    found = {
        "host": unquote(parts.hostname or ""),
        "port": str(port or ""),
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        _DATABASE[dialect]: unquote(parts.path.removeprefix("/")),
    }
    if not found[_DATABASE[dialect]] or "/" in parts.path[1:]:
        raise ToolError(
            "the connection's url names no database",
            type="invalid",
            hint=f"{dialect}://user@host/database",
        )
    known = URL_OPTIONS[dialect]
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in known:
            raise ToolError(
                f'the option "{name}" in a {dialect} url is not read',
                type="invalid",
                hint=suggestion(name, known) or f"known: {', '.join(known)}",
            )
        found[name] = value
    return {name: value for name, value in found.items() if value}


def _parsed(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = None, None
    if parts is None or parts.fragment:
        raise ToolError(
            "the connection's url cannot be read",
            type="invalid",
            hint="write `#`, `/`, `@` and `:` inside a password as %23, %2F, %40, %3A",
        ) from None
    return parts, port
