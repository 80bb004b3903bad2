"""General expressions: the closures give what stock Jinja's sandbox gives, wherever the language does not deviate."""

from __future__ import annotations

from typing import Any

from generated import over
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy, composite
from refs_stock import outcome, same

from engine.errors import EvaluationError
from engine.refs.expressions import compile_general

DATA: dict[str, Any] = {
    "n": 7,
    "m": -3,
    "f": 2.5,
    "t": "Hello World foo",
    "s": "a-b",
    "yes": True,
    "no": False,
    "nums": [3, 1, 2, 1],
    "texts": ["b", "A", "a", "c d"],
    "rows": [{"id": 2, "name": "B"}, {"id": 1, "name": "a"}, {"id": 2, "name": "c"}],
    "map": {"k": 1, "j": 2},
}
DEPTH = 3


def one_of(*options: str) -> SearchStrategy[str]:
    return st.sampled_from(options)


@composite
def numbers(draw: Any, depth: int = DEPTH) -> str:
    if depth <= 0:
        return draw(
            one_of(
                "0", "1", "2", "3", "7", "2.5", "0.1", "1e3", "n", "m", "f", "rows[0].id", "nums[1]", "map.k"
            )
        )
    number, listed = numbers(depth - 1), number_lists(depth - 1)
    shape = draw(st.integers(0, 7))
    if shape == 0:
        return f"({draw(number)} {draw(one_of('+', '-', '*', '/', '//', '%'))} {draw(number)})"
    if shape == 1:
        one, other = one_of("+", "-", "*"), one_of("+", "-", "/", "//")
        return f"({draw(number)} {draw(one)} {draw(number)} {draw(other)} {draw(number)})"
    if shape == 2:
        return f"(({draw(number)}) ** {draw(one_of('0', '1', '2', '3', '-1', '0.5'))})"
    if shape == 3:
        return f"(-{draw(number)})" if draw(st.booleans()) else f"(+ {draw(number)})"
    if shape == 4:
        by = draw(
            one_of("abs", "int", "float", "round", "round(1)", "round(1, 'ceil')", "round(method='floor')")
        )
        return f"(({draw(number)}) | {by})"
    if shape == 5:
        return f"({draw(listed)} | {draw(one_of('sum', 'min', 'max', 'first', 'last', 'length', 'count'))})"
    if shape == 6:
        return f"({draw(number)} if {draw(booleans(depth - 1))} else {draw(number)})"
    return "(rows | sum(attribute='id') | string | length)"


@composite
def texts(draw: Any, depth: int = DEPTH) -> str:
    if depth <= 0:
        return draw(
            one_of("'a'", "''", '"x y"', "'\\n\\u00e9'", "t", "s", "texts[0]", "rows[1].name", "'ab' 'c'")
        )
    text = texts(depth - 1)
    shape = draw(st.integers(0, 7))
    if shape == 0:
        return f"({draw(text)} + {draw(text)})"
    if shape == 1:
        return f"({draw(text)} ~ {draw(numbers(depth - 1))} ~ {draw(text)})"
    if shape == 2:
        by = one_of(
            "upper", "lower", "title", "capitalize", "trim", "trim('a')", "string", "reverse", "urlencode"
        )
        return f"({draw(text)} | {draw(by)})"
    if shape == 3:
        by = one_of(
            "replace('a', 'bb')",
            "replace('a', '', 1)",
            "replace('', '-')",
            "truncate(5)",
            "truncate(4, true, '.', 0)",
        )
        return f"({draw(text)} | {draw(by)})"
    if shape == 4:
        return f"({draw(text_lists(depth - 1))} | {draw(one_of('join', 'join(d=s)', 'join(42)'))})"
    if shape == 5:
        return f"({draw(text)})[{draw(one_of(':', '1:', ':2', '::-1', '-2:', '1:3:2'))}]"
    if shape == 6:
        return f"({draw(text)} if {draw(booleans(depth - 1))} else {draw(text)})"
    return f"(rows | map(attribute='name') | join({draw(text)}))"


@composite
def number_lists(draw: Any, depth: int = DEPTH) -> str:
    if depth <= 0:
        return draw(
            one_of("nums", "[1, 2, 3]", "[n]", "rows | map(attribute='id') | list", "((4, 5) | list)")
        )
    listed = number_lists(depth - 1)
    shape = draw(st.integers(0, 4))
    if shape == 0:
        return f"({draw(listed)} + [{draw(numbers(depth - 1))}])"
    if shape == 1:
        by = one_of("sort", "sort(reverse=true)", "sort(true)", "unique | list", "reverse | list", "list")
        return f"(({draw(listed)}) | {draw(by)})"
    if shape == 2:
        by = one_of(
            "select('odd')",
            "reject('gt', 1)",
            "select",
            "select('in', [1, 2])",
            "map('abs')",
            "map('int', 3)",
        )
        return f"(({draw(listed)}) | map('int') | {draw(by)} | list)"
    if shape == 3:
        return f"({draw(listed)})[{draw(one_of('1:', ':1', '::2', '-1:'))}]"
    return f"({draw(listed)} if {draw(booleans(depth - 1))} else {draw(listed)})"


@composite
def text_lists(draw: Any, depth: int = DEPTH) -> str:
    if depth <= 0:
        return draw(one_of("texts", "['x', 'Y']", "[t, s]", "(t | list)", "(map | list)"))
    listed = text_lists(depth - 1)
    by = one_of(
        "sort",
        "sort(case_sensitive=true)",
        "unique | list",
        "unique(case_sensitive=true) | list",
        "reverse | list",
        "map('upper') | list",
        "select('in', 'abc') | list",
        "map('replace', 'a', 'o') | list",
        "list",
    )
    return f"(({draw(listed)}) | {draw(by)})"


@composite
def booleans(draw: Any, depth: int = DEPTH) -> str:
    if depth <= 0:
        return draw(
            one_of("yes", "no", "true", "False", "n > 3", "t == 'a'", "x is defined", "n.z is undefined")
        )
    number, text, boolean = numbers(depth - 1), texts(depth - 1), booleans(depth - 1)
    shape = draw(st.integers(0, 7))
    if shape == 0:
        return f"({draw(number)} {draw(one_of('<', '<=', '>', '>=', '==', '!='))} {draw(number)})"
    if shape == 1:
        return f"({draw(text)} {draw(one_of('<', '==', '!=', '>=', 'in', 'not in'))} {draw(text)})"
    if shape == 2:
        return f"({draw(boolean)} {draw(one_of('and', 'or', '=='))} {draw(boolean)})"
    if shape == 3:
        return f"(not {draw(boolean)})"
    if shape == 4:
        test = one_of(
            "number",
            "string",
            "integer",
            "float",
            "gt(2)",
            "not eq(7)",
            "ne 3",
            "le(m)",
            "in [1, 2]",
            "none",
            "true",
        )
        return f"({draw(number)} is {draw(test)})"
    if shape == 5:
        test = one_of(
            "string", "lower", "not upper", "in('abc')", "defined", "mapping", "sequence", "eq 'a'", "boolean"
        )
        return f"({draw(text)} is {draw(test)})"
    if shape == 6:
        return f"({draw(number)} < {draw(number)} <= {draw(number)})"
    return f"({draw(number)} in {draw(number_lists(depth - 1))})"


containers = one_of(
    "nums | batch(2) | list",
    "nums | batch(3, 0) | list",
    "nums | slice(3) | list",
    "nums | slice(2, 9) | list",
    "rows | selectattr('id', 'gt', 1) | list",
    "rows | rejectattr('name', 'eq', 'B') | list",
    "rows | selectattr('id') | list",
    "rows | sort(attribute='name')",
    "rows | sort(attribute='id,name', reverse=true)",
    "rows | unique(attribute='id') | list",
    "rows | max(attribute='name')",
    "rows | min(attribute='id')",
    "map | items | list",
    "map | list",
    "{'a': n, 'b': [t]}",
    "[[1, 2], [3]] | sum(start=[])",
    "[1, 2] | sum(start=0.5)",
    "rows | map(attribute='zz', default=0) | list",
    "[{'a': 1}, {}] | map(attribute='a', default='-') | list",
    "rows[1:] | map(attribute='id') | list",
    "[] | sum",
    "[[1, 'a'], [2, 'b']] | map('last') | list",
    "rows | map('length') | list",
    "t[0] ~ t[-1]",
    "t.0",
    "[yes, no] | select | list",
    "['ab', 'c'] | map('list') | map('first') | list",
    "[1, 2, 3, 4] | reject('odd') | list",
)


def ours(text: str) -> tuple[str, Any, str]:
    try:
        return "value", compile_general(text).evaluate(DATA.__getitem__), ""
    except EvaluationError as error:
        return "error", error.message, error.code


def agree(text: str) -> None:
    mine, theirs = ours(text), outcome(text, DATA)
    if mine[2] in ("overflow", "bounds"):
        return  # numbers leave 64 bits or stop being finite: a bound, not a meaning
    if mine[2] == "missing-index":
        return  # the first or smallest of nothing: here also an error where only a test looks at it
    assert mine[0] == theirs[0], (text, mine, theirs)
    if mine[0] == "value":
        assert same(mine[1], theirs[1]), (text, mine, theirs)


@over(numbers() | texts(), examples=300)
def test_scalars_are_what_stock_jinja_makes(text: str) -> None:
    agree(text)


@over(booleans(), examples=300)
def test_answers_are_what_stock_jinja_answers(text: str) -> None:
    agree(text)


@over(number_lists() | text_lists() | containers, examples=200)
def test_lists_are_what_stock_jinja_makes(text: str) -> None:
    agree(text)


@over(
    st.lists(
        one_of(
            "n",
            "f",
            "t",
            "nums",
            "2",
            "'a'",
            "(",
            ")",
            "+",
            "-",
            "*",
            "**",
            "~",
            "|abs",
            "|length",
            "[0]",
            "[1:]",
            ".id",
            "rows",
            "==",
            "<",
            "in",
            "not",
            "and",
            "or",
            "if",
            "else",
            "[",
            "]",
            ",",
            "is",
            "in",
            "gt(1)",
            "string",
            "|first",
        ),
        max_size=9,
    ),
    examples=300,
)
def test_whatever_has_a_value_here_has_the_same_in_stock_jinja(words: list[str]) -> None:
    """The language only takes away: a random row of words that it accepts means what Jinja means by it."""
    text = " ".join(words)
    mine = ours(text)
    if mine[0] == "value":
        theirs = outcome(text, DATA)
        assert theirs[0] == "value", (text, mine, theirs)
        if "~" not in words:  # `~` writes lists and booleans as JSON
            assert same(mine[1], theirs[1]), (text, mine, theirs)
