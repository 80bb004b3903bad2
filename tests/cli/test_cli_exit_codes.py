"""Exit codes, and what stands on standard output and on standard error."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine.app.owner import this_process
from engine.cli.front import COMMANDS, help_text
from engine.journal import open_journal


def test_good_is_0_and_only_the_outputs_go_to_standard_output(weft):
    answer = weft("run", "two.weft.yaml", "-i", "who=you")
    assert answer.code == 0
    assert answer.json == {"said": "hello you"}
    assert "succeeded=2 failed=0 skipped=0 in " in answer.err


def test_a_wrong_spec_is_1_and_nothing_is_run(weft, project: Path):
    Path("bad.weft.yaml").write_text("weft: 1\nname: bad\nsteps:\n  - {id: a, tool: ecko}\n")
    answer = weft("run", "bad.weft.yaml")
    assert (answer.code, answer.out) == (1, "")
    assert "nothing was started" in answer.err
    assert not (project / ".weft").exists()
    assert weft("validate", "bad.weft.yaml").code == 1


@pytest.mark.parametrize("form", ["--output=json", "--output=jsonl"])
def test_a_wrong_spec_with_json_gives_the_object_of_validate(weft, form: str):
    Path("bad.weft.yaml").write_text("weft: 1\nname: bad\nsteps:\n  - {id: a, tool: ecko}\n")
    answer = weft("run", "bad.weft.yaml", form)
    told = answer.json
    assert answer.code == 1
    assert [problem["code"] for problem in told["problems"]] == ["WF501"]
    assert told.get("kind") == ("problems" if form.endswith("l") else None)


@pytest.mark.parametrize(
    "call",
    [
        ["run", "none.weft.yaml"],
        ["run", "two.weft.yaml", "-i", "whom=x"],
        ["run", "two.weft.yaml", "--run-id", "no good"],
        ["run", "two.weft.yaml", "--max-parallel", "0"],
        ["validate", "nothing-here"],
        ["runs", "--status", "succeded"],
        ["runs", "--since", "yesterday"],
        ["tools", "ecko"],
        ["resume"],
        ["schema", "--write", "two.weft.yaml"],
    ],
)
def test_a_wrong_call_is_2_with_a_message_and_no_result(weft, call: list[str]):
    weft("run", "two.weft.yaml")
    answer = weft(*call)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("weft: ")
    assert "Traceback" not in answer.err


def test_nothing_to_check_is_2(weft, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert weft("validate").code == 2


def test_a_fault_of_the_engine_is_3_and_says_where_its_report_is(project: Path):
    """The report has the traceback; values of inputs may be secret and are not in it."""
    script = (
        "import engine.app.checking as c\n"
        "def boom(*a, **k): raise RuntimeError('a bug')\n"
        "c.check_file = boom\n"
        "from engine.cli import main\n"
        "main(['run', 'two.weft.yaml', '-i', 'who=hunter2', '--inputs=hunter2', '--output', 'json'])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    told = json.loads(done.stdout)["error"]
    assert done.returncode == 3
    assert (told["type"], told["code"]) == ("internal", "EngineFault")
    assert "RuntimeError: a bug" in told["message"]
    assert "Traceback" not in done.stderr
    path = Path(re.search(r"written to (\S+);", done.stderr).group(1))
    text = path.read_text()
    path.unlink()
    assert "Traceback" in text
    assert "hunter2" not in text


def test_a_run_that_failed_is_4_and_its_outputs_are_not_printed(weft):
    answer = weft("run", "failing.weft.yaml")
    assert (answer.code, answer.out) == (4, "")
    assert re.search(
        r"^succeeded=1 failed=1 skipped=1 status=failed in \d+\.\ds   show: weft show ", answer.err, re.M
    )


def test_a_store_that_cannot_be_used_is_5(weft, project: Path):
    Path("broken.db").write_text("this is no database, and it is long enough to be taken for one " * 40)
    answer = weft("runs", "--store", "broken.db", "--output", "json")
    assert answer.code == 5
    assert answer.json["error"]["type"] == "unavailable"


def test_looking_at_runs_makes_no_store(weft, project: Path):
    for call in (["runs"], ["show", "0193"], ["resume", "0193"]):
        assert weft(*call).code == 5
    assert not (project / ".weft").exists()


def test_a_run_owned_by_a_living_process_is_5(weft):
    weft("run", "failing.weft.yaml", "--run-id", "mine")
    journal = open_journal(".weft/weft.db")
    row = journal.run("mine")
    journal.append("mine", row.epoch, [_reopened()], {"status": "running"})
    journal.claim("mine", this_process(), journal.run("mine").epoch)
    journal.close()
    answer = weft("resume", "mine", "--output", "json")
    assert answer.code == 5
    assert answer.json["error"]["code"] == "RunOwned"


def _reopened():
    from engine.journal import NewEvent

    return NewEvent(0.0, "RunReopened")


def test_resuming_an_ended_run_is_2(weft):
    weft("run", "two.weft.yaml", "--run-id", "done")
    answer = weft("resume", "done")
    assert (answer.code, "has ended: succeeded" in answer.err) == (2, True)


@pytest.mark.parametrize(
    "flags", [["--output", "json"], ["--output=json"], ["--format", "json"], ["--output", "jsonl"]]
)
def test_a_wrong_call_with_json_gives_an_error_object(weft, flags: list[str]):
    answer = weft("runs", "--statsu", "failed", *flags)
    assert answer.code == 2
    assert answer.json["error"]["type"] == "usage"
    assert answer.json["error"]["message"] == 'no option "--statsu"'


def test_the_same_run_id_gives_the_result_again_and_other_inputs_are_refused(weft):
    first = weft("run", "two.weft.yaml", "--run-id", "once", "--output", "json")
    again = weft("run", "two.weft.yaml", "--run-id", "once", "--output", "json")
    assert first.json == again.json
    assert weft("run", "two.weft.yaml", "--run-id", "once", "-i", "who=you").code == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_shows_two_examples(weft, command: str):
    answer = weft(command, "--help")
    examples = re.findall(rf"^\s+weft {command}\b", answer.out.partition("Examples:")[2], re.MULTILINE)
    assert (answer.code, answer.err) == (0, "")
    assert len(examples) == 2


def test_the_first_page_names_every_command_module(weft):
    import engine.cli.commands as commands

    modules = {path.stem for path in Path(commands.__path__[0]).glob("*.py")} - {"__init__"}
    assert set(COMMANDS) == modules
    assert all(f"\n  {name} " in help_text() for name in modules)


def test_help_is_the_same_page_with_and_without_the_parser(weft, process):
    assert process("--help").out == weft("-h").out == process().out == help_text() + "\n"


def test_validate_strict_makes_a_warning_an_error(weft):
    Path("warns.weft.yaml").write_text(
        "weft: 1\nname: w\ninputs:\n  unused: {type: string, default: x}\nsteps:\n  - {id: a, tool: echo}\n"
    )
    assert weft("validate", "warns.weft.yaml").code == 0
    assert weft("validate", "warns.weft.yaml", "--strict").code == 1
