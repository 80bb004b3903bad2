"""The door every tool's data goes through: what becomes what, and what is refused."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import decimal
import enum
import json
import subprocess
import sys
import types
import uuid
from pathlib import PurePosixPath
from typing import Any

import pytest
from generated import over
from hypothesis import strategies as st

from engine.tools.jsonable import from_json_text, to_json
from engine.tools.port import ToolError

Point = collections.namedtuple("Point", "x y")


@dataclasses.dataclass
class Order:
    id: int
    lines: tuple[Any, ...]


class Colour(enum.Enum):
    RED = "red"


class Text(str):
    pass


def refused(value: Any) -> ToolError:
    with pytest.raises(ToolError) as caught:
        to_json(value)
    assert caught.value.type == "data"
    return caught.value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((1, [2.5, None]), [1, [2.5, None]]),
        ({3, 1, 2}, [1, 2, 3]),
        (frozenset({"b", 1, "a"}), [1, "a", "b"]),
        (collections.deque([1]), [1]),
        (range(3), [0, 1, 2]),
        (collections.OrderedDict(a=1), {"a": 1}),
        (types.MappingProxyType({"a": 1}), {"a": 1}),
        (Point(1, [2]), {"x": 1, "y": [2]}),
        (Order(1, (2, Colour.RED)), {"id": 1, "lines": [2, "red"]}),
        (Text("x"), "x"),
        (b"ab\xff", "YWL/"),
        (bytearray(b"a"), "YQ=="),
        (memoryview(b"a"), "YQ=="),
        (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (PurePosixPath("a/b"), "a/b"),
        (dt.date(2026, 1, 31), "2026-01-31"),
        (dt.datetime(2026, 1, 31, 4, 5, 6, 7, dt.UTC), "2026-01-31T04:05:06.000007Z"),
        (dt.datetime(2026, 1, 31, 4), "2026-01-31T04:00:00"),
        (dt.datetime(2026, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=2))), "2026-01-01T00:00:00+02:00"),
        (dt.datetime(2026, 1, 1, tzinfo=dt.timezone(dt.timedelta(seconds=30))), "2025-12-31T23:59:30Z"),
        (dt.time(4, 5), "04:05:00"),
        (dt.timedelta(minutes=1, milliseconds=5), 60.005),
        (decimal.Decimal("1.50"), 1.5),
        (decimal.Decimal("12345678901234567890"), 12345678901234567890),
        ({1: "a", dt.date(2026, 1, 1): "b", Colour.RED: "c"}, {"1": "a", "2026-01-01": "b", "red": "c"}),
    ],
)
def test_values_of_python_become_json(value: Any, expected: Any) -> None:
    warnings: list[str] = []
    converted = to_json(value, warnings)
    assert converted == expected
    assert repr(converted) == repr(expected)
    assert warnings == []


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), decimal.Decimal("NaN"), decimal.Decimal("-Infinity")]
)
def test_what_is_no_finite_number_becomes_null_with_one_warning_for_all(value: Any) -> None:
    warnings: list[str] = []
    assert to_json({"a": [value, value]}, warnings, at="rows") == {"a": [None, None]}
    assert warnings == ["rows: NaN or infinite numbers became null (2)"]


def test_lost_digits_and_lone_surrogates_are_told() -> None:
    warnings: list[str] = []
    assert to_json([decimal.Decimal("0.1234567890123456789"), "a\ud800"], warnings) == [
        0.12345678901234568,
        "a�",
    ]
    assert [warning.split(": ")[1].split()[0] for warning in warnings] == ["texts", "decimals"]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"rows": [{"x": object()}]}, "data.rows[0].x: object is not json"),
        ([complex(1)], "data[0]: complex is not json"),
        ({(1, 2): 3}, "a key is of type tuple"),
        ({1: "a", "1": "b"}, "two keys are written '1'"),
        ({True: 1}, "a key is of type bool"),
        (10**400, "too large"),
        (decimal.Decimal("1e999999"), "too large"),
        (int, "type is not json"),
    ],
)
def test_what_cannot_be_converted_is_named_with_its_place(value: Any, told: str) -> None:
    assert told in refused(value).message


def test_the_hint_says_what_to_do() -> None:
    assert "list" in str(refused(n for n in [1]).hint)
    assert "call it" in str(refused(len).hint)


def test_what_contains_itself_or_is_too_deep_is_refused_and_what_is_shared_is_not() -> None:
    loop: list[Any] = []
    loop.append({"again": loop})
    assert "contains itself" in refused(loop).message
    deep: list[Any] = []
    for _ in range(300):
        deep = [deep]
    assert "nested deeper" in refused(deep).message
    shared = [1]
    assert to_json([shared, shared, {"s": shared}]) == [[1], [1], {"s": [1]}]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@over(JSON, examples=100)
def test_json_passes_unchanged_and_shares_nothing(value: Any) -> None:
    converted = to_json(value)
    assert json.dumps(converted) == json.dumps(value)
    if isinstance(value, (list, dict)):
        assert converted is not value


def test_numpy_values() -> None:
    numpy = pytest.importorskip("numpy")
    value = {
        "scalars": [
            numpy.int64(3),
            numpy.float32(1.5),
            numpy.bool_(True),
            numpy.str_("s"),
            numpy.float64("nan"),
        ],
        "matrix": numpy.array([[1, 2], [3, 4]]),
        "times": numpy.array(["2026-01-31T01:02:03.123456789", "NaT"], dtype="M8[ns]"),
        "day": numpy.datetime64("2026-01-31"),
        "records": numpy.array([(1, "a")], dtype=[("i", int), ("s", "U3")]),
        "masked": numpy.ma.array([1, 2], mask=[0, 1]),
    }
    assert to_json(value) == {
        "scalars": [3, 1.5, True, "s", None],
        "matrix": [[1, 2], [3, 4]],
        "times": ["2026-01-31T01:02:03.123456", None],
        "day": "2026-01-31",
        "records": [{"i": 1, "s": "a"}],
        "masked": [1, None],
    }


def test_pandas_values() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "n": [1.0, None],
            "t": pandas.to_datetime(["2026-01-31T01:00Z", None]),
            "i": pandas.array([1, None], dtype="Int64"),
            "c": pandas.Categorical(["x", "y"]),
        }
    )
    assert to_json(frame) == [
        {"n": 1.0, "t": "2026-01-31T01:00:00Z", "i": 1, "c": "x"},
        {"n": None, "t": None, "i": None, "c": "y"},
    ]
    assert to_json(frame.groupby("c", observed=True)["n"].sum().to_frame()) == [
        {"c": "x", "n": 1},
        {"c": "y", "n": 0},
    ]
    assert to_json([frame["i"], pandas.Index([1]), pandas.NaT, pandas.NA]) == [[1, None], [1], None, None]
    assert to_json(pandas.Timestamp("2026-01-31")) == "2026-01-31T00:00:00"
    assert "two columns" in refused(pandas.DataFrame([[1, 2]], columns=["a", "a"])).message
    assert "Interval" in refused(pandas.Interval(1, 2)).message


def test_arrow_values() -> None:
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table({"a": [1, None], "d": [decimal.Decimal("1.5"), None]})
    assert to_json(table) == [{"a": 1, "d": 1.5}, {"a": None, "d": None}]
    assert to_json([table["a"], pyarrow.scalar(2)]) == [[1, None], 2]
    twice = pyarrow.Table.from_arrays([pyarrow.array([1])] * 2, names=["a", "a"])
    assert "two columns" in refused(twice).message


def test_polars_values_are_known_by_their_module() -> None:
    """polars is in no extra: these stand in for its classes, which are recognised by module and name."""

    def stand_in(name: str, **methods: Any) -> Any:
        return type(name, (), {"__module__": "polars.thing", **methods})()

    assert to_json(stand_in("DataFrame", to_dicts=lambda self: [{"a": dt.date(2026, 1, 1)}])) == [
        {"a": "2026-01-01"}
    ]
    assert to_json(stand_in("Series", to_list=lambda self: [1])) == [1]
    assert "collect" in str(refused(stand_in("LazyFrame")).hint)


def test_nothing_heavy_is_imported_by_converting() -> None:
    code = (
        "import sys; from engine.tools.jsonable import to_json; to_json({'a': [1, (2,)]});"
        "print([m for m in ('numpy', 'pandas', 'polars', 'pyarrow') if m in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )


@pytest.mark.parametrize("text", ["", "{", "[1,]", '{"a": 1} x', "[" * 100_000, b"\xff\xfe\xfd", "1" * 5000])
def test_text_that_is_no_json_is_a_data_error(text: str | bytes) -> None:
    with pytest.raises(ToolError) as caught:
        from_json_text(text, "the answer")
    assert caught.value.type == "data"
    assert caught.value.message.startswith("the answer ")
