"""DuckDB's types as JSON, and the same values by the engine's own door: the two must agree."""

import datetime as dt
import json
import subprocess
import sys
from decimal import Decimal

import pyarrow as pa
import pytest
from warehouse_cases import Desk

from engine.tools.jsonable import to_json
from engine.tools.warehouse.kinds import arrow_column, arrow_type, kind_of
from engine.tools.warehouse.values import json_column


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    return Desk("duckdb", tmp_path_factory.mktemp("memory"), url="duckdb://")


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("null", None),
        ("true", True),
        ("1::utinyint", 1),
        ("12345678901234567890123::hugeint", 12345678901234567890123),
        ("sum(1)", 1),
        ("1.10::decimal(10, 2)", 1.1),
        ("7::decimal(20, 0)", 7),
        ("0.1::decimal(30, 2)", 0.1),
        ("1.5::float", 1.5),
        ("'é'", "é"),
        ("'a'::enum('a', 'b')", "a"),
        ("'73983ee6-d0f7-429e-a2ae-2aa1b92766f0'::uuid", "73983ee6-d0f7-429e-a2ae-2aa1b92766f0"),
        ("'\\x00\\xFF'::blob", "AP8="),
        ("date '0001-01-01'", "0001-01-01"),
        ("timestamp '2024-01-31 10:00:00'", "2024-01-31T10:00:00"),
        ("timestamp '2024-01-31 10:00:00.5'", "2024-01-31T10:00:00.500000"),
        ("timestamp '1960-01-31 10:00:00.000001'", "1960-01-31T10:00:00.000001"),
        ("timestamp_ns '2024-01-31 10:00:00.123456789'", "2024-01-31T10:00:00.123456789"),
        ("timestamptz '2024-01-31 10:00:00+02'", "2024-01-31T08:00:00Z"),
        ("timestamptz '2024-01-31 10:00:00.25+02'", "2024-01-31T08:00:00.250000Z"),
        ("time '10:00:00'", "10:00:00"),
        ("interval '1 month 2 days'", "1 months 2 days"),
        ("'101'::bit", "101"),
        ("[1, null]", [1, None]),
        ("{'x': 1, 'y': [date '2024-01-31']}", {"x": 1, "y": ["2024-01-31"]}),
        ("map {'a': 1.5::decimal(4, 2)}", {"a": 1.5}),
        ("'{\"a\": 1}'::json", '{"a": 1}'),
    ],
)
def test_a_value_becomes_json(desk, sql, value):
    (row,) = desk.rows(f"select {sql} as v")
    assert row == {"v": value} and type(row["v"]) is type(value)
    json.dumps(row, allow_nan=False)


@pytest.mark.parametrize(
    "sql", ["'nan'::double", "'inf'::float", "'infinity'::timestamp", "'-infinity'::date"]
)
def test_what_has_no_json_is_null_and_said(desk, sql):
    result = desk.query(f"select {sql} as v union all select null")
    assert [row["v"] for row in result.data["rows"]] == [None, None]
    assert len(result.warnings) == 1 and 'column "v"' in result.warnings[0]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1, None, 3]),
        pa.array([1.5, float("nan"), None]),
        pa.array([Decimal("1.10"), None], pa.decimal128(10, 2)),
        pa.array([Decimal("12345678901234567.12")], pa.decimal128(30, 2)),
        pa.array([dt.datetime(2024, 1, 31, 10), dt.datetime(2024, 1, 31, 10, 0, 0, 5), None]),
        pa.array([dt.datetime(2024, 1, 31, 10, tzinfo=dt.UTC)], pa.timestamp("us", "UTC")),
        pa.array([dt.date(2024, 1, 31), None]),
        pa.array([dt.time(10, 0), dt.time(10, 0, 0, 7)]),
        pa.array([b"\x00", None]),
        pa.array([{"a": [1.5]}, None]),
        pa.array(["a", "b", "a", None]).dictionary_encode(),
    ],
)
def test_whole_columns_come_out_as_cell_by_cell(values):
    assert json_column(values, "v", []) == to_json(values.to_pylist())


def test_no_kind_of_column_makes_pyarrow_import_pandas(tmp_path):
    """It costs a second, and one run in a hundred needs it."""
    code = (
        "import sys\n"
        "from engine.tools.warehouse.tool import Warehouse\n"
        "from engine.tools.port import CallContext\n"
        "sql = \"select now() a, 1.5 b, current_date c, 'nan'::double d, 1 e, 'x' f, time '10:00' g\"\n"
        "Warehouse({'url': 'duckdb://'}).call('query', {'sql': sql}, CallContext())\n"
        "assert 'pandas' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([None, None], "null"),
        ([None, True], "boolean"),
        ([1, None, 2], "integer"),
        ([1, 2.5], "number"),
        ([2**63], "text"),
        ([True, 1], "text"),
        (["1", 1], "text"),
        ([b"x", None], "bytes"),
        ([[1], None], "text"),
        ([{"a": 1}, "x"], "text"),
    ],
)
def test_a_columns_kind_holds_every_value(values, kind):
    assert kind_of(values) == kind
    column = arrow_column(values, kind)
    assert column.type == arrow_type(kind)
    assert column.null_count == values.count(None)
