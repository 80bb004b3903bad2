"""The operation `query`: one statement, its rows or a file."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import ToolError
from engine.text import suggestion
from engine.tools.port import CallContext, Records, Result
from engine.tools.warehouse.config import Settings
from engine.tools.warehouse.dialect import Database, Reading, unique_names
from engine.tools.warehouse.statement import Statement, prepare

ROWS_UNASKED = 1000
"""How many rows come back as JSON where nobody said a number."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the author asked for. `asked`: the rows the author wants at most, None if nobody said a number."""

    sql: str
    params: Mapping[str, Any]
    result_format: str
    path: str | None
    asked: int | None
    optimised: bool


@dataclass(frozen=True, slots=True)
class Cap:
    """The most rows given, and the setting that says so. `fails`: more rows are an error, not a cut
    result.
    """

    rows: int
    setting: str
    fails: bool = False


def run_query(
    database: Database, settings: Settings, parameters: Mapping[str, Any], context: CallContext
) -> Result:
    """Runs the query; raises ToolError, or Cancelled when nobody waits any more."""
    wanted = _wanted(parameters, settings)
    if context.streams and wanted.path is None:
        return _streamed(database, settings, wanted, context)
    limit = _limit_to_add(wanted, settings)
    statement = prepare(wanted.sql, wanted.params, database.dialect, limit, optimise=wanted.optimised)
    cap = _cap(wanted, statement, settings)
    started = time.perf_counter()
    result = Result(warnings=list(statement.warnings))
    with (
        database.translated(statement),
        database.reading(context) as reading,
        database.translated(statement, reading),
    ):
        if wanted.path is None:
            _to_rows(reading, statement, cap, result)
        else:
            _to_file(reading, statement, cap, wanted, project_dir=settings.project_dir, result=result)
    _measure(result, statement, wanted, settings, time.perf_counter() - started)
    return result


def _streamed(database: Database, settings: Settings, wanted: Wanted, context: CallContext) -> Result:
    """The rows as a stream: only what the author wrote limits them. The query is made when the first are asked for."""
    statement = prepare(wanted.sql, wanted.params, database.dialect, wanted.asked, optimise=wanted.optimised)
    result = Result(warnings=list(statement.warnings))
    columns: list[dict[str, str]] = []
    moved = 0
    started = time.perf_counter()

    def rows() -> Iterator[list[dict[str, Any]]]:
        nonlocal moved
        with (
            database.translated(statement),
            database.reading(context) as reading,
            database.translated(statement, reading),
        ):
            for portion in reading.portions(statement):
                columns[:] = [column.as_json() for column in portion.columns]
                result.warnings.extend(portion.warnings)
                moved += portion.bytes
                if portion.rows:
                    yield portion.rows

    def totals(count: int) -> dict[str, Any]:
        result.processed_records = count
        result.set_performance_metric("data_transfer_size", float(moved))
        _measure(result, statement, wanted, settings, time.perf_counter() - started)
        return {"columns": columns, "row_count": count, "truncated": False}

    result.data = {"rows": Records(rows(), totals, ready=True)}
    return result


def _wanted(parameters: Mapping[str, Any], settings: Settings) -> Wanted:
    result_format = str(parameters.get("result_format", "json"))
    path = parameters.get("path")
    if (path is None) != (result_format == "json"):
        missing = f"result_format {result_format} needs a `path`"
        raise ToolError(
            missing if path is None else "json rows are not written to a `path`",
            type="invalid",
            hint="csv, parquet and arrow are written to a file of the project",
        )
    asked = parameters.get("max_rows")
    return Wanted(
        sql=_sql(parameters, settings),
        params=dict(parameters.get("params") or {}),
        result_format=result_format,
        path=path,
        asked=None if asked is None else int(asked),
        optimised=bool(parameters.get("enable_optimization", True)),
    )


def _sql(parameters: Mapping[str, Any], settings: Settings) -> str:
    if "sql" in parameters:
        return str(parameters["sql"])
    name = str(parameters.get("query", ""))
    if name not in settings.queries:
        hint = suggestion(name, settings.queries)
        raise ToolError(f'the connection has no query "{name}"', type="not_found", hint=hint)
    return settings.queries[name]


def _limit_to_add(wanted: Wanted, settings: Settings) -> int | None:
    """One more than is given, so that a cut shows; None where the rows asked of the database are the author's
    matter.
    """
    if wanted.asked is not None:
        return min(wanted.asked, settings.max_rows) + 1
    if wanted.optimised and wanted.path is None:
        return min(ROWS_UNASKED, settings.max_rows) + 1
    return None


def _cap(wanted: Wanted, statement: Statement, settings: Settings) -> Cap:
    if wanted.asked is not None and wanted.asked <= settings.max_rows:
        return Cap(wanted.asked, "`max_rows` of the step")
    if wanted.asked is None and statement.limited is not None and settings.max_rows >= ROWS_UNASKED:
        return Cap(ROWS_UNASKED, "no limit was written: add one to the sql, or set `max_rows` of the step")
    return Cap(settings.max_rows, "`max_rows` of the connection", fails=wanted.path is not None)


def _to_rows(reading: Reading, statement: Statement, cap: Cap, result: Result) -> None:
    found = reading.rows(statement, cap.rows + 1)
    truncated = len(found.rows) > cap.rows
    if truncated:
        del found.rows[cap.rows :]
        result.add_warning(_cut(cap))
    result.warnings.extend(found.warnings)
    result.processed_records = len(found.rows)
    result.data = {
        "rows": found.rows,
        "columns": [column.as_json() for column in found.columns],
        "row_count": len(found.rows),
        "truncated": truncated,
    }
    result.set_performance_metric("data_transfer_size", float(found.bytes))


def _to_file(
    reading: Reading, statement: Statement, cap: Cap, wanted: Wanted, *, project_dir: Path, result: Result
) -> None:
    from engine.tools.warehouse.export import write_file

    assert wanted.path is not None
    found = reading.batches(statement)
    names, warnings = unique_names(found.schema.names)
    capped = _Capped(found.stream, cap)
    rows, size = write_file(
        wanted.path, project_dir, wanted.result_format, found.schema, names=names, stream=capped
    )
    result.warnings.extend(warnings)
    if capped.truncated:
        result.add_warning(_cut(cap))
    result.processed_records = rows
    result.data = {
        "path": wanted.path,
        "row_count": rows,
        "columns": [
            {"name": name, "type": column.type} for name, column in zip(names, found.columns, strict=True)
        ],
        "bytes": size,
        "truncated": capped.truncated,
    }
    result.set_performance_metric("data_transfer_size", float(size))


class _Capped:
    """Batches up to the cap. A file that would be cut by the connection's cap is not made at all: nobody
    asked for that.
    """

    def __init__(self, stream: Generator[Any, None, None], cap: Cap) -> None:
        self._stream = stream
        self._cap = cap
        self.truncated = False

    def __iter__(self) -> Iterator[Any]:
        left = self._cap.rows
        with closing(self._stream):
            for batch in self._stream:
                self.truncated = batch.num_rows > left
                if self.truncated and self._cap.fails:
                    raise ToolError(
                        f"the result has more than {self._cap.rows} rows, no file was written",
                        type="too_large",
                        code="MAX_ROWS",
                        hint=f"raise {self._cap.setting}, or write a limit",
                    )
                if left:
                    yield batch.slice(0, left)
                if self.truncated:
                    return
                left -= batch.num_rows


def _cut(cap: Cap) -> str:
    return f"the result was cut to its first {cap.rows} rows ({cap.setting})"


def _measure(
    result: Result, statement: Statement, wanted: Wanted, settings: Settings, seconds: float
) -> None:
    applied = [*statement.applied, *([] if statement.limited is None else [f"limit {statement.limited}"])]
    result.metadata.update(
        warehouse_name=settings.name,
        query=statement.text,
        original_query=wanted.sql,
        query_hash=hashlib.sha256(statement.text.encode()).hexdigest(),
        query_execution_time=seconds,
        result_format=wanted.result_format,
        optimized=bool(applied),
        optimization_applied=applied,
    )
    result.set_performance_metric("query_execution_time", seconds)
    result.set_performance_metric("rows_processed", float(result.processed_records or 0))
