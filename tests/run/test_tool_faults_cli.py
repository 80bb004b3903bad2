"""A failing tool never brings the engine down: its step fails, everything else goes on."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from run_weft import echo, python, run, shell

import engine.execute.calls as calls_module
import engine.execute.loop as loop_module
from engine.errors import ToolError
from engine.executors.answers import error_of, plain
from engine.tools.port import Result

SUCCEEDED, FAILED, TIMED_OUT = "succeeded", "failed", "timed_out"

FAULTS = """
import asyncio, os, sys, threading, time
from engine.tools.port import Cancelled, Result

class Base(BaseException): pass
class Mute(Exception):
    def __str__(self): raise RuntimeError("no text")
class Odd:
    pass

def exits(): sys.exit(3)
def base(): raise Base("base")
def keyboard(): raise KeyboardInterrupt
def generator(): raise GeneratorExit
def mute(): raise Mute
def surrogate(): raise ValueError("\\udc80")
def cancelled(): raise Cancelled
def async_cancelled(): raise asyncio.CancelledError
def stop(): raise StopIteration
def memory(): raise MemoryError
def deep():
    def again(): return again()
    return again()
def odd(): return Odd()
def generator_returned(): return (n for n in range(3))
def nested():
    value = []
    for _ in range(100_000): value = [value]
    return value
def itself():
    value = []
    value.append(value)
    return value
def odd_metadata(): return Result(data=1, metadata={"o": Odd()})
def odd_metrics(): return Result(data=1, performance_metrics={"o": Odd()})
def odd_errors(): return Result(errors=[Odd()])
async def async_exits(): sys.exit(4)
async def async_base(): raise Base("base")

def nan(): return [float("nan"), float("inf"), 1.5]
def surrogate_text(): return "\\udc80"
def huge(): return "x" * 5_000_000
def never(flag):
    while not os.path.exists(flag): time.sleep(0.01)
"""

BROKEN = [
    "exits",
    "base",
    "keyboard",
    "generator",
    "mute",
    "surrogate",
    "cancelled",
    "async_cancelled",
    "stop",
    "memory",
    "deep",
    "odd",
    "generator_returned",
    "nested",
    "itself",
    "odd_metadata",
    "odd_metrics",
    "odd_errors",
    "async_exits",
    "async_base",
]


@pytest.fixture
def faults(tmp_path: Path) -> Path:
    (tmp_path / "flow_faults.py").write_text(FAULTS)
    return tmp_path


@pytest.mark.parametrize("function", BROKEN)
def test_whatever_a_function_raises_or_returns_only_its_step_fails(faults: Path, function: str) -> None:
    told = run(
        faults, [python("bad", f"faults:{function}"), echo("good"), echo("after", needs=["good"])], mode="dag"
    )
    assert told.statuses == {"bad": FAILED, "good": SUCCEEDED, "after": SUCCEEDED}
    (error,) = told.report["steps"]["bad"]["errors"]
    assert error["message"]


@pytest.mark.slow
@pytest.mark.parametrize("function", BROKEN)
def test_it_fails_alike_under_a_durable_store(faults: Path, function: str) -> None:
    """What the journal keeps must be JSON, whatever the tool left behind."""
    told = run(
        faults,
        [python("bad", f"faults:{function}", on_error="continue"), echo("a")],
        "--store",
        str(faults / "r.db"),
    )
    assert told.statuses == {"bad": FAILED, "a": SUCCEEDED}


def test_what_is_no_json_becomes_json_with_a_warning(faults: Path) -> None:
    told = run(faults, [python("a", "faults:nan"), python("b", "faults:surrogate_text")])
    assert told.data("a") == [None, None, 1.5]
    assert told.report["steps"]["a"]["warnings"]
    assert told.data("b") == "\N{REPLACEMENT CHARACTER}"


def test_five_megabytes_of_data_pass_through(faults: Path) -> None:
    told = run(
        faults,
        [python("a", "faults:huge"), echo("b", "$<step_a_result | length>")],
        "--store",
        str(faults / "r.db"),
    )
    assert told.data("b") == {"v": 5_000_000}


def test_a_shell_that_floods_its_output_is_cut_not_fatal(faults: Path) -> None:
    told = run(faults, [shell("a", "head -c 3000000 /dev/zero | tr '\\0' x"), echo("b")])
    assert told.statuses == {"a": SUCCEEDED, "b": SUCCEEDED}
    assert told.report["steps"]["a"]["warnings"]


def test_a_thread_that_never_ends_is_left_behind_after_its_timeout(
    faults: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_module, "GRACE_SECONDS", 0.05)
    flag = faults / "flag"
    try:
        told = run(
            faults, [python("a", "faults:never", str(flag), timeout="50ms", on_error="continue"), echo("b")]
        )
    finally:
        flag.touch()
    assert told.statuses == {"a": TIMED_OUT, "b": SUCCEEDED}


def test_a_process_that_ran_out_of_time_leaves_no_children(faults: Path) -> None:
    command = '(sleep 300 & echo "$!" >> "$1"; trap "" TERM; wait) & echo "$!" >> "$1"; sleep 300'
    step = shell("a", command, str(faults / "pids"), timeout="300ms")
    step["with"]["grace_seconds"] = 0
    told = run(faults, [step])
    assert told.statuses == {"a": TIMED_OUT}
    pids = [int(pid) for pid in (faults / "pids").read_text().split()]
    assert len(pids) == 2
    assert not any(_lives(pid) for pid in pids)


def test_a_tool_cancelled_before_it_began_does_not_hold_the_run_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task that is cancelled before its first step never runs: nobody may wait for it to say that it ended."""
    waited: list[bool] = []
    idle = calls_module.Caller.idle

    async def watched(self: Any, grace_seconds: float) -> bool:
        waited.append(await idle(self, 0.5))
        return waited[-1]

    monkeypatch.setattr(calls_module.Caller, "idle", watched)
    slow = {"id": "slow", "tool": "sleep", "with": {"seconds": 60}}
    bad = {"id": "bad", "tool": "fail", "on_error": "stop"}
    assert run(tmp_path, [bad, slow], mode="parallel").report["status"] == "failed"
    assert waited == [True]


def test_ended_runs_leave_no_thread_behind(tmp_path: Path) -> None:
    run(tmp_path, [shell("a", "true")])
    before = _settled_threads()
    for _ in range(5):
        run(tmp_path, [shell(f"a{n}", "true") for n in range(4)], mode="parallel")
    assert _settled_threads() <= before


def test_an_error_keeps_its_type_when_its_data_cannot_be_kept() -> None:
    told = error_of(ToolError("no route", type="connection", code="HTTP 503", data=object()))
    assert (told["type"], told["code"], told["message"]) == ("connection", "HTTP 503", "no route")
    assert told["data"].startswith("not kept")


def test_a_bare_value_is_the_data_of_a_result() -> None:
    assert plain([1, (2, 3)]) == Result(data=[1, [2, 3]])


def _settled_threads() -> int:
    """Threads of the engine once those told to end have had a moment to do so."""
    for _ in range(100):
        left = [thread for thread in threading.enumerate() if thread.name.startswith("weft-call")]
        if not left:
            break
        time.sleep(0.01)
    return len(left)


def _lives(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return False
        time.sleep(0.01)
    return True
