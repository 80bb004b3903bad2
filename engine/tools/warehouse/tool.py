"""`sql`: one connection to a database, used by many calls at once. Which dialect serves it is decided here
alone.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from engine.errors import MissingExtra, ToolError
from engine.text import suggestion
from engine.tools.port import CallContext, Result
from engine.tools.warehouse.config import Settings, settings_of
from engine.tools.warehouse.dialect import Database

# Operation -> the module and function that runs it; imported when it is first called.
OPERATIONS = {
    "query": ("query", "run_query"),
    "execute": ("execute", "run_execute"),
    "load": ("load", "run_load"),
    "describe_table": ("tables", "run_describe"),
    "table_statistics": ("tables", "run_statistics"),
    "data_quality_report": ("tables", "run_quality"),
    "query_performance_analysis": ("analysis", "run_analysis"),
    "check": ("expectations", "run_check"),
}
# Dialect -> the packages it needs, and the extra that has them.
_PACKAGES: dict[str, tuple[tuple[str, str], ...]] = {
    "duckdb": (("duckdb", "warehouse"),),
    "mysql": (("pymysql", "mysql"),),
    "postgresql": (("psycopg", "warehouse"),),
    "sqlite": (),
}


class Warehouse:
    """Nothing is opened before the first call."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._settings = settings_of(config)
        self._database: Database | None = None
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Raise MissingExtra when a package is not installed; nothing is imported or opened."""
        own = _PACKAGES[self._settings.dialect]
        for package, extra in (("sqlglot", "warehouse"), ("pyarrow", "warehouse"), *own):
            if find_spec(package) is None:
                raise MissingExtra(package, extra)

    def call(self, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Result:
        """Raises ToolError, MissingExtra, or Cancelled."""
        if operation not in OPERATIONS:
            raise ToolError(
                f'sql has no operation "{operation}"', type="invalid", hint=suggestion(operation, OPERATIONS)
            )
        module, function = OPERATIONS[operation]
        run = getattr(import_module(f"engine.tools.warehouse.{module}"), function)
        result: Result = run(self._opened(), self._settings, parameters, context)
        return result

    def health_check(self) -> dict[str, Any]:
        """Whether the database answers, and how much of its pool is in use. Raises what `call` raises."""
        self.call("query", {"sql": "SELECT 1 AS one"}, CallContext())
        use = getattr(self._opened(), "pool_use", None)
        pool = use() if use is not None else {}
        if pool and pool["pool_in_use"] >= pool["pool_size"] + pool["pool_overflow_max"]:
            return {
                "status": "degraded",
                "detail": "every connection of the pool is in use",
                "metrics": pool,
            }
        return {"status": "healthy", "detail": "", "metrics": pool}

    def close(self) -> None:
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    def _opened(self) -> Database:
        with self._lock:
            if self._database is None:
                self._database = _database(self._settings)
            return self._database


def _database(settings: Settings) -> Database:
    try:
        if settings.dialect == "duckdb":
            from engine.tools.warehouse.duck import DuckDatabase

            return DuckDatabase(settings)
        if settings.dialect == "postgresql":
            from engine.tools.warehouse.postgres import PostgresDatabase

            return PostgresDatabase(settings)
        if settings.dialect == "mysql":
            from engine.tools.warehouse.mysql import MysqlDatabase

            return MysqlDatabase(settings)
        from engine.tools.warehouse.lite import LiteDatabase

        return LiteDatabase(settings)
    except ImportError as error:
        package = (error.name or "sqlglot").partition(".")[0]
        raise MissingExtra(package, "mysql" if package == "pymysql" else "warehouse") from error
