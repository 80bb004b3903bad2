"""What is remembered of an instance besides its state: its result, its times, its items, its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.execute.kept import as_row
from engine.machine import Instance

RESULT_FIELDS = ("metadata", "errors", "warnings", "performance_metrics", "quality_metrics")


class Record:
    """The journal's payloads of one instance, folded. Times are seconds since the epoch."""

    __slots__ = (
        "answer",
        "attempt_at",
        "calls",
        "data",
        "errors",
        "finished_at",
        "inputs",
        "items",
        "let",
        "metadata",
        "parameters",
        "performance_metrics",
        "processed_records",
        "quality_metrics",
        "retry_at",
        "reused",
        "signals",
        "started_at",
        "told",
        "warnings",
    )

    def __init__(self) -> None:
        self.data: Any = None
        self.metadata: dict[str, Any] | None = None
        self.errors: list[Any] | None = None
        self.warnings: list[Any] | None = None
        self.performance_metrics: dict[str, float] | None = None
        self.quality_metrics: dict[str, float] | None = None
        self.processed_records: int | None = None
        self.started_at: float | None = None
        self.attempt_at: float | None = None
        self.finished_at: float | None = None
        self.retry_at: float | None = None
        self.items: Sequence[Any] | None = None
        self.let: dict[str, Any] | None = None
        self.parameters: Any = None
        self.inputs: dict[str, Any] | None = None  # what a calling step gives the workflow it calls
        self.calls: dict[str, Any] | None = None
        self.answer: bool | None = None
        self.reused = False
        self.signals: dict[str, list[Any]] | None = (
            None  # of the run: those that nobody has taken yet, by name
        )
        self.told = False  # whether its end stands in the journal as a fact, not only as a consequence

    def payload(self) -> dict[str, Any]:
        """The result as the journal keeps it: only what is there."""
        out = as_row("data", self.data)
        for name in RESULT_FIELDS:
            if value := getattr(self, name):
                out[name] = value
        if self.processed_records is not None:
            out["processed_records"] = self.processed_records
        return out

    def take(self, payload: dict[str, Any]) -> None:
        """Fill from a journal payload."""
        self.data = payload.get("data")
        self.processed_records = payload.get("processed_records")
        for name in RESULT_FIELDS:
            setattr(self, name, payload.get(name))


def record_of(instance: Instance) -> Record:
    """The instance's record, made on first use."""
    record: Record | None = instance.result
    if record is None:
        record = instance.result = Record()
    return record
