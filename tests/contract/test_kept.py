"""Names an earlier design used: `validate` says what to write instead, and takes none of them."""

from __future__ import annotations

from typing import Any

import pytest
from contract_flow import echo, problems

STEP = [
    ("step_id", "a", 'did you mean "id"?'),
    ("tool_name", "echo", 'did you mean "tool"?'),
    ("parameters", {}, 'did you mean "with"?'),
    ("input_parameters", {}, 'did you mean "with"?'),
    ("dependencies", [], 'did you mean "needs"?'),
    ("condition", "true", 'did you mean "when"?'),
    ("conditions", ["true"], 'did you mean "when"?'),
    ("stop_on_failure", True, "write on_error: stop"),
    ("retry_policy", {}, 'did you mean "retry"?'),
    ("retry_count", 4, "write retry: {attempts: 5} (attempts counts the first try too)"),
    ("timeout_seconds", 30, 'did you mean "timeout"?'),
    ("execution_context", {}, 'did you mean "context"?'),
    ("step_type", "loop", "write mode (of the group around it), when, foreach or repeat"),
]


@pytest.mark.parametrize(("word", "value", "hint"), STEP, ids=[word for word, _, _ in STEP])
def test_a_word_of_a_step_leads_to_ours(word: str, value: Any, hint: str) -> None:
    step = {"tool": "echo", "id": "a", word: value}
    step.pop({"step_id": "id", "tool_name": "tool"}.get(word, ""), None)
    assert problems([step]) == [("WF210", f'"{word}" is not a word of a step', hint)]


@pytest.mark.parametrize(
    ("word", "value", "hint"),
    [
        ("execution_mode", "parallel", 'did you mean "mode"?'),
        ("global_context", {"day": "monday"}, 'did you mean "inputs"?'),
        ("execution_context", {}, 'did you mean "context"?'),
    ],
)
def test_a_word_of_the_file_leads_to_ours(word: str, value: Any, hint: str) -> None:
    assert problems([echo("a")], **{word: value}) == [
        ("WF210", f'"{word}" is not a word of a workflow', hint)
    ]


def test_the_mode_of_a_group_had_another_word() -> None:
    group = {"id": "g", "execution_mode": "parallel", "steps": [echo("a")]}
    assert problems([group]) == [
        ("WF210", '"execution_mode" is not a word of a step', 'did you mean "mode"?')
    ]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("a_output", 'did you mean "step_a_result"?'),
        ("a_metadata", 'did you mean "steps.a.metadata"?'),
        ("global_context", 'did you mean "inputs"?'),
    ],
)
def test_a_name_in_a_reference_leads_to_ours(name: str, hint: str) -> None:
    told = problems([echo("a"), echo("b", f"$<{name}>")])
    assert told == [("WF402", f'"{name}" is not known here', hint)]
