"""What a command started ends with the engine, also when nobody could tell the engine to end."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.tools.core.shell.tool import Shell
from engine.tools.core.shell.warden import WARDEN
from engine.tools.port import CallContext

ENGINE = """
import sys
from pathlib import Path
import pytest

from engine.tools.core.shell.tool import Shell
from engine.tools.port import CallContext
Shell({}).call("run", {"command": sys.argv[1]}, CallContext(project_dir=Path.cwd()))
"""

STUBBORN = """
import os, signal, time
from pathlib import Path
signal.signal(signal.SIGTERM, lambda *_: Path("cleaned").write_text("cleaned"))
Path("pids").write_text(f"{os.getpid()} ")
while True:
    time.sleep(1)
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(met: Callable[[], bool]) -> bool:
    for _ in range(1000):
        if met():
            return True
        time.sleep(0.01)
    return False


def pids_in(path: Path, count: int) -> list[int]:
    assert until(lambda: path.exists() and len(path.read_text().split()) == count)
    return [int(pid) for pid in path.read_text().split()]


def killed_engine(tmp_path: Path, command: str, count: int) -> list[int]:
    """The processes of a command whose engine got SIGKILL."""
    engine = subprocess.Popen([sys.executable, "-c", ENGINE, command], cwd=tmp_path)
    try:
        pids = pids_in(tmp_path / "pids", count)
        assert all(map(alive, pids))
        # The engine tells the warden of a session right after it has started the command. Killed between the two (which a
        # busy machine can stretch) it leaves the command behind: a known window, and not the one this test is about.
        time.sleep(0.5)
    finally:
        os.kill(engine.pid, signal.SIGKILL)
        engine.wait()
    return pids


def test_a_killed_engine_takes_its_commands_and_all_they_started_with_it(tmp_path: Path) -> None:
    """Else a resume would start the command again beside the one that still runs."""
    command = "echo $$ >> pids; sleep 1000 & echo $! >> pids; timeout 1000 sleep 1000 & echo $! >> pids; wait"
    pids = killed_engine(tmp_path, command, 3)
    assert until(lambda: not any(map(alive, pids)))


@pytest.mark.slow
def test_a_command_of_a_killed_engine_may_clean_up_but_not_refuse_to_end(tmp_path: Path) -> None:
    (tmp_path / "stubborn.py").write_text(STUBBORN)
    pids = killed_engine(tmp_path, f"exec {shlex.quote(sys.executable)} stubborn.py", 1)
    assert until(lambda: not any(map(alive, pids)))
    assert (tmp_path / "cleaned").read_text() == "cleaned"


def test_the_terminal_cannot_end_the_warden_before_the_engine(tmp_path: Path) -> None:
    Shell({}).call("run", {"argv": ["true"]}, CallContext(project_dir=tmp_path))
    assert WARDEN._process is not None
    pid = WARDEN._process.pid
    assert os.getsid(pid) == pid


def test_commands_run_on_when_somebody_ends_the_warden(tmp_path: Path) -> None:
    for _ in range(2):
        Shell({}).call("run", {"argv": ["true"]}, CallContext(project_dir=tmp_path))
        assert WARDEN._process is not None
        WARDEN._process.kill()
        WARDEN._process.wait()


def test_an_engine_that_ends_leaves_no_warden_behind(tmp_path: Path) -> None:
    show = ENGINE + "\nfrom engine.tools.core.shell.warden import WARDEN\nprint(WARDEN._process.pid)"
    command = [sys.executable, "-W", "error", "-c", show, "true"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert not alive(int(done.stdout))
