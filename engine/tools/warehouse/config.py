"""A connection's configuration as a value: which database, how long, how much. Opens nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import ToolError
from engine.text import suggestion
from engine.tools.warehouse.server import server_of, server_of_url

DIALECTS = ("duckdb", "mysql", "postgresql", "sqlite")
SERVERS = ("mysql", "postgresql")
_ALIASES = {"mariadb": "mysql"}


@dataclass(frozen=True, slots=True)
class Settings:
    """`database` is the absolute path of the file, None for a database in memory or on a server. `server` holds what
    a server's client library calls `host`, `port`, `user`, `password` and so on. Times are seconds.
    """

    name: str
    dialect: str
    database: Path | None
    project_dir: Path
    server: Mapping[str, str] = field(default_factory=dict, repr=False)
    writable: bool = False
    max_rows: int = 1_000_000
    query_timeout_seconds: float = 300.0
    call_timeout_seconds: float = 600.0
    lock_timeout_seconds: float = 30.0
    queries: Mapping[str, str] = field(default_factory=dict)
    pool_size: int = 10
    max_overflow: int = 20
    pool_pre_ping: bool = True
    pool_recycle_seconds: float = 3600.0
    allow_superuser: bool = False


def settings_of(config: Mapping[str, Any]) -> Settings:
    """The settings a connection's mapping means; ToolError `invalid` where it means none."""
    project_dir = Path(str(config.get("project_dir") or Path.cwd()))
    dialect, target = _target(config)
    on_server = not isinstance(target, str)
    return Settings(
        name=str(config.get("name") or "default"),
        dialect=dialect,
        database=None if on_server or target in {"", ":memory:"} else (project_dir / str(target)).absolute(),
        project_dir=project_dir,
        server=target if not isinstance(target, str) else {},
        writable=bool(config.get("writable", False)),
        max_rows=int(_number(config, "max_rows", 1_000_000)),
        query_timeout_seconds=_number(config, "query_timeout", 300),
        call_timeout_seconds=_number(config, "max_query_time", 600),
        lock_timeout_seconds=_number(config, "connection_timeout", 30),
        queries=dict(config.get("queries") or {}),
        pool_size=int(_number(config, "pool_size", 10)),
        max_overflow=int(_number(config, "max_overflow", 20)),
        pool_pre_ping=bool(config.get("pool_pre_ping", True)),
        pool_recycle_seconds=_number(config, "pool_recycle", 3600),
        allow_superuser=bool(config.get("allow_superuser", False)),
    )


def _number(config: Mapping[str, Any], key: str, default: float) -> float:
    """A setting that may have come as text, from a reference."""
    try:
        return float(config.get(key, default))
    except (TypeError, ValueError):
        raise ToolError(f'"{key}" must be a number', type="invalid") from None


def _target(config: Mapping[str, Any]) -> tuple[str, str | dict[str, str]]:
    """The dialect, and a file's path or a server's parameters."""
    if url := config.get("url"):
        return _split(str(url))
    if "type" not in config or "database" not in config:
        raise ToolError(
            "the connection names no database", type="invalid", hint="give `url`, or `type` and `database`"
        )
    dialect = _known(str(config["type"]))
    return dialect, server_of(config, dialect) if dialect in SERVERS else str(config["database"])


def _split(url: str) -> tuple[str, str | dict[str, str]]:
    """As SQLAlchemy reads them: three slashes and a relative path, four and an absolute one, two and nothing:
    memory.

    The url is not shown in messages: it may hold a password.
    """
    scheme, mark, rest = url.partition("://")
    if not mark:
        raise ToolError(
            "the connection's url has no scheme",
            type="invalid",
            hint="for instance duckdb:///file.db, sqlite:///file.db or postgresql://user@host/database",
        )
    dialect = _known(scheme.partition("+")[0])
    if dialect in SERVERS:
        return dialect, server_of_url(url, dialect)
    if rest and not rest.startswith("/"):
        raise ToolError(
            f"a {dialect} url has no host",
            type="invalid",
            hint=f"three slashes before the path: {dialect}:///path/to.db",
        )
    if "?" in rest:
        raise ToolError(
            f"options in a {dialect} url are not read",
            type="invalid",
            hint="write them as keys of the connection",
        )
    return dialect, rest[1:]


def _known(dialect: str) -> str:
    known = _ALIASES.get(dialect.lower(), dialect.lower())
    if known not in DIALECTS:
        raise ToolError(
            f'no database "{dialect}" can be opened here',
            type="invalid",
            hint=suggestion(dialect, (*DIALECTS, *_ALIASES)),
        )
    return known
