"""Values with references, and conditions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EvaluationError
from engine.refs import ExpressionProblem, Read, compile_bare, compile_value, condition, sites

DATA = {
    "inputs": {"n": 5, "rows": [{"id": 1}], "none": None, "text": "Ü", "yes": True, "f": 1.0},
    "now()": "2026-01-31T00:00:00Z",
}
scope = DATA.__getitem__


def test_a_whole_reference_keeps_its_type_and_is_the_value_itself() -> None:
    resolved = compile_value({"rows": "$<inputs.rows>", "block": "$<inputs.n>\n"}).resolve(scope)
    assert resolved == {"rows": [{"id": 1}], "block": 5}
    assert resolved["rows"] is DATA["inputs"]["rows"]


def test_inside_longer_text_values_are_written_as_text() -> None:
    template = compile_value(
        "$<inputs.n>|$<inputs.rows>|$<inputs.none>|$<inputs.text>|$<inputs.yes>|$<inputs.f>"
    )
    assert template.resolve(scope) == '5|[{"id":1}]|null|Ü|true|1.0'


def test_constant_parts_are_shared_and_escapes_are_undone_once() -> None:
    constant = {"deep": [1, {"x": "y"}]}
    value = {"a": constant, "b": "$<inputs.n>", "c": ["$$<x>", "$<inputs.n>"], "$<k>": "v"}
    resolved = compile_value(value).resolve(scope)
    assert resolved == {"a": constant, "b": 5, "c": ["$<x>", 5], "$<k>": "v"}
    assert resolved["a"] is constant
    assert list(resolved) == ["a", "b", "c", "$<k>"]


def test_resolving_twice_gives_two_values_and_leaves_the_template_alone() -> None:
    template = compile_value({"list": ["$<inputs.n>", 1], "map": {"k": "$<inputs.n>"}})
    one, other = template.resolve(scope), template.resolve(scope)
    one["list"].append(2)
    one["map"]["k"] = 0
    assert other == template.resolve(scope) == {"list": [5, 1], "map": {"k": 5}}


@pytest.mark.parametrize("value", [None, 1, True, "text", "$$<a>", {"a": ["b"]}, [], {}, "${HOME}"])
def test_a_value_without_references_is_constant(value: Any) -> None:
    template = compile_value(value)
    assert template.constant
    assert template.expressions == ()
    expected = "$<a>" if value == "$$<a>" else value
    assert template.resolve(scope) == expected


def test_a_template_tells_what_it_reads_and_calls() -> None:
    template = compile_value(["$<inputs.n>", {"k": "a $<now()> $<inputs.rows[0].id + 1>"}])
    assert not template.constant
    assert [read.path for read in template.reads] == [("inputs", "n"), ("inputs", "rows", 0, "id")]
    assert template.calls == {"now"}


def test_a_problem_tells_where_in_the_value_it_is() -> None:
    with pytest.raises(ExpressionProblem) as caught:
        compile_value({"a": [1, {"b": "xy $<inputs.n | nope> z"}]})
    problem = caught.value
    assert problem.at == ("a", 1, "b")
    assert "xy $<inputs.n | nope> z"[problem.start : problem.end] == "nope"
    with pytest.raises(ExpressionProblem) as caught:
        compile_value({"a": "$<n > 5>"})
    assert (caught.value.at, caught.value.code) == (("a",), "reference")


def test_a_problem_of_the_same_expression_is_placed_anew_each_time() -> None:
    """Problems are not cached: each place gets its own offsets."""
    for prefix in ("", "abc "):
        with pytest.raises(ExpressionProblem) as caught:
            compile_value(f"{prefix}$<x | nope>")
        assert caught.value.start == len(prefix) + 6


def test_sites_are_every_reference_in_order() -> None:
    value = {"$<key>": ["$<a>", "x $<b> $<c>"], "bad": "$<n > 1>", "z": {"y": "${inputs.d}"}}
    assert [(site.at, site.part.expression, site.whole) for site in sites(value)] == [
        (("$<key>", 0), "a", True),
        (("$<key>", 1), "b", False),
        (("$<key>", 1), "c", False),
        (("z", "y"), "inputs.d", True),
    ]


def test_what_references_add_to_a_text_is_bounded() -> None:
    big = {"inputs": {"t": "x" * 600_000}}.__getitem__
    compile_value("$<inputs.t>").resolve(big)
    with pytest.raises(EvaluationError) as caught:
        compile_value("$<inputs.t> $<inputs.t>").resolve(big)
    assert caught.value.code == "bounds"


json_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)


@given(json_data)
def test_a_whole_reference_hands_over_any_json_value_unchanged(value: Any) -> None:
    assert compile_value(["$<v>"]).resolve({"v": value}.__getitem__) == [value]


@given(json_data.filter(lambda value: "$" not in repr(value)))
def test_a_value_without_dollars_resolves_to_itself(value: Any) -> None:
    assert compile_value(value).resolve(scope) is value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        (False, False),
        (None, False),
        ("inputs.n > 4", True),
        ("inputs.n == 4", False),
        ("$<inputs.n == 5>", True),
        (" $<inputs.yes>\n", True),
        ("inputs.none", False),
        ("inputs.x is defined", False),
        ("not inputs.none", True),
    ],
)
def test_a_condition_is_true_or_false(value: Any, expected: bool) -> None:
    assert condition(value, scope) is expected


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("inputs.n", "is 5,"),
        ("inputs.text", 'is "Ü",'),
        ("inputs.rows", "is a list,"),
        ("''", 'is "",'),
        ("0", "is 0,"),
        (1, "is 1,"),
        ("inputs", "is a mapping,"),
    ],
)
def test_a_condition_that_is_anything_else_is_never_quietly_false(value: Any, shown: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        condition(value, scope)
    assert caught.value.code == "not-a-boolean"
    assert shown in caught.value.message
    assert "expected true or false" in caught.value.message


def test_an_error_in_a_condition_is_an_error() -> None:
    with pytest.raises(EvaluationError) as caught:
        condition("inputs.x > 5", scope)
    assert caught.value.code == "missing-key"


def test_a_problem_in_a_bare_expression_has_offsets_in_the_whole_text() -> None:
    for text in ("inputs.n | nope", "  inputs.n | nope", "$<inputs.n | nope>"):
        with pytest.raises(ExpressionProblem) as caught:
            compile_bare(text)
        assert text[caught.value.start : caught.value.end] == "nope"


STATIC_TYPES = {
    "boolean": [
        "true",
        "1 > 2",
        "not x",
        "x is defined",
        "x in y",
        "x == 1 and not y",
        "true if x else false",
        "x is not none",
    ],
    "number": ["1 + 1", "x * 2", "-x", "x | length", "x | abs", "random()", "1 if x else 2.5", "x ** 2 / 3"],
    "text": [
        "'a'",
        "x ~ y",
        "x | upper",
        "x | join",
        "now()",
        "uuid()",
        "'a' + 'b'",
        "x | tojson",
        "x | date('%Y')",
    ],
    "list": [
        "[x]",
        "(1, 2)",
        "x | sort",
        "x | map('upper')",
        "x | select",
        "[1] + [2]",
        "x | split(',')",
        "x | items",
    ],
    "mapping": ["{'a': x}", "{}"],
    "null": ["none"],
}


@pytest.mark.parametrize(
    ("text", "expected"), [(text, kind) for kind, texts in STATIC_TYPES.items() for text in texts]
)
def test_the_type_is_known_without_data_where_it_can_be(text: str, expected: str) -> None:
    assert compile_bare(text).static_type == expected


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "x.y",
        "x + y",
        "x or true",
        "1 if x else 'a'",
        "x | first",
        "x | default(1)",
        "x | fromjson",
        "x | int('n')",
    ],
)
def test_the_type_is_unknown_where_it_depends_on_data(text: str) -> None:
    assert compile_bare(text).static_type is None


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("inputs.day", [("inputs", "day")]),
        ("a.b[0]['c d'].e", [("a", "b", 0, "c d", "e")]),
        ("a.b[-1]", [("a", "b", -1)]),
        ("a.b[i].c", [("a", "b"), ("i",)]),
        ("a.b[1:i]", [("a", "b"), ("i",)]),
        ("(a | first).b", [("a",)]),
        ("a if b.c else d", [("a",), ("b", "c"), ("d",)]),
        ("x | map(attribute='y') | join(sep)", [("x",), ("sep",)]),
        ("[a, {'k': b}] ~ c", [("a",), ("b",), ("c",)]),
        ("x is gt(y.z)", [("x",), ("y", "z")]),
        ("x | map('default', y) | select('gt', z)", [("x",), ("y",), ("z",)]),
        ("1 + 1", []),
        ("now() ~ uuid()", []),
    ],
)
def test_every_static_path_is_told_with_its_place(text: str, reads: list[tuple[str | int, ...]]) -> None:
    expression = compile_bare(text)
    assert [read.path for read in expression.reads] == reads
    for read in expression.reads:
        assert text[read.start : read.end].startswith(str(read.path[0]))
        assert compile_bare(text[read.start : read.end]).path == read.path
    assert expression.constant is (not reads and "()" not in text)


def test_a_read_that_may_be_missing_is_marked() -> None:
    expression = compile_bare("a.x | default(b.y) if c.z is defined else d.w[e.v] | default(0)")
    assert {read.path[0]: read.guarded for read in expression.reads} == {
        "a": True,
        "b": False,
        "c": True,
        "d": True,
        "e": True,
    }
    assert compile_bare("a | default(b) | default(0)").reads[1] == Read(("b",), 12, 13, True)


def test_filters_and_calls_are_told() -> None:
    expression = compile_bare("secrets.X | trim | urlencode")
    assert (expression.pipeline, expression.last_filter) == (("trim", "urlencode"), "urlencode")
    assert expression.filters == {"trim", "urlencode"}
    assert compile_bare("secrets.X").pipeline == ()
    assert compile_bare("secrets.X ~ 'a' | trim").pipeline is None
    assert compile_bare("(secrets.X ~ 'a') | ident").last_filter == "ident"
    assert compile_bare("x | map('upper')").filters == {"map", "upper"}
    assert compile_bare("now() ~ random() ~ uuid()").calls == {"now", "random", "uuid"}


def test_a_call_asks_the_scope_under_its_own_name() -> None:
    assert compile_bare("now() | date('%Y')").evaluate(scope) == "2026"
    with pytest.raises(EvaluationError) as caught:
        compile_bare("uuid()").evaluate(scope)
    assert "uuid()" in caught.value.message


def test_an_expression_cannot_be_changed() -> None:
    expression = compile_bare("a + 1")
    with pytest.raises(AttributeError):
        expression.text = "b"  # type: ignore[misc]
    assert compile_bare("a + 1") is expression, "compiled once per text"
