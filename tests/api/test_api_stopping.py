"""Several runs at once on one loop, runs that are stopped, and going on with what was left or killed."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from api_specs import spec, step

from engine import StoreError, Tool, UsageError, aresume, arun, operation, resume, run, runs, show
from engine.execute.secrets import scrub_all
from engine.journal.sql.adapter import SqlJournal


class Gate(Tool):
    """Says when it is reached; goes on when it is opened."""

    category = "integration"

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.open = asyncio.Event()
        self.thread: int | None = None
        self.calls: list[str] = []

    @operation
    async def wait(self, name: str = "") -> str:
        self.thread = threading.get_ident()
        self.calls.append(name)
        self.reached.set()
        await self.open.wait()
        return name


GATED = spec(
    step("before", v=1), step("gate", "gate", needs=["before"]), step("after", needs=["gate"]), mode="dag"
)


def test_a_run_is_driven_on_the_callers_loop() -> None:
    async def program() -> None:
        gate = Gate()
        going = asyncio.create_task(arun(GATED, tools={"gate": gate}, store="memory"))
        await gate.reached.wait()
        gate.open.set()  # an event of this loop, set by its own thread: it works only if the tool waits here
        assert (await going).success
        assert gate.thread == threading.get_ident()

    asyncio.run(program())


@pytest.mark.parametrize("blocking", [False, True])
def test_the_secrets_of_a_run_are_forgotten_when_it_ends(
    blocking: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And those of another run that goes on are known still."""
    monkeypatch.setenv("WEFT_SECRET_LONG", "abcd-4711")
    monkeypatch.setenv("WEFT_SECRET_SHORT", "wxyz-0815")
    short = spec(step("s", v="$<secrets.SHORT>"))

    async def program() -> None:
        gate = Gate()
        long = spec(step("gate", "gate", "wait", name="$<secrets.LONG>"))
        going = asyncio.create_task(arun(long, tools={"gate": gate}, store="memory"))
        await gate.reached.wait()
        if blocking:
            assert (await asyncio.to_thread(run, short, store="memory")).success
        else:
            assert (await arun(short, store="memory")).success
        assert scrub_all("abcd-4711 wxyz-0815") == "*** wxyz-0815"
        gate.open.set()
        assert (await going).success

    gc.disable()
    try:
        asyncio.run(program())
        assert scrub_all("abcd-4711") == "abcd-4711"
    finally:
        gc.enable()


@pytest.mark.parametrize("store", ["memory", "runs.db"])
def test_several_runs_go_on_at_once(store: str) -> None:
    """Each waits for all of them to be under way: one after another they would wait for ever."""

    async def program() -> None:
        meeting = asyncio.Barrier(5)

        async def meet(n: int) -> int:
            await meeting.wait()
            return n

        flow = spec(
            step("a", "meet", n="$<inputs.n>"),
            inputs={"n": {"type": "integer"}},
            outputs={"n": "$<step_a_result>"},
        )
        going = (arun(flow, {"n": n}, tools={"meet": meet}, store=store) for n in range(5))
        results = await asyncio.gather(*going)
        assert [result.outputs["n"] for result in results] == list(range(5))

    before = gc.get_threshold()
    asyncio.run(program())
    assert gc.get_threshold() == before, "what a run sets for the process is put back when the last one ends"


def test_several_threads_may_run_at_once() -> None:
    meeting = threading.Barrier(3)
    found: list[Any] = []

    def meet() -> int:
        return meeting.wait(10)

    def program() -> None:
        found.append(run(spec(step("a", "meet")), tools={"meet": meet}, store="memory").success)

    threads = [threading.Thread(target=program) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 3


async def _cancelled(gate: Gate, **options: Any) -> None:
    going = asyncio.create_task(arun(GATED, tools={"gate": gate}, **options))
    await gate.reached.wait()
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going


def test_a_cancelled_run_in_a_store_is_left_to_be_resumed() -> None:
    async def program() -> None:
        gate = Gate()
        await _cancelled(gate, run_id="left")
        left = show("left", tools={"gate": gate})
        assert (left.status, left.steps["before"].status, left.success) == ("running", "succeeded", False)
        assert left.resume == "weft resume left"
        gate.open.set()
        done = await aresume("left", tools={"gate": gate})
        assert (done.success, done.steps["before"].reused, done.steps["after"].success) == (True, True, True)
        assert len(gate.calls) == 2

    asyncio.run(program())


def test_a_cancelled_run_in_memory_is_cancelled() -> None:
    """What it had begun is stopped, and what was to follow is not begun."""

    async def program() -> None:
        gate, after = Gate(), []
        flow = spec(step("gate", "gate"), step("after", "note"))
        going = asyncio.create_task(
            arun(flow, tools={"gate": gate, "note": lambda: after.append(1)}, store="memory")
        )
        await gate.reached.wait()
        going.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going
        gate.open.set()
        await asyncio.sleep(0)
        assert after == []
        assert len(asyncio.all_tasks()) == 1, "nothing of the run is left on the loop"

    asyncio.run(program())


def test_a_second_cancellation_cuts_a_run_in_memory_short() -> None:
    """The first lets its `finally` run, however long that takes."""

    async def program() -> None:
        gate, last = Gate(), Gate()
        flow = spec(step("gate", "gate"), **{"finally": [step("last", "last")]})
        going = asyncio.create_task(arun(flow, tools={"gate": gate, "last": last}, store="memory"))
        await gate.reached.wait()
        going.cancel()
        await last.reached.wait()
        going.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going
        await asyncio.sleep(0.01)
        assert len(asyncio.all_tasks()) == 1, "nothing of the run is left on the loop"

    asyncio.run(program())


def test_a_run_whose_store_breaks_is_given_up_and_leaves_nothing_on_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def program() -> None:
        gate = Gate()
        going = asyncio.create_task(
            arun(spec(step("gate", "gate"), step("b")), tools={"gate": gate}, run_id="x")
        )
        await gate.reached.wait()
        with monkeypatch.context() as broken:
            broken.setattr(SqlJournal, "append", _broken)
            gate.open.set()
            with pytest.raises(StoreError, match="the disk is full"):
                await going
        await asyncio.sleep(0.01)
        assert len(asyncio.all_tasks()) == 1
        assert (await aresume("x", tools={"gate": gate})).success, "it is not held by this process"

    def _broken(*_: object) -> None:
        raise StoreError("the disk is full")

    asyncio.run(program())


def test_one_run_is_cancelled_and_the_others_go_on() -> None:
    async def program() -> None:
        gates = [Gate() for _ in range(3)]
        going = [asyncio.create_task(arun(GATED, tools={"gate": gate}, store="runs.db")) for gate in gates]
        for gate in gates:
            await gate.reached.wait()
        going[1].cancel()
        await asyncio.wait([going[1]])
        for gate in gates:
            gate.open.set()
        assert (await going[0]).success
        assert (await going[2]).success
        assert going[1].cancelled()
        assert sorted(entry.status for entry in runs(store="runs.db")) == [
            "running",
            "succeeded",
            "succeeded",
        ]

    asyncio.run(program())


def test_a_timeout_around_a_run_stops_it_in_good_order() -> None:
    async def program() -> None:
        gate = Gate()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await arun(GATED, tools={"gate": gate}, run_id="late")
        gate.open.set()
        assert (await aresume("late", tools={"gate": gate})).success

    asyncio.run(program())


def test_a_run_with_tools_of_its_own_is_resumed_with_them_only() -> None:
    asyncio.run(_cancelled(Gate(), run_id="left"))
    with pytest.raises(UsageError, match='tools of its own: "gate"') as caught:
        resume("left")
    assert "tools={" in str(caught.value.hint)
    assert resume("left", tools={"gate": lambda: "opened"}).success


PROGRAM = """\
import os, sys
from engine import CallContext, run

def note(name: str, context: CallContext) -> str:
    with open("calls.txt", "a") as file:
        file.write(name + "\\n")
    if name == "second" and not os.path.exists("again"):
        STOP
    return name

if __name__ == "__main__":
    steps = [{"id": name, "tool": "note", "with": {"name": name}} for name in ("first", "second", "third")]
    run({"weft": 1, "name": "crash", "steps": steps}, tools={"note": note}, run_id="crash")
"""


def _program(folder: Path, stop: str) -> subprocess.CompletedProcess[str]:
    (folder / "program.py").write_text(PROGRAM.replace("STOP", stop))
    return subprocess.run(
        [sys.executable, "program.py"], cwd=folder, capture_output=True, text=True, check=False
    )


def _note(name: str) -> str:
    with open("calls.txt", "a") as file:
        file.write(name + "\n")
    return name


def test_a_program_that_was_killed_leaves_a_run_that_another_goes_on_with(folder: Path) -> None:
    done = _program(folder, "os.kill(os.getpid(), 9)")
    assert done.returncode == -signal.SIGKILL, done.stderr
    result = resume("crash", tools={"note": _note})
    assert result.success
    assert [step.reused for step in result.steps.values()] == [True, False, False]
    assert Path("calls.txt").read_text().split() == ["first", "second", "second", "third"]


def test_an_interrupt_stops_the_run_in_good_order_then_the_program(folder: Path) -> None:
    done = _program(folder, "os.kill(os.getpid(), 2); context.cancel.wait(20)")
    assert "KeyboardInterrupt" in done.stderr
    left = show("crash")
    assert (left.status, left.steps["first"].status) == ("running", "succeeded")
    assert resume("crash", tools={"note": _note}).success


def test_an_interrupt_stops_a_run_that_is_made_where_a_loop_is_running(folder: Path) -> None:
    """As in a notebook: the run is driven in a thread, the interrupt comes to the main one."""
    text = PROGRAM.replace("STOP", "os.kill(os.getpid(), 2); context.cancel.wait(20)")
    text = text.replace(
        "    run(",
        "    async def main():\n        signal.signal(2, signal.default_int_handler)\n        run(",
    )
    text = text.replace("import os, sys", "import asyncio, os, signal, sys") + "    asyncio.run(main())\n"
    (folder / "program.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert "KeyboardInterrupt" in done.stderr
    assert show("crash").status == "running"
    assert os.path.exists(".weft/weft.db")
    assert resume("crash", tools={"note": _note}).success


def test_secret_inputs_are_asked_for_again() -> None:
    flow = spec(
        step("gate", "gate"),
        step("a", v="$<inputs.n>"),
        inputs={"key": {"type": "string", "secret": True}, "n": {"type": "integer"}},
    )

    async def program() -> None:
        gate = Gate()
        going = asyncio.create_task(arun(flow, {"key": "k", "n": 1}, tools={"gate": gate}, run_id="s"))
        await gate.reached.wait()
        going.cancel()
        await asyncio.wait([going])
        gate.open.set()
        for inputs, told in (
            ({}, "asked for again"),
            ({"key": "x"}, "another value"),
            ({"n": 1}, "not asked for"),
        ):
            with pytest.raises(UsageError, match=told):
                await aresume("s", inputs, tools={"gate": gate})
        assert (await aresume("s", {"key": "k"}, tools={"gate": gate})).success

    asyncio.run(program())
