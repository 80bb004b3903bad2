"""Whatever is written, only EvaluationError comes out."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from generated import over
from hypothesis import strategies as st

from engine.errors import EvaluationError
from engine.refs import compile_expression, compile_value, condition
from engine.refs.filters import FILTER_NAMES
from engine.refs.predicates import TESTS

DATA: dict[str, Any] = {
    "a": 1,
    "b": "text 2026-01-31",
    "c": [3, 1, 2],
    "d": {"k": [1, {"x": None}], "n": 2.5},
    "e": None,
    "f": True,
    "rows": [{"id": 1, "name": "x"}, {"id": 2}],
    "day": "2026-01-31T10:00:00Z",
    "now()": "2026-01-31T10:00:00Z",
}
WORDS = [
    *DATA,
    "missing",
    ".k",
    ".id",
    "[0]",
    "[-1]",
    "[a]",
    "['x']",
    "[1:]",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    ",",
    "|",
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "**",
    "~",
    "==",
    "!=",
    "<",
    ">",
    "<=",
    "in",
    "not",
    "and",
    "or",
    "is",
    "if",
    "else",
    "true",
    "none",
    "1",
    "0",
    "2.5",
    "-1",
    "64",
    "1e9",
    "'a'",
    "''",
    "'%Y'",
    "'(a)'",
    "'1d'",
    "attribute=",
    "'id'",
    "'upper'",
    "now()",
    "boolean=true",
    "start=",
    *sorted(FILTER_NAMES),
    *sorted(TESTS),
]
ARGUMENTS = [
    "",
    "()",
    "(a)",
    "(b)",
    "(c)",
    "(d)",
    "(e)",
    "(f)",
    "(1)",
    "(0)",
    "(-1)",
    "('id')",
    "('%Y-%j')",
    "('upper')",
    "('gt', 1)",
    "(1, 2)",
    "('a', 'b')",
    "(attribute='id')",
    "(missing)",
    "('(', 'x')",
    "(10**6)",
    "(2.5)",
    "('id', 'eq', 1)",
    "('', b)",
]


def survives(text: str) -> None:
    try:
        compile_expression(text).evaluate(DATA.__getitem__)
    except EvaluationError as error:
        assert error.message
        assert error.code


@over(st.text(max_size=80), examples=400)
def test_arbitrary_text(text: str) -> None:
    survives(text)
    for value in (text, f"$<{text}>", f"a ${{inputs.x{text}}}"):
        try:
            compile_value([value]).resolve(DATA.__getitem__)
            condition(value, DATA.__getitem__)
        except EvaluationError as error:
            assert error.message


@over(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join), examples=1000)
def test_rows_of_words_of_the_language(text: str) -> None:
    survives(text)


values = st.sampled_from(
    [
        "a",
        "b",
        "c",
        "d",
        "e",
        "f",
        "rows",
        "day",
        "missing",
        "2.5",
        "'1e5'",
        "[rows, c]",
        "{}",
        "''",
        "-1",
        "d.k",
    ]
)
filters = st.tuples(st.sampled_from(sorted(FILTER_NAMES)), st.sampled_from(ARGUMENTS)).map(
    lambda pair: f" | {''.join(pair)}"
)
tests = st.tuples(st.sampled_from(sorted(TESTS)), st.sampled_from(ARGUMENTS)).map(
    lambda pair: f" is {''.join(pair)}"
)


@over(
    st.tuples(values, st.lists(filters, max_size=3).map("".join), st.just("") | tests).map("".join),
    examples=1500,
)
def test_any_filter_on_any_value_with_any_arguments(text: str) -> None:
    survives(text)


@over(
    st.binary(max_size=60).map(
        lambda raw: raw.decode("utf-16", "surrogatepass") if len(raw) % 2 == 0 else ""
    ),
    examples=200,
)
def test_text_with_surrogates(text: str) -> None:
    survives(text)
    survives(f"'{text}' | sha256")
    survives(f"x['{text}']")


def test_importing_the_package_imports_neither_jinja_nor_re2() -> None:
    """Most specs hold only plain paths: they never pay for Jinja."""
    program = (
        "import sys, engine.refs as refs\n"
        "data = {'inputs': {'rows': [{'id': 1}]}}.__getitem__\n"
        "assert refs.compile_value({'a': 'x $<inputs.rows[0].id>'}).resolve(data) == {'a': 'x 1'}\n"
        "print(sorted({'jinja2', 're2', 'markupsafe', 'pydantic', 'yaml'} & set(sys.modules)))\n"
        "assert refs.compile_expression('inputs | length').evaluate(data) == 1\n"
        "print(sorted({'jinja2', 're2'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "['jinja2']"]
