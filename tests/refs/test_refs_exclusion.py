"""Conditions that exclude each other."""

from __future__ import annotations

from itertools import product

import pytest

from engine.errors import EvaluationError
from engine.refs import compile_bare
from engine.refs.exclusion import exclude

ATOMS = [f"a {how} {what}" for how in ("==", "!=", "<", ">", "<=", ">=") for what in ("1", "2", "b")]
ATOMS += ["a in [1, 2]", "a not in [1, 2]", "a is none", "a is odd"]
CONDITIONS = [*ATOMS, *(f"not ({one})" for one in ATOMS)]
CONDITIONS += [f"{one} {word} b == 1" for one in ATOMS[:8] for word in ("and", "or")]
CONDITIONS += ["not (a == 1 or b == 2)", "not (a == 1 and b == 2)", "not not a == 1"]


def test_whatever_values_there_are_conditions_that_exclude_each_other_never_hold_together() -> None:
    compiled = [compile_bare(text) for text in CONDITIONS]
    together: set[tuple[int, int]] = set()
    for a, b in product([0, 1, 2, 3, None], [1, 2]):
        holds = []
        for number, condition in enumerate(compiled):
            try:
                if condition.evaluate({"a": a, "b": b}.__getitem__) is True:
                    holds.append(number)
            except EvaluationError:
                continue  # null is not compared with a number
        together |= set(product(holds, holds))
    wrong = [pair for pair in together if exclude(compiled[pair[0]], compiled[pair[1]])]
    assert [(CONDITIONS[one], CONDITIONS[other]) for one, other in wrong] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x", "not x"),
        ("$<x>", "not (x)"),
        ("x.y == 'a'", "x.y == 'b'"),
        ("x == 'a'", "x != 'a'"),
        ("x > 3", "x <= 3"),
        ("x < 3", "x > 3"),
        ("x in y", "x not in y"),
        ("x is none", "x is not none"),
        ("x and y", "z and not y"),
        ("x", "not (x or y)"),
    ],
)
def test_these_exclude_each_other_in_either_order(one: str, other: str) -> None:
    assert exclude(compile_bare(one), compile_bare(other))
    assert exclude(compile_bare(other), compile_bare(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [("x", "x"), ("x", "not y"), ("x or y", "not x"), ("x > 3", "x > 4"), ("now() > x", "not (now() > x)")],
)
def test_these_do_not(one: str, other: str) -> None:
    assert not exclude(compile_bare(one), compile_bare(other))
