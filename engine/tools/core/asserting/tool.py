"""`assert`: what was found, weighed: what is tolerated, what warns, what fails. The checks themselves:
`checks`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from engine.tools.core.asserting.checks import evaluate
from engine.tools.core.asserting.judging import Finding, Subject
from engine.tools.core.file.reading import read_file
from engine.tools.port import CallContext, Result, ToolError
from engine.tools.records import Record, require_records

NULL_VALUES = ("", "NA")
"""The fields of a csv that are null unless the author says otherwise: those that `sql load` makes null."""


class Assert:
    """Evaluates every expectation of a call; keeps nothing."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        pass

    def call(self, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Result:
        result = Result()
        subject = _subject(parameters, context, result.warnings)
        weigh(subject, parameters["expect"], result, context)
        return result

    def close(self) -> None:
        pass


def weigh(
    subject: Subject, expectations: Sequence[Mapping[str, Any]], result: Result, context: CallContext
) -> None:
    """Hold the subject against every expectation and fill the result. Raises ToolError `data`, code `ASSERT`; `invalid`."""
    rows: list[dict[str, Any]] = []
    for expectation in expectations:
        context.check_cancelled()
        rows += [_weighed(finding, expectation, subject) for finding in evaluate(subject, expectation)]
    _conclude(result, rows, subject)


def _subject(parameters: Mapping[str, Any], context: CallContext, warnings: list[str]) -> Subject:
    given = [name for name in ("data", "path", "value") if name in parameters]
    if len(given) != 1:
        raise ToolError('exactly one of "data", "path" and "value" is needed', type="invalid")
    now = datetime.now(UTC)
    if given == ["value"]:
        return Subject([], parameters["value"], False, now)
    records = parameters["data"] if given == ["data"] else _from_file(parameters, context, warnings)
    return Subject(require_records(records, f'"{given[0]}"'), None, True, now)


def _from_file(parameters: Mapping[str, Any], context: CallContext, warnings: list[str]) -> list[Record]:
    read = read_file({"infer": True, "null_values": NULL_VALUES, **parameters}, context.project_dir, warnings)
    if read["format"] == "text":
        message = f'"{parameters["path"]}" is read as text, expected records'
        raise ToolError(message, type="invalid", hint="name the format: csv, ndjson, parquet or json")
    records: list[Record] = read["value"] if read["format"] == "json" else read["records"]
    return records


def _weighed(finding: Finding, expectation: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    """One line of the results."""
    rows = subject.rows if subject.has_records else 1
    tolerated = finding.failed_rows <= expectation.get("tolerate", 0) * rows
    return {
        "check": expectation["check"],
        "column": finding.column,
        "severity": expectation.get("severity", "error"),
        "passed": finding.held and tolerated,
        "observed": finding.observed,
        "expected": finding.expected,
        "failed_rows": finding.failed_rows,
        "sample": finding.sample,
    }


def _conclude(result: Result, rows: list[dict[str, Any]], subject: Subject) -> None:
    """Fills the result. Raises ToolError `data`, code `ASSERT`, for a miss of severity `error`."""
    records = subject.rows
    missed = [row for row in rows if not row["passed"]]
    failed = [row for row in missed if row["severity"] == "error"]
    result.data = {"passed": len(rows) - len(missed), "failed": len(missed), "results": rows}
    if failed:
        told = "; ".join(_told(row, records) for row in failed)
        message = f"{len(failed)} of {len(rows)} expectations failed: {told}"
        raise ToolError(message, type="data", code="ASSERT", data=result.data)
    for row in missed:
        result.add_warning(f"expectation missed: {_told(row, records)}")
    result.processed_records = records if subject.has_records else None  # a value is not "0 records"
    result.set_quality_metric("expectations_passed_share", (len(rows) - len(missed)) / len(rows))
    result.set_quality_metric("failed_rows", sum(row["failed_rows"] for row in rows))


def _told(row: Mapping[str, Any], records: int) -> str:
    """`range(amount): 3 of 100 rows are not at least 0, for instance -1, -5`"""
    name = f"{row['check']}({row['column']})" if row["column"] else row["check"]
    expected = _in_words(row["expected"]) if row["check"] != "equals" else _as_json(row["expected"])
    if not row["failed_rows"] or not row["sample"]:
        return f"{name}: expected {expected}, found {_in_words(row['observed'])}"
    if not records:
        return f"{name}: expected {expected}, found {_as_json(row['sample'][0])}"
    sample = _as_json(row["sample"])[1:-1]
    return (
        f"{name}: {row['failed_rows']} of {records} rows failed (expected {expected}), for instance {sample}"
    )


def _in_words(told: Any) -> str:
    """A text is a wording of ours, anything else a value."""
    return told[:200] if isinstance(told, str) else _as_json(told)


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:200]
