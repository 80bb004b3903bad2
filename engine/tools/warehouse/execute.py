"""The operation `execute`: one statement that writes, in one transaction, once for each key of a call (`ledger`)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from engine.errors import ToolError
from engine.tools.port import CallContext, Result
from engine.tools.warehouse.config import Settings
from engine.tools.warehouse.dialect import Database, Writing
from engine.tools.warehouse.ledger import opened
from engine.tools.warehouse.statement import Statement, prepare_write


def require_writable(settings: Settings) -> None:
    """ToolError `permission` where the connection only reads."""
    if not settings.writable:
        raise ToolError(
            f'the connection "{settings.name}" is not writable',
            type="permission",
            code="NOT_WRITABLE",
            hint="set `writable: true` on the connection",
        )


def run_execute(
    database: Database, settings: Settings, parameters: Mapping[str, Any], context: CallContext
) -> Result:
    """Runs the statement; raises ToolError, or Cancelled. Nothing is left of one that failed."""
    require_writable(settings)
    params = dict(parameters.get("params") or {})
    statement, kind = prepare_write(str(parameters["sql"]), params, database.dialect)
    started = time.perf_counter()
    with (
        database.translated(statement),
        database.writing(context) as writing,
        database.translated(statement, writing),
    ):
        count, again = _once(writing, database.dialect, statement, kind, context.key)
    seconds = time.perf_counter() - started
    result = Result(
        data={"rows_affected": count, "query_type": kind},
        warnings=list(statement.warnings),
        processed_records=count,
    )
    if again:
        result.add_warning("this statement was executed already, by an earlier attempt; it was not repeated")
    result.metadata.update(
        warehouse_name=settings.name, query=statement.text, query_execution_time=seconds, repeated=again
    )
    result.set_performance_metric("query_execution_time", seconds)
    result.set_performance_metric("rows_processed", float(count))
    return result


def _once(writing: Writing, dialect: str, statement: Statement, kind: str, key: str) -> tuple[int, bool]:
    """The rows affected, and whether an earlier attempt of the same key had done it."""
    if not key:
        return writing.run(statement.text, statement.values), False
    book = opened(writing, dialect)
    if writing.commits(kind) and book.found(key) is None:
        # Its key can only be kept after it: an attempt that dies in between is made again, and may find the work done.
        count = writing.run(statement.text, statement.values)
        book.enter(key, kind, count)
        return count, False
    if not book.enter(key, kind, 0):
        return book.found(key) or 0, True
    count = writing.run(statement.text, statement.values)
    book.count(key, count)
    return count, False
