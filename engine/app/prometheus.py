"""Metrics as Prometheus reads them: its text format, version 0.0.4. Takes what `Metering.entry` gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _Metric(NamedTuple):
    name: str
    kind: str
    about: str
    field: str


_ORCHESTRATION = (
    _Metric("weft_workflows_total", "counter", "Runs that the store holds.", "total_workflows"),
    _Metric("weft_workflows_completed_total", "counter", "Runs that succeeded.", "completed_workflows"),
    _Metric(
        "weft_workflows_failed_total", "counter", "Runs that failed, in part or whole.", "failed_workflows"
    ),
    _Metric("weft_workflows_cancelled_total", "counter", "Runs that were cancelled.", "cancelled_workflows"),
    _Metric("weft_workflows_active", "gauge", "Runs that have not ended.", "active_workflows"),
    _Metric(
        "weft_workflows_success_ratio",
        "gauge",
        "Successes among runs that succeeded or failed.",
        "success_rate",
    ),
    _Metric(
        "weft_workflow_average_seconds", "gauge", "How long runs took on average.", "average_execution_time"
    ),
    _Metric("weft_registered_tools", "gauge", "Tools that are installed.", "registered_tools"),
    _Metric("weft_workflow_templates", "gauge", "Templates by name.", "workflow_templates"),
)
_TOOL = (
    _Metric("weft_tool_calls_total", "counter", "Calls that have ended.", "total_calls"),
    _Metric("weft_tool_calls_succeeded_total", "counter", "Calls that succeeded.", "successful_calls"),
    _Metric("weft_tool_calls_failed_total", "counter", "Calls that failed.", "failed_calls"),
    _Metric("weft_tool_cache_hits_total", "counter", "Calls answered from the cache.", "cache_hits"),
    _Metric("weft_tool_runs_total", "counter", "Runs that called the tool.", "usage_count"),
    _Metric(
        "weft_tool_last_call_timestamp_seconds", "gauge", "When it was last called.", "last_call_timestamp"
    ),
    _Metric(
        "weft_tool_last_success_timestamp_seconds",
        "gauge",
        "When a call last succeeded.",
        "last_success_timestamp",
    ),
)
_SECONDS = "weft_tool_execution_seconds"


def prometheus_text(entry: Mapping[str, Any]) -> str:
    """The text of all figures; ends with a line feed."""
    return "".join(f"{line}\n" for line in _lines(entry))


def _lines(entry: Mapping[str, Any]) -> Iterator[str]:
    for metric in _ORCHESTRATION:
        yield from _head(metric.name, metric.kind, metric.about)
        yield f"{metric.name} {_number(entry['orchestration'][metric.field])}"
    tools: Mapping[str, Any] = entry["tools"]
    for metric in _TOOL if tools else ():
        yield from _head(metric.name, metric.kind, metric.about)
        for name, one in tools.items():
            value = one[metric.field]
            if value is not None:
                yield f"{metric.name}{_labels(name, one)} {_number(value)}"
    if tools:
        yield from _summary(tools)


def _summary(tools: Mapping[str, Any]) -> Iterator[str]:
    yield from _head(_SECONDS, "summary", "How long executions took; quantiles of the latest.")
    for name, one in tools.items():
        for quantile, field in (("0.5", "p50"), ("0.95", "p95")):
            yield f"{_SECONDS}{_labels(name, one, quantile=quantile)} {_number(one[field])}"
        executions = one["successful_calls"] + one["failed_calls"] - one["cache_hits"]
        yield f"{_SECONDS}_sum{_labels(name, one)} {_number(one['total_execution_time'])}"
        yield f"{_SECONDS}_count{_labels(name, one)} {executions}"


def _head(name: str, kind: str, about: str) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"


def _labels(name: str, one: Mapping[str, Any], **more: str) -> str:
    labels = {"tool": name, "type": one["tool"], **more}
    return "{" + ",".join(f'{label}="{_escaped(value)}"' for label, value in labels.items()) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: Any) -> str:
    if isinstance(value, str):
        return repr(datetime.fromisoformat(value).timestamp())
    return repr(value)
