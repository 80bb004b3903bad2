"""A line to PostgreSQL that stays up and carries nothing: without a limit of its own the engine would wait for ever."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "journal"))

from cut_wire import Wire
from owned_runs import Place

from engine.errors import StoreError
from engine.journal import NewEvent, NewRun, OutcomeUnknown, StaleOwner, StoredSpec, open_journal
from engine.journal.sql import answers, connect
from engine.journal.sql.adapter import SqlJournal

SPEC = StoredSpec("h", "n", "t")
STEP = NewEvent(1.0, "StepStarted", "a", 1, {"x": "y" * 50})


class Clock:
    now = 5.0

    def __call__(self) -> float:
        return self.now


def waits(*ready: int) -> Iterator[Any]:
    """As psycopg's: wait until something is ready, and give back what."""
    while not (found := (yield "wanted")):
        continue
    return found


@pytest.mark.parametrize(
    ("passing", "hurried", "given_up"), [(59, False, None), (61, False, 60), (4, True, None), (6, True, 5)]
)
def test_an_answer_is_waited_for_a_minute_and_in_a_hurry_a_few_seconds(
    passing: float, hurried: bool, given_up: float | None
) -> None:
    clock = Clock()
    patience = answers.Answers(clock=clock)
    limited = patience.limited(waits(), TimeoutError)  # type: ignore[arg-type]
    assert next(limited) == "wanted"
    assert limited.send(0) == "wanted"
    if hurried:
        patience.hurry()
    clock.now += passing
    if given_up is not None:
        with pytest.raises(TimeoutError) as caught:
            limited.send(0)
        assert caught.value.args == (given_up,)
        return
    assert limited.send(0) == "wanted"
    with pytest.raises(StopIteration) as end:
        limited.send(3)
    assert end.value.value == 3


def test_what_may_take_long_is_waited_for_as_long_as_it_takes() -> None:
    clock = Clock()
    patience = answers.Answers(clock=clock)
    with patience.unlimited():
        limited = patience.limited(waits(), TimeoutError)  # type: ignore[arg-type]
        next(limited)
        clock.now += 3600
        assert limited.send(0) == "wanted"
        patience.hurry()
        with pytest.raises(TimeoutError):
            limited.send(0)


# --- a real server


@pytest.fixture
def wire(postgres_url: str) -> Iterator[Wire]:
    wire = Wire(postgres_url)
    yield wire
    wire.close()


@pytest.fixture
def undoing_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server waits for more of a transaction for 0.3 s; 20 s are longer than these tests wait for an answer."""
    told = tuple(text.replace("'20s'", "'300ms'") for text in connect._TOLD_POSTGRESQL)
    monkeypatch.setattr(connect, "_TOLD_POSTGRESQL", told)


def opened_at(url: str, **options: float) -> SqlJournal:
    journal = open_journal(url, **options)  # type: ignore[arg-type]
    assert isinstance(journal, SqlJournal)
    journal._answers.seconds = 0.6
    return journal


def create(journal: SqlJournal) -> None:
    journal.create_run(NewRun("r1", "w", {}, 1.0, owner={"pid": 1}), SPEC, [NewEvent(1.0, "RunCreated")])


@pytest.mark.services
def test_a_commit_whose_answer_is_swallowed_is_done_exactly_once(wire: Wire) -> None:
    """It was done: the next connection tells, by the hash under the run's number."""
    journal = opened_at(wire.url)
    wire.armed = "swallows after"
    create(journal)
    acts: list[Callable[[], Any]] = [
        lambda: journal.append("r1", 1, [STEP, STEP]),
        lambda: journal.claim("r1", {"pid": 2}, 1),
        lambda: journal.release("r1", 2),
    ]
    for act in acts:
        wire.armed = "swallows after"
        act()
    assert wire.cuts == 4
    row = journal.run("r1")
    assert row is not None
    assert (row.last_seq, row.epoch, row.owner) == (3, 2, None)
    assert journal.verify("r1") == []
    journal.close()


@pytest.mark.services
def test_a_commit_that_is_swallowed_itself_is_done_again(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server has the transaction open until it has waited long enough for more of it."""
    journal = opened_at(wire.url)
    create(journal)
    wire.armed = "swallows before"
    assert journal.append("r1", 1, [STEP]) == 2
    assert (wire.cuts, journal.verify("r1")) == (1, [])
    journal.close()


@pytest.mark.services
@pytest.mark.slow
@pytest.mark.usefixtures("undoing_early")
@pytest.mark.parametrize("mode", ["before", "after"])
def test_when_every_line_stays_mute_the_outcome_is_unknown_until_the_run_is_claimed(
    wire: Wire, mode: str
) -> None:
    url = f"{wire.url}&connect_timeout=2"
    journal = opened_at(url, reconnect_seconds=0.2)
    create(journal)
    wire.armed = f"swallows {mode} and stays away"
    with pytest.raises(OutcomeUnknown, match="cannot be reached"):
        journal.append("r1", 1, [STEP])
    wire.is_down = wire.is_mute = False
    with pytest.raises(StaleOwner, match="is unknown"):
        journal.append("r1", 1, [STEP])
    last = 2 if mode == "after" else 1
    assert journal.claim("r1", {"pid": 1}, 1).last_seq == last
    assert journal.append("r1", 2, [STEP]) == last + 1
    assert journal.verify("r1") == []
    journal.close()


@pytest.mark.services
@pytest.mark.slow
def test_a_run_whose_line_falls_mute_goes_on_over_another(place: Place, wire: Wire) -> None:
    place.store = wire.url
    naps = [{"id": f"n{n}", "tool": "sleep", "with": {"seconds": 0.05}} for n in range(30)]
    before = "from engine.journal.sql.answers import Answers; Answers.__init__.__defaults__ = (0.6, print)"
    before = before.replace("print", "__import__('time').monotonic")
    process = place.begin("run", str(place.spec(naps)), "--run-id", "it", before=before)
    place.wait_for(lambda: "StepSucceeded" in _kinds(place))
    for _ in range(3):
        wire.armed = "swallows after"
        place.wait_for(lambda: wire.armed is None or process.poll() is not None)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    kinds = place.kinds()
    assert (kinds.count("StepSucceeded"), kinds.count("RunFinished")) == (30, 1)


@pytest.mark.services
@pytest.mark.slow
def test_a_signal_ends_the_wait_for_an_answer(place: Place, wire: Wire) -> None:
    """An answer is waited for a minute; whoever wants the process to end does not wait for that."""
    place.store = wire.url
    naps = [{"id": f"n{n}", "tool": "sleep", "with": {"seconds": 0.05}} for n in range(200)]
    process = place.begin("run", str(place.spec(naps)), "--run-id", "it")
    place.wait_for(lambda: "StepSucceeded" in _kinds(place))
    wire.armed = "swallows after"
    place.wait_for(lambda: wire.armed is None)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=40)
    assert process.returncode == 130, err
    assert "weft resume it" in err.splitlines()[-1]
    assert place.weft("resume", "it").code == 0
    assert place.kinds().count("RunFinished") == 1


def _kinds(place: Place) -> list[str]:
    """Nothing while there is no store yet."""
    try:
        with place.journal() as journal:
            return [event.kind for event in journal.events("it")]
    except StoreError:
        return []
