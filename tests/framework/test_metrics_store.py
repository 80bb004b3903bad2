"""Metrics are folded from what a store holds: every figure, over runs, attempts, processes and deletions."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from watch_place import Place, holds, recorded

from engine.app.metering import Metering
from engine.app.prometheus import prometheus_text
from engine.journal import NewEvent, open_journal
from engine.tools.framework.metrics import HISTORY, CallStats

SPEC = """\
weft: 1
name: made
connections:
  shop: {tool: sql, url: "sqlite:///shop.db"}
steps:
  - {id: a, tool: echo, with: {n: 1}}
  - id: each
    foreach: {in: [x, y], key: item}
    steps:
      - {id: q, tool: shop, with: {sql: select 1 as one}}
"""
QUIET = dict.fromkeys(("total_calls", "successful_calls", "failed_calls", "cache_hits"), 0)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Place:
    return Place(tmp_path, monkeypatch, capsys)


def entry(journal) -> dict:
    metering = Metering(journal)
    metering.read()
    found = metering.entry()
    holds("metrics", found)
    return found


def started(path: str, at: float, attempt: int = 1) -> NewEvent:
    return NewEvent(at, "StepStarted", path, attempt)


def succeeded(path: str, at: float, *, cached: bool = False, data: object = None) -> NewEvent:
    return NewEvent(at, "StepSucceeded", path, 1, {"data": data, "metadata": {"from_cache": cached}})


def failed(path: str, at: float, message: str, attempt: int | None = 1) -> NewEvent:
    return NewEvent(at, "StepFailed", path, attempt, {"error": {"type": "failed", "message": message}})


def test_an_empty_store_has_zeros(place: Place) -> None:
    open_journal(".weft/weft.db").close()
    told = place.weft("metrics", "--output", "json").json
    holds("metrics", told)
    tools = told["orchestration"].pop("registered_tools")
    assert tools >= 11
    assert set(told["orchestration"].values()) == {0}
    assert told["tools"] == {}


def test_a_store_that_is_not_there_is_named(place: Place) -> None:
    answer = place.weft("metrics")
    assert answer.code == 5
    assert "there is no store" in answer.err
    assert not (place.folder / ".weft").exists()


def test_every_figure_of_a_tool(tmp_path: Path) -> None:
    """Of a loop's iterations too, whatever their keys hold; a call counts under the connection its step names."""
    journal = open_journal(str(tmp_path / "runs.db"))
    spec = SPEC.replace("[x, y]", """['x', 'y]/"z']""")
    odd = 'each["y]/\\"z"]/q'
    facts = [
        *(started("a", 10.0), succeeded("a", 10.5)),
        *(started('each["x"]/q', 11.0), failed('each["x"]/q', 12.0, "the first")),
        *(started('each["x"]/q', 13.0, 2), succeeded('each["x"]/q', 15.0)),
        *(started(odd, 14.0), failed(odd, 16.0, "the last")),
        *(started(odd, 17.0, 2), succeeded(odd, 17.0, cached=True)),
    ]
    recorded(journal, "r", spec, facts)
    recorded(
        journal, "s", spec, [started("a", 20.0), NewEvent(21.0, "StepCancelled", "a", 1, {"reason": "x"})]
    )
    tools = entry(journal)["tools"]
    assert tools["shop"] == {
        "tool": "sql",
        "total_calls": 4,
        "successful_calls": 2,
        "failed_calls": 2,
        "cache_hits": 1,
        "success_rate": 0.5,
        "total_execution_time": 5.0,
        "average_execution_time": pytest.approx(5 / 3, abs=1e-6),
        "p50": 2.0,
        "p95": 2.0,
        "last_call_timestamp": "1970-01-01T00:00:17.000000Z",
        "last_success_timestamp": "1970-01-01T00:00:17.000000Z",
        "last_error": "the last",
        "usage_count": 1,
        "registered_at": "1970-01-01T00:00:11.000000Z",
    }
    assert tools["echo"]["total_calls"] == 2
    assert (tools["echo"]["successful_calls"], tools["echo"]["failed_calls"]) == (1, 0)
    assert (tools["echo"]["success_rate"], tools["echo"]["usage_count"]) == (1.0, 2)


def test_a_result_that_speaks_of_a_cache_is_no_hit(tmp_path: Path) -> None:
    journal = open_journal(str(tmp_path / "runs.db"))
    data = {"from_cache": True, "text": '"from_cache":true'}
    recorded(journal, "r", SPEC, [started("a", 1.0), succeeded("a", 2.0, data=data)])
    assert entry(journal)["tools"]["echo"]["cache_hits"] == 0


def test_a_result_given_again_is_a_hit_and_is_audited(place: Place) -> None:
    place.write(
        "a.weft.yaml",
        "weft: 1\nname: a\nconnections:\n  shop: {tool: sql, url: 'sqlite:///:memory:', caching_enabled: true}\n"
        "steps:\n  - {id: q, tool: shop, with: {sql: select 1 as one}}\n",
    )
    for _ in range(2):
        assert place.weft("run", "a.weft.yaml").code == 0
    shop = place.weft("metrics", "--output", "json").json["tools"]["shop"]
    assert (shop["total_calls"], shop["successful_calls"], shop["cache_hits"]) == (2, 2, 1)
    assert len(place.weft("audit").out.splitlines()) == 2


def test_what_failed_before_it_was_called_is_no_call(tmp_path: Path) -> None:
    journal = open_journal(str(tmp_path / "runs.db"))
    recorded(journal, "r", SPEC, [failed("a", 1.0, "no such item", None)])
    assert "echo" not in {name for name, one in entry(journal)["tools"].items() if one["total_calls"]}


def test_a_call_lost_with_its_process_neither_succeeded_nor_failed(tmp_path: Path) -> None:
    journal = open_journal(str(tmp_path / "runs.db"))
    facts = [started("a", 1.0), NewEvent(5.0, "StepLost", "a", 1), started("a", 6.0, 2), succeeded("a", 7.0)]
    recorded(journal, "r", SPEC, facts)
    echo = entry(journal)["tools"]["echo"]
    assert (echo["total_calls"], echo["successful_calls"], echo["failed_calls"]) == (2, 1, 0)
    assert echo["total_execution_time"] == 1.0


def test_runs_are_counted_by_how_they_ended(tmp_path: Path) -> None:
    journal = open_journal(str(tmp_path / "runs.db"))
    ends = ("succeeded", "succeeded", "failed", "partial_failure", "cancelled", None)
    for number, end in enumerate(ends):
        recorded(journal, f"r{number}", SPEC, [NewEvent(3.0, "RunFinished")] if end else [], ended=end)
    told = entry(journal)["orchestration"]
    del told["registered_tools"]
    assert told == {
        "total_workflows": 6,
        "completed_workflows": 2,
        "failed_workflows": 2,
        "cancelled_workflows": 1,
        "success_rate": 0.5,
        "average_execution_time": 3.0,
        "active_workflows": 1,
        "workflow_templates": 0,
    }


def test_a_run_whose_tool_is_not_installed_is_left_out_and_said(place: Place) -> None:
    journal = open_journal(".weft/weft.db")
    recorded(journal, "r", SPEC.replace("tool: echo", "tool: gone"), [started("a", 1.0), succeeded("a", 2.0)])
    recorded(journal, "s", SPEC, [started("a", 1.0), succeeded("a", 2.0)])
    journal.close()
    answer = place.weft("metrics", "--output", "json")
    assert answer.json["tools"].keys() == {"echo"}
    assert answer.json["runs_left_out"] == 1
    assert "1 run left out" in answer.err


def test_a_damaged_event_hides_nothing_else(place: Place) -> None:
    journal = open_journal(".weft/weft.db")
    facts = [started("a", 1.0), failed("a", 2.0, "x"), started("a", 3.0, 2), succeeded("a", 4.0)]
    recorded(journal, "r", SPEC, facts)
    journal.close()
    place.sql("UPDATE weft_events SET payload = 'no json' WHERE seq = 3")
    echo = place.weft("metrics", "--output", "json").json["tools"]["echo"]
    assert (echo["failed_calls"], echo["successful_calls"], echo["last_error"]) == (1, 1, None)


def test_figures_hold_over_runs_retries_and_a_mended_spec(place: Place) -> None:
    """After `retry --spec` calls count under the tools of the new spec; what was recorded before stays as it was."""
    spec = "weft: 1\nname: a\nsteps:\n  - {id: one, tool: echo, with: {n: 1}}\n  - {id: two, tool: fail, with: {message: no}}\n"
    place.write("a.weft.yaml", spec)
    assert place.weft("run", "a.weft.yaml", "--run-id", "r").code == 4
    assert place.weft("retry", "r").code == 4
    place.write("a.weft.yaml", spec.replace("tool: fail, with: {message: no}", "tool: echo, with: {n: 2}"))
    assert place.weft("retry", "r", "--spec", "a.weft.yaml").code == 0
    told = place.weft("metrics", "--output", "json").json
    counts = {name: (one["total_calls"], one["failed_calls"]) for name, one in told["tools"].items()}
    assert counts == {"echo": (2, 0), "fail": (2, 2)}
    assert told["orchestration"]["completed_workflows"] == 1


def test_reading_on_gives_what_reading_anew_gives(tmp_path: Path) -> None:
    """Whatever comes between two readings: more of a run, new runs, a run that is deleted."""
    dice = random.Random(7)
    journal = open_journal(str(tmp_path / "runs.db"))
    lasting = Metering(journal)
    for number in range(12):
        recorded(journal, f"r{dice.random()}", SPEC, [], ended=None)
        for row in journal.unfinished():
            path = dice.choice(("a", 'each["x"]/q', 'each["y"]/q'))
            at = float(number)
            pair = [started(path, at), dice.choice((succeeded(path, at + 1), failed(path, at + 2, "x")))]
            end = dice.random() < 0.2
            cut = pair if end else pair[: dice.randint(1, 2)]
            changes = {"status": "succeeded", "finished_at": at} if end else None
            journal.append(row.run_id, row.epoch, cut, changes)  # type: ignore[arg-type]
        if number == 8:
            journal.delete_run(next(one.run_id for one in journal.runs() if one.status == "succeeded"), 1e9)
        lasting.read()
        assert lasting.entry() == entry(journal)
    assert lasting.entry()["tools"]["shop"]["total_calls"] > 5


def test_the_percentiles_are_of_the_latest_executions() -> None:
    stats = CallStats("echo")
    for number in range(HISTORY):
        stats.end("succeeded", float(number), 100.0)
    for number in range(HISTORY):
        stats.end("succeeded", float(HISTORY + number), number / 10)
    assert (stats.percentile(0.5), stats.percentile(0.95)) == (49.9, 94.9)
    assert len(stats.latest) == HISTORY
    assert stats.seconds == pytest.approx(100.0 * HISTORY + sum(range(HISTORY)) / 10)


def test_prometheus_reads_every_figure(place: Place) -> None:
    place.write(
        "a.weft.yaml",
        "weft: 1\nname: a\nsteps:\n  - {id: one, tool: echo, with: {n: 1}}\n"
        "  - {id: two, tool: fail, on_error: continue, with: {message: no}}\n",
    )
    place.weft("run", "a.weft.yaml")
    text = place.weft("metrics", "--output", "prometheus").out
    families = {one.name: one for one in text_string_to_metric_families(text)}
    figures = {
        (sample.name, sample.labels.get("tool")): sample.value
        for one in families.values()
        for sample in one.samples
    }
    assert figures["weft_workflows_total", None] == 1
    assert figures["weft_tool_calls_failed_total", "fail"] == 1
    assert figures["weft_tool_execution_seconds_count", "echo"] == 1
    assert figures["weft_tool_last_call_timestamp_seconds", "echo"] > 1.7e9
    assert families["weft_tool_execution_seconds"].type == "summary"
    assert all(one.documentation and one.type != "unknown" for one in families.values())


def test_prometheus_reads_names_that_need_escaping(tmp_path: Path) -> None:
    journal = open_journal(str(tmp_path / "runs.db"))
    recorded(journal, "r", SPEC, [started("a", 1.0), succeeded("a", 2.0)])
    found = entry(journal)
    odd = 'a "b" \\ c\nd'
    found["tools"] = {odd: found["tools"]["echo"]}
    samples = [
        one for family in text_string_to_metric_families(prometheus_text(found)) for one in family.samples
    ]
    assert {one.labels["tool"] for one in samples if "tool" in one.labels} == {odd}


def test_the_table_names_each_tool_and_its_last_error(place: Place) -> None:
    place.write(
        "a.weft.yaml", "weft: 1\nname: a\nsteps:\n  - {id: two, tool: fail, with: {message: it broke}}\n"
    )
    place.weft("run", "a.weft.yaml")
    lines = place.weft("metrics").out.splitlines()
    assert " ".join(lines[0].split()) == "tool type calls succeeded failed cached average p50 p95 last error"
    assert lines[1].startswith("fail")
    assert lines[1].endswith("it broke")
    assert "failed_workflows        1" in lines
