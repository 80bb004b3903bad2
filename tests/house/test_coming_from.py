"""The page for those who know another engine cannot lie: its specs are run, and every word it maps is a word of ours.

`WEFT_UPDATE_PAGE=1 pytest tests/house/test_coming_from.py` writes what was printed into the page (and fails, so that a
person reads the difference).
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from pathlib import Path

import pytest

from engine.app.checking import check_text
from engine.cli import main
from engine.spec import words
from engine.spec.meant import OTHER_WORDS, first_word, other_word

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "coming-from.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCK = re.compile(r"<!-- (?P<mark>file: \S+|console) -->\n```\w*\n(?P<body>.*?)```", re.DOTALL)
RUN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r" +\d+\.\d+s")
ENGINES = ("Airflow", "AWS Step Functions", "Argo Workflows", "GitHub Actions", "Kestra", "Orquesta")
HINT = {
    "step_id": "id",
    "tool_name": "tool",
    "parameters": "with",
    "input_parameters": "with",
    "dependencies": "needs",
    "condition": "when",
    "conditions": "when",
    "step_type": "mode",
    "execution_mode": "mode",
    "stop_on_failure": "on_error",
    "retry_policy": "retry",
    "retry_count": "retry",
    "timeout_seconds": "timeout",
    "execution_context": "context",
}
"""The older design's names for the words of a step."""


def _steady(text: str) -> list[str]:
    """Without ids and times; in an order that does not depend on who was first."""
    return sorted(TIME.sub(" T", RUN_ID.sub("ID", line)).rstrip() for line in text.splitlines())


def _printed(commands: list[str]) -> str:
    out = io.StringIO()
    for command in commands:
        out.write(f"$ {command}\n")
        program, *arguments = shlex.split(command)
        assert program == "weft"
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(out),
            pytest.raises(SystemExit) as left,
        ):
            main(arguments)
        assert (left.value.code or 0) == ("older" in command), out.getvalue()
    return out.getvalue()


def test_every_example_is_run_and_prints_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    for name in ("WEFT_STORE", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    wrong = []
    for block in BLOCK.finditer(TEXT):
        mark, body = block["mark"], block["body"]
        if mark.startswith("file: "):
            (tmp_path / mark.removeprefix("file: ")).write_text(body, encoding="utf-8")
            continue
        printed = _printed([line[2:] for line in body.splitlines() if line.startswith("$ ")])
        if _steady(printed) != _steady(body):
            wrong.append(f"the page says:\n{body}\nbut this was printed:\n{printed}")
            if os.environ.get("WEFT_UPDATE_PAGE"):
                PAGE.write_text(PAGE.read_text(encoding="utf-8").replace(body, printed), encoding="utf-8")
    assert not wrong, "\n".join(wrong)


def _section(heading: str) -> str:
    return TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_has_its_table_and_one_example(engine: str) -> None:
    section = _section(engine)
    assert section.count("\n|---|---|---|\n") == 1
    assert [block["mark"].partition(":")[0] for block in BLOCK.finditer(section)] == ["file", "console"]


def test_every_example_is_passed_in_silence() -> None:
    for block in BLOCK.finditer(TEXT):
        if block["mark"].startswith("file: ") and "older" not in block["mark"]:
            found = check_text(block["body"], "spec.weft.yaml", "yaml").diagnostics
            assert [one.message for one in found] == [], block["mark"]


def test_every_mark_on_the_page_stands_before_a_block() -> None:
    assert len(BLOCK.findall(TEXT)) == TEXT.count("<!-- ") > len(ENGINES)


def test_every_link_of_the_page_leads_to_a_heading() -> None:
    headings = {line[3:].lower().replace(" ", "-") for line in TEXT.splitlines() if line.startswith("## ")}
    links = re.findall(r"\]\(#([^)]+)\)", TEXT)
    assert set(links) == headings


def _hint(text: str) -> str:
    (found,) = check_text(text, "spec.weft.yaml", "yaml").diagnostics
    return str(found.hint)


@pytest.mark.parametrize("name", HINT)
def test_a_name_of_the_older_design_is_answered_with_ours(name: str) -> None:
    value = 3 if name in ("retry_count", "timeout_seconds") else "x"
    rest = "".join(
        f", {word}: {value}" for word, value in (("id", "a"), ("tool", "echo")) if word != HINT[name]
    )
    hint = _hint(f"weft: 1\nname: older\nsteps:\n  - {{{name}: {value}{rest}}}\n")
    assert re.search(rf"\b{HINT[name]}\b", hint)


def test_retry_count_is_answered_with_one_more() -> None:
    hint = _hint("weft: 1\nname: older\nsteps:\n  - {id: a, tool: echo, retry_count: 2}\n")
    assert hint == "write retry: {attempts: 3} (attempts counts the first try too)"


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("global_context", "inputs"),
        ("execution_context", "context"),
        ("execution_mode", "mode"),
        ("retry_policy", "defaults: {retry"),
        ("retry_count", "defaults: {retry"),
        ("timeout_seconds", "timeout"),
        ("stop_on_failure", "on_error: stop"),
    ],
)
def test_a_name_of_the_older_design_on_the_file_is_answered_too(name: str, ours: str) -> None:
    assert ours in _hint(f"weft: 1\nname: older\n{name}: 2\nsteps:\n  - {{id: a, tool: echo}}\n")


@pytest.mark.parametrize(
    ("read", "ours"),
    [
        ("extract_output", "step_extract_result"),
        ("extract_metadata", "steps.extract.metadata"),
        ("global_context.day", "inputs"),
    ],
)
def test_a_reference_of_the_older_design_is_answered_with_ours(read: str, ours: str) -> None:
    steps = f"  - {{id: extract, tool: echo}}\n  - {{id: a, tool: echo, with: {{v: $<{read}>}}}}\n"
    assert _hint(f"weft: 1\nname: older\nsteps:\n{steps}") == f'did you mean "{ours}"?'


@pytest.mark.parametrize(
    ("word", "ours"),
    [
        *((word, "needs") for word in ("depends", "dependsOn", "depends_on", "depends-on", "Next")),
        *((word, "tool") for word in ("uses", "run", "task", "type", "Type", "Resource")),
        *((word, "steps") for word in ("tasks", "jobs")),
        *((word, "foreach") for word in ("with_items", "withItems", "withParam", "matrix", "strategy")),
        *((word, "timeout") for word in ("timeout-minutes", "TimeoutSeconds", "execution_timeout")),
        *((word, "rescue") for word in ("Catch", "errors", "on_failure")),
        *((word, "retry") for word in ("retries", "retryStrategy", "Retry")),
        *((word, "when") for word in ("if", "runIf")),
        *((word, "on_error") for word in ("continue-on-error", "continueOn", "allowFailure")),
        ("name", "id"),
        ("Choices", "mode"),
        ("env", "with"),
        ("onExit", "finally"),
    ],
)
def test_a_word_of_another_engine_on_a_step_is_answered_with_ours(word: str, ours: str) -> None:
    needed = [("id", "a"), ("tool", "echo")]
    rest = "".join(
        f", {key}: {value}" for key, value in needed if key != ours and (key, ours) != ("tool", "steps")
    )
    hint = _hint(f"weft: 1\nname: other\nsteps:\n  - {{{word}: x{rest}}}\n")
    assert re.search(rf"\b{ours}\b", hint)


@pytest.mark.parametrize("kind", OTHER_WORDS)
def test_no_word_of_ours_is_taken_for_another_engines(kind: str) -> None:
    ours = {"step": words.STEP_WORDS, "file": words.FILE_WORDS}.get(kind, frozenset())
    assert not ours & OTHER_WORDS[kind].keys()
    assert all(first_word(other) for other in OTHER_WORDS[kind].values())
    assert other_word(kind, "x-mine") is None
