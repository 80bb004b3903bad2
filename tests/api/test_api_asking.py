"""Signals from a program, and calls that cannot be meant."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from api_specs import spec, step

import engine
from engine import InputError, UsageError, arun, asignal, resume, run, runs, show, signal
from engine.app.running import RunOptions, run_checked

GATED = spec(step("gate", "wait", signal="approve"), step("after", said="$<step_gate_result>"))
TWICE = spec(step("first", "wait", signal="approve"), step("second", "wait", signal="ship"))


def left_waiting(gated: dict[str, Any]) -> None:
    """A run that waits, and that no process owns."""
    loaded = engine.load(gated)
    run_checked(loaded.checked, loaded.place, {}, RunOptions(run_id="r", leave_waiting=True))


def test_a_signal_reaches_a_run_that_is_driven_on_the_same_loop() -> None:
    async def program() -> Any:
        going = asyncio.create_task(arun(GATED, run_id="r"))
        await asyncio.sleep(0)
        told = await asignal("r", "approve", {"by": "ada"})
        assert told.status in ("running", "waiting")
        return (await going).steps["after"].data

    assert asyncio.run(program()) == {"said": {"by": "ada"}}


def test_a_run_that_nobody_owns_goes_on_where_its_signal_is_sent() -> None:
    left_waiting(GATED)
    result = signal("r", "approve", [1, 2])
    assert (result.success, result.steps["after"].data) == (True, {"said": [1, 2]})


def test_a_run_that_waits_again_is_left_waiting() -> None:
    left_waiting(TWICE)
    result = signal("r", "approve")
    assert (result.status, result.steps["first"].status) == ("waiting", "succeeded")
    assert signal("r", "ship").success


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("aprove", None, 'no step of run "r" waits for "aprove"'),
        ("approve", {1: {object()}}, "data"),
    ],
)
def test_a_signal_that_cannot_be_meant_is_refused_and_none_is_recorded(
    name: str, data: Any, said: str
) -> None:
    left_waiting(GATED)
    with pytest.raises(UsageError, match=said):
        signal("r", name, data)
    assert show("r").status == "waiting"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"inputs": [1]}, "inputs cannot be a value of type list"),
        ({"inputs": "who=x"}, "inputs cannot be a value of type str"),
        ({"store": 3}, "store cannot be a value of type int"),
        ({"store": b"x.db"}, "store cannot be a value of type bytes"),
        ({"executor": 3}, "executor cannot be a value of type int"),
        ({"profile": 3}, "profile cannot be a value of type int"),
        ({"run_id": 3}, "run_id cannot be a value of type int"),
        ({"principal": "ada"}, "principal cannot be a value of type str"),
        ({"max_parallel": True}, "max_parallel cannot be a value of type bool"),
        ({"tools": [1]}, "tools cannot be a value of type list"),
    ],
)
def test_an_argument_of_a_wrong_type_is_named(given: dict[str, Any], said: str, folder: Path) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        run("two.weft.yaml", **given)
    assert caught.value.hint
    assert isinstance(caught.value, InputError) == ("inputs" in given)
    assert not (folder / ".weft").exists()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: runs(since=3), "since cannot be a value of type int"),  # type: ignore[arg-type]
        (lambda: runs(limit="x"), "limit cannot be a value of type str"),  # type: ignore[arg-type]
        (lambda: runs(store=3), "store cannot be"),  # type: ignore[arg-type]
        (lambda: show("r", store=3), "store cannot be"),  # type: ignore[arg-type]
        (lambda: show(3), "run_id cannot be"),  # type: ignore[arg-type]
        (lambda: resume(3), "run_id cannot be"),  # type: ignore[arg-type]
        (lambda: resume("r", [1]), "inputs cannot be"),  # type: ignore[arg-type]
        (lambda: engine.retry("r", steps="ab"), "steps cannot be"),
        (lambda: signal("r", 3), "name cannot be"),  # type: ignore[arg-type]
        (lambda: engine.load("two.weft.yaml", profile=3), "profile cannot be"),  # type: ignore[arg-type]
    ],
)
def test_the_other_calls_name_a_wrong_argument_too(call: Any, said: str) -> None:
    run("two.weft.yaml", run_id="r")
    with pytest.raises(UsageError, match=said):
        call()
