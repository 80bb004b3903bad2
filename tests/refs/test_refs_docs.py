"""The manual cannot lie: every example of docs/language/030-references.md is run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from refs_stock import same

from engine.errors import EvaluationError
from engine.refs import compile_expression, compile_value, condition
from engine.refs.filters import FILTER_NAMES
from engine.refs.filters_time import DIRECTIVES
from engine.refs.predicates import TESTS

PAGE = (Path(__file__).parents[2] / "docs" / "language" / "030-references.md").read_text(encoding="utf-8")
FENCES = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.M | re.S)
DATA = json.loads(next(body for kind, body in FENCES if kind == "json"))
EXAMPLES = [
    pytest.param(kind, *re.split(r"\s+->\s+", line, maxsplit=1), id=line.split("->")[0].strip())
    for kind, body in FENCES
    if kind != "json"
    for line in body.splitlines()
]


def run(kind: str, text: str) -> Any:
    if kind == "templates":
        return compile_value(text).resolve(DATA.__getitem__)
    if kind == "conditions":
        return condition(text, DATA.__getitem__)
    return compile_expression(text).evaluate(DATA.__getitem__)


@pytest.mark.parametrize(("kind", "text", "expected"), EXAMPLES)
def test_an_example_of_the_manual_gives_what_it_says(kind: str, text: str, expected: str) -> None:
    if expected.startswith("error: "):
        with pytest.raises(EvaluationError) as caught:
            run(kind, text)
        assert expected.removeprefix("error: ") in caught.value.message
    else:
        assert same(run(kind, text), json.loads(expected))


def test_the_rules_are_numbered_without_a_gap() -> None:
    numbers = [int(number) for number in re.findall(r"^\*\*R(\d+)\.\*\*", PAGE, re.M)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert max(int(number) for number in re.findall(r"\bR(\d+)", PAGE)) == len(numbers)


@pytest.mark.parametrize("name", sorted(FILTER_NAMES))
def test_every_filter_has_an_example(name: str) -> None:
    assert re.search(rf"\|\s*{name}\b", PAGE)


@pytest.mark.parametrize("name", sorted(TESTS))
def test_every_test_is_named(name: str) -> None:
    assert re.search(rf"\b{name}\b", PAGE)


def test_every_directive_of_date_is_listed() -> None:
    listed = re.search(r"directives\n`(.*?)`", PAGE)
    assert listed is not None
    assert set(listed[1].split()) == {f"%{letter}" for letter in DIRECTIVES}
