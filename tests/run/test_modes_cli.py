"""Every mode through the command line: what runs, what is skipped, what the group gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from run_weft import echo, fail, run, weft, write_spec

SUCCEEDED, FAILED, SKIPPED = "succeeded", "failed", "skipped"


def note(name: str, ledger: Path, **more: Any) -> dict[str, Any]:
    """A step that leaves its name in the ledger: the order things really ran in."""
    command = {"command": 'echo "$1" >> "$2"', "args": [name, str(ledger)]}
    return {"id": name, "tool": "shell", "with": command, **more}


# -- sequential ----------------------------------------------------------------------------------------------


def test_sequential_is_the_default_and_runs_in_the_order_written(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    told = run(tmp_path, [note(name, ledger) for name in "dbca"])
    assert ledger.read_text().split() == ["d", "b", "c", "a"]
    assert told.report["metadata"]["execution_mode"] == "sequential"


def test_sequential_steps_read_every_earlier_one(tmp_path: Path) -> None:
    told = run(tmp_path, [echo("a", 1), echo("b", 2), echo("c", "$<step_a_result.v + step_b_result.v>")])
    assert told.data("c") == {"v": 3}


def test_sequential_ends_at_the_first_unhandled_failure_whatever_later_rules_say(tmp_path: Path) -> None:
    told = run(
        tmp_path,
        [echo("a"), fail("b"), echo("c", trigger_rule="all_done"), echo("d", trigger_rule="one_failed")],
    )
    assert told.statuses == {"a": SUCCEEDED, "b": FAILED, "c": SKIPPED, "d": SKIPPED}
    assert told.report["steps"]["c"]["reason"] == "upstream_failed"
    assert told.report["status"] == "failed"


def test_sequential_hands_a_skip_on_only_to_those_that_read_or_need_it(tmp_path: Path) -> None:
    steps = [
        echo("a", when=False),
        echo("b"),
        echo("c", needs=["a"]),
        echo("d", "$<step_a_result>"),
        echo("e", needs=["c"]),
    ]
    told = run(tmp_path, steps)
    assert told.statuses == {"a": SKIPPED, "b": SUCCEEDED, "c": SKIPPED, "d": SKIPPED, "e": SKIPPED}
    assert told.report["status"] == SUCCEEDED
    assert [told.report["steps"][x]["reason"] for x in "ac"] == ["condition is false", "upstream_skipped"]


# -- parallel ------------------------------------------------------------------------------------------------


def test_parallel_steps_are_all_under_way_at_once(tmp_path: Path) -> None:
    """Each waits for the other's file: only together can they end."""
    meet = 'touch "$1"; while [ ! -e "$2" ]; do sleep 0.01; done'
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    steps = [
        {"id": "a", "tool": "shell", "timeout": "20s", "with": {"command": meet, "args": [one, two]}},
        {"id": "b", "tool": "shell", "timeout": "20s", "with": {"command": meet, "args": [two, one]}},
    ]
    assert run(tmp_path, steps, mode="parallel").statuses == {"a": SUCCEEDED, "b": SUCCEEDED}


def test_parallel_branches_go_on_when_one_fails(tmp_path: Path) -> None:
    told = run(tmp_path, [fail("a"), echo("b")], mode="parallel")
    assert told.statuses == {"a": FAILED, "b": SUCCEEDED}
    assert told.report["status"] == "partial_failure"


@pytest.mark.parametrize("link", [{"needs": ["a"]}, {"with": {"v": "$<step_a_result>"}}])
def test_parallel_steps_cannot_need_or_read_each_other(tmp_path: Path, link: dict[str, Any]) -> None:
    path = write_spec(tmp_path, [echo("a"), {"id": "b", "tool": "echo", **link}], mode="parallel")
    told = weft("run", str(path), "--store", "memory")
    assert told.code == 1
    assert "mode: dag" in told.err


# -- conditional ---------------------------------------------------------------------------------------------


def test_conditional_runs_every_step_whose_condition_holds_in_order(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    steps = [note("a", ledger, when="1 > 2"), note("b", ledger, when="2 > 1"), note("c", ledger)]
    told = run(tmp_path, steps, mode="conditional")
    assert told.statuses == {"a": SKIPPED, "b": SUCCEEDED, "c": SUCCEEDED}
    assert ledger.read_text().split() == ["b", "c"]


def test_conditional_looks_at_a_condition_when_its_turn_comes(tmp_path: Path) -> None:
    steps = [echo("a", 5), echo("b", when="step_a_result.v == 5"), echo("c", when="step_a_result.v == 6")]
    assert run(tmp_path, steps, mode="conditional").statuses == {"a": SUCCEEDED, "b": SUCCEEDED, "c": SKIPPED}


@pytest.mark.parametrize(("value", "taken"), [(1, "one"), (2, "two"), (3, "other")])
def test_match_first_takes_the_first_that_holds_and_a_last_one_without_condition_is_the_else(
    tmp_path: Path, value: int, taken: str
) -> None:
    branches = [
        echo("one", "1", when="inputs.n == 1"),
        echo("two", "2", when="inputs.n <= 2"),
        echo("other", "3"),
    ]
    group = {"id": "g", "mode": "conditional", "match": "first", "steps": branches}
    told = run(tmp_path, [group], "-i", f"n={value}", inputs={"n": {"type": "integer"}})
    assert [name for name in ("one", "two", "other") if told.statuses[name] == SUCCEEDED] == [taken]
    assert told.data("g") == {"v": str(min(value, 3))}


def test_match_first_where_nothing_holds_gives_null_and_succeeds(tmp_path: Path) -> None:
    group = {"id": "g", "mode": "conditional", "match": "first", "steps": [echo("a", when=False)]}
    told = run(tmp_path, [group])
    assert (told.statuses["g"], told.data("g")) == (SUCCEEDED, None)


def test_conditional_ends_at_the_first_unhandled_failure(tmp_path: Path) -> None:
    told = run(tmp_path, [echo("a"), fail("b"), echo("c")], mode="conditional")
    assert told.statuses == {"a": SUCCEEDED, "b": FAILED, "c": SKIPPED}
    assert told.report["status"] == "failed"


def test_match_first_does_not_fall_through_from_a_branch_that_failed(tmp_path: Path) -> None:
    told = run(tmp_path, [fail("a", when="1 == 1"), echo("b")], mode="conditional", match="first")
    assert told.statuses == {"a": FAILED, "b": SKIPPED}


def test_a_branch_not_taken_says_so(tmp_path: Path) -> None:
    told = run(tmp_path, [echo("a", when="1 == 1"), echo("b")], mode="conditional", match="first")
    assert told.report["steps"]["b"]["reason"] == "another branch was taken"


# -- pipeline ------------------------------------------------------------------------------------------------


def test_pipeline_hands_each_step_what_the_one_before_gave(tmp_path: Path) -> None:
    told = run(
        tmp_path, [echo("a", 1), echo("b", "$<input.v + 1>"), echo("c", "$<input.v + 1>")], mode="pipeline"
    )
    assert told.data("c") == {"v": 3}


def test_the_first_input_of_a_pipeline_file_is_null(tmp_path: Path) -> None:
    assert run(tmp_path, [echo("a", "$<input>"), echo("b", "$<input>")], mode="pipeline").data("b") == {
        "v": {"v": None}
    }


def test_a_skipped_step_of_a_pipeline_hands_on_its_own_input(tmp_path: Path) -> None:
    steps = [echo("a", 1), echo("b", when=False), echo("c", when=False), echo("d", "$<input.v>")]
    told = run(tmp_path, steps, mode="pipeline")
    assert told.statuses == {"a": SUCCEEDED, "b": SKIPPED, "c": SKIPPED, "d": SUCCEEDED}
    assert told.data("d") == {"v": 1}


def test_a_pipeline_in_a_pipeline_begins_with_the_input_of_the_step_around_it(tmp_path: Path) -> None:
    inner = {
        "id": "p",
        "mode": "pipeline",
        "steps": [echo("b", "$<input.v + 1>"), echo("c", "$<input.v + 1>")],
    }
    told = run(tmp_path, [echo("a", 1), inner, echo("d", "$<input.v + 1>")], mode="pipeline")
    assert told.data("p") == {"v": 3}
    assert told.data("d") == {"v": 4}


def test_steps_of_any_group_in_a_pipeline_read_the_input_of_that_group(tmp_path: Path) -> None:
    inner = {"id": "g", "mode": "parallel", "steps": [echo("b", "$<input.v>"), echo("c", "$<input.v>")]}
    told = run(tmp_path, [echo("a", 1), inner, echo("d", "$<input>")], mode="pipeline")
    assert told.data("d") == {"v": {"b": {"v": 1}, "c": {"v": 1}}}


def test_a_loop_in_a_pipeline_reads_the_input_in_every_item(tmp_path: Path) -> None:
    loop = echo("b", "$<input.v + item>", foreach=[10, 20])
    assert run(tmp_path, [echo("a", 1), loop], mode="pipeline").data("b") == [{"v": 11}, {"v": 21}]


def test_a_handled_failure_in_a_pipeline_hands_on_null(tmp_path: Path) -> None:
    told = run(
        tmp_path, [echo("a", 1), fail("b", on_error="continue"), echo("c", "$<input>")], mode="pipeline"
    )
    assert told.data("c") == {"v": None}


# -- dag -----------------------------------------------------------------------------------------------------


def test_dag_starts_each_step_when_what_it_reads_is_done_in_whatever_order_written(tmp_path: Path) -> None:
    steps = [
        echo("c", "$<step_a_result.v + step_b_result.v>"),
        echo("b", "$<step_a_result.v + 1>"),
        echo("a", 1),
    ]
    assert run(tmp_path, steps, mode="dag").data("c") == {"v": 3}


def test_dag_runs_independent_branches_to_their_ends_and_skips_what_depends_on_a_failure(
    tmp_path: Path,
) -> None:
    steps = [fail("a"), echo("b", needs=["a"]), echo("c", needs=["b"]), echo("x"), echo("y", needs=["x"])]
    told = run(tmp_path, steps, mode="dag")
    assert told.statuses == {"a": FAILED, "b": SKIPPED, "c": SKIPPED, "x": SUCCEEDED, "y": SUCCEEDED}
    assert told.report["steps"]["c"]["reason"] == "upstream_failed"
    assert told.report["status"] == "partial_failure"


def test_reading_into_a_group_waits_for_the_group_and_its_rules_look_at_the_group(tmp_path: Path) -> None:
    group = {"id": "g", "mode": "dag", "steps": [echo("a", 1), fail("b")]}
    steps = [group, echo("c", "$<step_a_result.v>"), echo("d", "$<step_a_result.v>", trigger_rule="all_done")]
    told = run(tmp_path, steps, mode="dag")
    assert told.statuses == {"g": FAILED, "a": SUCCEEDED, "b": FAILED, "c": SKIPPED, "d": SUCCEEDED}
    assert told.data("d") == {"v": 1}


def test_a_cycle_is_refused_and_shown(tmp_path: Path) -> None:
    path = write_spec(tmp_path, [echo("a", needs=["b"]), echo("b", needs=["a"])], mode="dag")
    told = weft("run", str(path), "--store", "memory")
    assert told.code == 1
    assert "a" in told.err
    assert "cycle" in told.err


# -- what a group gives --------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["sequential", "parallel", "conditional", "dag"])
def test_a_groups_data_is_the_mapping_of_its_children(tmp_path: Path, mode: str) -> None:
    group = {"id": "g", "mode": mode, "steps": [echo("a", 1), echo("b", 2), echo("c", 3, when=False)]}
    assert run(tmp_path, [group]).data("g") == {"a": {"v": 1}, "b": {"v": 2}, "c": None}


def test_a_pipelines_data_is_that_of_the_last_step_that_was_not_skipped(tmp_path: Path) -> None:
    group = {"id": "g", "mode": "pipeline", "steps": [echo("a", 1), echo("b", 2), echo("c", when=False)]}
    assert run(tmp_path, [group]).data("g") == {"v": 2}


def test_outputs_of_a_group_are_its_data(tmp_path: Path) -> None:
    group = {"id": "g", "steps": [echo("a", 1)], "outputs": {"n": "$<step_a_result.v>", "fixed": [1]}}
    told = run(tmp_path, [group, echo("b", "$<step_g_result.n + 1>")])
    assert told.data("g") == {"n": 1, "fixed": [1]}
    assert told.data("b") == {"v": 2}


def test_outputs_of_the_file_are_the_runs_result(tmp_path: Path) -> None:
    told = run(tmp_path, [echo("a", 1)], outputs={"n": "$<step_a_result.v>", "whole": "$<steps.a.status>"})
    assert told.report["outputs"] == {"n": 1, "whole": "succeeded"}


def test_outputs_that_cannot_be_evaluated_fail_the_run(tmp_path: Path) -> None:
    told = run(tmp_path, [echo("a", 1)], outputs={"n": "$<step_a_result.nothing>"}, mode="dag")
    assert told.report["status"] == "failed"
    assert "nothing" in told.report["error"]["message"]


def test_outputs_of_a_group_that_cannot_be_evaluated_fail_the_group(tmp_path: Path) -> None:
    group = {
        "id": "g",
        "steps": [echo("a", 1)],
        "outputs": {"n": "$<step_a_result.nothing>"},
        "on_error": "continue",
    }
    told = run(tmp_path, [group, echo("b")])
    assert told.statuses == {"g": FAILED, "a": SUCCEEDED, "b": SUCCEEDED}
    assert told.report["steps"]["g"]["errors"][0]["type"] == "evaluation"


def test_a_group_whose_children_were_all_skipped_succeeded(tmp_path: Path) -> None:
    told = run(tmp_path, [{"id": "g", "steps": [echo("a", when=False)]}, echo("b", needs=["g"])])
    assert told.statuses == {"g": SUCCEEDED, "a": SKIPPED, "b": SUCCEEDED}


def test_a_skipped_group_never_lists_its_children(tmp_path: Path) -> None:
    told = run(tmp_path, [{"id": "g", "when": False, "steps": [echo("a")]}])
    assert told.statuses == {"g": SKIPPED}


# -- status of the run ---------------------------------------------------------------------------------------

RUNS: dict[str, tuple[str, list[Any], str]] = {
    "all good": ("dag", [echo("a"), echo("b")], SUCCEEDED),
    "skips are no failures": ("dag", [echo("a", when=False)], SUCCEEDED),
    "a handled failure is none": ("dag", [fail("a", on_error="continue"), echo("b")], SUCCEEDED),
    "some failed": ("dag", [fail("a"), echo("b")], "partial_failure"),
    "all failed": ("dag", [fail("a"), fail("b")], FAILED),
    "failed and skipped": ("dag", [fail("a"), echo("b", needs=["a"])], FAILED),
    "handled and failed, none succeeded": ("dag", [fail("a", on_error="continue"), fail("b")], FAILED),
    "stopped": ("dag", [echo("a"), fail("b", on_error="stop", needs=["a"])], FAILED),
    "sequential cut short": ("sequential", [echo("a"), fail("b"), echo("c")], FAILED),
    "sequential ended by its last": ("sequential", [echo("a"), fail("b")], FAILED),
    "conditional cut short": ("conditional", [echo("a"), fail("b"), echo("c")], FAILED),
    "pipeline cut short": ("pipeline", [echo("a"), fail("b"), echo("c")], FAILED),
    "parallel": ("parallel", [echo("a"), fail("b")], "partial_failure"),
    "a failed group that had successes": (
        "dag",
        [{"id": "g", "steps": [echo("a"), fail("b")]}],
        "partial_failure",
    ),
}


@pytest.mark.parametrize("case", RUNS)
def test_status_and_exit_code_of_the_run(tmp_path: Path, case: str) -> None:
    mode, steps, status = RUNS[case]
    told = run(tmp_path, steps, mode=mode)
    assert told.report["status"] == status
    assert told.code == (0 if status == SUCCEEDED else 4)


def test_outputs_of_a_file_that_failed_are_not_evaluated(tmp_path: Path) -> None:
    told = run(tmp_path, [echo("a", 1), fail("b")], mode="dag", outputs={"n": "$<step_a_result.v>"})
    assert (told.report["status"], told.report["outputs"]) == ("partial_failure", {})


def test_outputs_that_cannot_be_evaluated_are_not_tried_again(tmp_path: Path) -> None:
    retry = {"attempts": 3, "delay": "1ms", "errors": ["any"]}
    told = run(
        tmp_path, [{"id": "g", "steps": [echo("a")], "outputs": {"n": "$<step_a_result.x>"}, "retry": retry}]
    )
    assert (told.statuses["g"], told.report["steps"]["g"]["attempts"]) == (FAILED, 1)


def test_only_tool_steps_count_as_steps_that_succeeded(tmp_path: Path) -> None:
    """A group whose children were all skipped succeeded, but nothing was done: the run is no partial success."""
    told = run(tmp_path, [{"id": "g", "steps": [echo("a", when=False)]}, fail("b")], mode="dag")
    assert told.statuses["g"] == SUCCEEDED
    assert told.report["status"] == "failed"


def test_an_item_that_succeeded_counts_though_its_loop_failed(tmp_path: Path) -> None:
    loop = {"id": "l", "tool": "fail", "with": {"times": "$<item>"}, "foreach": [0, 9]}
    assert run(tmp_path, [loop], mode="dag").report["status"] == "partial_failure"
