"""The operation `execute`: one statement that writes, in one transaction, once for each key of a call.

The key is kept in a table of the database itself (LEDGER), in the same transaction: a second attempt finds it there and
gives the first one's numbers.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from engine.errors import ToolError
from engine.tools.port import CallContext, Result
from engine.tools.warehouse.config import Settings
from engine.tools.warehouse.dialect import Database, Target, Writing
from engine.tools.warehouse.statement import Statement, prepare_write

LEDGER = Target(None, "weft_executed")
_MAKE = (
    "create table weft_executed (key varchar(200) primary key, query_type varchar(20), rows_affected bigint)"
)
_ENTER = "insert into weft_executed (key, query_type, rows_affected) values (:key, :kind, 0) on conflict do nothing"
_COUNTED = "update weft_executed set rows_affected = :count where key = :key"
_FOUND = "select rows_affected from weft_executed where key = :key"


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
    if writing.columns(LEDGER) is None:
        writing.lock(LEDGER)
        if writing.columns(LEDGER) is None:
            _ours(writing, dialect, _MAKE)
    if not _ours(writing, dialect, _ENTER, key=key, kind=kind):
        return _ours(writing, dialect, _FOUND, key=key), True
    count = writing.run(statement.text, statement.values)
    _ours(writing, dialect, _COUNTED, key=key, count=count)
    return count, False


def _ours(writing: Writing, dialect: str, sql: str, **params: Any) -> int:
    statement, _ = prepare_write(sql, params, dialect, ours=True)
    return writing.run(statement.text, statement.values)
