"""`limits` of a function: its worker has them while the call lasts, and is as before when it has ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from executors_given import call, data, ended

MORE = """

def takes(count):
    return len(bytearray(count))

def opens(count):
    return len([open("/dev/null") for _ in range(count)])

def limits():
    import resource
    return [resource.getrlimit(n)[0] for n in (resource.RLIMIT_AS, resource.RLIMIT_NOFILE, resource.RLIMIT_CPU)]

def matches():
    import re
    re.match("(a+)+$", "a" * 60 + "b")
"""


@pytest.fixture
def limited(folder: Path) -> Any:
    """A call with limits."""
    with (folder / "deeds.py").open("a") as file:
        file.write(MORE)

    def made(deed: str, *args: Any, **limits: Any) -> Any:
        given = call(folder, deed, *args)
        given.parameters = {**given.parameters, **({"limits": limits} if limits else {})}
        return given

    return made


def _error(processes: Any, given: Any) -> tuple[str, str, str]:
    told = ended(processes.submit(given)).result()
    return told["type"], told["code"], told["message"]


def test_a_function_that_takes_more_memory_fails_and_its_worker_goes_on(processes: Any, limited: Any) -> None:
    worker = data(processes.submit(limited("where")))
    told = _error(processes, limited("takes", 600_000_000, memory="256mb"))
    said = "deeds:takes raised MemoryError: it reached its limit of 256 MiB of memory"
    assert told == ("failed", "limit memory", said)
    assert data(processes.submit(limited("takes", 600_000_000))) == 600_000_000
    assert data(processes.submit(limited("where"))) == worker


def test_a_function_that_opens_more_files_fails(processes: Any, limited: Any) -> None:
    told = _error(processes, limited("opens", 99, open_files=40))
    assert told[:2] == ("failed", "limit open_files")
    assert data(processes.submit(limited("opens", 99))) == 99


def test_limits_hold_for_the_call_alone(processes: Any, limited: Any) -> None:
    before = data(processes.submit(limited("limits")))
    within = data(processes.submit(limited("limits", memory="256mb", open_files=50, cpu_seconds=30)))
    assert within[:2] == [256 * 1024 * 1024, 50]
    assert 30 <= within[2] <= 40, "what the worker has used already comes on top"
    assert data(processes.submit(limited("limits"))) == before


@pytest.mark.slow
@pytest.mark.parametrize("deed", ["spins", "matches"])
def test_a_function_that_computes_for_too_long_is_ended_and_not_begun_again(
    processes: Any, limited: Any, folder: Path, deed: str
) -> None:
    """Also one deep in C code, which no handler would interrupt."""
    args = [str(folder / "pid")] if deed == "spins" else []
    error = ended(processes.submit(limited(deed, *args, cpu_seconds=1))).exception()
    assert (error.type, error.code) == ("failed", "limit cpu_seconds")
    assert data(processes.submit(limited("double", 4))) == 8
