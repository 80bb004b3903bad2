"""Attacks known to break engines like this one: every one is refused, quickly and with little memory."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import EvaluationError
from engine.refs import ExpressionProblem, compile_expression, compile_value
from engine.refs.bounds import ELEMENTS_MAX, TEXT_BYTES_MAX
from engine.refs.expressions import compile_general
from engine.refs.filters import FILTERS
from engine.refs.signatures import signature

BIG_TEXT = "x" * TEXT_BYTES_MAX
DATA: dict[str, Any] = {
    "numbers": list(range(100_000)),
    "many": [None] * 600_000,
    "text": BIG_TEXT,
    "half": "x" * (TEXT_BYTES_MAX // 2 + 1),
    "wide": "ü" * (TEXT_BYTES_MAX // 2),
    "spaces": "a " * (TEXT_BYTES_MAX // 2),
    "rows": [{"id": number % 7, "name": "n" * 50} for number in range(5_000)],
    "x": {"a": 1},
    "s": "text",
}


def refused(text: str) -> EvaluationError:
    with pytest.raises(EvaluationError) as caught:
        compile_expression(text).evaluate(DATA.__getitem__)
    return caught.value


WHILE_COMPILING = [
    ("''.__class__.__mro__", "forbidden"),
    ("s.__class__", "forbidden"),
    ("s['a'].__init__", "forbidden"),
    ("__import__('os')", "forbidden"),
    ("_private", "forbidden"),
    ("x.a._b | default(1)", "forbidden"),
    ("rows | map(attribute='__class__')", "forbidden"),
    ("rows | map(attribute='a.__class__')", "forbidden"),
    ("rows | sort(attribute='_x')", "forbidden"),
    ("rows | sort(attribute='id,_x')", "forbidden"),
    ("rows | join(',', attribute='_x')", "forbidden"),
    ("rows | selectattr('_x')", "forbidden"),
    ("rows | sum('_x')", "forbidden"),
    ("x | attr('__class__')", "unknown-filter"),
    ("'%s' | format(x)", "unknown-filter"),
    ("'{0.__class__}'.format(x)", "forbidden"),
    ("'a' | center(1000000000)", "unknown-filter"),
    ("'a' | indent(1000000000)", "unknown-filter"),
    ("rows | groupby('id')", "unknown-filter"),
    ("rows | map('attr', '__class__')", "unknown-filter"),
    ("rows | select('callable')", "unknown-test"),
    ("x is sameas(x)", "unknown-test"),
    ("range(1000000000)", "forbidden"),
    ("lipsum(5)", "forbidden"),
    ("cycler('a')", "forbidden"),
    ("dict(a=1)", "forbidden"),
    ("x.items()", "forbidden"),
    ("now()()", "forbidden"),
    ("now(1)", "argument"),
    ("(x | first)()", "forbidden"),
    ("x | default(*s)", "forbidden"),
    ("x | default(**s)", "forbidden"),
    ("rows | map(s)", "forbidden"),
    ("1 if x", "syntax"),
    ("10 ** 99999999999999999999", "overflow"),
    ("1" * 5000, "bounds"),
    ("1" * 4000, "overflow"),
    ("1e999", "overflow"),
    ("'\\ud800'", "syntax"),
    ("'\\0'", "syntax"),
    ("'\\xzz'", "syntax"),
    ("'\\U00110000'", "syntax"),
    ("'\\N{no such letter}'", "syntax"),
]


@pytest.mark.parametrize(("text", "code"), WHILE_COMPILING, ids=[text[:40] for text, _ in WHILE_COMPILING])
def test_what_is_refused_while_compiling(text: str, code: str) -> None:
    with pytest.raises(ExpressionProblem) as caught:
        compile_expression(text)
    assert caught.value.code == code
    assert 0 <= caught.value.start <= caught.value.end <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "1" + ")" * 5000,
        "(" * 2000 + "1",
        "[" * 41 + "]" * 41,
        "{'a': " * 41 + "1" + "}" * 41,
        "x[" * 41 + "0" + "]" * 41,
        "not " * 41 + "true",
        "not " * 1000 + "true",
        "-" * 41 + "1",
        "- " * 2000 + "1",
        "-+" * 21 + "1",
        "(" * 30 + "not " * 11 + "x" + ")" * 30,
        "-(" * 21 + "1" + ")" * 21,
        "1 if x else " * 41 + "2",
        "x | default(" * 41 + "1" + ")" * 41,
        "x is eq(" * 41 + "1" + ")" * 41,
    ],
)
def test_nesting_is_refused_before_a_recursive_parser_sees_it(text: str) -> None:
    with pytest.raises(ExpressionProblem) as caught:
        compile_expression(text)
    assert caught.value.code == "bounds"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 40 + "1" + ")" * 40,
        "[" * 40 + "]" * 40,
        "not " * 40 + "true",
        "-" * 40 + "1",
        "1 if false else " * 40 + "2",
        " + ".join(["1"] * 200),
        " ~ ".join(["1"] * 200),
        " or ".join(["false"] * 200),
        "'a'" + " | trim" * 300,
        "[" + ", ".join(["1 if true else 2"] * 60) + "]",
        "(1 - -1) " + "+ (1 - -1) " * 40,
        "x" + "['a']" * 1,
    ],
)
def test_what_is_long_but_not_deep_is_accepted(text: str) -> None:
    compile_expression(text).evaluate(DATA.__getitem__)


@pytest.mark.parametrize(
    "text", [" + ".join(["1"] * 201), "a" + ".b" * 401, "[" + "1," * 400 + "]", "a" + "[0]" * 201]
)
def test_more_than_400_parts_are_refused(text: str) -> None:
    with pytest.raises(ExpressionProblem) as caught:
        compile_expression(text)
    assert caught.value.code == "bounds"


def test_the_text_of_an_expression_is_bounded_in_bytes() -> None:
    assert compile_expression("'" + "x" * 4094 + "'").evaluate(DATA.__getitem__) == "x" * 4094
    for text in ("'" + "x" * 4095 + "'", "'" + "ü" * 2048 + "'"):
        with pytest.raises(ExpressionProblem) as caught:
            compile_expression(text)
        assert caught.value.code == "bounds"


@pytest.mark.parametrize(
    "text",
    [
        "'a' * 10 ** 9",
        "[0] * 10 ** 9",
        "10 ** (10 ** 7)",
        "2 ** 64",
        "2 ** 63",
        "9223372036854775807 + 1",
        "1e308 * 10",
        "(0 - 8) ** 0.5",
        "0 ** -1",
        "5 % 0",
        "5 // 0.0",
        "'%999999999d' % 1",
        "x.a + true",
    ],
)
def test_arithmetic_bombs(text: str) -> None:
    try:
        error = refused(text)
    except ExpressionProblem as problem:
        error = problem
    assert error.code in ("bounds", "overflow", "type", "division-by-zero")


def _slow(text: str) -> Any:
    """One that takes long to reach its bound."""
    return pytest.param(text, marks=pytest.mark.slow)


TEXT_BOMBS = [
    "half + half",
    "text ~ 'x'",
    "wide ~ 'ü'",
    "half ~ half",
    "text | replace('x', 'yy')",
    "text | replace('', 'yy')",
    "s | replace('', text) | replace('', text)",
    "spaces | urlencode",
    "wide | urlencode",
    "text | b64encode",
    "numbers | join('----------')",
    "numbers | map('string') | join(text)",
    "[half, half] | join",
    "numbers | map('replace', '', half) | list",
    "many | map('default', half) | map('upper')",
    "[text] | tojson",
    "numbers | batch(1) | tojson(16)",
    "[numbers, numbers] | tojson",
    "wide | upper | reverse | title ~ wide",
    _slow("text | regex_replace('x', 'yy')"),
    "s | regex_replace('', text) | regex_replace('', text)",
    "'2026-01-31' | date(text)",
    "[numbers, numbers, numbers] | string",
]


@pytest.mark.parametrize("text", TEXT_BOMBS)
def test_no_text_above_one_mebibyte_is_made(text: str) -> None:
    assert refused(text).code == "bounds"


def test_texts_of_one_evaluation_are_bounded_together() -> None:
    assert "16 MiB" in refused("numbers[:40] | map('replace', '', half[:250000]) | list").message


ELEMENT_BOMBS = [
    "many + many",
    "many | list | unique",
    "many | list | list",
    "many | map('default', 1) | list",
    "numbers | select('in', numbers) | list",
    "numbers | unique | sort | reverse | list | unique | sort | reverse | list | unique | sort | sort | first",
    "many | batch(1000000, 0) | batch(1000000, 0)",
    _slow("[] | slice(1000000) | slice(1000000)"),
    "[1] | batch(1000000, 0) | first | list",
    _slow(
        "(numbers + numbers) | batch(1) | map('sum') | sum + (numbers + numbers) | batch(1) | map('sum') | sum"
    ),
    "spaces | split | list | length",
    "text | list | list",
    _slow("numbers | map('string') | select('in', half) | list"),
    "many | map('default', text) | select('startswith', 'x') | list",
    "rows | map('tojson') | map('sha256') | map('list') | map('list') | map('list') | map('list') | list",
    _slow("text | regex_replace('x*y|x', '')"),
    "text | regex_search('((x{0,100}){0,9})y')",
    "text | regex_search('(x|xx|xxx){100}y')",
    "numbers | map('string') | select('matches', '(a{0,100}){0,9}b') | list",
]


@pytest.mark.parametrize("text", ELEMENT_BOMBS)
def test_no_more_than_a_million_elements_are_visited(text: str) -> None:
    assert refused(text).code == "bounds"


def test_the_budget_is_for_one_evaluation_not_for_all() -> None:
    expression = compile_expression("many | length + (many | list | length)")
    for _ in range(3):
        assert expression.evaluate(DATA.__getitem__) == 1_200_000


def test_a_value_that_only_passes_through_has_no_limit() -> None:
    huge = {"t": "x" * (4 * TEXT_BYTES_MAX), "l": [0] * (2 * ELEMENTS_MAX)}
    assert compile_expression("d.t").evaluate({"d": huge}.__getitem__) is huge["t"]
    assert compile_expression("d['l'] if true else 0").evaluate({"d": huge}.__getitem__) is huge["l"]
    assert compile_expression("d.l | length").evaluate({"d": huge}.__getitem__) == 2 * ELEMENTS_MAX


def test_constants_are_not_computed_while_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jinja folds constant filters when it generates code; here nothing runs before a budget is there."""
    calls = []

    def spy(evaluation: Any, value: Any) -> Any:
        calls.append(value)
        return value

    monkeypatch.setitem(FILTERS, "trim", signature(spy))
    compiled = compile_general("('a' ~ 'b') | trim")
    assert compiled.constant
    assert calls == []
    assert compiled.evaluate(DATA.__getitem__) == "ab"
    assert calls == ["ab"]


@pytest.mark.parametrize(
    "payload", ["$<secrets.X>", "$$<x>", "${inputs.x}", "{{ 7 * 7 }}", "{% raw %}", "$<x.a"]
)
def test_templates_in_data_stay_data(payload: str) -> None:
    scope = {"d": {"p": payload, "k": "p"}, "inputs": {"x": 1}}.__getitem__
    value = {"whole": "$<d.p>", "text": "a $<d.p> b", "$<d.k>": 1, "chain": "$<d[d.k]>"}
    assert compile_value(value).resolve(scope) == {
        "whole": payload,
        "text": f"a {payload} b",
        "$<d.k>": 1,
        "chain": payload,
    }


def test_an_attribute_from_data_is_checked_when_it_is_known() -> None:
    scope = {"rows": [{"_x": 1}], "name": "_x"}.__getitem__
    with pytest.raises(EvaluationError) as caught:
        compile_expression("rows | map(attribute=name) | list").evaluate(scope)
    assert caught.value.code == "forbidden"


def test_data_nested_too_deeply_is_an_error_not_a_crash() -> None:
    deep: Any = []
    for _ in range(50_000):
        deep = [deep]
    scope = {"deep": deep, "other": [deep]}.__getitem__
    for text in ("deep | tojson", "[deep] | unique", "deep ~ ''", "deep == other"):
        try:
            compile_expression(text).evaluate(scope)
        except EvaluationError as error:
            assert error.code in ("bounds", "type")
    while deep:
        deep = deep.pop()


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 10**30, 10**5000, {1, 2}, object(), b"x", "\ud800"], ids=range(8)
)
def test_values_that_are_not_json_never_raise_anything_else(value: Any) -> None:
    for text in (
        "v | string",
        "v + 1",
        "v * v",
        "v == v",
        "v | tojson",
        "v | int",
        "v | float",
        "v | round",
        "v | sort",
        "v | unique",
        "[v] | unique",
        "v | sha256",
        "v | urlencode",
        "v | b64encode",
        "v | regex_search('a')",
        "v | date('%Y')",
        "v is matches('a')",
        "v is even",
        "v < 1",
        "-v",
        "v | abs",
        "v | length",
        "[v, v] | sum",
        "v | plus('1d')",
        "'2026-01-31' | plus(v)",
        "v[v]",
        "numbers[v]",
        "numbers | batch(v)",
        "'a' ~ v",
        "v in [v]",
        "v is defined",
        "v | default(1)",
        "2 ** v",
        "v | fromjson",
        "v and v",
        "x[v:v]",
    ):
        try:
            compile_expression(text).evaluate({"v": value, "numbers": [1], "x": "abc"}.__getitem__)
        except EvaluationError as error:
            assert error.message
