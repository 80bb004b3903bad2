"""Tree -> Workflow: what is right is taken, what is wrong is told once and stands in no one's way."""

from __future__ import annotations

from typing import Any

import pytest

from engine.spec.load import load_text
from engine.spec.parse import parse
from engine.spec.workflow import StepSpec, Workflow


def parsed(body: str) -> tuple[Workflow, list[str]]:
    tree, _ = load_text("weft: 1\nname: demo\n" + body, "spec.yaml")
    assert tree is not None
    workflow, problems = parse(tree)
    assert workflow is not None
    return workflow, [problem.message for problem in problems]


def step(words: str) -> StepSpec:
    workflow, problems = parsed(f"steps:\n  - {{id: a, tool: echo, {words}}}\n")
    assert problems == []
    assert workflow.root.steps is not None
    return workflow.root.steps[0]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("250ms", 0.25),
        ("30s", 30),
        ("5m", 300),
        ("1h30m", 5400),
        ("2d", 172_800),
        ("1.5h", 5400),
        ("60", None),
        ("0.5", 0.5),
    ],
)
def test_durations_are_seconds(written: str, seconds: float | None) -> None:
    """A plain number is a number of seconds, in whatever way YAML writes it."""
    assert step(f"timeout: {written}").timeout_seconds == (60 if seconds is None else seconds)


@pytest.mark.parametrize("written", ["10s5m", "0s", "1s1s", "0ms", "5m5m"])
def test_a_duration_of_the_right_form_may_still_be_none(written: str) -> None:
    _, problems = parsed(f"steps:\n  - {{id: a, tool: echo, timeout: {written}}}\n")
    assert problems == [f'"{written}" is no length of time']


def test_an_empty_retry_is_three_tries() -> None:
    retry = step("retry: {}").retry
    assert retry is not None
    assert (retry.attempts, retry.delay_seconds, retry.backoff, retry.factor) == (3, 1.0, "exponential", 2.0)
    assert (retry.delay_seconds_max, retry.jitter, retry.errors, retry.within_seconds) == (
        60.0,
        True,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("written", "count", "share"),
    [("3", 3, None), ("5%", 0, 0.05), ("0", 0, None), ("100%", 0, 1.0), ("0.5%", 0, 0.005)],
)
def test_what_a_loop_tolerates_is_a_count_or_a_share(written: str, count: int, share: float | None) -> None:
    loop = step(f"foreach: {{in: [1], tolerate: {written}}}").foreach
    assert loop is not None
    assert (loop.tolerate_count, loop.tolerate_share) == (count, share)


@pytest.mark.parametrize(("written", "slots"), [("", 1), ("concurrency: 4", 4), ("concurrency: all", None)])
def test_a_loop_takes_one_item_at_a_time_unless_told_otherwise(written: str, slots: int | None) -> None:
    loop = step(f"foreach: {{in: [1], {written}}}").foreach
    assert loop is not None
    assert loop.concurrency == slots


def test_the_short_loop_is_the_long_one() -> None:
    short, long = step("foreach: [1, 2]").foreach, step("foreach: {in: [1, 2]}").foreach
    assert short is not None
    assert long is not None
    assert short.items == long.items == [1, 2]


@pytest.mark.parametrize(
    ("written", "slots"), [("", 32), ("concurrency: 4\n", 4), ("concurrency: all\n", None)]
)
def test_a_file_runs_thirty_two_calls_at_once_unless_told_otherwise(written: str, slots: int | None) -> None:
    assert parsed(written + "steps: [{id: a, tool: echo}]\n")[0].concurrency == slots


@pytest.mark.parametrize("word", ["step_id", "ide", "name"])
def test_an_id_below_a_wrong_word_still_names_its_step(word: str) -> None:
    """Else every reference to the step would be a second problem."""
    workflow, _ = parsed(f"steps: [{{{word}: extract, tool: echo}}]\n")
    assert workflow.root.steps is not None
    assert workflow.root.steps[0].id == "extract"


@pytest.mark.parametrize(
    ("written", "mode"),
    [
        ("mode: dag", "dag"),
        ("mode: dagg", "dag"),
        ("mode: xyz", "dag"),
        ("mode: 3", "dag"),
        ("execution_mode: parallel", "parallel"),
    ],
)
def test_a_wrong_mode_is_read_as_the_nearest_or_the_one_that_forbids_least(written: str, mode: str) -> None:
    assert parsed(written + "\nsteps: [{id: a, tool: echo}]\n")[0].root.mode == mode


@pytest.mark.parametrize("inputs", ["{day: string}", "{day: }", "[day]", "{day: {type: string}}"])
def test_an_input_with_a_wrong_schema_is_still_declared(inputs: str) -> None:
    assert set(parsed(f"inputs: {inputs}\nsteps: [{{id: a, tool: echo}}]\n")[0].inputs) == {"day"}


@pytest.mark.parametrize("body", ["", "steps: {a: 1}\n", "steps: text\n", "steps:\n"])
def test_without_a_list_of_steps_there_is_no_workflow(body: str) -> None:
    tree, _ = load_text("weft: 1\nname: demo\n" + body, "spec.yaml")
    assert tree is not None
    assert parse(tree) == (None, [])


def test_words_not_available_yet_are_noted_with_their_paths() -> None:
    body = (
        "triggers: []\nsteps:\n  - {id: a, tool: echo, undo: {tool: echo}}\n"
        "  - {id: b, steps: [{id: c, tool: echo, undo: {tool: echo}}]}\n"
    )
    paths: list[Any] = parsed(body)[0].unbuilt
    known = {path[-1] for path in paths}
    assert {"triggers"} <= known
    assert all(isinstance(path, tuple) for path in paths)
