"""A warehouse as the engine calls it, on every dialect."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.errors import ToolError
from engine.tools.port import CallContext, Result
from engine.tools.warehouse.statement import Statement
from engine.tools.warehouse.tool import Warehouse

DIALECTS = ("duckdb", "sqlite", "postgresql", "mysql")
SERVERS = ("postgresql", "mysql")


class Desk:
    def __init__(self, dialect: str, folder: Path, **config: Any) -> None:
        self.dialect = dialect
        self.folder = folder
        self.config = {"writable": True, "name": "main", "project_dir": str(folder), **config}
        self.tool = Warehouse(self.config)

    def other(self, **config: Any) -> Desk:
        """Another connection to the same database."""
        return Desk(self.dialect, self.folder, **{**self.config, **config})

    def call(self, operation: str, *, context: CallContext | None = None, **parameters: Any) -> Result:
        return self.tool.call(operation, parameters, context or CallContext(project_dir=self.folder))

    def query(self, sql: str, **parameters: Any) -> Result:
        return self.call("query", sql=sql, **parameters)

    def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.query(sql, params=params).data["rows"]
        return rows

    def load(self, table: str, **parameters: Any) -> Result:
        return self.call("load", table=table, **parameters)

    @contextmanager
    def unguarded(self, context: CallContext | None = None) -> Iterator[Any]:
        """A read-only session to which any text can be sent: the parser is out of the way."""
        database = self.tool._opened()
        with (
            database.translated(),
            database.reading(context or CallContext()) as reading,
            database.translated(None, reading),
        ):
            yield reading


def bare(text: str) -> Statement:
    """A text as it is, past every check."""
    return Statement(text, {}, None, None, ())


def refused(call: Callable[[], Any]) -> ToolError:
    """The error of a call that must fail."""
    with pytest.raises(ToolError) as caught:
        call()
    return caught.value


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Runs them together and gives their results; the first error is raised."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait(10)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(30) for future in [pool.submit(run, call) for call in calls]]
