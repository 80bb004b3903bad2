"""Executors through the command line: chosen, run, killed; what is recorded and what is left behind."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from executors_given import DEEDS

from engine import run as run_workflow
from engine.cli import main
from engine.cli.printed import HELD_CHARACTERS, Printed, results_alone
from engine.execute.secrets import Secrets

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SECONDS_MAX = 30.0


class Said(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.out)
        return report

    def data(self, step: str) -> Any:
        return self.report["steps"][step]["data"]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of the test's own, with functions of an author's; no variable of Weft's."""
    for name in [name for name in os.environ if name.startswith("WEFT_")]:
        monkeypatch.delenv(name)
    (tmp_path / "deeds.py").write_text(DEEDS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def weft(*arguments: str) -> Said:
    """One command, in this process."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(list(arguments))
        except SystemExit as left:
            code = int(left.code or 0)
    return Said(code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def begun(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A command in a process, and a process group, of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from engine.cli import main; main()", *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def deed(name: str, what: str, *args: Any, **more: Any) -> dict[str, Any]:
    return {"id": name, "tool": "python", "with": {"call": f"deeds:{what}", "args": list(args)}, **more}


def spec(*steps: dict[str, Any], **file: Any) -> str:
    Path("flow.weft.json").write_text(json.dumps({"weft": 1, "name": "flow", **file, "steps": steps}))
    return "flow.weft.json"


def run(*arguments: str) -> Said:
    return weft("run", "flow.weft.json", "--output", "json", *arguments)


def until(true: Callable[[], Any], what: str) -> Any:
    end = time.monotonic() + SECONDS_MAX
    while time.monotonic() < end:
        answer = true()
        if answer:
            return answer
        time.sleep(0.01)
    raise AssertionError(f"{what} did not come about")


def lines(name: str) -> list[str]:
    path = Path(name)
    return path.read_text().split() if path.exists() else []


def lives(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat.rpartition(b")")[2].split()[0] not in (b"Z", b"X")


def children() -> set[int]:
    tasks = Path("/proc/self/task").glob("*/children")
    return {int(pid) for task in tasks for pid in task.read_text().split()}


def command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


def kinds(run_id: str, instance: str) -> list[str]:
    """The kinds of the rows of the instances whose path begins so."""
    told = weft("show", run_id, "--events", "--output", "json")
    events = map(json.loads, told.out.splitlines())
    return [event["kind"] for event in events if (event["instance"] or "").startswith(instance)]


# -- the same outputs -------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted((EXAMPLES / "modes").glob("*.weft.yaml")), ids=lambda path: path.stem)
def test_an_example_gives_the_same_with_processes_as_without(path: Path, desk: Path) -> None:
    def outcome(*more: str) -> Any:
        said = weft("run", str(path), "--store", "memory", "--output", "json", *more)
        report = said.report
        steps = {name: (step["status"], step["data"]) for name, step in report["steps"].items()}
        return said.code, report["status"], report["outputs"], steps

    assert outcome("--executor", "processes") == outcome()


@pytest.mark.parametrize("name", ["inline", "threads", "processes"])
def test_a_spec_of_every_lane_gives_the_same_with_each(name: str, desk: Path) -> None:
    spec(
        {"id": "one", "tool": "echo", "with": {"v": 1}},
        deed("two", "double", "$<step_one_result.v>"),
        {"id": "three", "tool": "sleep", "with": {"seconds": 0}},
        {"id": "four", "tool": "shell", "with": {"command": 'echo "$1"', "args": ["$<step_two_result>"]}},
        deed("five", "double", "$<item>", foreach={"in": [1, 2, 3]}),
        outputs={"all": ["$<step_two_result>", "$<step_four_result.stdout>", "$<step_five_result>"]},
    )
    said = run("--store", "memory", "--executor", name)
    assert (said.code, said.report["outputs"]["all"]) == (0, [2, "2\n", [2, 4, 6]])


# -- which one --------------------------------------------------------------------------------------------------------


def _apart(*arguments: str) -> bool:
    """Whether the function was called in another process than this one."""
    said = run("--store", "memory", *arguments)
    assert said.code == 0, said.err
    return bool(said.data("where") != os.getpid())


def test_the_call_wins_over_the_environment_the_profile_and_the_project(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec(deed("where", "where"))
    Path("weft.toml").write_text(
        '[executor]\nname = "processes"\nworkers = 1\n[profiles.near.executor]\nname = "threads"\n'
    )
    assert _apart()
    assert not _apart("--profile", "near")
    monkeypatch.setenv("WEFT_EXECUTOR", "processes")
    assert _apart("--profile", "near")
    assert not _apart("--profile", "near", "--executor", "inline")


def test_functions_are_called_in_worker_processes_unless_an_executor_is_named(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec(deed("where", "where"))
    assert _apart()
    assert not _apart("--executor", "threads")
    Path("weft.toml").write_text("[executor]\nworkers = 1\n")
    assert _apart(), "how many is not where"
    Path("weft.toml").write_text('[executor]\nname = "threads"\n')
    assert not _apart()
    monkeypatch.setenv("WEFT_EXECUTOR", "inline")
    Path("weft.toml").unlink()
    assert not _apart()


def test_a_function_that_a_program_hands_in_is_called_in_the_program(desk: Path) -> None:
    """It cannot be sent: its module may be the program itself, and what it closes over is there."""
    seen: list[int] = []

    def own(n: int) -> int:
        """Notes a number."""
        seen.append(n)
        return os.getpid()

    step = {"id": "s", "tool": "own", "with": {"n": 4}}
    result = run_workflow({"weft": 1, "name": "x", "steps": [step]}, tools={"own": own}, store="memory")
    assert (result.steps["s"].data, seen) == (os.getpid(), [4])


def test_the_project_may_name_the_executor_of_a_tool(desk: Path) -> None:
    spec(deed("where", "where"))
    text = '[executor.tools]\npython = "threads"\n[profiles.far.executor]\nname = "processes"\n'
    Path("weft.toml").write_text(text)
    assert not _apart()
    assert _apart("--profile", "far")
    assert _apart("--executor", "processes")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "thread"\n', '2:8: no executor is called "thread"'),
        ("workers = 0\n", '2:11: "workers"'),
        ('tools = {pythn = "processes"}\n', '2:10: no tool is called "pythn"'),
        ('tools = {python = "proceses"}\n', '2:19: no executor is called "proceses"'),
        ('tools = {shell = "processes"}\n', '2:18: tool "shell" is called in the engine\'s own process only'),
    ],
)
def test_a_wrong_executor_in_the_project_file_is_told_with_its_place(
    desk: Path, text: str, said: str
) -> None:
    Path("weft.toml").write_text("[executor]\n" + text)
    spec(deed("where", "where"))
    told = weft("validate", ".")
    assert told.code == 2
    assert f"weft.toml:{said}" in told.err


def test_an_unknown_executor_is_refused_with_the_nearest_and_the_list(
    desk: Path, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec(deed("where", "where"))
    said = run("--executor", "proceses")
    assert said.code == 2
    assert 'no executor is called "proceses"' in said.err
    assert 'did you mean "processes"?' in said.err
    assert "known: inline, processes, side, side-bare, side-broken, threads" in said.err
    assert not Path(".weft/weft.db").exists(), "nothing was recorded"
    monkeypatch.setenv("WEFT_EXECUTOR", "nowhere")
    assert run().code == 2


@pytest.mark.parametrize(
    ("name", "why"), [("side-broken", "no_such_library"), ("side-bare", 'has no "capacity"')]
)
def test_an_executor_that_cannot_be_loaded_is_unavailable(
    desk: Path, site: Path, name: str, why: str
) -> None:
    spec(deed("where", "where"))
    said = run("--executor", name)
    assert (said.code, said.report["error"]["type"]) == (5, "unavailable")
    assert why in said.err
    assert not Path(".weft/weft.db").exists(), "nothing was recorded"


def test_an_executor_of_another_package_makes_the_calls(desk: Path, site: Path) -> None:
    spec(deed("five", "double", "$<item>", foreach={"in": [1, 2, 3, 4]}), deed("odd", "raises", "x"))
    said = run("--store", "memory", "--executor", "side")
    assert said.data("five") == [2, 4, 6, 8]
    assert said.report["error"]["code"] == "Odd"


def test_a_tool_that_needs_the_engines_process_stays_there(desk: Path) -> None:
    spec({"id": "parent", "tool": "shell", "with": {"command": "echo $PPID"}}, deed("where", "where"))
    said = run("--store", "memory", "--executor", "processes")
    assert int(said.data("parent")["stdout"]) == os.getpid() != said.data("where")


# -- time and capacity ------------------------------------------------------------------------------------------------


def test_a_step_starts_only_when_a_worker_is_free(desk: Path) -> None:
    """Waiting for a worker is no part of a step's time, and no attempt that a crash could lose."""
    Path("weft.toml").write_text('[executor]\nname = "processes"\nworkers = 1\n')
    spec(deed("each", "double", "$<item>", foreach={"in": [1, 2, 3], "concurrency": 3}), mode="parallel")
    assert run("--run-id", "one").code == 0
    assert kinds("one", "each[") == ["StepStarted", "StepSucceeded"] * 3


def test_a_timeout_ends_a_loop_that_never_ends_and_leaves_no_process(desk: Path) -> None:
    spec(deed("spin", "spins", "pid", timeout="300ms"))
    said = run("--store", "memory", "--executor", "processes")
    step = said.report["steps"]["spin"]
    assert (said.code, step["status"], step["errors"][0]["type"]) == (4, "timed_out", "timeout")
    assert [pid for pid in map(int, lines("pid")) if lives(pid)] == []


@pytest.mark.parametrize("more", [(), ("--executor", "threads")], ids=["usually", "in threads"])
def test_a_timeout_ends_an_async_function(desk: Path, more: tuple[str, ...]) -> None:
    """In its worker by force, in a thread where it awaits: `finally` is run."""
    text = "\nasync def naps(path):\n    import asyncio\n    note(path, 'begun')\n"
    text += "    try:\n        await asyncio.sleep(600)\n    finally:\n        note(path, 'over')\n"
    Path("deeds.py").write_text(DEEDS + text)
    spec(deed("nap", "naps", "seen", timeout="400ms"))
    said = run("--store", "memory", *more)
    assert (said.code, said.report["steps"]["nap"]["status"]) == (4, "timed_out")
    assert lines("seen") in (["begun", "over"], []), "a machine that is busy may not come to begin it in time"


def test_a_timeout_ends_a_call_deep_in_c_code(desk: Path) -> None:
    """It holds the interpreter: no signal handler, no thread and no token is ever looked at."""
    text = "\ndef matches(path):\n    note(path, str(os.getpid()))\n    import re\n    re.match('(a+)+$', 'a' * 60 + 'b')\n"
    Path("deeds.py").write_text(DEEDS + text)
    spec(deed("spin", "matches", "pid", timeout="400ms"))
    said = run("--store", "memory")
    assert said.report["steps"]["spin"]["status"] == "timed_out"
    assert [pid for pid in map(int, lines("pid")) if lives(pid)] == []


def test_workers_may_be_more_than_there_are_processors(desk: Path) -> None:
    names = ["a", "b", "c", "d", "e"]
    Path("meeting").mkdir()
    Path("weft.toml").write_text("[executor]\nworkers = 5\n")
    spec(deed("each", "meet", "meeting", "$<item>", names, foreach={"in": names, "concurrency": "all"}))
    assert run("--store", "memory").data("each") == [names] * 5


def test_functions_that_wait_are_not_kept_from_each_other(desk: Path) -> None:
    """Each ends when it has seen the others: they do only if all five are under way at once, on however few processors."""
    names = ["a", "b", "c", "d", "e"]
    Path("meeting").mkdir()
    spec(deed("each", "meet", "meeting", "$<item>", names, foreach={"in": names, "concurrency": "all"}))
    assert run("--store", "memory").data("each") == [names] * 5


def test_inline_tells_a_timeout_when_the_call_has_come_back(desk: Path) -> None:
    spec(
        deed("wait", "waits", "seen", timeout="50ms"),
        deed("then", "double", 1, trigger_rule="all_done"),
        mode="dag",
    )
    said = run("--store", "memory", "--executor", "inline")
    assert said.report["steps"]["wait"]["status"] == "timed_out"
    assert said.data("then") == 2


# -- death ------------------------------------------------------------------------------------------------------------


def test_a_step_whose_worker_was_killed_starts_again_with_the_same_key(desk: Path) -> None:
    text = (
        DEEDS
        + "\ndef once(path, context):\n    note(path, context.key)\n    if len(open(path).readlines()) < 2:\n"
    )
    Path("deeds.py").write_text(text + "        os.kill(os.getpid(), 9)\n    return context.attempt\n")
    spec(deed("s", "once", "keys"))
    said = run("--run-id", "one", "--executor", "processes")
    assert (said.code, said.data("s"), said.report["steps"]["s"]["attempts"]) == (0, 2, 2)
    assert len(set(lines("keys"))) == 1
    assert kinds("one", "s") == ["StepStarted", "StepLost", "StepStarted", "StepSucceeded"]


def test_a_step_that_kills_its_worker_three_times_fails_as_lost(desk: Path) -> None:
    spec(deed("s", "leaves", 3, retry={"attempts": 5, "delay": "1ms"}))
    said = run("--store", "memory", "--executor", "processes")
    step = said.report["steps"]["s"]
    assert (said.code, step["errors"][0]["type"], step["attempts"]) == (4, "lost", 3)
    told = [line for line in said.err.splitlines() if line.startswith("  s ")]
    assert ["it runs again" in line for line in told] == [True, True, False], said.err
    assert "failed" in told[2]
    assert "lost: the process died 3 times in a row" in told[2]
    assert said.err.rstrip().splitlines()[-1].startswith("succeeded=0 failed=1")


@pytest.mark.slow
@pytest.mark.parametrize(
    "hold",
    ["spins(path)", "note(path, str(os.getpid())); __import__('re').match('(a+)+$', 'a' * 60 + 'b')"],
    ids=["in Python", "holding the interpreter"],
)
def test_an_engine_that_is_killed_leaves_no_worker(desk: Path, hold: str) -> None:
    """A worker deep in C code cannot look for itself whether the engine is still there."""
    Path("deeds.py").write_text(DEEDS + f"\ndef hold(path):\n    {hold}\n")
    spec(deed("s", "hold", "pid"))
    with begun("run", "flow.weft.json", "--executor", "processes") as process:
        (pid,) = map(int, until(lambda: lines("pid"), "the call"))
        assert lives(pid)
        process.kill()
        process.wait()
        until(lambda: not lives(pid), "the end of the worker")


def test_a_signal_of_the_terminal_reaches_the_engine_and_not_its_workers(desk: Path) -> None:
    """Sent to the whole process group, as a terminal does: the run is left in good order, and can be resumed."""
    spec(deed("s", "spins", "pid"))
    with begun("run", "flow.weft.json", "--executor", "processes", "--run-id", "one") as process:
        (pid,) = map(int, until(lambda: lines("pid"), "the call"))
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=SECONDS_MAX)
        assert process.returncode == 130
    assert not lives(pid)
    assert kinds("one", "s") == ["StepStarted", "StepInterrupted"]
    Path("deeds.py").write_text("def spins(path):\n    return 'done'\n")
    said = weft("resume", "one", "--executor", "processes", "--output", "json")
    assert (said.code, said.data("s")) == (0, "done")


# -- what it means for a function -------------------------------------------------------------------------------------


def test_what_one_worker_keeps_another_does_not_see(desk: Path) -> None:
    text = "\nKEPT = []\ndef keeps(path, name, others):\n    KEPT.append(name)\n    meet(path, name, others)\n    return KEPT\n"
    Path("deeds.py").write_text(DEEDS + text)
    Path("meeting").mkdir()
    names = ["a", "b"]
    each = deed("each", "keeps", "meeting", "$<item>", names, foreach={"in": names, "concurrency": 2})
    spec(each)
    Path("weft.toml").write_text("[executor]\nworkers = 2\n")
    assert run("--store", "memory").data("each") == [["a"], ["b"]]


def test_a_syntax_error_of_a_module_is_told_with_its_place(desk: Path) -> None:
    Path("deeds.py").write_text("import os\n\ndef double(n:\n    return 2 * n\n")
    spec(deed("s", "double", 1))
    said = run("--store", "memory")
    assert "deeds:double cannot be imported: deeds.py:3:11: '(' was never closed" in said.err
    assert "raised at deeds.py line 3, in <module>: def double(n:" in said.err
    assert "importlib" not in said.out + said.err


def test_limits_are_refused_where_they_would_be_the_engines_own(desk: Path) -> None:
    step = deed("s", "double", 1)
    step["with"]["limits"] = {"memory": "1gb"}
    spec(step)
    assert run("--store", "memory").data("s") == 2
    said = run("--store", "memory", "--executor", "threads")
    assert said.report["steps"]["s"]["errors"][0]["code"] == "limits"


def test_a_run_that_is_refused_leaves_no_worker(desk: Path) -> None:
    """The first worker comes up before the store is opened."""
    spec(deed("s", "double", 1))
    Path("no.db").mkdir()
    before = children()
    assert run("--store", "sqlite:///no.db").code == 2
    assert run("--run-id", "one", "--store", "sqlite:///runs.db").code == 0
    assert run("--run-id", "one", "--store", "sqlite:///runs.db").code == 0, "given its result again"
    assert [pid for pid in children() if pid not in before and "executors.worker" in command(pid)] == []


# -- what is printed --------------------------------------------------------------------------------------------------

SAYS = """
import logging, sys
def say(*words):
    secret = words[-1]
    print(*words)
    print("aside", *words, file=sys.stderr)
    sys.stderr.write("in " + secret[:4])
    sys.stderr.write(secret[4:] + " parts\\n")
    sys.stderr.buffer.write(f"bytes {secret}\\n".encode())
    sys.stderr.buffer.flush()
    log, handler = logging.getLogger("deeds"), logging.StreamHandler()
    log.addHandler(handler)
    log.warning("noted %s", secret)
    log.removeHandler(handler)
    print("no end", end="")
"""


@pytest.mark.parametrize("name", ["inline", "threads", "processes"])
@pytest.mark.parametrize("output", ["json", "jsonl"])
def test_what_a_function_prints_goes_to_standard_error_masked(
    desk: Path, monkeypatch: pytest.MonkeyPatch, name: str, output: str
) -> None:
    monkeypatch.setenv("WEFT_SECRET_TOKEN", "canary-4711")
    Path("deeds.py").write_text(SAYS)
    spec(deed("s", "say", "it is", "$<secrets.TOKEN>"))
    said = weft("run", "flow.weft.json", "--store", "memory", "--output", output, "--executor", name)
    assert said.code == 0
    for text in said.out.splitlines() if output == "jsonl" else [said.out]:
        json.loads(text)
    for line in ("it is ***", "aside it is ***", "in *** parts", "bytes ***", "noted ***"):
        assert f"{line}\n" in said.err
    assert "no end" in said.err
    assert "canary" not in said.out + said.err


def test_warnings_and_the_log_of_last_resort_are_masked(desk: Path) -> None:
    """Shown in a process of its own: tests have handlers and filters of their own for both."""
    Path("deeds.py").write_text(
        "import logging, warnings\ndef say(word):\n    logging.getLogger('deeds').warning('noted %s', word)\n"
        "    warnings.warn(f'mind {word}')\n    logging.warning('again %s', word)\n"
    )
    spec(deed("s", "say", "$<secrets.TOKEN>"))
    told = ("run", "flow.weft.json", "--store", "memory", "--executor", "threads")
    with begun(*told, WEFT_SECRET_TOKEN="canary-4711") as process:
        out, err = process.communicate(timeout=SECONDS_MAX)
    assert process.returncode == 0
    assert "noted ***\n" in err
    assert "mind ***\n" in err
    assert "again ***\n" in err
    assert "canary" not in out + err


@pytest.fixture
def token() -> Iterator[Secrets]:
    secrets = Secrets(())
    secrets.know("canary-4711")
    yield secrets


def test_a_handler_made_before_the_run_is_masked_while_it_lasts(token: Secrets) -> None:
    log, out, err = logging.getLogger("deeds.earlier"), io.StringIO(), io.StringIO()
    handlers = [logging.StreamHandler(err), logging.StreamHandler(out)]
    for handler in handlers:
        log.addHandler(handler)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            with results_alone():
                log.warning("noted %s", "canary-4711")
            assert [handler.stream for handler in handlers] == [err, out]
    finally:
        for handler in handlers:
            log.removeHandler(handler)
    assert (out.getvalue(), err.getvalue()) == ("", "noted ***\n" * 2)


def test_a_secret_written_in_pieces_is_masked(token: Secrets) -> None:
    """What is flushed has to be seen, a prompt for one: the rest of a secret that was cut there is masked still."""
    shown = io.StringIO()
    stream = Printed(shown)
    stream.write("a can")
    assert shown.getvalue() == ""
    stream.write("ary-4711 b\nc can")
    assert shown.getvalue() == "a *** b\n"
    stream.flush()
    stream.write("ary-4711 d\n")
    assert shown.getvalue() == "a *** b\nc can*** d\n"


def test_a_line_without_an_end_is_not_held_for_ever_and_masked(token: Secrets) -> None:
    shown = io.StringIO()
    stream = Printed(shown)
    for _ in range(HELD_CHARACTERS):
        for piece in ("canary", "-47", "11."):
            stream.write(piece)
    held = len("***." * HELD_CHARACTERS) - len(shown.getvalue())
    assert held <= 2 * HELD_CHARACTERS
    stream.write("\n")
    assert shown.getvalue() == "***." * HELD_CHARACTERS + "\n"


def test_the_stand_in_is_the_stream_in_all_but_what_is_written(token: Secrets) -> None:
    raw = io.BytesIO()
    under = io.TextIOWrapper(raw, encoding="ascii", errors="backslashreplace", write_through=True)
    stream = Printed(under)
    assert (stream.encoding, stream.errors, stream.isatty()) == ("ascii", "backslashreplace", False)
    assert stream.writable()
    stream.reconfigure(errors="replace")
    assert stream.buffer.write(b"is canary-4711\n") == 15
    stream.write("\x1b[2Aé\n")
    assert raw.getvalue() == b"is ***\n\x1b[2A?\n"
