"""Plain paths: the fast lane, the closures and stock Jinja read the same."""

from __future__ import annotations

from typing import Any

import pytest
from generated import over
from hypothesis import strategies as st
from refs_stock import outcome, same

from engine.errors import EvaluationError
from engine.refs import LazyMapping, compile_expression
from engine.refs.expressions import compile_general
from engine.refs.paths import plain_path

NAMES = [
    "a",
    "b",
    "id",
    "items",
    "keys",
    "rows",
    "x1",
    "if",
    "not",
    "upper",
    "0",
    "1",
    "-1",
    "first name",
    "_id",
]
scalars = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2) | st.sampled_from(["", "text", "ü"])
)
json_data = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=12,
)
word = st.sampled_from([name for name in NAMES if name.isidentifier() and not name.startswith("_")])
steps = st.one_of(
    word.map(lambda name: f".{name}"),
    st.integers(0, 3).map(lambda index: f".{index}"),
    st.integers(-3, 3).map(lambda index: f"[{index}]"),
    st.sampled_from(NAMES).map(lambda name: f"['{name}']"),
    st.sampled_from(NAMES).map(lambda name: f'["{name}"]'),
)
paths = st.tuples(st.sampled_from(["a", "b", "inputs", "step_x_result"]), st.lists(steps, max_size=4)).map(
    lambda pair: pair[0] + "".join(pair[1])
)


def evaluated(expression: Any, data: dict[str, Any]) -> tuple[str, Any]:
    try:
        return "value", expression.evaluate(data.__getitem__)
    except EvaluationError as error:
        return "error", error.message


@over(
    paths,
    st.fixed_dictionaries({"a": json_data, "inputs": json_data, "step_x_result": json_data}),
    examples=400,
)
def test_the_three_lanes_agree_on_every_plain_path(text: str, data: dict[str, Any]) -> None:
    assert plain_path(text) is not None
    fast = evaluated(compile_expression(text), data)
    general = evaluated(compile_general(text), data)
    stock = outcome(text, data)
    assert fast[0] == general[0] == stock[0], (fast, general, stock)
    if fast[0] == "value":
        assert same(fast[1], stock[1])
        assert same(fast[1], general[1])
    else:
        assert fast[1] == general[1], "both lanes tell the same story"


@over(st.text(alphabet="ab.[]'\"-01_ \\|x", max_size=12), examples=200)
def test_a_text_the_fast_lane_takes_is_the_same_path_in_the_general_lane(text: str) -> None:
    path = plain_path(text)
    if path is not None:
        assert compile_general(text).path == path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("inputs.day", ("inputs", "day")),
        ("step_a_result.rows[0].id", ("step_a_result", "rows", 0, "id")),
        ("rows.0.id", ("rows", 0, "id")),
        ("rows[-1]", ("rows", -1)),
        ("item['x']", ("item", "x")),
        ('item["a.b"][2]', ("item", "a.b", 2)),
        ("x['_id']", ("x", "_id")),
        ("x.items", ("x", "items")),
    ],
)
def test_a_plain_path_is_recognised(text: str, path: tuple[str | int, ...]) -> None:
    assert plain_path(text) == path
    assert compile_expression(text).path == path


@pytest.mark.parametrize(
    "text", ["true", "none", "_x", "a._b", "a.__class__", "a[b]", "a.b()", "a | length", "a.01", "ä.b"]
)
def test_what_is_not_a_plain_path_is_left_to_the_general_lane(text: str) -> None:
    assert plain_path(text) is None


def test_a_path_of_the_general_lane_still_tells_its_path() -> None:
    """White space, or a name outside ASCII, makes it no less a path for those who ask what is read."""
    assert compile_expression(" a . b [ 0 ] ").path == ("a", "b", 0)
    assert compile_expression("größe.b").path == ("größe", "b")
    assert compile_expression("a.b | length").path is None


DATA = {
    "inputs": {"day": "2026-01-31", "limit": 10, "empty": {}, "none": None},
    "rows": [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}],
    "many": {f"key_{number}": number for number in range(40)},
}


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("inputs.dya", 'inputs has no key "dya"; it has: day, limit, empty, none', 'did you mean "day"?'),
        ("inputs.empty.x", 'inputs.empty has no key "x"; it is empty', None),
        ("many.kye_7", 'many has no key "kye_7"; it has 40 keys', 'did you mean "key_7"'),
        ("rows[0].nmae", 'rows[0] has no key "nmae"; it has: id, name', 'did you mean "name"?'),
        ("rows[7]", "rows has no index 7; it has 2 items", None),
        ("rows[-3]", "rows has no index -3; it has 2 items", None),
        ("rows.id", 'rows is a list of 2 items, it has no key "id"', "map(attribute='id')"),
        ("inputs.day.year", 'inputs.day is text, it has no key "year"', None),
        ("inputs.limit.x", 'inputs.limit is a number, it has no key "x"', None),
        ("inptus.day", 'there is no "inptus" here', None),
    ],
)
def test_what_is_missing_says_what_was_there_and_suggests_the_nearest(
    text: str, message: str, hint: str | None
) -> None:
    for expression in (compile_expression(text), compile_general(text)):
        with pytest.raises(EvaluationError) as caught:
            expression.evaluate(DATA.__getitem__)
        assert caught.value.message == message
        assert caught.value.code.startswith("missing-")
        assert (hint or "") in (caught.value.hint or "")
        assert hint is not None or caught.value.hint is None


def test_a_scope_that_tells_its_names_gets_a_suggestion() -> None:
    class Scope:
        names = ("inputs", "let")

        def __call__(self, name: str) -> Any:
            raise KeyError(name)

    with pytest.raises(EvaluationError) as caught:
        compile_expression("inptus.day").evaluate(Scope())
    assert caught.value.hint == 'did you mean "inputs"?'


@pytest.mark.parametrize(
    "text", ["inputs.none.x", "inputs.none.x[0].y", "inputs.none[3]", "inputs.none['x']", "inputs.none[1:2]"]
)
def test_a_path_through_null_is_null(text: str) -> None:
    assert compile_expression(text).evaluate(DATA.__getitem__) is None


def test_no_attribute_of_a_python_object_can_be_read() -> None:
    class Trap:
        secret = "s3cret"

    for text in ("trap.secret", "trap['secret']", "trap.secret | default('safe')"):
        try:
            value = compile_expression(text).evaluate({"trap": Trap()}.__getitem__)
        except EvaluationError:
            continue
        assert value == "safe"


class Steps(LazyMapping):
    """Counts what is computed."""

    def __init__(self, **values: Any) -> None:
        self.values_by_key = values
        self.asked: list[str] = []

    def __getitem__(self, key: str) -> Any:
        self.asked.append(key)
        return self.values_by_key[key]

    def __iter__(self) -> Any:
        return iter(self.values_by_key)

    def __len__(self) -> int:
        return len(self.values_by_key)


def test_a_lazy_mapping_computes_only_what_is_read() -> None:
    steps = Steps(a=Steps(status="succeeded", data=1), b=Steps(status="failed"))
    assert compile_expression("steps.a.status").evaluate({"steps": steps}.__getitem__) == "succeeded"
    assert steps.asked == ["a"]
    assert steps.values_by_key["a"].asked == ["status"]


@pytest.mark.parametrize(
    "text",
    [
        "steps",
        "[steps] | first",
        "{'x': steps}.x",
        "steps | items | map('last') | first",
        "none | default(steps)",
    ],
)
def test_a_lazy_mapping_leaves_as_a_dict_at_any_depth(text: str) -> None:
    steps = Steps(a=Steps(status="succeeded"))
    value = compile_expression(text).evaluate({"steps": steps}.__getitem__)
    assert type(value) is dict
    assert all(type(item) in (dict, str) for item in value.values())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("steps is mapping", True),
        ("steps | length", 1),
        ("'a' in steps", True),
        ("steps == {'a': {'status': 'ok'}}", True),
        ("steps | tojson", '{"a":{"status":"ok"}}'),
        ("steps.x is defined", False),
        ("steps.0 | default('none')", "none"),
    ],
)
def test_a_lazy_mapping_is_a_mapping_to_filters_and_tests(text: str, expected: Any) -> None:
    steps = Steps(a=Steps(status="ok"))
    assert compile_expression(text).evaluate({"steps": steps}.__getitem__) == expected


def test_the_value_is_handed_over_not_copied() -> None:
    rows = [{"id": 1}]
    assert compile_expression("rows").evaluate({"rows": rows}.__getitem__) is rows
