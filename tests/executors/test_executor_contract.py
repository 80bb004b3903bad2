"""What every executor owes, built in or of another package."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

import pytest
from executors_given import call, data, ended

from engine.executors.port import WorkerLost
from engine.tools.port import Principal


def _is_inline(executor: Any) -> bool:
    return type(executor).__name__ == "InlineExecutor"


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _until(path: Path, count: int) -> list[str]:
    pause = threading.Event()
    for _ in range(4000):
        if len(_lines(path)) >= count:
            return _lines(path)
        pause.wait(0.005)
    raise AssertionError(f"{path.name} did not get {count} lines")


def test_a_call_gives_what_the_tool_gave(executor: Any, folder: Path) -> None:
    answer = ended(executor.submit(call(folder, "double", 21))).result()
    assert (answer.data, answer.errors, answer.metadata) == (42, [], {})


def test_calls_of_one_worker_begin_in_the_order_they_were_submitted(executor: Any, folder: Path) -> None:
    """`capacity` calls may overlap: the second of a pair is submitted behind a whole row of them."""
    path = folder / "order"
    for n in range(6):
        ended(executor.submit(call(folder, "note", str(path), str(n))))
    assert _lines(path) == ["0", "1", "2", "3", "4", "5"]


def test_as_many_calls_are_worked_on_at_once_as_it_has_capacity(executor: Any, folder: Path) -> None:
    meeting = folder / "meeting"
    meeting.mkdir()
    names = ["a", "b"][: executor.capacity]
    futures = [executor.submit(call(folder, "meet", str(meeting), name, names)) for name in names]
    assert [data(future) for future in futures] == [names] * len(names)


def test_more_calls_than_capacity_are_all_made(executor: Any, folder: Path) -> None:
    futures = [executor.submit(call(folder, "double", n)) for n in range(12)]
    assert [data(future) for future in futures] == [2 * n for n in range(12)]


def test_what_a_tool_raises_is_a_typed_error(executor: Any, folder: Path) -> None:
    error = ended(executor.submit(call(folder, "raises", "too odd"))).result()
    assert (error["type"], error["code"]) == ("failed", "Odd")
    assert "too odd" in error["message"]
    assert error["data"]["traceback"][-1].strip() == "raise Odd(said)"


@pytest.mark.parametrize(("deed", "args"), [("raises", ["x"]), ("exits", [3])])
def test_a_call_that_goes_wrong_takes_nothing_with_it(
    executor: Any, folder: Path, deed: str, args: list[Any]
) -> None:
    ended(executor.submit(call(folder, deed, *args)))
    assert [data(executor.submit(call(folder, "double", n))) for n in range(4)] == [0, 2, 4, 6]


def test_an_async_function_is_awaited(executor: Any, folder: Path) -> None:
    assert data(executor.submit(call(folder, "later", 5))) == 5


def test_large_values_go_there_and_come_back(executor: Any, folder: Path) -> None:
    assert data(executor.submit(call(folder, "measure", "ä" * 3_000_000))) == 3_000_000
    assert data(executor.submit(call(folder, "large", 5_000_000))) == "x" * 5_000_000


def test_the_tool_sees_the_context_of_its_call(executor: Any, folder: Path) -> None:
    about = {"execution_id": "run", "step": "s", "instance": "each[1].s", "attempt": 3, "key": "k1"}
    more = {"context": {"dataset": "d"}, "principal": Principal("ann", permissions={"sql_query_execute"})}
    seen = data(executor.submit(call(folder, "told", **about, **more)))
    assert seen == ["run", "s", "each[1].s", 3, "k1", str(folder), str(folder), {"dataset": "d"}, "ann"]


def test_progress_and_log_reach_the_engine(
    executor: Any, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Any] = []
    given = call(folder, "progresses")
    given.context.progress = lambda *news: seen.append(news)
    ended(executor.submit(given))
    assert seen == [(0, 3, "rows"), (1, 3, "rows"), (2, 3, "rows")]
    given = call(folder, "logs", logger=logging.getLogger("weft.run"))
    ended(executor.submit(given))
    assert [record.getMessage() for record in caplog.records] == ["seen something"]


def test_a_cancelled_call_ends_and_the_executor_works_on(executor: Any, folder: Path) -> None:
    if _is_inline(executor):
        future = executor.submit(call(folder, "double", 1))
        executor.cancel(future)  # it has ended already: nothing happens
        assert data(future) == 2
        return
    path = folder / "begun"
    future = executor.submit(call(folder, "waits", str(path)))
    _until(path, 1)
    executor.cancel(future)
    assert ended(future).result() is None
    assert _lines(path)[-1] == "over", "the author's own clearing up was run"
    executor.cancel(future)
    assert data(executor.submit(call(folder, "double", 4))) == 8


def test_a_call_cancelled_before_it_began_is_never_made(executor: Any, folder: Path) -> None:
    if _is_inline(executor):
        return  # there is no moment between submitting and beginning
    path, never = folder / "begun", folder / "never"
    busy = [executor.submit(call(folder, "waits", str(path))) for _ in range(2)]
    _until(path, 2)
    waiting = executor.submit(call(folder, "note", str(never), "made"))
    executor.cancel(waiting)
    for future in busy:
        executor.cancel(future)
    assert ended(waiting).cancelled()
    assert [ended(future).result() for future in busy] == [None, None]
    assert data(executor.submit(call(folder, "double", 4))) == 8
    assert not never.exists()


def test_a_limit_ends_a_call_that_looks_at_its_token(executor: Any, folder: Path) -> None:
    """The engine keeps the limit by `cancel`; `inline`, which holds the engine up, keeps it itself."""
    path = folder / "begun"
    if _is_inline(executor):
        error = executor.submit(call(folder, "waits", str(path), limit=0.1)).result()
        assert (error["type"], error["code"]) == ("timeout", "step timeout")
        return
    future = executor.submit(call(folder, "waits", str(path), limit=0.1))
    _until(path, 1)
    executor.cancel(future)
    assert ended(future).result() is None


def test_closing_an_executor_that_was_never_used_does_nothing(executor: Any) -> None:
    executor.close()


def test_a_worker_that_dies_is_told_apart_from_an_error(processes: Any, folder: Path) -> None:
    """Others work in the engine's own process: there is no worker that could die alone."""
    for deed, number, reason in (("dies", 9, "SIGKILL"), ("leaves", 3, "exit 3")):
        lost = ended(processes.submit(call(folder, deed, number))).exception()
        assert isinstance(lost, WorkerLost)
        assert reason in str(lost)
    assert data(processes.submit(call(folder, "double", 4))) == 8
