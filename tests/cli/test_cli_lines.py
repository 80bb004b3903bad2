"""The plain lines of a run: what is told, how it is aligned, and that nothing shown can steer a terminal or a log."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from engine.app.checking import check_text
from engine.cli.instances import (
    around,
    depth,
    in_loop,
    is_iteration,
    last_part,
    loop_of,
    loops_around,
    step_id,
)
from engine.cli.lines import GithubLines, Lines
from engine.cli.results import summary
from engine.cli.terminal import Paint
from engine.cli.wording import count, duration, error_text, failure_lines, items_text, running_time
from engine.execute.facts import Row


def told(spec: str, rows: list[Row], kind: type[Lines] = Lines) -> list[str]:
    """The lines that an observer of plain lines writes about rows."""
    stream = io.StringIO()
    with kind(stream, check_text(spec, "spec.weft.yaml") if spec else None) as lines:
        for row in rows:
            lines.see(row)
    return stream.getvalue().splitlines()


def row(kind: str, instance: str | None = None, at: float = 0.0, attempt: int | None = 1, **payload) -> Row:
    return Row(at, kind, instance, attempt, payload)


ERROR = {"type": "failed", "code": "exit 3", "message": "the command ended", "hint": "look at it"}


def test_names_tools_and_states_stand_in_columns(weft):
    lines = [line for line in weft("run", "everything.weft.yaml").err.splitlines() if re.match(r"  \S", line)]
    columns = {re.search(r"succeeded|failed|skipped", line).start() for line in lines}
    assert len(lines) > 10
    assert len(columns) == 1


def test_every_ended_thing_is_told_once(weft):
    err = weft("run", "everything.weft.yaml").err
    names = re.findall(r"^  (\S+) ", err, re.MULTILINE)
    assert len(names) == len(set(names))
    assert {
        "group/inner",
        "group/deeper/innermost",
        "group/deeper",
        "group",
        "loop[1]",
        "loop",
        'nested["a"]/twice',
    } <= set(names)


def test_groups_and_loops_have_a_duration(weft):
    err = weft("run", "everything.weft.yaml").err
    assert re.search(r"^  group +group +succeeded +\d+\.\d\ds$", err, re.MULTILINE)
    assert re.search(r"^  loop +shell +succeeded +\d+\.\d\ds  3 items, 1 failed$", err, re.MULTILINE)


def test_a_failure_says_where_it_is_written_with_which_parameters_and_what_it_said(weft):
    err = weft("run", "failing.weft.yaml").err
    assert "retrying            attempt 1 of 2, next at once: failed [exit 3]: " in err
    below = err[err.index("  broken    ") :]
    assert "\n      at failing.weft.yaml:5, after 2 attempts\n" in below
    assert "\n      with:\n        command: echo one; echo two >&2; exit 3\n" in below
    assert "\n      stderr:\n        | two\n      stdout:\n        | one\n" in below
    assert re.search(r"^  never +echo +skipped +upstream broken failed$", err, re.MULTILINE)


def test_resolved_parameters_are_shown_and_secrets_are_not(weft, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WEFT_SECRET_TOKEN", "hunter2-hunter2")
    Path("secret.weft.yaml").write_text(
        "weft: 1\nname: s\ninputs:\n  day: {type: string}\nsteps:\n  - id: a\n    tool: shell\n    with:\n"
        "      command: 'echo $1 $TOKEN; exit 1'\n      args: [$<inputs.day>]\n      env: {TOKEN: $<secrets.TOKEN>}\n"
    )
    err = weft("run", "secret.weft.yaml", "-i", "day=monday").err
    assert 'args: ["monday"]' in err
    assert 'env: {"TOKEN": "$<secrets.TOKEN>"}' in err
    assert "| monday ***" in err
    assert "hunter2" not in err


def test_only_the_last_twenty_lines_of_output_are_shown():
    data = {"stderr": "\n".join(f"e{n}" for n in range(15)), "stdout": "\n".join(f"o{n}" for n in range(15))}
    lines = failure_lines({**ERROR, "data": data}, None, 1, None)
    shown = [line.split("| ")[1] for line in lines if "| " in line]
    assert len(shown) == 20
    assert shown[-1] == "o14"
    assert "o9" not in shown


def test_control_characters_are_shown_not_obeyed():
    nasty = "\x1b]0;owned\x07 \x1b[2J \u202e"
    error = {
        **ERROR,
        "code": nasty,
        "message": nasty + "\n" + nasty,
        "hint": nasty,
        "data": {"stderr": nasty},
    }
    rows = [
        row("RunCreated", run_id="r", workflow="w" + nasty),
        row("LoopExpanded", "loop", items=["x"], keys=[nasty]),
        row("StepStarted", f"loop[{json.dumps(nasty, ensure_ascii=False)}]", **{"with": {nasty: nasty}}),
        row("StepFailed", f"loop[{json.dumps(nasty, ensure_ascii=False)}]", error=error),
        row("StepSkipped", "later", reason=nasty),
        row("RunInterrupted", reason=nasty),
    ]
    text = "\n".join(told("", rows))
    assert "\\x1b]0;owned\\x07" in text
    assert all(char.isprintable() or char == "\n" for char in text)


LOOP = """\
weft: 1
name: w
inputs:
  items: {type: array, default: []}
steps:
  - id: loop
    foreach: $<inputs.items>
    tool: echo
    with: {a: $<item>}
"""


def test_a_long_loop_is_told_by_tenths_and_by_its_first_failures():
    rows = [row("LoopExpanded", "loop", items=list(range(1000)))]
    for number in range(1000):
        path = f"loop[{number}]"
        rows.append(row("StepStarted", path, at=number))
        failed = number % 100 == 99
        rows.append(row("StepFailed", path, error=ERROR) if failed else row("StepSucceeded", path, data=None))
    rows.append(row("StepSettled", "loop", at=2000.0, attempt=None, status="failed"))
    lines = told(LOOP, rows)
    assert len([line for line in lines if re.match(r"  loop\[\d+\] +echo +failed", line)]) == 5
    assert len([line for line in lines if "running" in line]) == 9
    assert any(line.endswith("300/1,000 items, 3 failed") for line in lines)
    assert lines[-1].endswith("33m20s  1,000 items, 10 failed")
    assert not any("succeeded" in line for line in lines)


def test_a_short_loop_is_told_item_by_item():
    rows = [row("LoopExpanded", "loop", items=[1, 2])]
    rows += [row("StepSucceeded", f"loop[{n}]", data=None, processed_records=1200) for n in range(2)]
    assert [line.split() for line in told(LOOP, rows)] == [
        ["loop[0]", "echo", "succeeded", "1,200", "records"],
        ["loop[1]", "echo", "succeeded", "1,200", "records"],
    ]


def test_memory_does_not_grow_with_the_items_of_a_loop():
    stream = io.StringIO()
    with Lines(stream, check_text(LOOP, "spec")) as lines:
        lines.see(row("LoopExpanded", "loop", items=list(range(5000))))
        for number in range(5000):
            lines.see(row("StepStarted", f"loop[{number}]"))
            lines.see(row("StepSucceeded", f"loop[{number}]", data=None))
        story = lines.story
        assert (len(story.going), len(story.ended), story.loops["loop"].done) == (0, 0, 5000)


def test_a_group_that_is_tried_again_counts_its_steps_once():
    spec = "weft: 1\nname: w\nsteps:\n  - id: g\n    steps:\n      - {id: a, tool: echo}\n      - {id: b, tool: echo}\n"
    stream = io.StringIO()
    with Lines(stream, check_text(spec, "spec")) as lines:
        for _ in range(3):
            lines.see(row("StepStarted", "g"))
            lines.see(row("StepStarted", "g/a"))
            lines.see(row("StepSucceeded", "g/a", data=None))
            lines.see(row("StepStarted", "g/b"))
            lines.see(row("StepFailed", "g/b", error=ERROR))
        assert (lines.story.steps_done, lines.story.steps_failed, lines.story.steps.total) == (2, 1, 2)


def test_lines_need_no_spec():
    rows = [row("StepStarted", "g"), row("StepStarted", "g/a"), row("StepSucceeded", "g/a", 1.5, data=None)]
    rows.append(row("StepSettled", "g", 2.0, status="succeeded"))
    assert [line.split() for line in told("", rows)] == [
        ["g/a", "succeeded", "1.50s"],
        ["g", "succeeded", "2.00s"],
    ]


def test_a_failure_in_front_of_a_settled_group_is_not_told_twice():
    rows = [
        row("StepStarted", "g"),
        row("StepFailed", "g", error=ERROR),
        row("StepSettled", "g", status="failed"),
    ]
    lines = told("", rows)
    assert len([line for line in lines if line.startswith("  g ")]) == 1


def test_a_sign_of_life_names_what_runs():
    lines = Lines(io.StringIO())
    for number in range(7):
        lines.see(row("StepStarted", f"s{number}", at=100.0 - number))
    assert (
        lines.alive(110.0)
        == "  … still running: s0 (10.0s), s1 (11.0s), s2 (12.0s), s3 (13.0s), s4 (14.0s) and 2 more"
    )


def test_a_reader_that_goes_away_does_not_stop_the_run():
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    with Lines(Gone()) as lines:
        lines.see(row("RunCreated", run_id="r", workflow="w"))
        lines.see(row("StepSkipped", "a", reason="x"))
    assert lines.story.ended == {"a": "skipped"}


def test_github_folds_the_lines_and_annotates_failures(weft, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    lines = weft("run", "failing.weft.yaml").err.splitlines()
    assert lines[0] == "::group::weft run failing"
    end = lines.index("::endgroup::")
    assert lines[end + 1] == (
        "::error file=failing.weft.yaml,line=5,title=step broken::failed [exit 3]: the command ended with exit 3: two"
    )
    assert lines[end + 2].startswith("succeeded=1 failed=1 skipped=1 status=failed in ")


def test_what_a_step_says_cannot_command_github():
    error = {**ERROR, "message": "50% ##[add-path]/tmp", "data": {"stderr": "::error::x\n##[group]y"}}
    lines = told("", [row("StepStarted", "a,b"), row("StepFailed", "a,b", error=error)], GithubLines)
    assert not any("##[" in line for line in lines)
    commands = [line for line in lines if line.lstrip().startswith("::")]
    assert commands == [
        "::group::weft run",
        "::endgroup::",
        "::error title=step a%2Cb::failed [exit 3]: 50%25 ## [add-path]/tmp",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.004, "0.00s"),
        (9.99, "9.99s"),
        (9.999, "10.0s"),
        (59.94, "59.9s"),
        (59.96, "1m00s"),
        (3599.6, "1h00m"),
        (7384, "2h03m"),
        (-1, "0.00s"),
    ],
)
def test_durations(seconds: float, text: str):
    assert duration(seconds) == text


def test_numbers_and_running_times():
    assert [count(1234567), count(0.25), running_time(3.14159), running_time(75)] == [
        "1,234,567",
        "0.2",
        "3.1s",
        "1m15s",
    ]


def test_what_a_step_warned_of_stands_below_it_cut_to_a_few_lines():
    warnings = ["one\ntwo", "b", "c", "d", "\x1b[2J"]
    lines = told(LOOP, [row("StepSucceeded", "a", data=None, processed_records=1, warnings=warnings)])
    assert lines[0].endswith("  1 record")
    below = [line.strip() for line in lines[1:]]
    assert below == ["warning: one …", "warning: b", "warning: c", "and 2 more warnings"]


def test_the_summary_counts_warnings_wherever_they_stand():
    plain = {"parent": None, "reused": False, "handled": False, "status": "succeeded", "warnings": []}
    inner = {"steps": {"c": {**plain, "parent": "b", "warnings": ["y", "z"]}}}
    steps = {"a": {**plain, "warnings": ["x"]}, "b": {**plain, "iterations": [inner]}}
    report = {"steps": steps, "status": "succeeded", "execution_time": None}
    assert summary(report) == "succeeded=2 failed=0 skipped=0 warnings=3"


def test_a_handled_failure_is_no_failure_of_the_run(weft, monkeypatch: pytest.MonkeyPatch):
    assert re.search(
        r"^  fails +fail +failed, handled +\d", weft("run", "everything.weft.yaml").err, re.MULTILINE
    )
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert not re.search(r"^::error .*step fails", weft("run", "everything.weft.yaml").err, re.MULTILINE)


def test_items_with_long_keys_stand_in_the_columns():
    rows = [row("LoopExpanded", "loop", items=[1, 2], keys=["a", "a-long-key-of-24-letters"])]
    rows += [row("StepSucceeded", 'loop["a"]', data=None)]
    rows += [row("StepSucceeded", 'loop["a-long-key-of-24-letters"]', data=None)]
    assert len({line.index("echo") for line in told(LOOP, rows)}) == 1


GROUPS = """\
weft: 1
name: groups
steps:
  - id: shops
    foreach: {in: [oslo, a-town-name], key: item}
    steps: [{id: price, tool: echo}]
  - {id: again, repeat: {until: last.n, max: 9}, tool: echo}
  - {id: work, steps: [{id: two, tool: fail}]}
"""


def test_steps_inside_items_with_long_keys_stand_in_the_columns():
    rows = [row("LoopExpanded", "shops", items=[1, 2], keys=["oslo", "a-town-name"])]
    paths = ('shops["oslo"]/price', 'shops["oslo"]', 'shops["a-town-name"]/price', "again")
    rows += [row("StepSucceeded", path, data=None) for path in paths]
    lines = told(GROUPS, rows)
    assert len(lines) == 4
    assert len({line.index("succeeded") for line in lines}) == 1


def test_a_repeat_has_iterations_and_a_failed_group_names_the_step_that_failed():
    rows = [row("LoopExpanded", "again")]
    rows += [row("StepSucceeded", f"again[{number}]", data=None) for number in range(3)]
    rows.append(row("StepSettled", "again", status="succeeded"))
    rows.append(row("StepFailed", "work/two", error=ERROR))
    rows.append(row("StepSettled", "work", status="failed", error={"step": "work/two", **ERROR}))
    lines = told(GROUPS, rows)
    assert any(re.fullmatch(r"  again .* 3 iterations", line) for line in lines)
    assert re.fullmatch(r"  work +group +failed +two failed", lines[-1])


def test_outputs_that_cannot_be_evaluated_are_told_by_that_name(weft, tmp_path):
    (tmp_path / "wrong.weft.yaml").write_text(
        "weft: 1\nname: wrong\nsteps: [{id: a, tool: echo}]\noutputs: {x: $<step_a_result.no>}\n"
    )
    answer = weft("run", str(tmp_path / "wrong.weft.yaml"))
    assert re.search(r"^  outputs +failed +evaluation \[outputs\]: ", answer.err, re.MULTILINE)
    shown = weft("show", json.loads(weft("runs", "--output", "json").out)["runs"][0]["run_id"])
    assert re.search(r"^error     evaluation \[outputs\]: outputs: ", shown.out, re.MULTILINE)


def test_a_group_that_goes_on_after_a_resume_counts_from_its_first_start():
    rows = [
        row("RunResumed", run_id="r", workflow="w", at=100.0),
        row("StepStarted", "g", at=10.0),
        row("StepReused", "g/a", at=11.0, status="succeeded", data=None),
        row("StepStarted", "g/b", at=101.0),
        row("StepSucceeded", "g/b", at=102.0, data=None),
        row("StepSettled", "g", at=102.0, status="succeeded"),
    ]
    assert told("", rows)[-1].split() == ["g", "succeeded", "1m32s"]


def test_one_item_is_no_items():
    assert [items_text(1, 1, 0), items_text(0, 1, 0), items_text(1, 2, 1)] == [
        "1 item",
        "0/1 item",
        "1/2 items, 1 failed",
    ]


def test_a_long_message_is_cut_to_one_line():
    assert error_text({"type": "data", "message": "first\nsecond"}) == "data: first …"
    assert len(error_text({"type": "data", "message": "x" * 5000})) < 500


@pytest.mark.parametrize(
    ("path", "step", "place", "level", "last"),
    [
        ("a", "a", "", 0, "a"),
        ("g/a", "a", "g", 1, "a"),
        ("l[3]", "l", "l", 1, "l[3]"),
        ("g/l[3]", "l", "g/l", 2, "l[3]"),
        ('l["x/y]["]', "l", "l", 1, 'l["x/y]["]'),
        ('l["x/y]["]/a', "a", 'l["x/y]["]', 2, "a"),
        ('l["a[0]\\""]/m[1]', "m", 'l["a[0]\\""]/m', 3, "m[1]"),
    ],
)
def test_paths_are_taken_apart_whatever_the_keys_hold(
    path: str, step: str, place: str, level: int, last: str
):
    assert (step_id(path), around(path), depth(path), last_part(path)) == (step, place, level, last)
    assert is_iteration(path) == path.endswith("]")
    assert in_loop(path) == ("[" in path)
    if is_iteration(path):
        assert loop_of(path) == loops_around(path)[-1] == place


def test_the_summary_counts_loops_once_and_groups_not_at_all(weft):
    report = weft("run", "everything.weft.yaml", "--output", "json").json
    assert summary(report).startswith("succeeded=5 failed=0 skipped=1 handled=1 in ")


def test_the_summary_can_be_grepped():
    step = {"parent": None, "reused": False, "handled": False, "warnings": []}
    steps = {
        name: {**step, "status": status}
        for name, status in (("a", "succeeded"), ("b", "timed_out"), ("c", "cancelled"))
    }
    report = {"steps": steps, "status": "cancelled", "execution_time": 1.25}
    assert summary(report) == "succeeded=1 failed=1 skipped=0 cancelled=1 status=cancelled in 1.2s"


def test_the_shown_prefix_finds_the_run_and_names_the_store(weft):
    err = weft("run", "two.weft.yaml", "--store", "my runs.db").err
    command = re.search(r"show: weft (show \S+ --store 'my runs.db')$", err, re.MULTILINE).group(1)
    prefix = command.split()[1]
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}", prefix)
    assert weft("show", prefix, "--store", "my runs.db").code == 0


def test_a_run_in_memory_is_not_offered_to_be_shown(weft):
    assert "show:" not in weft("run", "two.weft.yaml", "--store", "memory").err


def test_a_password_of_a_store_is_never_shown():
    from engine.app.project import store_option

    assert store_option("postgresql://me:s3cr3t@db/weft") == " --store 'postgresql://me:***@db/weft'"


def test_paint_is_nothing_where_colours_are_off():
    assert (Paint(False)("x", "failed"), Paint(True)("x", "failed")) == ("x", "\x1b[31;1mx\x1b[0m")
