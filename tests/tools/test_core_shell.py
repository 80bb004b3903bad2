"""The `shell` tool: outputs, exit codes, and that nothing it started outlives it."""

from __future__ import annotations

import os
import shlex
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from engine.tools.core.shell import session
from engine.tools.core.shell.tool import Shell
from engine.tools.port import CallContext, Cancelled, Result, ToolError


def run(tmp_path: Path, context: CallContext | None = None, **parameters: Any) -> Result:
    return Shell({}).call("run", parameters, context or CallContext(project_dir=tmp_path))


def failure(tmp_path: Path, **parameters: Any) -> ToolError:
    with pytest.raises(ToolError) as caught:
        run(tmp_path, **parameters)
    return caught.value


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_for(path: Path) -> str:
    for _ in range(500):
        if path.exists() and path.read_text().endswith("\n"):
            return path.read_text()
        time.sleep(0.01)
    raise AssertionError(f"{path.name} was never written")


def call_in_thread(
    tmp_path: Path, context: CallContext, **parameters: Any
) -> tuple[threading.Thread, list[Any]]:
    ended: list[Any] = []

    def work() -> None:
        try:
            ended.append(run(tmp_path, context, **parameters))
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    return thread, ended


def test_argv_runs_without_a_shell(tmp_path: Path) -> None:
    assert run(tmp_path, argv=["echo", "$HOME;", "a b", 3, True]).data == {
        "exit_code": 0,
        "stdout": "$HOME; a b 3 true\n",
        "stderr": "",
    }


def test_command_gets_args_as_numbered_values_never_as_text(tmp_path: Path) -> None:
    data = run(tmp_path, command='printf "%s|" "$0" "$1" "$2"; echo e >&2', args=["; rm -rf x", 7]).data
    assert data == {"exit_code": 0, "stdout": "sh|; rm -rf x|7|", "stderr": "e\n"}


@pytest.mark.parametrize("parameters", [{}, {"argv": ["true"], "command": "true"}])
def test_exactly_one_of_argv_and_command_is_needed(tmp_path: Path, parameters: dict[str, Any]) -> None:
    assert failure(tmp_path, **parameters).type == "invalid"


def test_env_is_added_and_secret_variables_are_not_inherited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEFT_SECRET_TOKEN", "s3cret")
    monkeypatch.setenv("KEPT", "kept")
    data = run(tmp_path, command="echo $KEPT $MINE [$WEFT_SECRET_TOKEN]", env={"MINE": 5}).data
    assert data["stdout"] == "kept 5 []\n"


@pytest.mark.parametrize("name", ["", "A=B"])
def test_a_bad_variable_name_is_invalid(tmp_path: Path, name: str) -> None:
    assert failure(tmp_path, argv=["true"], env={name: "x"}).type == "invalid"


def test_nul_in_an_argument_is_invalid(tmp_path: Path) -> None:
    assert failure(tmp_path, argv=["echo", "a\0b"]).type == "invalid"


def test_stdin_is_given_and_left_out_is_empty(tmp_path: Path) -> None:
    assert run(tmp_path, argv=["cat"], stdin="grüße").data["stdout"] == "grüße"
    assert run(tmp_path, argv=["cat"]).data["stdout"] == ""


def test_megabytes_both_ways_do_not_block(tmp_path: Path) -> None:
    """A program that writes while it is still being fed fills the pipes of both sides."""
    text = "x" * 3_000_000
    data = run(tmp_path, argv=["tee", "/dev/stderr"], stdin=text, max_output_bytes=4_000_000).data
    assert data["stdout"] == text
    assert data["stderr"] == text


def test_a_program_that_does_not_read_its_input_is_fine(tmp_path: Path) -> None:
    assert run(tmp_path, argv=["true"], stdin="x" * 3_000_000).data["exit_code"] == 0


def test_cwd_is_relative_to_the_project_and_inside_it(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    assert run(tmp_path, argv=["pwd"]).data["stdout"].strip() == str(tmp_path)
    assert run(tmp_path, argv=["pwd"], cwd="sub").data["stdout"].strip() == str(tmp_path / "sub")
    assert failure(tmp_path, argv=["pwd"], cwd="..").type == "permission"
    assert failure(tmp_path, argv=["pwd"], cwd="gone").type == "not_found"


def test_a_code_that_is_not_ok_fails_with_the_last_line_of_stderr(tmp_path: Path) -> None:
    error = failure(tmp_path, command="seq 30; echo first >&2; echo last >&2; exit 3")
    assert (error.type, error.code) == ("failed", "exit 3")
    assert "last" in error.message
    assert "first" not in error.message
    assert error.data["exit_code"] == 3
    assert error.data["stderr"] == "first\nlast"
    assert error.data["stdout"].split("\n") == [str(n) for n in range(11, 31)]


def test_ok_codes_replace_zero(tmp_path: Path) -> None:
    assert run(tmp_path, command="exit 3", ok_codes=[0, 3]).data["exit_code"] == 3
    assert failure(tmp_path, command="exit 0", ok_codes=[3]).code == "exit 0"


def test_a_signal_is_named(tmp_path: Path) -> None:
    assert failure(tmp_path, command="kill -KILL $$").code == "signal SIGKILL"


def test_a_missing_program_is_not_found_with_the_nearest(tmp_path: Path) -> None:
    error = failure(tmp_path, argv=["gzipp"])
    assert error.type == "not_found"
    assert '"gzip"' in str(error.hint)


def test_a_file_that_may_not_be_executed_is_a_permission_error(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("x")
    assert failure(tmp_path, argv=["./plain"]).type == "permission"


def test_output_is_cut_with_a_warning_and_the_error_still_shows_the_end(tmp_path: Path) -> None:
    result = run(tmp_path, command="seq 100000", max_output_bytes=10)
    assert result.data["stdout"] == "1\n2\n3\n4\n5\n"
    assert "stdout" in result.warnings[0]
    error = failure(tmp_path, command="seq 100000 >&2; exit 1", max_output_bytes=10)
    assert "100000" in error.message


def test_a_character_is_not_cut_in_two(tmp_path: Path) -> None:
    assert run(tmp_path, argv=["printf", "aé€x"], max_output_bytes=2).data["stdout"] == "a"
    assert run(tmp_path, argv=["printf", "aé€x"], max_output_bytes=3).data["stdout"] == "aé"


def test_bytes_that_are_no_text_are_replaced(tmp_path: Path) -> None:
    assert run(tmp_path, argv=["printf", "a\\377b"]).data["stdout"] == "a�b"


def test_a_background_child_that_holds_stdout_is_ended_with_a_warning(tmp_path: Path) -> None:
    result = run(tmp_path, command="sleep 300 & echo $!")
    assert not alive(int(result.data["stdout"]))
    assert "background" in result.warnings[0]


def test_a_late_writer_of_the_same_pipe_is_still_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a process substitution or a background `tee` writes a moment after the shell has ended."""
    monkeypatch.setattr("engine.tools.core.shell.child.LINGER_SECONDS", 20)
    assert run(tmp_path, command="(sleep 0.1; echo late) & echo early").data["stdout"] == "early\nlate\n"


def test_one_who_left_the_session_and_holds_stdout_does_not_hang_the_step(tmp_path: Path) -> None:
    code = "import os,time; print(os.getpid(), flush=True); os.setsid(); open('away', 'w'); time.sleep(60)"
    line = f"{shlex.join(python(code))} & while [ ! -e away ]; do sleep 0.01; done"
    pid = int(run(tmp_path, command=line).data["stdout"])
    try:
        assert alive(pid)
    finally:
        os.kill(pid, 9)


@pytest.mark.parametrize(
    "line",
    ["sleep 300 & echo $! > pid; wait", "timeout 200 sh -c 'echo $$ > pid; sleep 300'"],
    ids=["child", "own-process-group"],
)
def test_cancel_ends_the_program_and_its_children(tmp_path: Path, line: str) -> None:
    """`timeout` puts itself in a process group of its own; it stays in the session."""
    context = CallContext(project_dir=tmp_path)
    thread, ended = call_in_thread(tmp_path, context, command=line)
    pid = int(wait_for(tmp_path / "pid"))
    context.cancel_now()
    thread.join(20)
    assert isinstance(ended[0], Cancelled)
    assert not alive(pid)


def test_cancel_kills_who_ignores_the_polite_signal(tmp_path: Path) -> None:
    context = CallContext(project_dir=tmp_path)
    line = "trap '' TERM; echo $$ > pid; while :; do sleep 0.05; done"
    thread, ended = call_in_thread(tmp_path, context, command=line, grace_seconds=0.2)
    pid = int(wait_for(tmp_path / "pid"))
    context.cancel_now()
    thread.join(20)
    assert isinstance(ended[0], Cancelled)
    assert not alive(pid)
    assert session.members(pid) == []


def test_the_grace_lets_a_program_clean_up(tmp_path: Path) -> None:
    context = CallContext(project_dir=tmp_path)
    line = "trap 'echo bye > farewell; exit 0' TERM; echo $$ > pid; while :; do sleep 0.02; done"
    thread, _ = call_in_thread(tmp_path, context, command=line)
    wait_for(tmp_path / "pid")
    context.cancel_now()
    thread.join(20)
    assert (tmp_path / "farewell").read_text() == "bye\n"


def test_a_call_cancelled_before_it_began_starts_nothing(tmp_path: Path) -> None:
    context = CallContext(project_dir=tmp_path)
    context.cancel_now()
    with pytest.raises(Cancelled):
        run(tmp_path, context, command="touch made")
    assert not (tmp_path / "made").exists()


def test_a_cancel_after_the_end_does_nothing(tmp_path: Path) -> None:
    context = CallContext(project_dir=tmp_path)
    run(tmp_path, context, argv=["true"])
    context.cancel_now()


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    run(tmp_path, argv=["true"])
    before = sorted(os.listdir("/proc/self/fd"))
    for _ in range(3):
        run(tmp_path, argv=["cat"], stdin="x")
        failure(tmp_path, argv=["no-such-program"])
        failure(tmp_path, command="exit 1")
    assert sorted(os.listdir("/proc/self/fd")) == before
