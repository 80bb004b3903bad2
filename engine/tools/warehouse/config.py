"""A connection's configuration as a value: which database, how long, how much. Opens nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import ToolError
from engine.text import suggestion

DIALECTS = ("duckdb", "sqlite")


@dataclass(frozen=True, slots=True)
class Settings:
    """`database` is the absolute path of the file, None for a database in memory. Times are seconds."""

    name: str
    dialect: str
    database: Path | None
    project_dir: Path
    writable: bool = False
    max_rows: int = 1_000_000
    query_timeout_seconds: float = 300.0
    call_timeout_seconds: float = 600.0
    lock_timeout_seconds: float = 30.0
    queries: Mapping[str, str] = field(default_factory=dict)


def settings_of(config: Mapping[str, Any]) -> Settings:
    """The settings a connection's mapping means; ToolError `invalid` where it means none."""
    project_dir = Path(str(config.get("project_dir") or Path.cwd()))
    dialect, database = _target(config)
    return Settings(
        name=str(config.get("name") or "default"),
        dialect=dialect,
        database=None if database in {"", ":memory:"} else (project_dir / database).absolute(),
        project_dir=project_dir,
        writable=bool(config.get("writable", False)),
        max_rows=int(_number(config, "max_rows", 1_000_000)),
        query_timeout_seconds=_number(config, "query_timeout", 300),
        call_timeout_seconds=_number(config, "max_query_time", 600),
        lock_timeout_seconds=_number(config, "connection_timeout", 30),
        queries=dict(config.get("queries") or {}),
    )


def _number(config: Mapping[str, Any], key: str, default: float) -> float:
    """A setting that may have come as text, from a reference."""
    try:
        return float(config.get(key, default))
    except (TypeError, ValueError):
        raise ToolError(f'"{key}" must be a number', type="invalid") from None


def _target(config: Mapping[str, Any]) -> tuple[str, str]:
    if url := config.get("url"):
        return _split(str(url))
    if "type" not in config or "database" not in config:
        raise ToolError(
            "the connection names no database", type="invalid", hint="give `url`, or `type` and `database`"
        )
    return _known(str(config["type"])), str(config["database"])


def _split(url: str) -> tuple[str, str]:
    """As SQLAlchemy reads them: three slashes and a relative path, four and an absolute one, two and nothing:
    memory.

    The url is not shown in messages: it may hold a password.
    """
    scheme, mark, rest = url.partition("://")
    if not mark:
        raise ToolError(
            "the connection's url has no scheme",
            type="invalid",
            hint="for instance duckdb:///file.db or sqlite:///file.db",
        )
    dialect = _known(scheme.partition("+")[0])
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
    if dialect.lower() not in DIALECTS:
        raise ToolError(
            f'no database "{dialect}" can be opened here',
            type="invalid",
            hint=suggestion(dialect, DIALECTS),
        )
    return dialect.lower()
