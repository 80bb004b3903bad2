"""Limits and results shared over a PostgreSQL server."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from calls_of import Counting, spec, step

from engine import run
from engine.journal import open_journal, open_sharing
from engine.journal.boot import boot_seconds
from engine.spec.rates import Want

pytestmark = pytest.mark.services


def test_processes_that_take_at_once_stay_inside_one_limit(postgres_url: str) -> None:
    open_journal(postgres_url).close()
    taken: list[tuple[float, float]] = []
    ends = boot_seconds() + 0.5

    def race() -> None:
        sharing = open_sharing(postgres_url)
        while boot_seconds() < ends:
            before = boot_seconds()
            if not any(sharing.take([Want("b", 50.0, 3), Want("a", 500.0, 30)])):
                taken.append((before, boot_seconds()))
        sharing.close()

    threads = [threading.Thread(target=race) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    first, last = min(one for one, _ in taken), max(one for _, one in taken)
    assert len(taken) <= 50.0 * (last - first) + 3 + 1e-6


def test_a_result_is_made_once_and_given_again_and_damage_is_found(postgres_url: str) -> None:
    counting = Counting()
    counting.answers = ["a\0b", "a\0b"]
    words: dict[str, Any] = {"cache": {"ttl": "1h"}, "rate_limit": "100/s", "with": {"n": 1}}
    many = step("a", foreach={"in": list(range(5)), "concurrency": "all"}, **words)
    for _ in range(2):
        assert run(spec(many), store=postgres_url, tools={"counting": counting}).success
    assert len(counting.calls) == 1
    sharing = open_sharing(postgres_url)
    sharing._writer.transact(
        lambda cursor: cursor.execute("update weft_results set text = 'x'"), lambda _: True
    )
    sharing.close()
    assert run(spec(many), store=postgres_url, tools={"counting": counting}).success
    assert len(counting.calls) == 2


def test_a_clean_up_of_a_server_forgets_what_is_over(postgres_url: str) -> None:
    open_journal(postgres_url).close()
    sharing = open_sharing(postgres_url)
    sharing.take([Want("soon", 1e9, 1)])
    sharing.clean()
    left = sharing._writer.query(lambda cursor: cursor.execute("select bucket from weft_buckets").fetchall())
    assert left == []
    sharing.close()
