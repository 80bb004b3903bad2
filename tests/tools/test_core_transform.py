"""The `transform` tool, step by step."""

from __future__ import annotations

from typing import Any

import pytest

from engine.tools.core.transform.tool import Transform
from engine.tools.port import CallContext, Cancelled, ToolError

ORDERS = [
    {"id": 1, "city": "Oslo", "price": 2.5, "count": 4},
    {"id": 2, "city": "Bonn", "price": None, "count": 1},
    {"id": 3, "city": "Oslo", "price": 1, "count": 2},
    {"id": 4, "city": None, "price": 9, "count": 3},
]


def apply(*steps: dict[str, Any], records: Any = ORDERS, **parameters: Any) -> Any:
    result = Transform({}).call(
        "apply", {"records": records, "steps": list(steps), **parameters}, CallContext()
    )
    assert result.data["count"] == len(result.data["records"]) == result.processed_records
    return result.data["records"]


def failure(*steps: dict[str, Any], **parameters: Any) -> ToolError:
    with pytest.raises(ToolError) as caught:
        apply(*steps, **parameters)
    return caught.value


def ids(records: Any) -> list[int]:
    return [record["id"] for record in records]


def derived(**step: Any) -> list[Any]:
    return [record["x"] for record in apply({"derive": {"column": "x", **step}})]


def kept(column: str, op: str, *value: Any) -> list[int]:
    return ids(apply({"filter": {"column": column, "op": op, **({"value": value[0]} if value else {})}}))


def test_select_keeps_columns_in_the_order_asked() -> None:
    assert list(apply({"select": ["city", "id"]})[0].items()) == [("city", "Oslo"), ("id", 1)]


def test_a_column_some_records_lack_reads_null() -> None:
    records = [{"a": 1}, {"b": 2}]
    assert apply({"select": ["a", "b"]}, records=records) == [{"a": 1, "b": None}, {"a": None, "b": 2}]


def test_rename_keeps_the_place_and_swaps() -> None:
    assert apply({"rename": {"a": "b", "b": "a"}}, records=[{"a": 1, "b": 2}]) == [{"b": 1, "a": 2}]
    assert failure({"rename": {"id": "city"}}).code == "column"


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ({"op": "mul", "from": ["price", "count"]}, [10.0, None, 2, 27]),
        ({"op": "add", "from": ["count"], "value": 10}, [14, 11, 12, 13]),
        ({"op": "sub", "from": ["count", "id"]}, [3, -1, -1, -1]),
        ({"op": "div", "from": ["count"], "value": 2}, [2, 0.5, 1, 1.5]),
        ({"op": "concat", "from": ["city", "id"], "separator": "-"}, ["Oslo-1", "Bonn-2", "Oslo-3", "4"]),
        ({"op": "upper", "from": ["city"]}, ["OSLO", "BONN", "OSLO", None]),
        ({"op": "length", "from": ["city"]}, [4, 4, 4, None]),
        ({"op": "const", "value": [1]}, [[1]] * 4),
        ({"op": "copy", "from": ["id"]}, [1, 2, 3, 4]),
        ({"op": "coalesce", "from": ["price"], "value": 0}, [2.5, 0, 1, 9]),
        ({"op": "cast", "from": ["id"], "to": "string"}, ["1", "2", "3", "4"]),
        ({"op": "cast", "value": " 12 ", "to": "integer"}, [12] * 4),
        ({"op": "cast", "value": "1.5", "to": "number"}, [1.5] * 4),
        ({"op": "cast", "value": "TRUE", "to": "boolean"}, [True] * 4),
        ({"op": "cast", "value": 3.0, "to": "integer"}, [3] * 4),
    ],
)
def test_derive(step: dict[str, Any], expected: list[Any]) -> None:
    assert derived(**step) == expected


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ({"op": "div", "from": ["count"], "value": 0}, "record 0"),
        ({"op": "add", "from": ["count", "city"]}, "text is not a number"),
        ({"op": "upper", "from": ["id"]}, "a number is not text"),
        ({"op": "cast", "from": ["city"], "to": "integer"}, "Oslo"),
        ({"op": "cast", "from": ["price"], "to": "integer"}, "2.5"),
        ({"op": "cast", "value": "1_000", "to": "number"}, "1_000"),
        ({"op": "cast", "value": "nan", "to": "number"}, "too large"),
        ({"op": "mul", "from": ["count"], "value": 1e308}, "record 0: the number is too large"),
    ],
)
def test_a_record_that_cannot_be_computed_is_a_data_error(step: dict[str, Any], told: str) -> None:
    error = failure({"derive": {"column": "x", **step}})
    assert error.type == "data"
    assert told in error.message


def test_values_cannot_grow_without_bound() -> None:
    square = {"derive": {"column": "n", "op": "mul", "from": ["n", "n"]}}
    assert failure(*[square] * 40, records=[{"n": 10}]).type == "data"
    double = {"derive": {"column": "t", "op": "concat", "from": ["t", "t"]}}
    assert failure(*[double] * 40, records=[{"t": "x"}]).type == "data"


@pytest.mark.parametrize(
    ("column", "op", "value", "expected"),
    [
        ("id", "eq", 2.0, [2]),
        ("city", "ne", "Oslo", [2, 4]),
        ("price", "lt", 9, [1, 3]),
        ("price", "ge", 2.5, [1, 4]),
        ("price", "gt", 2.5, [4]),
        ("city", "le", "Bonn", [2]),
        ("city", "in", ["Oslo", None], [1, 3, 4]),
        ("city", "not_in", ["Oslo"], [2, 4]),
        ("city", "eq", None, [4]),
        ("city", "matches", "^(?i)o", [1, 3]),
        ("id", "eq", True, []),
    ],
)
def test_filter(column: str, op: str, value: Any, expected: list[int]) -> None:
    assert kept(column, op, value) == expected


def test_filter_by_null() -> None:
    assert kept("price", "is_null") == [2]
    assert kept("price", "not_null") == [1, 3, 4]


def test_filter_refuses_what_has_no_order_and_what_is_no_pattern() -> None:
    assert "record 0" in failure({"filter": {"column": "city", "op": "gt", "value": 3}}).message
    assert failure({"filter": {"column": "city", "op": "matches", "value": "("}}).type == "invalid"
    assert failure({"filter": {"column": "city", "op": "in", "value": "Oslo"}}).type == "invalid"


def test_a_pattern_that_is_slow_elsewhere_is_not_slow_here() -> None:
    records = [{"t": "a" * 5000 + "!"}]
    assert apply({"filter": {"column": "t", "op": "matches", "value": "^(a+)+$"}}, records=records) == []


def test_join_inner_and_left() -> None:
    cities = [{"city": "Oslo", "id": 10}, {"city": None, "id": 0}, {"city": "Oslo", "id": 11}]
    inner = apply({"join": {"records": cities, "on": ["city"]}})
    assert [(r["id"], r["id_right"]) for r in inner] == [(1, 10), (1, 11), (3, 10), (3, 11)]
    left = apply({"join": {"records": cities, "on": ["city"], "how": "left", "suffix": "_c"}})
    assert [(r["id"], r["id_c"]) for r in left] == [(1, 10), (1, 11), (2, None), (3, 10), (3, 11), (4, None)]


def test_a_join_that_explodes_is_too_large() -> None:
    many = [{"k": 1, "n": n} for n in range(100)]
    error = failure({"join": {"records": many, "on": ["k"]}}, records=many, max_records=5000)
    assert error.type == "too_large"


def test_aggregate_groups_in_order_and_leaves_nulls_out() -> None:
    measures = {
        "rows": {"op": "count"},
        "prices": {"op": "count", "column": "price"},
        "total": {"op": "sum", "column": "price"},
        "mean": {"op": "mean", "column": "price"},
        "least": {"op": "min", "column": "price"},
        "cities": {"op": "count_distinct", "column": "city"},
        "last": {"op": "last", "column": "id"},
    }
    grouped = apply({"aggregate": {"by": ["city"], "measures": measures}})
    assert [record["city"] for record in grouped] == ["Oslo", "Bonn", None]
    assert grouped[0] == {
        "city": "Oslo",
        "rows": 2,
        "prices": 2,
        "total": 3.5,
        "mean": 1.75,
        "least": 1,
        "cities": 1,
        "last": 3,
    }
    assert (grouped[1]["total"], grouped[1]["mean"], grouped[1]["least"]) == (None, None, None)


def test_aggregate_of_nothing_is_one_record_without_groups_and_none_with() -> None:
    measures = {"n": {"op": "count"}}
    assert apply({"aggregate": {"measures": measures}}, records=[]) == [{"n": 0}]
    assert apply({"aggregate": {"by": ["city"], "measures": measures}}, records=[]) == []


def test_sums_are_exact() -> None:
    records = [{"n": 0.1}] * 10
    total = {"aggregate": {"measures": {"total": {"op": "sum", "column": "n"}}}}
    assert apply(total, records=records) == [{"total": 1.0}]


def test_true_and_one_are_different_groups() -> None:
    records = [{"k": True}, {"k": 1}, {"k": 1.0}, {"k": [1]}, {"k": {"a": 1}}]
    assert apply({"distinct": ["k"]}, records=records) == [{"k": True}, {"k": 1}, {"k": [1]}, {"k": {"a": 1}}]


def test_sort_is_stable_with_nulls_last_both_ways() -> None:
    assert ids(apply({"sort": {"by": [{"column": "city"}]}})) == [2, 1, 3, 4]
    assert ids(apply({"sort": {"by": [{"column": "city", "desc": True}]}})) == [1, 3, 2, 4]
    both = {"sort": {"by": [{"column": "city", "desc": True}, {"column": "price"}]}}
    assert ids(apply(both)) == [3, 1, 2, 4]


def test_sort_of_mixed_kinds_is_a_data_error() -> None:
    assert failure({"sort": {"by": [{"column": "a"}]}}, records=[{"a": 1}, {"a": "x"}]).type == "data"


def test_limit_and_distinct() -> None:
    assert ids(apply({"limit": 2})) == [1, 2]
    assert apply({"limit": 0}) == []
    assert ids(apply({"distinct": ["city"]})) == [1, 2, 4]
    assert apply({"distinct": []}, records=[{"a": 1}, {"a": 1}]) == [{"a": 1}]


@pytest.mark.parametrize(
    "step",
    [
        {"select": ["ctiy"]},
        {"rename": {"ctiy": "x"}},
        {"derive": {"column": "x", "op": "copy", "from": ["ctiy"]}},
        {"filter": {"column": "ctiy", "op": "is_null"}},
        {"join": {"records": [{"city": 1}], "on": ["ctiy"]}},
        {"aggregate": {"by": ["ctiy"], "measures": {"n": {"op": "count"}}}},
        {"aggregate": {"measures": {"n": {"op": "sum", "column": "ctiy"}}}},
        {"sort": {"by": [{"column": "ctiy"}]}},
        {"distinct": ["ctiy"]},
    ],
)
def test_a_missing_column_suggests_the_nearest(step: dict[str, Any]) -> None:
    error = failure(step)
    assert (error.type, error.code) == ("data", "column")
    assert '"city"' in str(error.hint)
    if "join" not in step:
        apply(step, records=[])


def test_the_records_given_are_never_changed() -> None:
    records = [{"a": 1, "b": 2}]
    apply({"derive": {"column": "a", "op": "const", "value": 5}}, {"rename": {"b": "c"}}, records=records)
    assert records == [{"a": 1, "b": 2}]


def test_what_is_no_list_of_mappings_is_invalid() -> None:
    assert failure(records=[1]).type == "invalid"


def test_a_cancelled_call_stops() -> None:
    context = CallContext()
    context.cancel.set()
    with pytest.raises(Cancelled):
        Transform({}).call("apply", {"records": ORDERS, "steps": [{"limit": 1}]}, context)
