"""What worker processes owe beyond the contract: they are reused, really ended, and leave nothing behind."""

from __future__ import annotations

import os
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from executors_given import FACTORY, call, data, ended

from engine.executors.known import Choice
from engine.executors.port import Settings, ToolCall
from engine.executors.processes import ProcessExecutor
from engine.executors.worker import import_ahead
from engine.executors.workers import Worker
from engine.spec.toolspec import Declaration, OperationSpec


def _lives(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat.rpartition(b")")[2].split()[0] not in (b"Z", b"X")


def _children() -> list[int]:
    return [
        int(pid) for tasks in Path("/proc/self/task").glob("*/children") for pid in tasks.read_text().split()
    ]


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


def _pids(path: Path, count: int) -> list[int]:
    pause = threading.Event()
    for _ in range(4000):
        lines = path.read_text().splitlines() if path.exists() else []
        if len(lines) >= count:
            return [int(line) for line in lines[:count]]
        pause.wait(0.005)
    raise AssertionError("the call did not begin")


def test_no_worker_is_started_before_there_is_a_call_and_one_serves_many(
    processes: Any, folder: Path
) -> None:
    assert processes.capacity == 2
    assert [pid for pid in _children() if "executors.worker" in _command(pid)] == []
    pids = {data(processes.submit(call(folder, "where"))) for _ in range(5)}
    assert len(pids) == 1
    assert os.getpid() not in pids


def test_the_first_worker_comes_up_ahead_of_the_first_call_and_makes_it(processes: Any, folder: Path) -> None:
    processes.warm(FACTORY)
    processes.warm(FACTORY)
    (pid,) = [pid for pid in _children() if "executors.worker" in _command(pid)]
    assert data(processes.submit(call(folder, "where"))) == pid


def test_a_worker_that_cannot_come_up_ahead_is_told_by_the_first_call(
    processes: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("sys.executable", "/no/such/python")
        processes.warm(FACTORY)
        assert ended(processes.submit(call(folder, "double", 1))).exception().type == "unavailable"
    assert data(processes.submit(call(folder, "double", 1))) == 2


def test_a_tool_that_cannot_be_imported_ahead_is_told_by_its_call(processes: Any, folder: Path) -> None:
    processes.warm("no_such_module:Tool")
    assert data(processes.submit(call(folder, "double", 1))) == 2


def test_the_tool_of_the_first_call_is_imported_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "flow_ahead.py").write_text("Tool = dict")
    monkeypatch.syspath_prepend(tmp_path)
    import_ahead("flow_ahead:Tool")
    assert sys.modules.pop("flow_ahead").Tool is dict


def test_a_function_that_is_not_async_costs_no_import_of_asyncio(processes: Any, folder: Path) -> None:
    """It would be a third of what a worker imports, and so of what a first call waits for."""
    with (folder / "deeds.py").open("a") as file:
        file.write(
            "\ndef loaded(): return sorted({'asyncio', 'ssl', 'engine.execute', 'engine.spec'} & set(sys.modules))\n"
        )
    assert data(processes.submit(call(folder, "loaded"))) == []
    data(processes.submit(call(folder, "later", 1)))
    assert "asyncio" in data(processes.submit(call(folder, "loaded")))


def test_threads_that_a_function_left_behind_end_with_their_worker(said: list[str], folder: Path) -> None:
    with (folder / "deeds.py").open("a") as file:
        file.write("\ndef leaves_a_thread():\n    import threading\n")
        file.write("    threading.Thread(target=time.sleep, args=(600,)).start()\n    return os.getpid()\n")
    executor = ProcessExecutor(Settings(1, said.append), grace_seconds=0.3)
    pid = data(executor.submit(call(folder, "leaves_a_thread")))
    executor.close()
    assert not _lives(pid)
    assert said == []


def test_a_loop_that_never_ends_is_ended_by_a_cancel(processes: Any, folder: Path) -> None:
    path = folder / "pid"
    future = processes.submit(call(folder, "spins", str(path)))
    (pid,) = _pids(path, 1)
    processes.cancel(future)
    assert ended(future).result() is None
    assert not _lives(pid)


def test_one_that_ignores_the_first_signal_is_killed_after_the_grace(processes: Any, folder: Path) -> None:
    path = folder / "pid"
    # Set outside the main thread a handler is refused: the call fails at once unless workers call in their main thread.
    future = processes.submit(call(folder, "ignores", str(path)))
    (pid,) = _pids(path, 1)
    processes.cancel(future)
    assert ended(future).result() is None
    assert not _lives(pid)


def test_what_a_call_started_goes_with_it(processes: Any, folder: Path) -> None:
    path = folder / "pids"
    future = processes.submit(call(folder, "begets", str(path)))
    pids = _pids(path, 2)
    processes.cancel(future)
    ended(future)
    assert [pid for pid in pids if _lives(pid)] == []


def test_closing_ends_every_worker_the_busy_ones_too(said: list[str], folder: Path) -> None:
    executor = ProcessExecutor(Settings(2, said.append), grace_seconds=0.3)
    path = folder / "pid"
    idle = data(executor.submit(call(folder, "where")))
    future = executor.submit(call(folder, "spins", str(path)))
    (busy,) = _pids(path, 1)
    executor.close()
    assert ended(future).result() is None
    assert not _lives(idle)
    assert not _lives(busy)


def test_a_worker_that_died_while_it_was_idle_is_replaced(processes: Any, folder: Path) -> None:
    pid = data(processes.submit(call(folder, "where")))
    os.kill(pid, 9)
    os.waitid(
        os.P_PID, pid, os.WEXITED | os.WNOWAIT
    )  # its first thread is a zombie before the others are gone
    assert data(processes.submit(call(folder, "where"))) != pid


def test_what_is_printed_is_told_and_never_reaches_an_output_of_the_engine(
    folder: Path, said: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    executor = ProcessExecutor(Settings(1, said.append))
    ended(executor.submit(call(folder, "prints", "one", "zwö")))
    executor.close()
    assert said == ["one zwö", "from below"]
    assert capfd.readouterr() == ("", "")


def test_a_worker_sees_no_variable_that_holds_a_secret(
    processes: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEFT_SECRET_TOKEN", "canary-4711")
    assert data(processes.submit(call(folder, "secret"))) is None


def test_parameters_that_are_no_json_are_refused_with_what_is_wrong(processes: Any, folder: Path) -> None:
    error = ended(processes.submit(call(folder, "double", {1, 2}))).exception()
    assert (error.type, error.code) == ("invalid", "TypeError")
    assert "set is not JSON serializable" in error.message


def test_a_result_that_cannot_be_brought_back_is_a_typed_error(processes: Any, folder: Path) -> None:
    error = ended(processes.submit(call(folder, "number", 5000))).result()
    assert error["type"] == "data"


def test_a_tool_that_cannot_be_imported_there_is_an_error_of_its_call(processes: Any, folder: Path) -> None:
    given = call(folder, "double", 1)
    broken = ToolCall(partial(int), "no_such_module:Tool", {}, "call", {}, given.context, None)
    error = ended(processes.submit(broken)).result()
    assert (error["type"], error["code"]) == ("internal", "ModuleNotFoundError")


def test_a_worker_that_does_not_come_up_is_unavailable(
    processes: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.executors.workers._PROGRAM", "raise SystemExit(7)")
    error = ended(processes.submit(call(folder, "double", 1))).exception()
    assert (error.type, "exit 7" in error.message) == ("unavailable", True)
    monkeypatch.setattr("sys.executable", "/no/such/python")
    error = ended(processes.submit(call(folder, "double", 1))).exception()
    assert (error.type, "no such file" in error.message) == ("unavailable", True)


def test_a_worker_stands_in_a_session_of_its_own(said: list[str]) -> None:
    """So that a signal of the terminal reaches the engine alone."""
    worker = Worker(said.append)
    assert os.getsid(worker.pid) == worker.pid != os.getsid(0)
    worker.dismiss()
    assert worker.end(10.0) == "exit 0"
    assert worker.end() == "exit 0"


def test_descriptors_and_children_are_back_to_where_they_were(said: list[str], folder: Path) -> None:
    ProcessExecutor(Settings(1, said.append)).close()
    first = ProcessExecutor(Settings(1, said.append))
    data(first.submit(call(folder, "double", 1)))  # the warden starts with the first worker, and stays
    first.close()
    before = len(os.listdir("/proc/self/fd"))
    executor = ProcessExecutor(Settings(2, said.append), grace_seconds=0.3)
    data(executor.submit(call(folder, "double", 1)))
    ended(executor.submit(call(folder, "dies", 9)))
    executor.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_tool_without_a_factory_stays_in_the_engines_process() -> None:
    """A program's own object: nobody else could make it."""
    operation = OperationSpec("does something")
    own = Declaration("own", "integration", "", {"do": operation}, factory="")
    apart = Declaration("apart", "integration", "", {"do": operation}, factory="module:Apart")
    must = OperationSpec("loads what it should not trust", executor="processes")
    choice = Choice("processes")
    assert [choice.executor(tool, operation) for tool in (own, apart)] == ["threads", "processes"]
    assert [Choice("inline").executor(tool, operation) for tool in (own, apart)] == ["inline", "inline"]
    assert Choice("inline").executor(apart, must) == "processes"
