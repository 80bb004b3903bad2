"""Suggestions: near enough to be what was meant, and never a guess at random."""

from __future__ import annotations

import pytest

from engine.text import nearest, suggestion

WORDS = ["timeout", "retry", "needs", "with", "when", "id"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("timout", "timeout"),
        ("tiemout", "timeout"),  # two letters exchanged are one mistake
        ("TIMEOUT", "timeout"),
        ("time-out", "timeout"),
        ("neds", "needs"),
        ("wiht", "with"),
        ("whn", "when"),
        ("ID", "id"),
    ],
)
def test_the_nearest_name_comes_first(word: str, meant: str) -> None:
    assert nearest(word, WORDS)[0] == meant


@pytest.mark.parametrize("word", ["colour", "x", "", "neverheard", "e"])
def test_a_name_that_is_near_to_nothing_gets_no_guess(word: str) -> None:
    assert nearest(word, WORDS) == []


def test_one_letter_names_are_not_near_to_each_other() -> None:
    assert nearest("m", ["n", "s", "l"]) == []
    assert nearest("N", ["n", "s"]) == ["n"]


def test_few_names_are_listed_where_none_is_near() -> None:
    assert suggestion("colour", WORDS) == "known: id, needs, retry, timeout, when, with"
    assert suggestion("colour", [f"name_{i}" for i in range(13)]) is None
    assert suggestion("colour", []) is None


def test_at_most_three_names_are_suggested() -> None:
    assert (
        suggestion("step_1", [f"step_{i}" for i in range(2, 9)])
        == 'did you mean "step_2" or "step_3" or "step_4"?'
    )
