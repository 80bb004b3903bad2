"""The `assert` tool: every check, and how misses are weighed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.tools.core.asserting.tool import Assert
from engine.tools.port import CallContext, Result, ToolError

PEOPLE = [
    {"id": 1, "mail": "a@x.no", "age": 30, "tags": ["a"]},
    {"id": 2, "mail": "b@x.no", "age": None, "tags": []},
    {"id": 2, "mail": "nonsense", "age": -5, "tags": None},
    {"id": None, "mail": None, "age": 200.0, "tags": ["b"]},
]


def check(*expect: dict[str, Any], context: CallContext | None = None, **subject: Any) -> Result:
    subject = subject or {"data": PEOPLE}
    return Assert({}).call("check", {"expect": list(expect), **subject}, context or CallContext())


def failure(*expect: dict[str, Any], **subject: Any) -> ToolError:
    with pytest.raises(ToolError) as caught:
        check(*expect, **subject)
    return caught.value


def misses(**expectation: Any) -> tuple[int, list[Any]]:
    """Failed rows and sample of one expectation that warns."""
    (row,) = check({**expectation, "severity": "warn"}).data["results"]
    assert row["passed"] is (row["failed_rows"] == 0)
    return row["failed_rows"], row["sample"]


@pytest.mark.parametrize(
    ("expectation", "expected"),
    [
        ({"check": "not_null", "column": "mail"}, (1, [None])),
        ({"check": "unique", "column": "id"}, (1, [2])),
        ({"check": "unique", "columns": ["id", "mail"]}, (0, [])),
        ({"check": "range", "column": "age", "min": 0}, (1, [-5])),
        ({"check": "range", "column": "age", "max": 150}, (1, [200.0])),
        ({"check": "range", "column": "age", "min": 0, "max": 150}, (2, [-5, 200.0])),
        ({"check": "range", "column": "mail", "min": "b"}, (1, ["a@x.no"])),
        ({"check": "range", "column": "mail", "min": 5}, (3, ["a@x.no", "b@x.no", "nonsense"])),
        ({"check": "regex", "column": "mail", "pattern": "^[a-z]+@"}, (1, ["nonsense"])),
        ({"check": "regex", "column": "id", "pattern": "^[12]$"}, (0, [])),
        ({"check": "in_set", "column": "id", "values": [1, True]}, (2, [2])),
        ({"check": "in_set", "column": "tags", "values": [["a"], []]}, (1, [["b"]])),
        ({"check": "schema", "types": {"age": "integer"}}, (0, [])),
        ({"check": "schema", "types": {"mail": "number"}}, (3, ["a@x.no", "b@x.no", "nonsense"])),
        ({"check": "schema", "types": {"tags": "array"}}, (0, [])),
        ({"check": "foreign_key", "column": "id", "values": [1, 7]}, (2, [2])),
        ({"check": "foreign_key", "column": "id", "records": [{"key": 2}], "to_column": "key"}, (1, [1])),
        ({"check": "foreign_key", "column": "id", "records": [{"id": 2}, {"id": 1}]}, (0, [])),
        ({"check": "equals", "column": "id", "value": 2}, (2, [1, None])),
    ],
)
def test_each_check_finds_the_rows_that_fail_it(expectation: dict[str, Any], expected: Any) -> None:
    assert misses(**expectation) == expected


@pytest.mark.parametrize(
    ("bounds", "passed"),
    [
        ({"min": 4}, True),
        ({"max": 3}, False),
        ({"min": 5}, False),
        ({"value": 4}, True),
        ({"value": 3}, False),
    ],
)
def test_row_count(bounds: dict[str, int], passed: bool) -> None:
    (row,) = check({"check": "row_count", "severity": "warn", **bounds}).data["results"]
    assert (row["passed"], row["observed"]) == (passed, 4)


def test_schema_exact_refuses_other_columns() -> None:
    types = {"id": "integer", "mail": "string", "age": "number"}
    assert check({"check": "schema", "types": types}).data["failed"] == 0
    assert '["tags"]' in failure({"check": "schema", "types": types, "exact": True}).message


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("integer", 3.0, 3.5),
        ("integer", 3, True),
        ("number", 3.5, "3.5"),
        ("boolean", False, 0),
        ("date", "2026-01-31", "2026-02-31"),
        ("datetime", "2026-01-31T10:00:00Z", "2026-01-31"),
        ("object", {}, []),
    ],
)
def test_types_of_a_schema(kind: str, good: Any, bad: Any) -> None:
    expectation = {"check": "schema", "types": {"x": kind}}
    assert check(expectation, data=[{"x": good}, {"x": None}]).data["failed"] == 0
    assert failure(expectation, data=[{"x": bad}]).code == "ASSERT"


def test_freshness_looks_at_the_newest_time() -> None:
    now = datetime.now(UTC)
    data = [{"at": (now - timedelta(hours=h)).isoformat()} for h in (50, 2, 30)]
    assert check({"check": "freshness", "column": "at", "max_age": 3 * 3600}, data=data).data["failed"] == 0
    assert (
        "seconds old" in failure({"check": "freshness", "column": "at", "max_age": 3600}, data=data).message
    )
    naive = [{"at": now.replace(tzinfo=None).isoformat()}]
    assert check({"check": "freshness", "column": "at", "max_age": 3600}, data=naive).data["failed"] == 0


def test_freshness_of_no_time_fails() -> None:
    assert "no time" in failure({"check": "freshness", "column": "at", "max_age": 1}, data=[]).message
    assert (
        "soon" in failure({"check": "freshness", "column": "at", "max_age": 1}, data=[{"at": "soon"}]).message
    )


def test_all_expectations_are_evaluated_and_every_miss_is_told() -> None:
    error = failure(
        {"check": "not_null", "columns": ["id", "mail"]},
        {"check": "row_count", "min": 1},
        {"check": "range", "column": "age", "min": 0},
    )
    assert (error.type, error.code) == ("data", "ASSERT")
    assert error.message.startswith("3 of 4 expectations failed: not_null(id): 1 of 4 rows failed")
    assert "not_null(mail)" in error.message
    assert "range(age): 1 of 4 rows failed (expected at least 0), for instance -5" in error.message
    assert error.data["passed"] == 1
    assert [row["passed"] for row in error.data["results"]] == [False, False, True, False]


def test_a_miss_that_warns_lets_the_step_succeed() -> None:
    result = check(
        {"check": "not_null", "column": "id", "severity": "warn"}, {"check": "row_count", "min": 1}
    )
    assert (result.data["passed"], result.data["failed"]) == (1, 1)
    assert "not_null(id)" in result.warnings[0]
    assert result.quality_metrics["expectations_passed_share"] == 0.5
    assert result.processed_records == 4


def test_of_a_value_no_records_are_counted() -> None:
    """A run would tell of "0 records" beside a check that passed."""
    assert check({"check": "equals", "value": 3}, value=3).processed_records is None


def test_tolerate_is_a_share_of_the_rows() -> None:
    assert check({"check": "not_null", "column": "id", "tolerate": 0.25}).data["failed"] == 0
    assert failure({"check": "not_null", "column": "id", "tolerate": 0.24}).code == "ASSERT"


def test_a_sample_is_short_and_without_repetition() -> None:
    data = [{"x": n % 7} for n in range(100)]
    (row,) = check({"check": "range", "column": "x", "min": 7, "severity": "warn"}, data=data).data["results"]
    assert (row["failed_rows"], row["sample"]) == (100, [0, 1, 2, 3, 4])


def test_a_missing_column_fails_and_suggests_the_nearest() -> None:
    message = failure({"check": "not_null", "column": "mial"}, {"check": "unique", "column": "di"}).message
    assert 'no column "mial"' in message
    assert "mail" in message
    assert check({"check": "not_null", "column": "any"}, data=[]).data["failed"] == 0


def test_one_value_is_checked_without_a_column() -> None:
    passed = check(
        {"check": "equals", "value": {"a": [1.0]}},
        {"check": "not_null"},
        {"check": "row_count", "value": 1},
        value={"a": [1]},
    )
    assert passed.data["failed"] == 0
    assert failure({"check": "equals", "value": 1}, value=True).code == "ASSERT"
    assert failure({"check": "equals", "value": 1}, value=None).code == "ASSERT"
    assert "at most 5" in failure({"check": "range", "max": 5}, value=6).message


def test_whole_records_can_be_equal() -> None:
    assert check({"check": "equals", "value": [{"a": 1.0}]}, data=[{"a": 1}]).data["failed"] == 0
    assert failure({"check": "equals", "value": []}, data=[{"a": 1}]).code == "ASSERT"


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.ndjson"])
def test_a_file_is_read(tmp_path: Path, name: str) -> None:
    text = {
        "a.csv": "id,n\n1,5\n2,-1\n",
        "a.json": '[{"n": 5}, {"n": -1}]',
        "a.ndjson": '{"n": 5}\n{"n": -1}\n',
    }
    (tmp_path / name).write_text(text[name])
    with pytest.raises(ToolError) as caught:
        check(
            {"check": "range", "column": "n", "min": 0}, path=name, context=CallContext(project_dir=tmp_path)
        )
    assert "1 of 2 rows" in caught.value.message


def test_a_file_outside_the_project_is_refused(tmp_path: Path) -> None:
    context = CallContext(project_dir=tmp_path)
    with pytest.raises(ToolError) as caught:
        check({"check": "row_count", "min": 0}, path="../x.csv", context=context)
    assert caught.value.type == "permission"


@pytest.mark.parametrize(
    ("expectation", "subject"),
    [
        ({"check": "range", "column": "x"}, {"data": []}),
        ({"check": "range", "min": 0}, {"data": []}),
        ({"check": "unique"}, {"data": []}),
        ({"check": "row_count"}, {"data": []}),
        ({"check": "row_count", "min": 1}, {"value": 5}),
        ({"check": "regex", "column": "x", "pattern": "("}, {"data": []}),
        ({"check": "not_null", "column": "x"}, {"value": 1}),
        ({"check": "foreign_key", "column": "x"}, {"data": []}),
        ({"check": "foreign_key", "column": "x", "records": [{"y": 1}]}, {"data": []}),
        ({"check": "row_count", "min": 1}, {"data": [], "value": 1}),
    ],
)
def test_an_expectation_that_makes_no_sense_is_invalid(
    expectation: dict[str, Any], subject: dict[str, Any]
) -> None:
    assert failure(expectation, **subject).type == "invalid"


@pytest.mark.parametrize(
    ("expectation", "value", "told"),
    [
        ({"check": "range", "min": 1}, 0, "range: expected at least 1, found 0"),
        ({"check": "regex", "pattern": r"^\S+$"}, "a b", r'regex: expected matches ^\S+$, found "a b"'),
        ({"check": "equals", "value": "1"}, 1, 'equals: expected "1", found 1'),
    ],
)
def test_of_one_value_it_is_told_what_it_is_and_what_was_expected(
    expectation: dict[str, Any], value: Any, told: str
) -> None:
    assert failure(expectation, value=value).message == f"1 of 1 expectations failed: {told}"


def test_not_null_of_a_csv_means_what_sql_load_would_make_null(tmp_path: Path) -> None:
    """A text column too, where an empty field alone would be an empty text."""
    (tmp_path / "x.csv").write_text("name,n\nAnn,1\nNA,NA\n,\n")
    context = CallContext(project_dir=tmp_path)
    expect = [{"check": "not_null", "columns": ["name", "n"], "severity": "warn"}]
    by_default = check(*expect, context=context, path="x.csv").data["results"]
    assert [row["failed_rows"] for row in by_default] == [2, 2]
    as_written = check(*expect, context=context, path="x.csv", null_values=[]).data["results"]
    assert [row["failed_rows"] for row in as_written] == [0, 0]
