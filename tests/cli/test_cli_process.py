"""What only a process can show: signals, closed pipes, colours, what is imported, a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from cli_program import PROGRAM
from terminal_screen import Screen

from engine.version import VERSION

SLEEPER = """\
weft: 1
name: sleeper
steps:
  - {id: first, tool: echo, with: {a: 1}}
  - {id: long, tool: shell, with: {command: 'test -e go || sleep 20'}}
  - {id: last, tool: echo, with: {a: 2}}
"""

ESCAPE = "\x1b["


def test_version_is_printed_without_the_parser(process):
    assert (process("--version").out, process("--version").code) == (f"weft {VERSION}\n", 0)
    script = (
        "import sys\nfrom engine.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: print('click' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


HEAVY = {
    "pandas",
    "duckdb",
    "sqlalchemy",
    "mlflow",
    "networkx",
    "numpy",
    "pyarrow",
    "pydantic",
    "kafka",
    "jinja2",
    "rich",
}


@pytest.mark.parametrize("call", [["--help"], ["validate", "--help"], ["validate", "two.weft.yaml"]])
def test_plain_calls_import_nothing_heavy(call: list[str]):
    script = (
        "import sys\nfrom engine.cli import main\n"
        f"try: main({call!r})\n"
        "finally: print('\\n' + ' '.join(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "engine.cli.entry" in loaded
    assert loaded & HEAVY == set()


def test_a_run_in_memory_imports_no_database_library():
    script = (
        "import sys\nfrom engine.cli import main\n"
        "try: main(['run', 'two.weft.yaml', '--store', 'memory'])\n"
        "finally: print('\\n' + ' '.join(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert set(done.stderr.split()) & HEAVY == set()


# -- pipes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        ["--help"],
        ["tools"],
        ["schema"],
        pytest.param(["validate"], marks=pytest.mark.slow),
        pytest.param(["graph", "two.weft.yaml"], marks=pytest.mark.slow),
        ["run", "two.weft.yaml", "--output", "json"],
    ],
)
def test_a_closed_pipe_is_141_and_silent(call: list[str]):
    done = _with_closed_stdout(call)
    assert done.returncode == 141
    assert "Traceback" not in done.stderr
    assert "Broken" not in done.stderr


def test_a_run_whose_reader_goes_away_comes_to_its_end(weft):
    done = _with_closed_stdout(["run", "two.weft.yaml", "--output", "jsonl", "--run-id", "r"])
    assert (done.returncode, done.stderr) == (141, "")
    assert weft("show", "r", "--output", "json").json["status"] == "succeeded"


def _with_closed_stdout(call: list[str]) -> subprocess.CompletedProcess[str]:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return subprocess.run(
            [*PROGRAM, *call], stdout=writer, stderr=subprocess.PIPE, text=True, timeout=30, check=False
        )
    finally:
        os.close(writer)


def test_a_process_without_standard_output_is_no_fault():
    done = subprocess.run(
        ["sh", "-c", f"{shlex.join([*PROGRAM, 'tools'])} >&-"], stderr=subprocess.PIPE, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_json_can_be_printed_where_the_terminal_cannot_say_it(process):
    answer = process("run", "two.weft.yaml", "-i", "who=Zoë", "--output", "json", PYTHONIOENCODING="ascii")
    assert answer.json["outputs"] == {"said": "hello Zoë"}
    assert "Zo\\u00eb" in answer.out


# -- signals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_the_run_to_be_resumed_by_the_command_on_the_last_line(
    process, number: int, code: int
):
    Path("sleeper.weft.yaml").write_text(SLEEPER)
    child = _started_sleeper()
    child.send_signal(number)
    out, err = child.communicate(timeout=30)
    result = json.loads(out.splitlines()[-1])
    assert child.returncode == code
    assert (result["kind"], result["status"]) == ("result", "running")
    command = shlex.split(err.splitlines()[-1])
    assert command[:2] == ["weft", "resume"]
    assert result["resume"] == shlex.join(command)

    Path("go").touch()
    resumed = process(*command[1:], "--output", "json")
    assert (resumed.code, resumed.json["status"]) == (0, "succeeded")
    assert [name for name, step in resumed.json["steps"].items() if step["reused"]] == ["first"]


def test_a_signal_cancels_a_run_in_memory(process):
    Path("sleeper.weft.yaml").write_text(SLEEPER)
    child = _started_sleeper("--store", "memory")
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=30)
    result = json.loads(out.splitlines()[-1])
    assert child.returncode == 130
    assert (result["status"], result["resume"]) == ("cancelled", None)
    assert "resume" not in err


def _started_sleeper(*flags: str) -> subprocess.Popen[str]:
    """A run whose second step is under way."""
    call = [*PROGRAM, "run", "sleeper.weft.yaml", "--output", "jsonl", *flags]
    child = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    for line in child.stdout:
        event = json.loads(line)
        if event["kind"] == "StepStarted" and event["instance"] == "long":
            return child
    raise AssertionError("the step never started")


# -- colours ----------------------------------------------------------------------------------------------------------


def test_no_colour_in_a_pipe(process):
    answer = process("run", "failing.weft.yaml")
    assert ESCAPE not in answer.out + answer.err


def test_force_color_colours_lines_but_never_json(weft, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    lines = weft("run", "failing.weft.yaml")
    told = weft("run", "failing.weft.yaml", "--output", "json")
    streamed = weft("run", "failing.weft.yaml", "--output", "jsonl")
    assert f"{ESCAPE}31;1mfailed" in lines.err
    assert ESCAPE not in told.out + streamed.out
    assert told.json["status"] == "failed"


def test_no_color_wins_over_force_color(weft, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    assert ESCAPE not in weft("run", "failing.weft.yaml").err


# -- a terminal -------------------------------------------------------------------------------------------------------

LIVE = """\
weft: 1
name: live
mode: dag
steps:
  - id: group
    steps:
      - {id: inner, tool: sleep, with: {seconds: 0.7}}
  - id: loop
    foreach: {in: [1, 2, 3, 4, 5, 6, 7, 8], concurrency: 2, tolerate: 1}
    tool: shell
    with: {argv: [sh, -c, 'sleep 0.15; test "$0" != 3', $<item>]}
  - id: flaky
    tool: shell
    retry: {attempts: 2, delay: 0.5s, jitter: false, errors: [failed]}
    with: {command: 'echo why >&2; exit 3'}
"""


def _in_terminal(
    call: list[str], columns: int = 100, *, interrupt_on: str = "", **environment: str
) -> tuple[int, str]:
    """Run in a terminal of its own; the exit code and everything written to it."""
    main, side = pty.openpty()
    termios.tcsetwinsize(side, (30, columns))
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "", **environment}
    child = subprocess.Popen(
        [*PROGRAM, *call], stdin=side, stdout=side, stderr=side, env=env, start_new_session=True
    )
    os.close(side)
    written = b""
    until = time.monotonic() + 25
    while time.monotonic() < until:
        if select.select([main], [], [], 0.05)[0]:
            try:
                chunk = os.read(main, 65536)
            except OSError:  # Linux says EIO when the other side is closed
                break
            if not chunk:
                break
            written += chunk
            if interrupt_on and interrupt_on in written.decode("utf-8", "replace"):
                interrupt_on = ""
                child.send_signal(signal.SIGINT)
        elif child.poll() is not None:
            break
    os.close(main)
    return child.wait(timeout=5), written.decode("utf-8", "replace")


@pytest.fixture
def live_spec() -> str:
    Path("live.weft.yaml").write_text(LIVE)
    return "live.weft.yaml"


def test_a_terminal_shows_a_block_and_keeps_only_the_lines(live_spec: str):
    code, written = _in_terminal(["run", live_spec])
    screen = Screen().feed(written)
    frames = [Screen().feed(frame).lines for frame in written.split(f"{ESCAPE}J")]
    text = "\n".join(line for frame in frames for line in frame)
    assert code == 4
    assert re.search(r"live  \d/3 steps", text)
    assert re.search(r"loop .*━.* [1-7]/8 items", text)
    assert re.search(r"\n    . inner +sleep", text)
    assert re.search(r"flaky .* attempt 2 in \d+s: failed \[exit 3\]", text)
    assert re.search(r"\x1b\[[\d;]+m", written)
    left = "\n".join(screen.lines)
    assert "━" not in left
    assert "/3 steps" not in left
    assert screen.unknown == []
    for name in ("group/inner", "group", "loop", "flaky"):
        assert re.search(rf"^  {name}  +\w+ +(succeeded|failed)", left, re.MULTILINE), name
    assert "at live.weft.yaml:12, after 2 attempts" in left
    assert "| why" in left
    assert screen.lines[-1].startswith("succeeded=2 failed=1 skipped=0 status=partial_failure in ")


@pytest.mark.slow
@pytest.mark.parametrize("columns", [28, pytest.param(45, marks=pytest.mark.slow)])
def test_a_block_never_wraps_on_a_narrow_terminal(live_spec: str, columns: int):
    _, written = _in_terminal(["run", live_spec], columns)
    screen = Screen(columns).feed(written)
    assert "steps" not in "".join(line for line in screen.lines if line.startswith("live"))
    blocks = [frame for frame in written.split(f"{ESCAPE}J") if "live  " in frame]
    shown = [
        re.sub(r"\x1b\[[\d;]*[A-Za-z]", "", line)
        for block in blocks
        for line in block.split("live  ")[1].splitlines()[1:]
    ]
    assert shown
    assert max(map(len, shown)) < columns


def test_an_interrupted_run_leaves_no_block_on_the_terminal():
    Path("sleeper.weft.yaml").write_text(SLEEPER)
    code, written = _in_terminal(["run", "sleeper.weft.yaml"], interrupt_on="sleeper  1/3 steps")
    lines = Screen().feed(written).lines
    assert code == 130
    assert any(re.match(r"  long +shell +interrupted", line) for line in lines)
    assert not any("/3 steps" in line for line in lines)
    assert lines[-1].startswith("weft resume ")


@pytest.mark.slow
def test_a_resumed_run_gets_the_block_too(process):
    Path("sleeper.weft.yaml").write_text(SLEEPER.replace("sleep 20", "sleep 20; sleep 0.1"))
    child = _started_sleeper()
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=30)
    Path("sleeper.weft.yaml").write_text("not needed any more")
    code, written = _in_terminal(shlex.split(err.splitlines()[-1])[1:], interrupt_on="sleeper  1/3 steps")
    lines = Screen().feed(written).lines
    assert code == 130
    assert "sleeper  1/3 steps" in written
    assert any(re.match(r"  first +echo +reused", line) for line in lines)


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment", [{"TERM": "dumb"}, pytest.param({"GITHUB_ACTIONS": "true"}, marks=pytest.mark.slow)]
)
def test_a_dumb_terminal_gets_plain_lines(live_spec: str, environment: dict[str, str]):
    _, written = _in_terminal(["run", live_spec], **environment)
    assert f"{ESCAPE}J" not in written
    assert re.search(r"^  loop +shell +succeeded", re.sub(r"\x1b\[[\d;]*m", "", written), re.MULTILINE)


@pytest.mark.slow
def test_no_color_on_a_terminal_leaves_the_block_and_takes_the_colours(live_spec: str):
    _, written = _in_terminal(["run", live_spec], NO_COLOR="1")
    assert f"{ESCAPE}J" in written
    assert re.search(r"\x1b\[[\d;]*m", written) is None
