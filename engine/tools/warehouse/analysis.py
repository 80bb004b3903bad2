"""The operation `query_performance_analysis`: how the database answers a query, and what could be better."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlglot import exp

from engine.tools.port import CallContext, Result
from engine.tools.warehouse.config import Settings
from engine.tools.warehouse.dialect import Database, Reading
from engine.tools.warehouse.statement import Statement, prepare

_COMPARED = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between)


def run_analysis(
    database: Database, settings: Settings, parameters: Mapping[str, Any], context: CallContext
) -> Result:
    """Runs the query, unless `run` is false, without giving its rows; raises ToolError, or Cancelled."""
    run = bool(parameters.get("run", True))
    params = dict(parameters.get("params") or {})
    statement = prepare(str(parameters["sql"]), params, database.dialect, None)
    with (
        database.translated(statement),
        database.reading(context) as reading,
        database.translated(statement, reading),
    ):
        told = reading.explain(statement, run=run)
        advice = [
            {
                "table": table,
                "columns": columns,
                "reason": "every row of the table is read to find those that are compared here",
            }
            for table in told.scanned
            if (columns := _compared(statement, reading, table))
        ]
    findings = [{"kind": "full_scan", "detail": f"{table} is read from end to end"} for table in told.scanned]
    findings += [{"kind": kind, "detail": detail} for kind, detail in (*told.findings, *_of_text(statement))]
    data = {
        "plan": told.plan,
        "execution_time": told.seconds,
        "row_count": told.rows,
        "findings": findings,
        "index_advice": advice,
    }
    result = Result(data=data, warnings=list(statement.warnings), processed_records=told.rows)
    result.metadata.update(warehouse_name=settings.name, query=statement.text)
    if told.seconds is not None:
        result.set_performance_metric("query_execution_time", told.seconds)
    return result


def _compared(statement: Statement, reading: Reading, table: str) -> list[str]:
    """The table's columns that a condition compares as they are, in the order written; equal ones first."""
    known = {name.lower(): name for name in reading.columns(_written(statement, table))}
    found: dict[str, bool] = {}
    for node in statement.tree.find_all(*_COMPARED):
        for side in (node.this, node.args.get("expression")):
            if isinstance(side, exp.Column) and _is_of(side, statement, table) and side.name.lower() in known:
                name = known[side.name.lower()]
                found[name] = found.get(name, False) or isinstance(node, (exp.EQ, exp.In))
    return sorted(found, key=lambda name: not found[name])


def _written(statement: Statement, table: str) -> str:
    """A plan may call a table by its alias."""
    for node in statement.tree.find_all(exp.Table):
        if node.alias.lower() == table.lower():
            return str(node.name)
    return table


def _is_of(column: Any, statement: Statement, table: str) -> bool:
    if not column.table:
        return True
    names = {
        name.lower()
        for node in statement.tree.find_all(exp.Table)
        if table.lower() in (node.name.lower(), node.alias.lower())
        for name in (node.name, node.alias)
    }
    return column.table.lower() in names


def _of_text(statement: Statement) -> Iterator[tuple[str, str]]:
    """What the query's own words tell."""
    for node in statement.tree.find_all(exp.Like, exp.ILike):
        pattern = node.expression
        if isinstance(pattern, exp.Literal) and str(pattern.this).startswith("%"):
            yield "leading_wildcard", f"no index helps to find texts like '{pattern.this}'"
