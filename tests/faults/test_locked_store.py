"""A SQLite file that another process locks while a run is under way: the run waits for it, and hears everything meanwhile."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from owned_runs import Place

from engine import run
from engine.app import running
from engine.app.running import RunOptions, begin
from engine.app.spec_named import find_spec
from engine.errors import RunLeft
from engine.journal import open_journal

ECHOES = [{"id": f"e{number}", "tool": "echo"} for number in range(3)]


@pytest.fixture
def other(place: Place) -> Iterator[sqlite3.Connection]:
    """Another process, as far as SQLite is concerned; the store is there."""
    with place.journal():
        connection = sqlite3.connect(place.store, isolation_level=None, check_same_thread=False)
    yield connection
    connection.close()


def driven(place: Place, steps: list[dict[str, Any]], **file: Any) -> Any:
    checked, path = find_spec(place.spec(steps, **file), store=place.store, profile=None)
    return begin(checked, path, {}, RunOptions(place.store, "it"))


def test_the_event_loop_is_free_while_a_commit_waits_for_a_lock(
    place: Place, other: sqlite3.Connection
) -> None:
    """What lets go of the lock is on the same loop: were it held, the lock would be too."""

    async def both() -> Any:
        driving = driven(place, ECHOES)
        other.execute("BEGIN IMMEDIATE")
        asyncio.get_running_loop().call_later(0.3, other.execute, "ROLLBACK")
        return await driving

    assert asyncio.run(both()).status == "succeeded"
    kinds = place.kinds()
    assert (kinds.count("StepSucceeded"), kinds.count("RunResumed")) == (3, 0)


def test_a_timeout_ends_a_step_while_a_commit_waits_for_a_lock(
    place: Place, other: sqlite3.Connection
) -> None:
    """What lets go of the lock is the step that is stopped: were its timeout held up, the lock would stay."""

    def locking() -> None:
        other.execute("BEGIN IMMEDIATE")

    async def stopped() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            other.execute("ROLLBACK")

    steps = [{"id": "locking", "tool": "locking"}, {"id": "stopped", "tool": "stopped", "timeout": "500ms"}]
    spec = {"weft": 1, "name": "x", "steps": [{"id": "both", "mode": "parallel", "steps": steps}]}
    tools = {"locking": locking, "stopped": stopped}
    result = run(spec, run_id="it", tools=tools, store=place.store)
    assert result.steps["stopped"].status == "timed_out"
    assert "RunResumed" not in place.kinds()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores that wait for a lock no longer than a twentieth of a second."""

    def opener(store: str, **options: Any) -> Any:
        return open_journal(store, **{"busy_seconds": 0.05, **options})

    monkeypatch.setattr(running, "open_journal", opener)


@pytest.mark.usefixtures("impatient")
def test_a_lock_that_stays_leaves_the_run_which_goes_on_when_it_is_gone(
    place: Place, other: sqlite3.Connection
) -> None:
    driving = driven(place, ECHOES)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(RunLeft, match=r"is left: the store .* is locked by another process") as left:
        asyncio.run(driving)
    assert left.value.resume == f"weft resume it --store {place.store}"
    assert place.kinds() == ["RunCreated"], "nothing is half written"
    for command in (["resume", "it"], ["run", str(place.spec(ECHOES))]):
        told = place.weft(*command, "--output", "json")
        assert (told.code, told.report["error"]["type"]) == (5, "unavailable")
    other.execute("ROLLBACK")
    with place.journal() as journal:  # this process lives on, and could not write that it lets go
        journal.release("it", place.row().epoch)
    assert place.weft("resume", "it").code == 0
    assert place.kinds().count("RunFinished") == 1


@pytest.mark.slow
def test_a_signal_is_heard_while_a_lock_is_held(place: Place, other: sqlite3.Connection) -> None:
    """The lock outlives the process: what cannot be recorded any more is left to whoever resumes."""
    gated = [place.gated("a"), *ECHOES]
    process = place.begin("run", str(place.spec(gated)), "--run-id", "it")
    place.wait_for(place.lines)
    other.execute("BEGIN IMMEDIATE")
    place.gate.touch()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=9)  # the lock is waited for 10 s
    other.execute("ROLLBACK")
    assert process.returncode == 130, err
    assert err.rstrip().splitlines()[-1] == f"weft resume it --store {place.store}"
    assert place.weft("resume", "it").code == 0
    assert place.kinds().count("RunFinished") == 1
