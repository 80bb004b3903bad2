"""Spans: made of recorded events under the names of the CI/CD conventions, sent at least once, paid for by nobody else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv._incubating.attributes import cicd_attributes as names
from watch_place import Place

from engine import run
from engine.app import spans
from engine.journal import open_journal

SPEC = """\
weft: 1
name: nightly
steps:
  - {id: plain, tool: echo, with: {n: 1}}
  - id: each
    foreach: {in: [x, 'y]/"z'], key: item}
    steps:
      - {id: inner, tool: echo, with: {n: $<item>}}
  - {id: never, tool: echo, when: false, with: {n: 1}}
  - id: shaky
    tool: fail
    retry: {attempts: 2, delay: 1ms, errors: [any]}
    on_error: continue
    with: {message: it broke}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Place:
    return Place(tmp_path, monkeypatch, capsys)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """What arrives where the program has set a provider."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    yield exporter
    provider.shutdown()


def by_name(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {one.name: one for one in exporter.get_finished_spans()}


def test_a_run_its_steps_and_their_attempts_are_spans(place: Place, sent: InMemorySpanExporter) -> None:
    place.write("a.weft.yaml", SPEC)
    assert place.weft("run", "a.weft.yaml", "--run-id", "r").code == 0
    found = by_name(sent)
    odd = 'each["y]/\\"z"]'
    steps = {"plain", "each", 'each["x"]', odd, 'each["x"]/inner', f"{odd}/inner", "never", "shaky"}
    attempts = {"plain#1", 'each["x"]/inner#1', f"{odd}/inner#1", "shaky#1", "shaky#2"}
    assert set(found) == {"RUN nightly", *steps, *attempts}
    assert len({one.context.trace_id for one in found.values()}) == 1
    parents = {one.context.span_id: one.name for one in found.values()}
    above = {name: parents[one.parent.span_id] if one.parent else None for name, one in found.items()}
    assert above["RUN nightly"] is None
    assert above["plain"] == above["each"] == "RUN nightly"
    assert above[f"{odd}/inner"] == odd
    assert above[odd] == "each"
    assert above["shaky#2"] == "shaky"


def test_names_and_results_are_those_of_the_conventions(place: Place, sent: InMemorySpanExporter) -> None:
    place.write("a.weft.yaml", SPEC)
    place.weft("run", "a.weft.yaml", "--run-id", "r")
    found = by_name(sent)
    assert dict(found["RUN nightly"].attributes or {}) == {
        names.CICD_PIPELINE_NAME: "nightly",
        names.CICD_PIPELINE_RUN_ID: "r",
        names.CICD_PIPELINE_ACTION_NAME: names.CicdPipelineActionNameValues.RUN.value,
        names.CICD_PIPELINE_RESULT: names.CicdPipelineResultValues.SUCCESS.value,
        "weft.run.attempt": 1,
    }
    assert found["RUN nightly"].kind is trace.SpanKind.SERVER
    assert dict(found["shaky#2"].attributes or {}) == {
        names.CICD_PIPELINE_NAME: "nightly",
        names.CICD_PIPELINE_RUN_ID: "r",
        names.CICD_PIPELINE_TASK_NAME: "shaky",
        names.CICD_PIPELINE_TASK_RUN_ID: "r/shaky#2",
        names.CICD_PIPELINE_TASK_RUN_RESULT: "failure",
        "error.type": "failed",
        "weft.step": "shaky",
        "weft.attempt": 2,
        "weft.tool": "fail",
    }
    assert (found["never"].attributes or {})[names.CICD_PIPELINE_TASK_RUN_RESULT] == "skip"
    allowed = {one.value for one in names.CicdPipelineTaskRunResultValues}
    told = [(one.attributes or {}).get(names.CICD_PIPELINE_TASK_RUN_RESULT) for one in found.values()]
    assert {one for one in told if one is not None} <= allowed


def test_an_error_is_the_status_of_its_span(place: Place, sent: InMemorySpanExporter) -> None:
    place.write("a.weft.yaml", SPEC.replace("    on_error: continue\n", ""))
    assert place.weft("run", "a.weft.yaml").code == 4
    found = by_name(sent)
    for name in ("shaky#1", "shaky#2", "shaky"):
        assert found[name].status.status_code is trace.StatusCode.ERROR
        assert found[name].status.description == "it broke"
    assert found["RUN nightly"].status.status_code is trace.StatusCode.ERROR
    assert found["plain"].status.status_code is trace.StatusCode.UNSET


def test_times_are_those_that_are_recorded(place: Place, sent: InMemorySpanExporter) -> None:
    place.write("a.weft.yaml", SPEC)
    place.weft("run", "a.weft.yaml", "--run-id", "r")
    journal = open_journal(".weft/weft.db")
    at = {(event.kind, event.instance): int(event.at * 1_000_000_000) for event in journal.events("r")}
    journal.close()
    found = by_name(sent)
    assert (found["plain#1"].start_time, found["plain#1"].end_time) == (
        at["StepStarted", "plain"],
        at["StepSucceeded", "plain"],
    )
    assert (found["RUN nightly"].start_time, found["RUN nightly"].end_time) == (
        at["RunCreated", None],
        at["RunFinished", None],
    )


def test_no_secret_is_in_a_span(
    place: Place, sent: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEFT_SECRET_PIN", "canary-4711")
    place.write("a.weft.yaml", SPEC.replace("message: it broke", "message: 'it broke: $<secrets.PIN>'"))
    place.weft("run", "a.weft.yaml")
    told = "".join(one.to_json() for one in sent.get_finished_spans())
    assert "it broke" in told
    assert "canary" not in told


def test_a_run_of_a_program_stands_below_the_program_s_own_span(
    place: Place, sent: InMemorySpanExporter
) -> None:
    place.write("a.weft.yaml", SPEC)
    with trace.get_tracer("program").start_as_current_span("program"):
        run("a.weft.yaml", store="memory")
    found = by_name(sent)
    parent = found["RUN nightly"].parent
    assert parent is not None
    assert parent.span_id == found["program"].context.span_id


def test_a_retry_sends_the_attempt_that_it_opens(place: Place, sent: InMemorySpanExporter) -> None:
    place.write("a.weft.yaml", SPEC.replace("    on_error: continue\n", ""))
    place.weft("run", "a.weft.yaml", "--run-id", "r")
    sent.clear()
    place.weft("retry", "r")
    found = by_name(sent)
    assert (found["RUN nightly"].attributes or {})["weft.run.attempt"] == 2
    assert "plain#1" not in found
    assert "shaky#3" in found


def owed(place: Place) -> list[str]:
    return [run_id for (run_id,) in place.sql("SELECT run_id FROM weft_spans_owed")]


def test_what_was_sent_is_owed_no_longer(place: Place, sent: InMemorySpanExporter) -> None:
    place.write("a.weft.yaml", SPEC)
    place.weft("run", "a.weft.yaml")
    assert owed(place) == []


def test_spans_that_could_not_be_sent_are_sent_by_recovery(
    place: Place, sent: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run itself ends as it does; trouble with its spans is a line in the log."""
    place.write("a.weft.yaml", SPEC)
    with monkeypatch.context() as broken:
        broken.setattr(TracerProvider, "force_flush", lambda self, timeout_millis=0: False)
        assert place.weft("run", "a.weft.yaml", "--run-id", "r").code == 0
    assert owed(place) == ["r"]
    sent.clear()
    assert place.weft("recover").code == 0
    assert len(by_name(sent)) == 14
    assert owed(place) == []


def test_a_run_that_goes_on_is_sent_by_whoever_ends_it(place: Place, sent: InMemorySpanExporter) -> None:
    place.write(
        "a.weft.yaml",
        "weft: 1\nname: a\nsteps:\n  - {id: ready, tool: wait, with: {signal: go}}\n  - {id: b, tool: echo, with: {n: 1}}\n",
    )
    journal = open_journal(".weft/weft.db")
    journal.close()
    program = [
        sys.executable,
        "-c",
        "from engine.cli import main; main()",
        "run",
        "a.weft.yaml",
        "--run-id",
        "r",
    ]
    gone = subprocess.run(
        program, env={**os.environ, "WEFT_CRASH_AT": "CP11"}, check=False, capture_output=True
    )
    assert gone.returncode == -9
    assert place.weft("signal", "r", "go").code == 0
    found = by_name(sent)
    assert {"RUN a", "ready", "b#1"} <= set(found)
    assert owed(place) == []


def test_a_loop_of_many_is_cut_and_says_so(
    place: Place, sent: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spans, "SPANS_MAX", 6)
    place.write("a.weft.yaml", SPEC)
    place.weft("run", "a.weft.yaml")
    found = by_name(sent)
    assert len(found) == 7
    assert (found["RUN nightly"].attributes or {})["weft.spans_left_out"] == 7


def test_without_a_provider_nothing_is_imported_owed_or_sent(place: Place) -> None:
    place.write("a.weft.yaml", SPEC)
    program = (
        "import sys; from engine.cli.parser import run; run(['run', 'a.weft.yaml']);"
        "import json; print(json.dumps([name for name in sys.modules if name.startswith('opentelemetry')]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == []
    assert owed(place) == []


def test_the_api_alone_is_no_provider() -> None:
    assert isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)
    assert spans.provider() is None
