"""`weft cancel`, `engine.cancel`: the wish reaches whoever owns the run, or is made true by who wishes."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest
from owned_runs import ELSEWHERE, GONE, Place, kill

from engine import CallContext, UsageError, acancel, arun, cancel
from engine.app.owner import this_process

A = {"id": "a", "tool": "echo"}
FINALLY = {"finally": [{"id": "tidy", "tool": "echo"}]}


def flow(*steps: dict[str, Any], **file: Any) -> dict[str, Any]:
    return {"weft": 1, "name": "flow", **file, "steps": list(steps)}


def test_a_run_nobody_owns_is_cancelled_by_who_wishes_so_and_its_finally_runs(place: Place) -> None:
    place.leave([A, {"id": "b", "tool": "echo"}], **FINALLY)
    answer = place.weft("cancel", "it", "--output", "json")
    assert answer.code == 0, answer.err
    report = answer.report
    assert (report["status"], report["resume"]) == ("cancelled", None)
    assert {name: step["status"] for name, step in report["steps"].items()} == {
        "a": "skipped",
        "b": "skipped",
        "tidy": "succeeded",
    }
    kinds = place.kinds()
    assert kinds.index("CancelRequested") < kinds.index("StepStarted")
    row = place.row()
    assert (row.status, row.owner) == ("cancelled", None)


@pytest.mark.parametrize("owner", [GONE, ELSEWHERE])
def test_a_run_whose_owner_is_gone_is_taken_over_to_be_cancelled(place: Place, owner: dict[str, Any]) -> None:
    place.leave([A], owner, lease=60.0 if owner is GONE else 0.0)
    assert place.weft("cancel", "it").code == 0
    assert place.row().status == "cancelled"


def test_an_ended_run_or_none_cannot_be_cancelled(place: Place) -> None:
    place.weft("run", str(place.spec([A])), "--run-id", "it")
    answer = place.weft("cancel", "it")
    assert (answer.code, "has ended: succeeded" in answer.err) == (2, True)
    assert place.weft("cancel", "other").code == 2


def test_the_wish_waits_for_an_owner_that_lives_and_nothing_else_is_touched(place: Place) -> None:
    place.leave([A], this_process())
    answer = place.weft("cancel", "it")
    assert answer.code == 0
    assert f"process {this_process()['pid']} on" in answer.err
    assert "will cancel the run" in answer.err
    assert place.kinds() == ["RunCreated"]


def test_a_wish_recorded_while_nobody_lived_is_made_true_by_a_resume(place: Place) -> None:
    """The one who wished was killed before it could do it itself."""
    place.leave([A])
    with place.journal() as journal:
        journal.post("it", "cancel", None, {"reason": "because"}, 1.0)
    answer = place.weft("resume", "it", "--output", "json")
    assert (answer.code, answer.report["status"]) == (4, "cancelled")
    with place.journal() as journal:
        payloads = [event.payload for event in journal.events("it") if event.kind == "CancelRequested"]
    assert payloads == [{"reason": "because", "posted": 1}]


def test_a_live_owner_hears_of_the_wish_while_a_call_is_under_way(place: Place) -> None:
    begun = threading.Event()

    def wait(context: CallContext) -> None:
        begun.set()
        context.cancel.wait(20)

    async def program() -> tuple[Any, Any]:
        spec = flow({"id": "a", "tool": "wait"}, A | {"id": "b"}, **FINALLY)
        going = asyncio.create_task(arun(spec, tools={"wait": wait}, run_id="it", store=place.store))
        await asyncio.to_thread(begun.wait, 10)
        told = await acancel("it", store=place.store, tools={"wait": wait})
        return told, await asyncio.wait_for(going, 15)

    told, ended = asyncio.run(program())
    assert told.status == "running"
    assert (ended.status, ended.steps["tidy"].status) == ("cancelled", "succeeded")
    assert (ended.steps["a"].status, ended.steps["b"].status) == ("cancelled", "skipped")


def test_who_waits_gets_the_end(place: Place) -> None:
    async def program() -> Any:
        nap = {"id": "nap", "tool": "sleep", "with": {"seconds": 3600}}
        going = asyncio.create_task(arun(flow(nap), run_id="it", store=place.store))
        await asyncio.sleep(0)
        answer = await asyncio.wait_for(acancel("it", wait=True, store=place.store), 15)
        return answer, await going

    answer, ended = asyncio.run(program())
    assert (answer.status, ended.status) == ("cancelled", "cancelled")


@pytest.mark.slow
def test_who_waits_takes_over_when_the_owner_dies_meanwhile(place: Place) -> None:
    place.leave([A], ELSEWHERE, lease=0.6)
    result = cancel("it", wait=True, store=place.store)
    assert result.status == "cancelled"
    with pytest.raises(UsageError, match="has ended"):
        cancel("it", store=place.store)


def test_a_cancel_of_a_run_of_tools_that_are_not_here_is_kept_for_who_has_them(place: Place) -> None:
    """The wish stands; that it could not be made true here is told."""
    (place.folder / "weft.toml").write_text("")
    place.leave([A], run_id="in-project")
    (place.folder / "weft.toml").unlink()
    answer = place.weft("cancel", "in-project")
    assert (answer.code, "is gone" in answer.err) == (2, True)
    with place.journal() as journal:
        row = journal.run("in-project")
        assert row is not None
        assert [one.kind for one in journal.attend("in-project", row.epoch, renew=False)] == ["cancel"]


@pytest.mark.slow
def test_a_run_in_another_process_is_cancelled_within_a_second_or_so(place: Place) -> None:
    spec = str(place.spec([place.gated("a"), place.note("b")], **{"finally": [place.note("tidy")]}))
    process = place.begin("run", spec, "--run-id", "it", "--output", "json")
    place.wait_for(place.lines)
    answer = place.weft("cancel", "it", "--wait", "--output", "json")
    assert (answer.code, answer.report["status"]) == (0, "cancelled")
    out, err = process.communicate(timeout=20)
    assert process.returncode == 4, err
    assert json.loads(out)["status"] == "cancelled"
    assert place.lines() == ["a", "tidy"]


@pytest.mark.slow
def test_killed_right_after_the_wish_the_run_still_ends_cancelled(place: Place) -> None:
    process = place.begin("run", str(place.spec([place.gated("a"), place.note("b")])), "--run-id", "it")
    place.wait_for(place.lines)
    with place.journal() as journal:
        journal.post("it", "cancel", None, {}, 1.0)
    kill(process)
    answer = place.weft("cancel", "it", "--output", "json")
    if answer.code == 2:  # the owner was quicker than the kill
        assert "has ended: cancelled" in answer.err
    else:
        assert (answer.code, answer.report["status"]) == (0, "cancelled")
    assert place.lines() == ["a"]
