"""Templates in a store: every version stays, the latest is the one added last."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.errors import UsageError
from engine.journal import Journal, MemoryJournal, StoredTemplate, content_hash

Opener = Callable[[], Journal]


def template(text: str, name: str = "orders", at: float = 1.0) -> StoredTemplate:
    return StoredTemplate(name, content_hash(text), text, "orders.weft.yaml", at, {"form": "yaml"})


def test_what_is_kept_comes_back_in_another_process(reopen: Opener) -> None:
    kept = template("name: Bücher\n")
    assert reopen().add_template(kept)
    assert reopen().templates("orders") == [kept]
    assert reopen().templates("order") == []


def test_the_content_of_the_latest_version_is_not_kept_again(reopen: Opener) -> None:
    journal = reopen()
    assert journal.add_template(template("one", at=1.0))
    assert not journal.add_template(template("one", at=2.0))
    assert [one.added_at for one in journal.templates()] == [1.0]


def test_an_earlier_version_becomes_the_latest_again(reopen: Opener) -> None:
    journal = reopen()
    for at, text in enumerate(("one", "two", "one")):
        assert journal.add_template(template(text, at=float(at)))
    assert [(one.text, one.added_at) for one in journal.templates("orders")] == [("one", 2.0), ("two", 1.0)]


def test_templates_stand_by_name_with_the_latest_version_first(reopen: Opener) -> None:
    journal = reopen()
    for name, text in (("b", "one"), ("a", "one"), ("b", "two")):
        journal.add_template(template(text, name))
    assert [(one.name, one.text) for one in journal.templates()] == [("a", "one"), ("b", "two"), ("b", "one")]


def test_two_who_add_at_the_same_moment_are_both_kept(reopen: Opener) -> None:
    journals = [reopen(), reopen()]
    with ThreadPoolExecutor(2) as pool:
        added = pool.map(lambda turn: journals[turn % 2].add_template(template(f"text {turn}")), range(10))
    assert all(added)
    assert {one.text for one in journals[0].templates()} == {f"text {turn}" for turn in range(10)}


def test_a_store_in_memory_keeps_none_and_says_so() -> None:
    assert MemoryJournal().templates() == []
    with pytest.raises(UsageError, match="a store in memory keeps no templates"):
        MemoryJournal().add_template(template("one"))
