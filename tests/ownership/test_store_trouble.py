"""A store that fails under way: the run is claimed again and goes on from what is recorded, or is left to be resumed."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
from owned_runs import Place

from engine import RunOwned, StoreError, resume, run
from engine.app import running, taking
from engine.errors import RunLeft
from engine.journal import open_journal
from engine.journal.faulty import BEFORE, LOST_DONE, LOST_UNDONE, FaultyJournal

FLOW = {
    "weft": 1,
    "name": "flow",
    "steps": [
        {"id": "a", "tool": "note", "with": {"name": "a"}},
        {"id": "b", "tool": "echo"},
        {"id": "each", "foreach": {"in": [1, 2, 3]}, "tool": "note", "with": {"name": "$<item>"}},
        {"id": "c", "tool": "note", "with": {"name": "c"}},
    ],
    "finally": [{"id": "last", "tool": "note", "with": {"name": "last"}}],
}
NAMES = ["a", "1", "2", "3", "c", "last"]


class Ledger:
    """Effects seen from outside the engine."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def note(self, name: Any) -> None:
        self.names.append(str(name))


@pytest.fixture
def faulty(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[FaultyJournal]]:
    """Every journal a run is driven with, by a seed and rates that the test sets on the class."""
    opened: list[FaultyJournal] = []
    settings: dict[str, Any] = {"seed": 0, "rates": {}}

    def opener(store: str, **options: Any) -> FaultyJournal:
        opened.append(FaultyJournal(open_journal(store, **options), settings["seed"], settings["rates"]))
        return opened[-1]

    opener.settings = settings  # type: ignore[attr-defined]
    monkeypatch.setattr(running, "open_journal", opener)
    yield opened


@pytest.mark.parametrize("fault", [LOST_DONE, LOST_UNDONE, BEFORE])
def test_one_write_without_an_answer_does_not_end_a_run(
    place: Place, faulty: list[FaultyJournal], fault: str
) -> None:
    """Whatever was kept of the write: the run is claimed again, and nothing recorded is done twice."""
    ledger = Ledger()

    def note(name: Any) -> None:
        ledger.note(name)
        if ledger.names == ["a"]:
            faulty[0].fail_next(fault)

    result = run(FLOW, run_id="it", tools={"note": note}, store=place.store)
    assert result.status == "succeeded"
    assert [name for name in ledger.names if name != "a"] == NAMES[1:]
    assert ledger.names.count("a") == result.steps["a"].attempts == (1 if fault == LOST_DONE else 2)
    assert place.kinds().count("RunResumed") == 1
    assert place.row().epoch == 2


@pytest.mark.parametrize(
    "seed", [1, 9, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(10, 30))]
)
def test_under_faults_of_every_kind_a_run_ends_or_is_left_and_then_ends(
    place: Place, faulty: list[FaultyJournal], seed: int
) -> None:
    """Effects are never more than the recorded attempts, and those no more than the faults explain."""
    settings = running.open_journal.settings  # type: ignore[attr-defined]
    settings |= {"seed": seed, "rates": dict.fromkeys((LOST_DONE, LOST_UNDONE, BEFORE), 0.08)}
    ledger = Ledger()
    tools = {"note": ledger.note}
    for _ in range(20):
        try:
            result = run(FLOW, run_id="it", tools=tools, store=place.store)
            break
        except (StoreError, RunOwned):
            settings["seed"] += 100
            with place.journal() as journal:  # as if the lease of the one before had ended
                row = journal.run("it")
                if row is not None and row.owner is not None:
                    journal.release("it", row.epoch)
    assert result.status == "succeeded"
    kinds = place.kinds()
    assert kinds.count("RunFinished") == 1
    assert kinds[-1] == "RunFinished"
    assert set(ledger.names) == set(NAMES)
    with place.journal() as journal:
        events = list(journal.events("it"))
    started = [event for event in events if event.kind == "StepStarted" and event.instance != "b"]
    assert len(ledger.names) <= len(started)
    assert kinds.count("StepSucceeded") == 7, "no step is done again after its success is recorded"


def test_a_store_that_stays_away_leaves_the_run_with_the_command_that_goes_on(
    place: Place, faulty: list[FaultyJournal]
) -> None:
    ledger = Ledger()

    def note(name: Any) -> None:
        ledger.note(name)
        if name == "a" and len(faulty) == 1:
            faulty[0].fail_next(*[BEFORE] * 20)

    with pytest.raises(RunLeft, match='run "it" is left: fault') as left:
        run(FLOW, run_id="it", tools={"note": note}, store=place.store)
    assert left.value.resume == f"weft resume it --store {place.store}"
    with place.journal() as journal:
        row = journal.run("it")
        assert row is not None
        journal.release("it", row.epoch)
    assert resume("it", tools={"note": note}, store=place.store).status == "succeeded"
    assert ledger.names == ["a", *NAMES]


def test_the_command_is_the_last_line_that_is_said(place: Place, faulty: list[FaultyJournal]) -> None:
    settings = running.open_journal.settings  # type: ignore[attr-defined]
    spec = place.spec([{"id": "a", "tool": "echo"}, place.note("b")])
    settings |= {"seed": 3, "rates": {BEFORE: 0.0}}
    opener = running.open_journal

    def failing(store: str, **options: Any) -> FaultyJournal:
        journal = opener(store, **options)
        create = journal.create_run

        def created(*arguments: Any) -> Any:
            row = create(*arguments)
            journal.fail_next(*[LOST_UNDONE] * 20)
            return row

        journal.create_run = created  # type: ignore[method-assign]
        return journal

    running.open_journal = failing
    try:
        answer = place.weft("run", str(spec), "--run-id", "it")
    finally:
        running.open_journal = opener
    assert answer.code == 5
    assert answer.err.splitlines()[-2:] == [
        "the run can be resumed with:",
        f"weft resume it --store {place.store}",
    ]
    assert place.lines() == []


def test_a_run_that_ended_though_the_answer_was_lost_has_ended(
    place: Place, faulty: list[FaultyJournal]
) -> None:
    def last() -> None:
        faulty[0].fail_next(LOST_DONE)

    spec = {"weft": 1, "name": "x", "steps": [{"id": "a", "tool": "last"}]}
    result = run(spec, run_id="it", tools={"last": last}, store=place.store)
    assert (result.status, result.resume) == ("succeeded", None)
    assert place.kinds()[-1] == "RunFinished"
    assert place.row().owner is None


def test_a_run_that_cannot_be_replayed_is_not_held_by_who_tried(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.leave([{"id": "a", "tool": "echo"}])

    def broken(*_: Any) -> None:
        raise StoreError("event 3 cannot be")

    monkeypatch.setattr(taking, "replay", broken)
    assert place.weft("resume", "it").code == 5
    assert place.row().owner is None


# -- PostgreSQL ------------------------------------------------------------------------------------------------

NAPS = [{"id": f"n{n}", "tool": "sleep", "with": {"seconds": 0.05}} for n in range(60)]


@pytest.mark.services
def test_a_signal_is_heard_while_the_server_is_gone(place: Place, postgres_server: Any) -> None:
    """The run is left as it is recorded, at once, and goes on when the server is back."""
    place.store = postgres_server.url
    process = place.begin("run", str(place.spec(NAPS)), "--run-id", "it")
    place.wait_for(lambda: _steps(place) > 3)
    postgres_server.stop("immediate")
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=8)  # the server is waited for 30 s
    assert process.returncode == 130, err
    assert err.rstrip().splitlines()[-1].startswith("weft resume it --store 'postgresql://")
    postgres_server.start()
    answer = place.weft("resume", "it")
    assert answer.code == 0, answer.err
    assert place.kinds().count("RunFinished") == 1


@pytest.mark.services
def test_a_run_goes_on_when_the_server_comes_back_in_time(place: Place, postgres_server: Any) -> None:
    place.store = postgres_server.url
    process = place.begin("run", str(place.spec(NAPS)), "--run-id", "it")
    for more in (3, 20):
        place.wait_for(lambda more=more: _steps(place) > more)
        postgres_server.stop("immediate")
        time.sleep(0.5)
        postgres_server.start()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    kinds = place.kinds()
    assert (kinds.count("StepSucceeded"), kinds.count("RunFinished")) == (60, 1)


def _steps(place: Place) -> int:
    try:
        with place.journal() as journal:
            return sum(event.kind == "StepSucceeded" for event in journal.events("it"))
    except StoreError:
        return 0
