"""Secrets: where they come from, what is said when one is missing, and that none is ever shown."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import ExitStack
from contextvars import Context, copy_context
from pathlib import Path
from typing import Any

import pytest
from project_weft import Desk, echo, shell, written

from engine.app.secret_providers import FolderSecrets, dotenv_values
from engine.errors import UsageError
from engine.execute.secrets import MASK, EnvironmentSecrets, Secrets, forgotten_after, scrub_all

pytestmark = pytest.mark.slow  # each starts several processes and greps everything they leave behind


TOKEN = 'k7/Qz+"9x v&é=canary'
LINES = "-----BEGIN KEY-----\nMIIcanarycanary0123\nzzcanaryzz456789==\n-----END KEY-----"


def _length(desk: Desk, name: str, **environment: str) -> int:
    """How long the secret is that a step receives."""
    desk.spec([shell("s", 'printf %s "$1" | wc -m', f"$<secrets.{name}>")])
    said = desk.weft(
        "run", "flow.weft.json", "--store", "memory", "--output", "json", LC_ALL="C.UTF-8", **environment
    )
    assert said.code == 0, said.out + said.err
    return int(said.data("s")["stdout"])


# -- where they come from ---------------------------------------------------------------------------------------------


def test_secrets_come_from_the_places_of_the_project_in_the_order_written(desk: Desk) -> None:
    desk.write(".env", "A=1234\nB=1234\n")
    desk.write("kept/A", "12345\n")
    desk.write("kept/B", "12345\n")
    desk.write("kept/C", "12345\n")
    desk.write("weft.toml", '[secrets]\ndotenv = ".env"\nenvironment = true\nfolder = "kept"\n')
    environment = {"WEFT_SECRET_A": "123456", "WEFT_SECRET_D": "123456"}
    assert [_length(desk, name, **environment) for name in "ABCD"] == [4, 4, 5, 6]


def test_the_environment_comes_first_where_the_project_does_not_say_and_can_be_turned_off(desk: Desk) -> None:
    desk.write(".env", "A=1234\n")
    desk.write("weft.toml", '[secrets]\ndotenv = ".env"\n[profiles.ci.secrets]\nenvironment = false\n')
    assert _length(desk, "A", WEFT_SECRET_A="123456") == 6
    assert _length(desk, "A", WEFT_SECRET_A="123456", WEFT_PROFILE="ci") == 4


def test_a_missing_secret_names_the_places_and_the_way_to_set_it(desk: Desk) -> None:
    desk.write("weft.toml", '[secrets]\ndotenv = ".env"\nfolder = "kept"\n')
    said = desk.weft(
        "run", desk.spec([echo("s", "$<secrets.NOWHERE>")]), "--store", "memory", "--output", "json"
    )
    error = said.report["steps"]["s"]["errors"][0]
    assert error["type"] == "evaluation"
    assert (
        'there is no secret "NOWHERE"; looked in the environment (WEFT_SECRET_NOWHERE), ' in error["message"]
    )
    assert (
        f"{desk.folder}/.env (no such file), {desk.folder}/kept/NOWHERE (no such folder)" in error["message"]
    )
    assert error["hint"] == "set the environment variable WEFT_SECRET_NOWHERE"


def test_a_dotenv_file_that_is_wrong_stops_the_run_before_it_begins(desk: Desk) -> None:
    desk.write(".env", f"A=1\nnot a line {TOKEN}\n")
    desk.write("weft.toml", '[secrets]\ndotenv = ".env"\n')
    said = desk.weft("run", desk.spec([echo("s", "$<secrets.A>")]))
    assert said.code == 2
    assert ".env:2: a line must be NAME=VALUE" in said.err
    assert not desk.shows(TOKEN)
    assert not (desk.folder / ".weft").exists()


def test_a_secret_of_a_folder_loses_one_line_break_and_no_name_leads_out_of_it(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/A").write_bytes(b"v\n\n")
    (tmp_path / "in/B").write_bytes(b"v\r\n")
    (tmp_path / "out").write_text("x")
    folder = FolderSecrets(tmp_path / "in")
    assert [folder.get(name) for name in ("A", "B", "C", "../out", "..", "")] == [
        "v\n",
        "v",
        None,
        None,
        None,
        None,
    ]


def test_a_secret_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "A").mkdir()
    with pytest.raises(UsageError, match="it is not a file"):
        FolderSecrets(tmp_path).get("A")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A=b", "b"),
        ("A = b c  ", "b c"),
        ("export A=b # told", "b"),
        ("A=b#c", "b#c"),
        ("A=", ""),
        ("A= # nothing", ""),
        ("# A=1\n\n \nA=2\r\n", "2"),
        ("A=1\nA=2", "2"),
        ("A='$B \\n \"#' # told", '$B \\n "#'),
        ('A="a\\n\\t\\"\\\\\\$"', 'a\n\t"\\$'),
        ('A="one\ntwo"\nB=3', "one\ntwo"),
        ("A=$B ${C}", "$B ${C}"),
    ],
)
def test_what_a_dotenv_line_means(text: str, value: str) -> None:
    assert dotenv_values(text, ".env")["A"] == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A=1\nB", ".env:2: a line must be NAME=VALUE, a comment, or empty"),
        ("1A=1", ".env:1: a line must be NAME=VALUE, a comment, or empty"),
        ('A=1\n\nB="x', '.env:3: a value that begins with " must end with it'),
        ("A='x' y", ".env:1: nothing but a comment may stand behind the closing quote"),
        ('A="\\x"', ".env:1: an escape in double quotes must be one of "),
    ],
)
def test_a_dotenv_line_that_is_none_is_refused_with_its_number_and_not_shown(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        dotenv_values(text, ".env")
    assert caught.value.message.startswith(said)


# -- what the scrubber knows ------------------------------------------------------------------------------------------


def _knowing(*values: Any) -> Secrets:
    secrets = Secrets([EnvironmentSecrets({})])
    for value in values:
        secrets.know(value)
    return secrets


@pytest.mark.parametrize("form", sorted(written(TOKEN) | {repr(TOKEN)[1:-1]}))
def test_every_form_of_a_secret_is_masked(form: str) -> None:
    assert _knowing(TOKEN).scrub({"a": [f"<{form}>", {f"{form}": 1}]}) == {"a": [f"<{MASK}>", {MASK: 1}]}


@pytest.mark.parametrize("before", ["", "u", "us", "user:"])
def test_a_secret_inside_a_longer_base64_is_masked(before: str) -> None:
    """As in `Authorization: Basic`: the user's name stands before it."""
    encoded = base64.b64encode(f"{before}{'canary' * 4}:after".encode()).decode()
    masked = _knowing("canary" * 4).scrub(encoded)
    assert MASK in masked
    assert b"canary" not in base64.b64decode(masked.replace(MASK, "") + "===")


@pytest.mark.parametrize("width", [1, 5, 8])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_secret_broken_over_lines_is_masked(width: int, end: str) -> None:
    broken = end.join(TOKEN[at : at + width] for at in range(0, len(TOKEN), width))
    assert _knowing(TOKEN).scrub(f"a{end}{broken}b") == f"a{end}{MASK}b"


def test_each_line_of_a_secret_of_several_lines_is_masked() -> None:
    assert _knowing(LINES).scrub(LINES.splitlines()) == [MASK] * 4


def test_values_of_three_characters_are_not_masked_and_of_four_are() -> None:
    assert _knowing("abc", "wxyz").scrub("abc wxyz") == f"abc {MASK}"


def test_numbers_and_what_is_in_lists_and_mappings_is_masked() -> None:
    secrets = _knowing({"pin": 123456, "more": ["canary", True, None]})
    assert secrets.scrub([123456, "123456", "canary", True, 1]) == [MASK, MASK, MASK, True, 1]


def test_what_holds_no_secret_is_the_very_same_object() -> None:
    value = {"a": 1}
    assert Secrets([]).scrub(value) is value


# -- what a process knows ---------------------------------------------------------------------------------------------


def test_the_secrets_of_a_command_are_forgotten_when_it_ends(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not left to the garbage collector: a program that runs one spec after another must not mask by chance."""
    kept: list[Secrets] = []
    know = Secrets.know
    monkeypatch.setattr(Secrets, "know", lambda self, value: (kept.append(self), know(self, value)))
    spec = desk.spec([echo("a", "$<secrets.TOKEN>")])
    assert desk.weft("run", spec, WEFT_SECRET_TOKEN="abcd-4711").code == 0
    assert kept[0].scrub("abcd-4711") == MASK
    assert scrub_all("abcd-4711") == "abcd-4711"


@pytest.mark.parametrize("other", ["wxyz-0815", "abcd-4711"])
def test_what_ends_never_unmasks_what_still_goes_on(other: str) -> None:
    """Each in a context of its own, as commands, threads and tasks have; also where both know the same value."""

    def begun(value: str) -> tuple[Context, ExitStack, Secrets]:
        context, going = copy_context(), ExitStack()
        context.run(going.enter_context, forgotten_after())
        secrets = context.run(Secrets, ())
        secrets.know(value)
        return context, going, secrets

    first, second = begun("abcd-4711"), begun(other)
    first[0].run(first[1].close)
    assert scrub_all(f"{other} efgh") == f"{MASK} efgh"
    assert scrub_all("abcd-4711") == (MASK if other == "abcd-4711" else "abcd-4711")
    second[0].run(second[1].close)
    assert scrub_all(other) == other


# -- canaries through whole runs --------------------------------------------------------------------------------------

SHOW = 'echo "$1"; echo "$1" >&2; printf %s "$1" | base64; printf %s "$1" | base64 -w 7; printf %s "$1" | fold -w 3'
ENVIRONMENT = {"WEFT_SECRET_TOKEN": TOKEN, "WEFT_SECRET_KEY": LINES}


def _steps() -> list[dict[str, Any]]:
    """Steps that show their secrets wherever a step can show something."""
    return [
        echo("plain", {"a": "$<secrets.TOKEN>", "b": "x $<secrets.TOKEN> $<secrets.KEY>"}),
        echo(
            "coded",
            ["$<secrets.TOKEN | urlencode>", "$<secrets.KEY | b64encode>", "$<secrets.TOKEN | tojson>"],
        ),
        shell("shown", SHOW, "$<secrets.TOKEN>"),
        shell("lines", SHOW, "$<secrets.KEY>"),
        shell("fails", f"{SHOW}; exit 3", "$<secrets.TOKEN>", on_error="continue"),
        {
            "id": "raises",
            "tool": "python",
            "with": {"call": "flow_tasks:shout", "args": ["$<secrets.TOKEN>"]},
            "on_error": "continue",
        },
        {
            "id": "told",
            "tool": "fail",
            "with": {"message": "it was $<secrets.TOKEN>"},
            "on_error": "continue",
        },
        echo("read", "$<step_plain_result> $<step_shown_result.stdout>"),
    ]


@pytest.mark.parametrize("output", ["text", "json", "jsonl"])
def test_no_secret_is_shown_by_a_run_that_succeeds(desk: Desk, output: str) -> None:
    desk.write("flow_tasks.py", "def shout(value):\n    raise ValueError(value)\n")
    steps = _steps()
    spec = desk.spec(steps, outputs={"all": "$<step_read_result>"})
    said = desk.weft("run", spec, "--run-id", "it", "--output", output, **ENVIRONMENT)
    assert said.code == 0, said.err
    assert MASK in said.out
    desk.weft("show", "it")
    desk.weft("show", "it", "--output", "json")
    desk.weft("show", "it", "--events", "--output", "json")
    for step in steps:
        assert desk.weft("show", "it", "--step", step["id"]).code == 0
    assert desk.shows(TOKEN, LINES, *LINES.splitlines()) == []


def test_no_secret_is_shown_by_a_run_that_fails(desk: Desk) -> None:
    spec = desk.spec([shell("fails", f"{SHOW}; exit 3", "$<secrets.TOKEN>")])
    said = desk.weft("run", spec, "--run-id", "it", **ENVIRONMENT)
    assert said.code == 4
    assert "$<secrets.TOKEN>" in said.err
    desk.weft("show", "it")
    assert desk.shows(TOKEN) == []


def test_no_secret_is_shown_by_a_run_that_is_killed_and_resumed(desk: Desk) -> None:
    wait = f"{SHOW}; touch begun; test -e gate || sleep 30"
    spec = desk.spec([*_steps()[:2], shell("wait", wait, "$<secrets.TOKEN>")])
    going = desk.begin("run", spec, "--run-id", "it", "--output", "jsonl", **ENVIRONMENT)
    desk.wait_for("begun")
    going.kill()
    desk.end(going)
    assert desk.shows(TOKEN, LINES) == []
    desk.write("gate", "")
    said = desk.weft("resume", "it", "--output", "json", **ENVIRONMENT)
    assert said.code == 0, said.err
    assert said.data("wait")["stdout"].startswith(MASK)
    assert desk.shows(TOKEN, LINES) == []


def test_a_large_result_kept_as_a_file_holds_no_secret(desk: Desk) -> None:
    spec = desk.spec(
        [shell("big", 'for i in $(seq 5000); do echo "$1"; done; seq 20000', "$<secrets.TOKEN>")]
    )
    said = desk.weft("run", spec, "--output", "json", **ENVIRONMENT)
    assert said.data("big")["bytes"] > 64 * 1024
    assert desk.shows(TOKEN) == []


def test_the_report_of_a_fault_holds_no_secret(desk: Desk) -> None:
    code = (
        "from engine.app.session import Session\n"
        "async def driven(self, run, wishes, **rest):\n"
        "    raise RuntimeError('it was ' + self.values.secrets.get('TOKEN'))\n"
        "Session._driven = driven\n"
        "from engine.cli import main; main()\n"
    )
    desk.write("faulty.py", code)
    spec = desk.spec([echo("a", "$<secrets.TOKEN>")])
    done = subprocess.run(
        [sys.executable, "faulty.py", "run", spec], cwd=desk.folder, env={**os.environ, **ENVIRONMENT},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    desk.said += [done.stdout, done.stderr]
    assert done.returncode == 3, done.stderr
    assert f"it was {MASK}" in done.stderr
    reports = list((desk.folder / ".weft").glob("weft-fault-*.txt"))
    assert MASK in reports[0].read_text()
    assert desk.shows(TOKEN) == []


def test_a_later_attempt_and_a_resume_see_the_parameters_that_were_recorded_beside_a_secret(
    desk: Desk,
) -> None:
    count = (
        'echo "$2" >>seen; touch begun; test -e gate || { test $(wc -l <seen) -lt 2 && exit 1; sleep 30; }'
    )
    step = shell(
        "s", count, "$<secrets.TOKEN>", "$<uuid()>", retry={"attempts": 3, "delay": "10ms", "errors": ["any"]}
    )
    going = desk.begin("run", desk.spec([step]), "--run-id", "it", **ENVIRONMENT)
    while not (desk.folder / "seen").exists() or len((desk.folder / "seen").read_text().splitlines()) < 2:
        assert going.poll() is None
    going.kill()
    desk.end(going)
    desk.write("gate", "")
    said = desk.weft("resume", "it", **{**ENVIRONMENT, "WEFT_SECRET_TOKEN": "rotated canary"})
    assert said.code == 0, said.err
    seen = (desk.folder / "seen").read_text().splitlines()
    assert len(seen) == 3
    assert len(set(seen)) == 1
    assert desk.shows(TOKEN, "rotated canary") == []


# -- inputs that are secret -------------------------------------------------------------------------------------------

INPUTS = {"token": {"type": "string", "secret": True}, "day": {"type": "string", "default": "monday"}}
GIVEN = ("-i", f"token={TOKEN}")


def _interrupted(desk: Desk) -> None:
    """A run with a secret input, killed while its step was under way."""
    step = shell("s", f"{SHOW}; touch begun; test -e gate || sleep 30", "$<inputs.token>", "$<inputs.day>")
    going = desk.begin("run", desk.spec([step], inputs=INPUTS), *GIVEN, "--run-id", "it")
    desk.wait_for("begun")
    going.kill()
    desk.end(going)
    desk.write("gate", "")


def test_a_secret_input_is_recorded_as_a_salted_hash_and_never_shown(desk: Desk) -> None:
    steps = [echo("a", "$<inputs.token>"), shell("b", SHOW, "$<inputs.token>")]
    said = desk.weft("run", desk.spec(steps, inputs=INPUTS), *GIVEN, "--run-id", "it", "--output", "json")
    assert said.code == 0, said.err
    assert said.report["inputs"] == {"token": MASK, "day": "monday"}
    assert desk.weft("show", "it", "--output", "json").report["inputs"] == {"token": MASK, "day": "monday"}
    events = [
        json.loads(line) for line in desk.weft("show", "it", "--events", "--output", "json").out.splitlines()
    ]
    assert events[0]["inputs"]["token"].keys() == {"secret_sha256", "salt"}
    assert next(e for e in events if e["kind"] == "StepStarted")["with"] == {"v": "$<inputs.token>"}
    with sqlite3.connect(desk.folder / ".weft/weft.db") as store:
        assert "secret_sha256" in "".join(store.iterdump())
    assert desk.shows(TOKEN) == []


def test_a_dry_run_does_not_show_a_secret_input(desk: Desk) -> None:
    spec = desk.spec([echo("a", "$<inputs.token>")], inputs=INPUTS)
    for output in ("text", "json"):
        assert MASK in desk.weft("run", spec, *GIVEN, "--dry-run", "--output", output).out
    assert desk.shows(TOKEN) == []


def test_a_resume_asks_for_a_secret_input_again(desk: Desk) -> None:
    _interrupted(desk)
    said = desk.weft("resume", "it")
    assert said.code == 2
    assert 'secret input "token" is asked for again: its value is not recorded' in said.err
    assert "weft resume it -i token=VALUE" in said.err
    assert (
        json.loads(desk.weft("show", "it", "--output", "json").out)["resume"]
        == "weft resume it -i token=VALUE"
    )
    said = desk.weft("resume", "it", "-i", "token=another canary")
    assert (said.code, 'secret input "token" has another value than the run began with' in said.err) == (
        2,
        True,
    )
    said = desk.weft("resume", "it", "-i", "day=friday")
    assert 'input "day" is not asked for' in said.err
    assert desk.weft("resume", "it", *GIVEN).code == 0
    assert desk.shows(TOKEN, "another canary") == []


def test_a_secret_input_of_a_resume_may_come_from_the_environment(desk: Desk) -> None:
    _interrupted(desk)
    assert desk.weft("resume", "it", WEFT_INPUT_token=TOKEN).code == 0
    assert desk.shows(TOKEN) == []


def test_starting_again_by_id_compares_the_secret_input_too(desk: Desk) -> None:
    _interrupted(desk)
    said = desk.weft("run", "flow.weft.json", "-i", "token=another canary", "--run-id", "it")
    assert (said.code, "exists with other inputs" in said.err) == (2, True)
    assert desk.weft("run", "flow.weft.json", *GIVEN, "--run-id", "it").code == 0
    assert desk.shows(TOKEN, "another canary") == []


def test_a_secret_input_that_is_no_text_is_masked_in_its_parts(desk: Desk) -> None:
    inputs = {"login": {"type": "object", "secret": True}}
    value = '{"user": "canary-user", "pin": 987654}'
    steps = [shell("a", 'echo "$1"', "$<inputs.login | tojson>"), echo("b", "$<inputs.login>")]
    said = desk.weft("run", desk.spec(steps, inputs=inputs), "-i", f"login={value}", "--output", "json")
    assert said.code == 0, said.err
    assert said.data("b") == {"v": {"user": MASK, "pin": MASK}}
    assert desk.shows("canary-user", "987654") == []


def test_a_wrong_value_for_a_secret_input_is_not_shown(desk: Desk) -> None:
    inputs = {
        "token": {"type": "string", "secret": True, "maxLength": 3},
        "pin": {"type": "integer", "secret": True},
    }
    spec = desk.spec([echo("a", "$<inputs.token> $<inputs.pin>")], inputs=inputs)
    assert desk.weft("run", spec, *GIVEN, "-i", "pin=1").code == 2
    assert desk.weft("run", spec, "-i", f"pin={TOKEN}", "-i", "token=abc").code == 2
    assert desk.shows(TOKEN) == []
