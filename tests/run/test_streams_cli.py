"""Records that flow: through a pipeline in memory, else kept on the way; loops over them; what goes wrong on the way."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from run_weft import Told, run, weft, write_spec

TAKE_ID = [{"select": ["id"]}]


def _ndjson(path: Path, count: int, **last: Any) -> None:
    lines = [json.dumps({"id": number, "name": "n" * 60}) for number in range(count)]
    path.write_text("\n".join([*lines, *(json.dumps(one) for one in last.values())]) + "\n")


def _read(name: str, path: str = "in.ndjson", **more: Any) -> dict[str, Any]:
    return {"id": name, "tool": "file", "with": {"path": path}, **more}


def _take(name: str, source: str, steps: list[Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"id": name, "tool": "transform", "with": {"records": source, "steps": steps or TAKE_ID}, **more}


def _write(name: str, source: str, path: str = "out.csv", **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "tool": "file",
        "operation": "write",
        "with": {"path": path, "content": source},
        **more,
    }


def _pipeline(tmp_path: Path, *steps: dict[str, Any], store: str = "w.db") -> Told:
    return run(tmp_path, list(steps), "--store", store, mode="pipeline")


def _rows(path: Path) -> list[str]:
    with path.open(newline="") as file:
        return [row["id"] for row in csv.DictReader(file)]


def _kinds(run_id: str, store: str = "w.db") -> list[tuple[str, str]]:
    told = weft("show", run_id, "--store", store, "--events", "--output", "json").out
    events = [json.loads(line) for line in told.splitlines()]
    return [(event["kind"], event["instance"]) for event in events if event["instance"]]


@pytest.mark.parametrize("store", ["memory", "w.db"])
def test_records_flow_through_a_pipeline_and_nothing_is_kept_on_the_way(tmp_path: Path, store: str) -> None:
    _ndjson(tmp_path / "in.ndjson", 3000)
    told = _pipeline(
        tmp_path, _read("a"), _take("b", "$<input.records>"), _write("c", "$<input.records>"), store=store
    )
    assert _rows(tmp_path / "out.csv") == [str(number) for number in range(3000)]
    a, b, c = (told.report["steps"][name] for name in "abc")
    assert (a["data"]["count"], a["data"]["records"], a["processed_records"]) == (3000, None, 3000)
    assert a["metadata"]["flowed_to"] == "b"
    assert b["data"] == {"count": 3000, "records": None}
    assert c["data"]["records"] == 3000


def test_the_steps_of_a_stage_start_in_one_commit_and_succeed_in_one(tmp_path: Path) -> None:
    _ndjson(tmp_path / "in.ndjson", 10)
    told = _pipeline(tmp_path, _read("a"), _take("b", "$<input.records>"), _write("c", "$<input.records>"))
    began, ended = [("StepStarted", name) for name in "abc"], [("StepSucceeded", name) for name in "abc"]
    assert _kinds(told.report["run_id"]) == [*began, *ended]


@pytest.mark.parametrize(
    "apart",
    [
        {"when": "true"},
        {"on_error": "continue"},
        {"rescue": [{"id": "r", "tool": "echo"}]},
        {"finally": [{"id": "f", "tool": "echo"}]},
        {"let": {"x": 1}},
        {"undo": {"tool": "echo"}},
    ],
    ids=lambda word: next(iter(word)),
)
def test_a_step_with_words_of_its_own_takes_the_same_records_from_where_they_are_kept(
    tmp_path: Path, apart: dict[str, Any]
) -> None:
    _ndjson(tmp_path / "in.ndjson", 3000)
    told = _pipeline(
        tmp_path, _read("a"), _take("b", "$<input.records>", **apart), _write("c", "$<input.records>")
    )
    assert _rows(tmp_path / "out.csv") == [str(number) for number in range(3000)]
    kinds = _kinds(told.report["run_id"])
    assert kinds.index(("StepSucceeded", "a")) < kinds.index(("StepStarted", "b"))
    assert "flowed_to" not in told.report["steps"]["a"]["metadata"]


def test_what_somebody_else_reads_is_kept(tmp_path: Path) -> None:
    _ndjson(tmp_path / "in.ndjson", 3000)
    told = _pipeline(
        tmp_path,
        _read("a"),
        _take("b", "$<input.records>"),
        {"id": "c", "tool": "echo", "with": {"n": "$<step_a_result.records[2999].id>"}},
    )
    assert told.data("c") == {"n": 2999}


def test_in_a_dag_records_go_from_step_to_step_through_the_store(tmp_path: Path) -> None:
    _ndjson(tmp_path / "in.ndjson", 3000)
    steps = [
        _read("a"),
        _take("b", "$<step_a_result.records>"),
        _write("c", "$<step_b_result.records>"),
        {"id": "n", "tool": "echo", "with": {"n": "$<step_b_result.count>"}},
    ]
    told = run(tmp_path, steps, "--store", "w.db", mode="dag")
    assert _rows(tmp_path / "out.csv") == [str(number) for number in range(3000)]
    assert told.data("n") == {"n": 3000}


def test_who_fails_is_named_and_the_others_of_its_stage_are_cancelled(tmp_path: Path) -> None:
    _ndjson(tmp_path / "in.ndjson", 1500)
    with (tmp_path / "in.ndjson").open("a") as file:
        file.write("{\n")
    told = _pipeline(tmp_path, _read("a"), _take("b", "$<input.records>"), _write("c", "$<input.records>"))
    assert told.statuses == {"a": "failed", "b": "cancelled", "c": "cancelled"}
    assert "line 1501" in told.report["error"]["message"]
    assert told.report["error"]["step"] == "a"
    assert not (tmp_path / "out.csv").exists(), "a file is written whole or not at all"


def test_an_error_in_the_middle_is_that_steps_own(tmp_path: Path) -> None:
    _ndjson(tmp_path / "in.ndjson", 10)
    broken = _take("b", "$<input.records>", [{"select": ["naem"]}])
    told = _pipeline(tmp_path, _read("a"), broken, _write("c", "$<input.records>"))
    assert told.statuses == {"a": "cancelled", "b": "failed", "c": "cancelled"}
    error = told.report["error"]
    assert (error["step"], error["hint"]) == ("b", 'did you mean "name"?')


def test_who_takes_records_from_a_file_that_has_none_is_told_what_there_is(tmp_path: Path) -> None:
    """Only when it is read does a file turn out to be json: then there is a `value`, and nothing to stream."""
    (tmp_path / "in.json").write_text('[{"id": 1}]')
    steps = [_read("a", "in.json"), _take("b", "$<input.records>"), _write("c", "$<input.records>")]
    told = _pipeline(tmp_path, *steps)
    assert told.statuses == {"a": "cancelled", "b": "failed", "c": "cancelled"}
    error = told.report["error"]
    assert (error["type"], error["code"]) == ("evaluation", "missing-key")
    assert 'with: input has no key "records"; it has: path, format, bytes, value' in error["message"]


def test_a_file_whose_types_are_inferred_is_read_whole_and_flows_on(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id\n1\n2\n")
    read = {"id": "a", "tool": "file", "with": {"path": "in.csv", "infer": True}}
    told = _pipeline(tmp_path, read, _take("b", "$<input.records>"), _write("c", "$<input.records>"))
    assert told.report["steps"]["a"]["metadata"]["flowed_to"] == "b"
    assert (told.data("a")["count"], told.data("c")["records"]) == (2, 2)


def test_a_retry_runs_the_whole_stage_again_at_the_cost_of_one_budget(tmp_path: Path) -> None:
    (tmp_path / "in.ndjson").write_text("{\n")
    again = {"retry": {"attempts": 3, "delay": "1ms", "errors": ["any"]}}
    told = _pipeline(
        tmp_path, _read("a", **again), _take("b", "$<input.records>"), _write("c", "$<input.records>")
    )
    kinds = _kinds(told.report["run_id"])
    assert kinds.count(("StepStarted", "a")) == kinds.count(("StepStarted", "c")) == 3
    assert kinds.count(("StepFailed", "a")) == 3
    assert kinds.count(("StepInterrupted", "c")) == 2
    assert told.report["steps"]["c"]["status"] == "cancelled"


def test_a_stage_holds_one_slot(tmp_path: Path) -> None:
    _ndjson(tmp_path / "in.ndjson", 10)
    steps = [_read("a"), _take("b", "$<input.records>"), _write("c", "$<input.records>")]
    told = run(tmp_path, steps, "--max-parallel", "1", mode="pipeline", concurrency=1)
    assert set(told.statuses.values()) == {"succeeded"}


def test_a_timeout_of_one_ends_the_stage(tmp_path: Path) -> None:
    _ndjson(tmp_path / "in.ndjson", 60_000)
    slow = _take("b", "$<input.records>", [{"derive": {"column": "x", "op": "upper", "from": ["name"]}}] * 6)
    told = _pipeline(
        tmp_path, _read("a"), {**slow, "timeout": "30ms"}, _write("c", "$<input.records>"), store="memory"
    )
    assert told.statuses == {"a": "cancelled", "b": "timed_out", "c": "cancelled"}


def test_retry_from_a_step_of_a_stage_runs_the_whole_stage(tmp_path: Path) -> None:
    """What flowed into it was not kept."""
    _ndjson(tmp_path / "in.ndjson", 10)
    told = _pipeline(tmp_path, _read("a"), _take("b", "$<input.records>"), _write("c", "$<input.records>"))
    (tmp_path / "out.csv").unlink()
    again = weft("retry", told.report["run_id"], "--from", "c", "--store", "w.db", "--output", "json")
    assert again.code == 0, again.err
    assert len(_rows(tmp_path / "out.csv")) == 10
    assert not any(step["reused"] for step in again.report["steps"].values())


def test_a_loop_goes_through_what_a_tool_streams(tmp_path: Path) -> None:
    _ndjson(tmp_path / "in.ndjson", 2500)
    loop = {
        "id": "each",
        "foreach": {"in": "$<step_a_result.records>", "key": "item.id", "concurrency": 100},
        "tool": "echo",
        "with": {"id": "$<item.id>"},
    }
    steps = [_read("a"), loop, {"id": "n", "tool": "echo", "with": {"n": "$<step_each_result | length>"}}]
    told = run(tmp_path, steps, "--store", "w.db")
    assert told.data("n") == {"n": 2500}
    last = told.report["steps"]["each"]
    assert last["iterations"][7]["data"] == {"id": 7}
    assert last["iterations_left_out"] == 1500
    rows = [kind for kind, at in _kinds(told.report["run_id"]) if (kind, at) == ("LoopExpanded", "each")]
    assert len(rows) == 3, "a row for each thousand items"


def test_a_key_that_comes_twice_in_a_stream_is_found_wherever_it_comes(tmp_path: Path) -> None:
    _ndjson(tmp_path / "in.ndjson", 1500, again={"id": 3})
    loop = {
        "id": "each",
        "foreach": {"in": "$<step_a_result.records>", "key": "item.id", "concurrency": 100},
        "tool": "echo",
    }
    told = run(tmp_path, [_read("a"), loop], "--store", "w.db")
    assert told.report["error"]["code"] == "duplicate-key"
    assert "items 3 and 1500" in told.report["error"]["message"]


def test_over_a_stream_a_share_is_judged_at_its_end(tmp_path: Path) -> None:
    """The first three items fail: over a list of six that would be the end of it at once."""
    (tmp_path / "in.ndjson").write_text("".join(f'{{"id": {number}}}\n' for number in range(6)))
    loop = {"id": "each", "foreach": {"in": "$<step_a_result.records>", "tolerate": "50%"}}
    loop |= {"tool": "fail", "with": {"times": 1}}
    told = run(tmp_path, [_read("a"), loop])
    each = told.report["steps"]["each"]
    assert len(each["iterations"]) == 6, "every item had its turn"
    assert each["status"] == "failed"
    listed = {**loop, "foreach": {"in": [1, 2, 3, 4, 5, 6], "tolerate": "50%"}}
    assert len(run(tmp_path, [listed]).report["steps"]["each"]["iterations"]) == 4


def test_a_column_that_comes_after_the_header_is_an_error(tmp_path: Path) -> None:
    _ndjson(tmp_path / "in.ndjson", 1200, late={"id": 1, "more": 2})
    told = _pipeline(tmp_path, _read("a"), _write("c", "$<input.records>"))
    assert told.report["error"]["step"] == "c"
    assert 'the column "more" first comes with record 1201' in told.report["error"]["message"]


def test_another_spec_cannot_take_up_what_flowed_by(tmp_path: Path) -> None:
    _ndjson(tmp_path / "in.ndjson", 10)
    steps = [_read("a"), _write("c", "$<input.records>")]
    told = _pipeline(tmp_path, *steps)
    steps[1]["when"] = "true"  # no stage any more: it would read what "a" has kept
    new = write_spec(tmp_path, steps, mode="pipeline")
    again = weft("retry", told.report["run_id"], "--from", "c", "--spec", str(new), "--store", "w.db")
    assert again.code == 2
    assert "the new spec does not fit" in again.err
    assert "start a new run with it" in again.err


def test_a_stage_never_holds_more_than_a_batch_of_each_step(tmp_path: Path) -> None:
    """The last step pulls: a batch is written before the next one is read."""
    from engine.tools.core.transform.flowing import flow

    taken: list[int] = []

    def batches() -> Any:
        for number in range(5):
            taken.append(number)
            yield [{"id": number}]

    flowing = flow(batches(), [{"select": ["id"]}], 10, lambda: None)
    for number, batch in enumerate(flowing):
        assert batch == [{"id": number}]
        assert taken == list(range(number + 1))
