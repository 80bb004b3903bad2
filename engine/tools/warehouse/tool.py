"""`sql`: one connection to a database, used by many calls at once. Which dialect serves it is decided here
alone.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from engine.errors import MissingExtra, ToolError
from engine.text import suggestion
from engine.tools.port import CallContext, Result
from engine.tools.warehouse.config import Settings, settings_of
from engine.tools.warehouse.dialect import Database

OPERATIONS = ("query", "load")


class Warehouse:
    """Nothing is opened before the first call."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._settings = settings_of(config)
        self._database: Database | None = None
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Raise MissingExtra when a package is not installed; nothing is imported or opened."""
        needed = ("sqlglot", "duckdb") if self._settings.dialect == "duckdb" else ("sqlglot",)
        for package in needed:
            if find_spec(package) is None:
                raise MissingExtra(package, "warehouse")

    def call(self, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Result:
        """Raises ToolError, MissingExtra, or Cancelled."""
        database = self._opened()
        if operation == "query":
            from engine.tools.warehouse.query import run_query

            return run_query(database, self._settings, parameters, context)
        if operation == "load":
            from engine.tools.warehouse.load import run_load

            return run_load(database, self._settings, parameters, context)
        raise ToolError(
            f'sql has no operation "{operation}"', type="invalid", hint=suggestion(operation, OPERATIONS)
        )

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
        from engine.tools.warehouse.lite import LiteDatabase

        return LiteDatabase(settings)
    except ImportError as error:
        raise MissingExtra((error.name or "sqlglot").partition(".")[0], "warehouse") from error
