"""Rate limits: the bound, the order, what a waiting call holds (nothing), and whose calls share a limit."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from calls_of import Connected, Counting, spec, step

from engine import arun, run
from engine.app.stored import find_run
from engine.execute import limiting
from engine.journal import open_journal, open_sharing
from engine.journal.boot import boot_seconds
from engine.spec.rates import Rate, Want, rate_of
from engine.tools.framework.tokens import Queues, Tokens

MANY = {"in": list(range(6)), "concurrency": "all"}


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def _fresh_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiting, "TOKENS", Tokens())


pytestmark = pytest.mark.usefixtures("_fresh_tokens")


# -- the bucket -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_no_time_sees_more_calls_than_the_rate_times_it_and_the_burst(seed: int) -> None:
    drawn, clock = random.Random(seed), Clock()
    tokens = Tokens(clock)
    rate = Rate(drawn.choice([1, 7, 60, 1000]), drawn.choice([1.0, 60.0, 3600.0]), drawn.choice([None, 1, 5]))
    want = Want("b", rate.per_second, rate.size)
    taken: list[float] = []
    for _ in range(500):
        clock.now += drawn.choice([0.0, 0.0, 0.1, 0.5, 3.0]) / rate.per_second
        if not any(tokens.take([want])):
            taken.append(clock.now)
    assert taken
    for first, since in enumerate(taken):
        for last in range(first, len(taken)):
            assert last - first + 1 <= rate.per_second * (taken[last] - since) + rate.size + 1e-6


def test_a_call_takes_a_token_of_every_bucket_or_of_none() -> None:
    clock = Clock()
    tokens = Tokens(clock)
    many, one = Want("many", 1.0, 5), Want("one", 0.1, 1)
    assert tokens.take([many, one]) == [0.0, 0.0]
    assert tokens.take([many, one]) == [0.0, 10.0]
    assert [tokens.take([many]) for _ in range(5)] == [[0.0]] * 4 + [[1.0]]


def test_who_says_when_a_token_comes_says_it_right() -> None:
    clock = Clock()
    tokens, want = Tokens(clock), Want("b", 2.0, 1)
    tokens.take([want])
    wait = tokens.take([want])[0]
    clock.now += wait * 0.99
    assert any(tokens.take([want]))
    clock.now += wait * 0.01 + 1e-9
    assert not any(tokens.take([want]))


def test_those_ahead_get_theirs_first() -> None:
    queues = Queues()
    first, second, urgent = (1, queues.number()), (1, queues.number()), (0, queues.number())
    queues.wait(["b"], second)
    assert (queues.ahead("b", first), queues.ahead("b", urgent), queues.ahead("other", first)) == (0, 0, 0)
    queues.wait(["b"], urgent)
    assert queues.ahead("b", first) == 1
    queues.leave(["b"], urgent)
    queues.leave(["b"], second)
    assert queues.ahead("b", first) == 0


@pytest.mark.parametrize(
    ("text", "burst"), [("60/m", 6), ("10/s", 10), ("1/s", 1), ("1000/h", 1), ("6000/h", 10), ("1/h", 1)]
)
def test_the_usual_burst_is_a_tenth_of_a_minutes_calls_and_no_more_than_a_windows(
    text: str, burst: int
) -> None:
    rate = rate_of(text)
    assert rate is not None
    assert rate.size == burst


@pytest.mark.parametrize("text", ["0/m", "-1/s", "10", "10/d", "1.5/s", "", "none", "10/s "])
def test_what_is_no_rate_is_none(text: str) -> None:
    assert rate_of(text) is None


# -- calls of a run ---------------------------------------------------------------------------------------------------


def _order(ended: Any, name: str) -> list[Any]:
    return sorted(ended.steps[name].iterations, key=lambda one: one.index)


def _started(store: Path, ended: Any) -> list[str]:
    journal = open_journal(str(store))
    try:
        run_id = find_run(journal, ended.run_id).run_id
        return [event.instance or "" for event in journal.events(run_id) if event.kind == "StepStarted"]
    finally:
        journal.close()


@pytest.mark.parametrize("store", ["memory", "runs.db"])
def test_calls_beyond_the_burst_wait_and_all_are_made(store: str) -> None:
    counting = Counting()
    ended = run(
        spec(step("a", foreach=MANY, rate_limit="50/s", **{"with": {"n": "$<item>"}})),
        store=store,
        tools={"counting": counting},
    )
    assert ended.success
    assert sorted(counting.calls) == list(range(6))


def test_who_came_first_is_served_first_and_the_urgent_before(tmp_path: Path) -> None:
    steps = [
        step(
            "low",
            "echo",
            foreach={"in": [1, 2, 3], "concurrency": "all"},
            priority="low",
            **{"with": {"n": 1}},
        ),
        step(
            "high",
            "echo",
            foreach={"in": [1, 2, 3], "concurrency": "all"},
            priority="high",
            **{"with": {"n": 1}},
        ),
    ]
    group = {"id": "g", "mode": "parallel", "rate_limit": "10/s", "steps": steps}
    for name in ("memory-like", "shared"):
        first = step(f"first_{name[:6].replace('-', '_')}", "echo")
        ended = run(spec(first, group, name=name), store=tmp_path / "runs.db")
        started = [one for one in _started(tmp_path / "runs.db", ended) if "[" in one]
        assert [one for one in started if "low" in one] == [f"g/low[{n}]" for n in range(3)]
        assert [one for one in started if "high" in one] == [f"g/high[{n}]" for n in range(3)]


def test_a_step_of_a_group_needs_a_token_of_every_limit_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    tokens = Tokens()

    class Watched:
        @staticmethod
        def take(wants: list[Want]) -> list[float]:
            asked.append(len(wants))
            return tokens.take(wants)

    monkeypatch.setattr(limiting, "TOKENS", Watched())
    inner = step("a", "here", operation="read", rate_limit="100/s")
    group = {"id": "g", "rate_limit": "100/s", "steps": [inner]}
    written = spec(group, connections={"here": {"tool": "shop", "rate_limit": "100/s"}})
    assert run(written, store="memory", tools={"shop": Connected}).success
    assert asked == [3]


def test_every_attempt_takes_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[float]] = []
    tokens = Tokens()

    class Watched:
        @staticmethod
        def take(wants: list[Want]) -> list[float]:
            asked.append(tokens.take(wants))
            return asked[-1]

    monkeypatch.setattr(limiting, "TOKENS", Watched())
    counting = Counting()
    counting.fail_first = 2
    retried = step("a", rate_limit="100/s", retry={"attempts": 3, "delay": "1ms"})
    ended = run(spec(retried), store="memory", tools={"counting": counting})
    assert ended.steps["a"].attempts == 3
    assert asked.count([0.0]) == 3


@pytest.mark.slow
def test_a_call_that_waits_holds_no_slot_and_has_not_begun() -> None:
    """With one slot for both, the limited step would keep the other from it for an hour."""
    counting = Counting()
    limited = step("limited", rate_limit="1/h", foreach={"in": [1, 2], "concurrency": 2}, timeout="50ms")
    other = step("other", foreach={"in": [3, 4, 5]}, **{"with": {"n": "$<item>"}})
    both = {"id": "g", "mode": "parallel", "concurrency": 1, "timeout": "1s", "steps": [limited, other]}
    ended = run(spec(both), store="memory", tools={"counting": counting})
    assert ended.steps["other"].status == "succeeded"
    first, second = _order(ended, "limited")
    assert (first.status, first.attempts) == ("succeeded", 1)
    assert (second.status, second.attempts) == ("skipped", 0)


@pytest.mark.parametrize("store", ["memory", "runs.db"])
def test_a_run_that_is_cancelled_while_a_call_waits_ends(store: str) -> None:
    counting = Counting()
    many = step("a", rate_limit="1/h", foreach={"in": [1, 2, 3], "concurrency": "all"})

    async def both() -> Any:
        task = asyncio.create_task(arun(spec(many), store=store, tools={"counting": counting}))
        while not counting.calls and not task.done():
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(both())
    assert len(counting.calls) == 1


def test_the_runs_of_a_process_share_the_limit_of_a_step() -> None:
    counting = Counting()
    one = spec({"id": "g", "timeout": "300ms", "steps": [step("a", rate_limit="1/h")]})
    results: list[Any] = []

    def go() -> None:
        results.append(run(one, store="memory", tools={"counting": counting}))

    threads = [threading.Thread(target=go) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counting.calls) == 1
    assert sorted(one.success for one in results) == [False, False, True]


def test_connections_with_other_settings_have_limits_of_their_own() -> None:
    connections = {
        "one": {"tool": "shop", "place": "a", "rate_limit": "1/h"},
        "two": {"tool": "shop", "place": "b", "rate_limit": "1/h"},
    }
    steps = [step("a", "one", operation="read"), step("b", "two", operation="read")]
    assert run(spec(*steps, connections=connections), store="memory", tools={"shop": Connected}).success


def test_that_calls_wait_for_a_limit_nobody_has_written_is_told(caplog: pytest.LogCaptureFixture) -> None:
    many = step("a", "here", operation="read", foreach={"in": list(range(7)), "concurrency": "all"})
    group = {"id": "g", "timeout": "200ms", "steps": [many]}
    run(spec(group, connections={"here": {"tool": "shop"}}), store="memory", tools={"shop": Connected})
    told = [one.getMessage() for one in caplog.records if "calls wait" in one.getMessage()]
    assert told == [
        'calls wait: connection "here" makes at most 60 calls a minute where nothing else is said '
        "(write rate_limit: none, or a rate)"
    ]


# -- processes --------------------------------------------------------------------------------------------------------

_RACE = """
import json, sys, time
from engine.journal import open_sharing
from engine.journal.boot import boot_seconds
from engine.spec.rates import Want
sharing, taken = open_sharing(sys.argv[1]), []
print("ready", flush=True)
sys.stdin.readline()
until = time.monotonic() + 0.4
while time.monotonic() < until:
    before = boot_seconds()
    if not any(sharing.take([Want("b", 50.0, 3)])):
        taken.append((before, boot_seconds()))
print(json.dumps(taken))
"""


@pytest.mark.slow
def test_two_processes_that_race_stay_inside_one_limit(tmp_path: Path) -> None:
    """Each token was taken between two moments: over all of them there cannot have been more than the bucket gave."""
    store = str(tmp_path / "runs.db")
    open_journal(store).close()
    racers = [
        subprocess.Popen([sys.executable, "-c", _RACE, store], stdin=-1, stdout=-1, text=True)
        for _ in range(2)
    ]
    for one in racers:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    answers = []
    for one in racers:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    for one in racers:
        out, _ = one.communicate(timeout=30)
        answers.append(json.loads(out))
    assert all(answers), "both got some"
    taken = [pair for each in answers for pair in each]
    first, last = min(before for before, _ in taken), max(after for _, after in taken)
    assert len(taken) <= 50.0 * (last - first) + 3 + 1e-6


def test_a_limit_holds_on_in_the_next_process(tmp_path: Path) -> None:
    store = str(tmp_path / "runs.db")
    open_journal(store).close()
    want = Want("b", 0.001, 1)
    for granted in (True, False):
        sharing = open_sharing(store)
        assert (not any(sharing.take([want]))) is granted
        sharing.close()


def test_a_bucket_of_an_earlier_start_of_the_machine_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = str(tmp_path / "runs.db")
    open_journal(store).close()
    monkeypatch.setattr("engine.journal.sql.buckets.boot_id", lambda: "before")
    monkeypatch.setattr("engine.journal.sql.buckets.boot_seconds", lambda: boot_seconds() + 10_000)
    sharing = open_sharing(store)
    assert sharing.take([Want("b", 0.001, 1)]) == [0.0]
    sharing.close()
    monkeypatch.undo()
    sharing = open_sharing(store)
    assert sharing.take([Want("b", 0.001, 1)]) == [0.0]
    assert sharing.take([Want("b", 0.001, 1)]) != [0.0]
    sharing.close()


def test_buckets_that_are_full_again_are_forgotten_by_a_clean_up(tmp_path: Path) -> None:
    store = str(tmp_path / "runs.db")
    open_journal(store).close()
    sharing = open_sharing(store)
    sharing.take([Want("soon", 1e9, 1)])
    sharing.take([Want("late", 1e-9, 1)])
    sharing.clean()
    assert sharing.take([Want("late", 1e-9, 1)]) != [0.0]
    kept = sharing._writer.query(lambda cursor: cursor.execute("select bucket from weft_buckets").fetchall())
    assert kept == [("late",)]
    sharing.close()
