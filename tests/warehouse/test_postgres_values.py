"""PostgreSQL's types as JSON and in files; the same values as DuckDB gives for them (tests/tools/test_warehouse_values)."""

import csv
import datetime as dt
import json
import subprocess
import sys
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet
import pytest
from desks import bare, refused

pytestmark = pytest.mark.services

VALUES = [
    ("null", None, "text"),
    ("true", True, "boolean"),
    ("1::smallint", 1, "smallint"),
    ("9007199254740993", 9007199254740993, "bigint"),
    ("sum(1::bigint)", 1, "numeric"),
    ("12345678901234567890123::numeric", 12345678901234567890123, "numeric"),
    ("1.10::decimal(10, 2)", 1.1, "numeric(10,2)"),
    ("7::decimal(20, 0)", 7, "numeric(20,0)"),
    ("0.1::decimal(30, 2)", 0.1, "numeric(30,2)"),
    ("avg(1.5)", 1.5, "numeric"),
    ("1.5::real", 1.5, "real"),
    ("'é'", "é", "text"),
    ("'ab'::varchar(5)", "ab", "character varying(5)"),
    ("'73983ee6-d0f7-429e-a2ae-2aa1b92766f0'::uuid", "73983ee6-d0f7-429e-a2ae-2aa1b92766f0", "uuid"),
    ("'\\x00ff'::bytea", "AP8=", "bytea"),
    ("date '0001-01-01'", "0001-01-01", "date"),
    ("timestamp '2024-01-31 10:00:00'", "2024-01-31T10:00:00", "timestamp without time zone"),
    ("timestamp '2024-01-31 10:00:00.5'", "2024-01-31T10:00:00.500000", "timestamp without time zone"),
    ("timestamp '1960-01-31 10:00:00.000001'", "1960-01-31T10:00:00.000001", "timestamp without time zone"),
    ("timestamptz '2024-01-31 10:00:00+02'", "2024-01-31T08:00:00Z", "timestamp with time zone"),
    ("time '10:00:00'", "10:00:00", "time without time zone"),
    ("interval '1 month 2 days'", "1 months 2 days", "interval"),
    ("interval '-1 year 90 minutes'", "-12 months 5400 seconds", "interval"),
    ("b'101'", "101", '"bit"'),
    ("array[1, null]", [1, None], "integer[]"),
    ("array[[1, 2], [3, 4]]", [[1, 2], [3, 4]], "integer[]"),
    ("array[date '2024-01-31', null]", ["2024-01-31", None], "date[]"),
    ("array[1.5::numeric, 2]", [1.5, 2], "numeric[]"),
    ("array[timestamp '2024-01-31 10:00:00']", ["2024-01-31T10:00:00"], "timestamp without time zone[]"),
    ("'{\"a\": 1}'::json", '{"a": 1}', "json"),
    ("'{\"a\":1}'::jsonb", '{"a": 1}', "jsonb"),
    ("int4range(1, 5)", "[1,5)", "int4range"),
    ("'10.0.0.1'::inet", "10.0.0.1", "inet"),
    ("row(1, 'a')", "(1,a)", "record"),
]


def test_every_type_becomes_json_and_says_its_name(postgres):
    wanted = {f"v{at}": value for at, (_, value, _) in enumerate(VALUES)}
    columns = ", ".join(f"{sql} as v{at}" for at, (sql, *_) in enumerate(VALUES))
    result = postgres.query(f"select {columns}")
    (row,) = result.data["rows"]
    assert row == wanted
    assert {name: type(value) for name, value in row.items()} == {n: type(v) for n, v in wanted.items()}
    assert [column["type"] for column in result.data["columns"]] == [kind for *_, kind in VALUES]
    json.dumps(row, allow_nan=False)


@pytest.mark.parametrize(
    ("sql", "warning"),
    [
        ("'nan'::float8", 'column "v": NaN or infinite numbers became null (1)'),
        ("'nan'::numeric", 'column "v": NaN or infinite numbers became null (1)'),
        ("'infinity'::date", 'column "v": infinite dates became null (1)'),
        ("'-infinity'::timestamptz", 'column "v": infinite dates became null (1)'),
    ],
)
def test_what_json_has_no_word_for_becomes_null_and_is_told(postgres, sql, warning):
    result = postgres.query(f"select v from (values (null), ({sql})) as t(v)")
    assert result.data["rows"] == [{"v": None}, {"v": None}]
    assert result.warnings == [warning]


def test_a_decimal_without_its_last_places_is_whole(postgres):
    with postgres.unguarded() as reading:
        assert reading.rows(bare("select 1234::numeric(3, -1) as v"), 1).rows == [{"v": 1230}]


def test_digits_that_are_lost_are_told(postgres):
    result = postgres.query("select 0.1234567890123456789::numeric as v")
    assert "digits" in result.warnings[0]


@pytest.mark.parametrize("sql", ["date '4713-01-01 BC'", "timestamp '12024-01-01 00:00:00'"])
def test_a_year_that_no_text_of_a_date_can_hold_is_the_datas_fault(postgres, sql):
    error = refused(lambda: postgres.query(f"select {sql} as v"))
    assert (error.type, '"v"' in str(error)) == ("data", True)


def test_a_parquet_file_holds_the_types(postgres):
    sql = """select i, i::smallint s, i / 3.0 n, (i * 1.5)::numeric(8, 2) d, date '2024-01-31' + i day, 'x' t,
      timestamptz '2024-01-31 10:00:00+02' z, interval '1 month' v, array[i, null] l, array[now()] m, '{}'::jsonb j,
      '\\x01'::bytea b, true o, null u, sum(i) over () total from generate_series(1, 3) g(i)"""
    postgres.query(sql, result_format="parquet", path="x.parquet")
    table = pa.parquet.read_table(postgres.folder / "x.parquet")
    kinds = {field.name: str(field.type) for field in table.schema}
    assert (
        kinds["d"] == "decimal128(8, 2)"
        and kinds["n"].startswith("decimal128(")
        and kinds["day"] == "date32[day]"
    )
    assert (
        kinds["z"] == "timestamp[us, tz=UTC]"
        and kinds["l"] == "list<element: int32>"
        and kinds["b"] == "binary"
    )
    first = table.to_pylist()[0]
    assert (first["n"], first["d"]) == (Decimal("0.33333333333333333333"), Decimal("1.50"))
    assert (first["day"], first["l"], first["o"], first["u"]) == (dt.date(2024, 2, 1), [1, None], True, None)


def test_a_csv_file_holds_texts_that_are_read_the_same_elsewhere(postgres):
    sql = """select 1.50 n, null u, '' e, 'a,"b' t, timestamptz '2024-01-31 10:00:00+02' z, '{"a": 1}'::json j"""
    postgres.query(sql, result_format="csv", path="x.csv")
    with (postgres.folder / "x.csv").open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert row == {"n": "1.50", "u": "", "e": "", "t": 'a,"b', "z": "2024-01-31T08:00:00Z", "j": '{"a": 1}'}


def test_a_decimal_that_is_no_number_stops_a_file_and_not_silently(postgres):
    sql = "select 'nan'::numeric as v"
    error = refused(lambda: postgres.query(sql, result_format="parquet", path="x.parquet"))
    assert (error.type, list(postgres.folder.iterdir())) == ("data", [])


def test_the_sessions_settings_do_not_depend_on_the_servers(postgres):
    """Elsewhere the same query would give other days."""
    row = postgres.rows(
        "select extract(hour from timestamptz '2024-01-31 10:00:00+02') as h, '1/2/2024'::date as d"
    )
    assert row == [{"h": 8, "d": "2024-01-02"}]


def test_rows_do_not_make_arrow_import_pandas(postgres):
    """It costs a second, and few runs need it."""
    code = (
        "import sys, json\n"
        "from engine.tools.warehouse.tool import Warehouse\n"
        "from engine.tools.port import CallContext\n"
        "sql = \"select now() a, 1.5 b, current_date c, 'nan'::float8 d, 1 e, 'x' f, time '10:00' g, array[1] h\"\n"
        "Warehouse(json.loads(sys.argv[1])).call('query', {'sql': sql}, CallContext())\n"
        "assert 'pandas' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code, json.dumps(postgres.config)], check=True, cwd=postgres.folder)
