"""The operation `load`: records or a file into a table, in one transaction."""

from __future__ import annotations

import secrets
import time
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from engine.errors import ToolError
from engine.text import suggestion
from engine.tools.port import CallContext, Records, Result
from engine.tools.records import require_records
from engine.tools.warehouse.config import Settings
from engine.tools.warehouse.csv_files import MisreadError, csv_of
from engine.tools.warehouse.dialect import Column, Database, Target, Writing, quoted
from engine.tools.warehouse.execute import require_writable
from engine.tools.warehouse.ledger import opened as opened_ledger
from engine.tools.warehouse.sources import Origin, Source, opened
from engine.tools.warehouse.types import read_as

SEQUENCE = "weft_row"


@dataclass(frozen=True, slots=True)
class Wanted:
    target: Target
    origin: Origin
    mode: str
    key: tuple[str, ...]
    create: bool
    once: bool
    types: Mapping[str, str]


@dataclass(slots=True)
class Loaded:
    rows: int
    columns: list[Column]
    created: bool
    repeated: bool = False
    warnings: list[str] = field(default_factory=list)


def run_load(
    database: Database, settings: Settings, parameters: Mapping[str, Any], context: CallContext
) -> Result:
    """Loads; raises ToolError, or Cancelled when nobody waits any more. Nothing is left of a load that
    failed.
    """
    require_writable(settings)
    wanted = _wanted(parameters, settings)
    started = time.perf_counter()
    loaded = _until_read(database, wanted, context)
    seconds = time.perf_counter() - started
    result = Result(warnings=loaded.warnings, processed_records=loaded.rows)
    result.data = {
        "table": str(wanted.target),
        "rows_loaded": loaded.rows,
        "mode": wanted.mode,
        "columns": [column.as_json() for column in loaded.columns],
    }
    if loaded.repeated:
        result.add_warning("these rows were loaded already, by an earlier attempt; nothing was written")
    result.metadata.update(
        warehouse_name=settings.name, created=loaded.created, load_time=seconds, repeated=loaded.repeated
    )
    result.set_performance_metric("load_time", seconds)
    result.set_performance_metric("rows_processed", float(loaded.rows))
    return result


def _wanted(parameters: Mapping[str, Any], settings: Settings) -> Wanted:
    records, path = parameters.get("records"), parameters.get("path")
    if (records is None) == (path is None):
        raise ToolError("a load takes `records` or a `path`, one of them", type="invalid")
    mode, key = str(parameters.get("mode", "append")), tuple(parameters.get("key") or ())
    if (mode == "upsert") != bool(key):
        raise ToolError(
            "upsert needs a `key`" if mode == "upsert" else f"mode {mode} takes no `key`",
            type="invalid",
            hint="the columns that tell rows apart",
        )
    if records is not None and not isinstance(records, Records):
        require_records(records, "`records`")
    return Wanted(
        target=Target.parse(str(parameters["table"])),
        origin=Origin(records, path, settings.project_dir, csv_of(str(path or ""), parameters)),
        mode=mode,
        key=key,
        create=bool(parameters.get("create", True)),
        once=bool(parameters.get("once", False)),
        types=dict(parameters.get("columns") or {}),
    )


def _until_read(database: Database, wanted: Wanted, context: CallContext) -> Loaded:
    """Begins anew, in a new transaction, when a file's column turns out to be of a wider type than its
    beginning told.
    """
    corrections: dict[str, Any] = {}
    while True:
        try:
            with (
                database.translated(),
                database.writing(context) as writing,
                database.translated(None, writing),
            ):
                return _once(writing, wanted, corrections, context, dialect=database.dialect)
        except MisreadError as misread:
            corrections[misread.column.lower()] = misread.read_as


def _once(
    writing: Writing, wanted: Wanted, corrections: Mapping[str, Any], context: CallContext, *, dialect: str
) -> Loaded:
    """With `once` the call's key is kept in the same transaction: a load that has it already was done."""
    if not (wanted.once and context.key):
        return _in_transaction(writing, wanted, corrections, context)
    if dialect == "mysql" and writing.columns(wanted.target) is None:
        raise ToolError(
            f'`once` needs a table that is there, and there is no table "{wanted.target}"',
            type="invalid",
            code="ONCE",
            hint="MySQL makes a table outside of the transaction: make it with `execute` first",
        )
    book = opened_ledger(writing, dialect)
    before = book.found(context.key)
    if before is not None:
        return Loaded(before, writing.columns(wanted.target) or [], created=False, repeated=True)
    loaded = _in_transaction(writing, wanted, corrections, context)
    if not book.enter(context.key, "LOAD", loaded.rows):
        raise ToolError(
            "another attempt of this load was done at the same moment", type="unavailable", code="ONCE"
        )
    return loaded


def _in_transaction(
    writing: Writing, wanted: Wanted, corrections: Mapping[str, Any], context: CallContext
) -> Loaded:
    existing = writing.columns(wanted.target)
    if existing is None and wanted.create:
        writing.lock(wanted.target)  # another load may be about to make it
        existing = writing.columns(wanted.target)
    if existing is None and not wanted.create:
        hint = suggestion(str(wanted.target), writing.tables())
        raise ToolError(f'there is no table "{wanted.target}"', type="not_found", hint=hint)
    sql_types = {column.name.lower(): column.type for column in existing or ()}
    if existing is None:
        sql_types = {name.lower(): text for name, text in wanted.types.items()}
    exact = {name: kind for name, text in sql_types.items() if (kind := read_as(text)) is not None}
    with opened(wanted.origin, {**exact, **corrections}) as source:
        columns = _columns(writing, wanted, existing, source.schema)
        if existing is None:
            table, columns = writing.make(wanted.target, columns, _keys(wanted, columns))
        else:
            table = writing.name(wanted.target)
        if existing is not None and wanted.mode != "append":
            writing.lock(wanted.target)
        if existing is not None and wanted.mode == "replace":
            writing.run(f"DELETE FROM {table}")  # noqa: S608 - quoted name
        loaded = Loaded(0, columns, existing is None)
        if wanted.mode == "upsert":
            _upsert(writing, wanted, source, loaded, context, table=table)
        else:
            names = [column.name for column in columns[: len(source.schema.names)]]
            loaded.rows = _insert_all(writing, table, names, source, context)
    return loaded


def _columns(writing: Writing, wanted: Wanted, existing: list[Column] | None, schema: Any) -> list[Column]:
    """The columns that are loaded, as the table has or will have them."""
    if existing is not None:
        known = {column.name.lower(): column for column in existing}
        for name in schema.names:
            if name.lower() not in known:
                raise ToolError(
                    f'table "{wanted.target}" has no column "{name}"',
                    type="invalid",
                    code="column",
                    hint=suggestion(name, [column.name for column in existing]),
                )
        _require_key(wanted, schema.names)
        return [known[name.lower()] for name in schema.names]
    given = {name.lower(): writing.parsed_type(text) for name, text in wanted.types.items()}
    inferred = zip(schema.names, writing.types(schema), strict=True)
    columns = [Column(writing.spelled(name), given.get(name.lower(), kind)) for name, kind in inferred]
    columns += _unseen(writing, wanted, given, schema.names)
    if not columns:
        raise ToolError(
            f'table "{wanted.target}" does not exist and there are no rows to tell its columns',
            type="data",
            hint="give `columns` (name -> SQL type)",
        )
    _require_key(wanted, [column.name for column in columns])
    return columns


def _unseen(writing: Writing, wanted: Wanted, given: Mapping[str, str], names: Sequence[str]) -> list[Column]:
    """Columns the author typed: with no rows at all they make the table, else a name that is not there is a
    mistake.
    """
    present = {name.lower() for name in names}
    missing = [name for name in wanted.types if name.lower() not in present]
    if names and missing:
        raise ToolError(
            f'`columns` names "{missing[0]}", which the rows do not have',
            type="invalid",
            code="column",
            hint=suggestion(missing[0], names),
        )
    return [Column(writing.spelled(name), given[name.lower()]) for name in missing]


def _require_key(wanted: Wanted, names: Sequence[str]) -> None:
    present = {name.lower() for name in names}
    for name in wanted.key:
        if name.lower() not in present and names:
            raise ToolError(
                f'the key "{name}" is no column of the rows',
                type="invalid",
                code="key",
                hint=suggestion(name, names),
            )


def _keys(wanted: Wanted, columns: Sequence[Column]) -> list[str]:
    """The key's columns as the table spells them."""
    known = {column.name.lower(): column.name for column in columns}
    return [known[name.lower()] for name in wanted.key]


def _insert_all(
    writing: Writing, table: str, names: Sequence[str], source: Source, context: CallContext
) -> int:
    rows = 0
    for batch in source.batches:
        writing.check()
        if batch.num_rows:
            writing.insert(table, names, batch)
            rows += batch.num_rows
            context.progress(float(rows), None, "rows")
    return rows


def _upsert(
    writing: Writing, wanted: Wanted, source: Source, loaded: Loaded, context: CallContext, *, table: str
) -> None:
    """By way of a temporary table, so that it needs no index on the key; of rows with one key the last one
    holds.
    """
    names = [column.name for column in loaded.columns[: len(source.schema.names)]]
    if not names:
        return
    stage = quoted(f"weft_stage_{secrets.token_hex(6)}")
    empty = f"SELECT {', '.join(map(quoted, names))}, 0 AS {SEQUENCE} FROM {table} WHERE 1 = 0"  # noqa: S608 - quoted names
    writing.run(f"CREATE TEMPORARY TABLE {stage} AS {empty}")
    numbered = Source(source.schema, _numbered(source))
    loaded.rows = _insert_all(writing, stage, [*names, SEQUENCE], numbered, context)
    own = _keys(wanted, loaded.columns)
    _require_keys_present(writing, own, stage)
    if again := writing.merge(table, stage, names, own, SEQUENCE):
        loaded.warnings.append(f"{again} rows had the key of a later row, which holds")


def _numbered(source: Source) -> Any:
    first = 0
    for batch in source.batches:
        buffer = pa.py_buffer(array("q", range(first, first + batch.num_rows)))
        numbers = pa.Array.from_buffers(pa.int64(), batch.num_rows, [None, buffer])
        first += batch.num_rows
        yield batch.append_column(SEQUENCE, numbers)


def _require_keys_present(writing: Writing, key: Sequence[str], stage: str) -> None:
    missing = " OR ".join(f"{quoted(name)} IS NULL" for name in key)
    found = writing.run(f"SELECT count(*) FROM {stage} WHERE {missing}")  # noqa: S608 - quoted names
    if found:
        raise ToolError(f"{found} rows have no value in the key ({', '.join(key)})", type="data", code="key")
