"""`limits` of `shell` and `python`: read, kept by the operating system, and told where one was hit."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from engine.tools.core.limits import keep
from engine.tools.core.limits.declare import SCHEMA
from engine.tools.core.python.tool import Python
from engine.tools.core.shell.tool import Shell
from engine.tools.port import CallContext, Result, ToolError

MB = 1024 * 1024
ROOT = Path(__file__).resolve().parents[2]


def run(folder: Path, **parameters: Any) -> Result:
    return Shell({}).call("run", parameters, CallContext(project_dir=folder))


def failure(folder: Path, **parameters: Any) -> ToolError:
    with pytest.raises(ToolError) as caught:
        run(folder, **parameters)
    return caught.value


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", code]


@pytest.mark.parametrize(
    ("text", "count"),
    [("512mb", 512 * MB), ("512m", 512 * MB), ("1 GiB", 1024 * MB), ("2048KB", 2 * MB), (3 * MB, 3 * MB)],
)
def test_memory_is_read_in_the_units_of_the_field(text: Any, count: int) -> None:
    assert jsonschema_rs.is_valid(SCHEMA, {"memory": text})
    assert keep.read({"memory": text}) == keep.Limits(memory=count)


@pytest.mark.parametrize(
    "limits",
    [
        {"memory": "lots"},
        {"memory": "0mb"},
        {"memory": -1},
        {"memory": True},
        {"cpu_seconds": 0.5},
        {"cpu_seconds": "60"},
        {"processes": 0},
        {"cpu": 1},
        "512mb",
        [],
    ],
)
def test_what_is_no_limit_is_refused_by_the_schema_and_when_a_reference_gave_it(limits: Any) -> None:
    assert not jsonschema_rs.is_valid(SCHEMA, limits)
    if limits != {"cpu_seconds": "60"}:  # a reference may well give the text of a number
        with pytest.raises(ToolError) as caught:
            keep.read(limits)
        assert (caught.value.type, caught.value.code) == ("invalid", "limits")


def test_a_program_has_its_limits_and_the_engine_keeps_its_own(tmp_path: Path) -> None:
    before = [resource.getrlimit(number) for number in (resource.RLIMIT_AS, resource.RLIMIT_NOFILE)]
    limits = {"memory": "300mb", "cpu_seconds": 7, "open_files": 99}
    said = run(tmp_path, command="ulimit -v; ulimit -n; ulimit -t; cat", stdin="in", limits=limits).data
    assert said["stdout"].split() == [str(300 * 1024), "99", "7", "in"]
    assert [resource.getrlimit(number) for number in (resource.RLIMIT_AS, resource.RLIMIT_NOFILE)] == before


def test_a_program_cannot_raise_its_limits_itself(tmp_path: Path) -> None:
    code = "import resource as r; print(r.getrlimit(r.RLIMIT_NOFILE))"
    said = run(tmp_path, argv=python(code), limits={"open_files": 99}).data["stdout"]
    assert said.strip() == "(99, 99)"


def test_a_program_with_limits_ends_by_a_closed_pipe_as_any(tmp_path: Path) -> None:
    """What sets the limits is Python, which ignores that signal: the program must not inherit that."""
    error = failure(tmp_path, argv=["sh", "-c", "kill -PIPE $$"], limits={"cpu_seconds": 5})
    assert error.code == "signal SIGPIPE"


def test_a_program_that_takes_more_memory_is_told_its_limit(tmp_path: Path) -> None:
    error = failure(tmp_path, argv=python("bytearray(600_000_000)"), limits={"memory": "200mb"})
    assert (error.type, error.code) == ("failed", "exit 1")
    assert error.hint == "it may have reached its limit of 200 MiB of memory"


def test_a_program_that_opens_more_files_is_told_its_limit(tmp_path: Path) -> None:
    code = "[open('/dev/null') for _ in range(99)]"
    error = failure(tmp_path, argv=python(code), limits={"open_files": 30})
    assert error.hint == "it may have reached its limit of 30 open files"


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["argv", "command"])
def test_a_program_that_computes_for_too_long_is_ended(tmp_path: Path, shape: str) -> None:
    """In a shell it is the shell that tells of the signal, by an exit code of its own."""
    loop = f"{sys.executable} -I -S -c 'while True: pass'; exit $?"
    given: dict[str, Any] = {"argv": python("while True: pass")} if shape == "argv" else {"command": loop}
    error = failure(tmp_path, **given, limits={"cpu_seconds": 1})
    assert (error.type, error.code) == ("failed", "limit cpu_seconds")
    assert "it reached its limit of 1 s of processor time" in error.message


@pytest.mark.parametrize(
    ("argv", "kind"), [(["no_such_program_at_all"], "not_found"), (["./plain"], "permission")]
)
def test_a_program_that_cannot_be_run_is_told_as_without_limits(
    tmp_path: Path, argv: list[str], kind: str
) -> None:
    (tmp_path / "plain").write_text("text")
    told = [failure(tmp_path, argv=argv, **more) for more in ({}, {"limits": {"cpu_seconds": 5}})]
    assert [error.type for error in told] == [kind, kind]
    assert told[0].message == told[1].message


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    run(tmp_path, argv=["true"])  # the warden comes up
    before = len(os.listdir("/proc/self/fd"))
    run(tmp_path, argv=["true"], limits={"cpu_seconds": 5})
    failure(tmp_path, argv=["no_such_program_at_all"], limits={"cpu_seconds": 5})
    assert len(os.listdir("/proc/self/fd")) == before


# -- processes: root is not bound, so these do their work as nobody where the tests are run by root --------------------

AS_NOBODY = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
import resource, subprocess, threading, time
from engine.tools.core.limits import keep
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
limits = keep.Limits(processes=3)
before = resource.getrlimit(resource.RLIMIT_NPROC)
made = 0
try:
    with keep.kept(limits):
        for _ in range(20):
            if os.fork() == 0:
                time.sleep(0.5)
                os._exit(0)
            made += 1
except OSError as error:
    print(json.dumps([made, keep.hit(limits, error), limits.unkept(), resource.getrlimit(resource.RLIMIT_NPROC) == before]))
"""


def test_more_processes_than_the_limit_cannot_be_started() -> None:
    """The user may have others that come and go meanwhile: as many as the limit at most, and at least one."""
    said = subprocess.run(
        [sys.executable, "-S", "-c", AS_NOBODY, str(ROOT)], capture_output=True, text=True, check=True
    )
    made, name, unkept, restored = json.loads(said.stdout)
    assert 1 <= made <= 3
    assert (name, unkept, restored) == ("processes", [], True)


def test_root_is_told_that_the_limit_of_processes_does_not_bind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    warnings = run(tmp_path, argv=["true"], limits={"processes": 1000}).warnings
    assert warnings == ["the limit of processes is not kept: it does not bind root"]


# -- in this process ---------------------------------------------------------------------------------------------------


def test_limits_are_put_back_and_never_widened() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with keep.kept(keep.Limits(open_files=before[0] + 1000)):
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == before
    with pytest.raises(KeyError), keep.kept(keep.Limits(open_files=before[0] - 1)):
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[0] - 1, before[1])
        raise KeyError
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before


def test_a_function_with_limits_is_refused_in_the_engines_own_process(tmp_path: Path) -> None:
    (tmp_path / "flow_limited.py").write_text("def f(): return 1")
    parameters = {"call": "flow_limited:f", "limits": {"memory": "512mb"}}
    with pytest.raises(ToolError) as caught:
        Python({}).call("call", parameters, CallContext(project_dir=tmp_path))
    assert (caught.value.type, caught.value.code) == ("invalid", "limits")
    assert "processes" in str(caught.value.hint)
