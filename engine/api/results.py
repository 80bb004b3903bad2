"""Results as values: the names are those of the JSON that `weft run --output json` and `weft runs` print.

Times are RFC 3339 texts in UTC, durations seconds, data whatever JSON the tools gave.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from engine.app.bulk import Bulk

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class IterationResult:
    """One iteration of a loop. `steps` is empty where the loop's body is one call."""

    index: int
    key: str | int
    status: str
    data: Any
    errors: list[Any]
    attempts: int
    steps: dict[str, StepResult]

    @property
    def success(self) -> bool:
        return self.status == "succeeded"


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step, group or loop. `data` is whole, however large; None unless the step succeeded."""

    instance: str
    parent: str | None
    status: str
    reason: str | None
    handled: bool
    reused: bool
    data: Any
    metadata: Json
    errors: list[Any]
    warnings: list[str]
    performance_metrics: dict[str, float]
    quality_metrics: dict[str, float]
    processed_records: int | None
    attempts: int
    started_at: str | None
    finished_at: str | None
    execution_time: float | None
    iterations: list[IterationResult] = field(default_factory=list)
    iterations_left_out: int = 0
    steps: dict[str, StepResult] = field(default_factory=dict)
    rescued: Json | None = None
    """The failure its `rescue` dealt with, `{type, code, message, hint, step?}`; None: there was none."""
    undo: Json | None = None
    """How taking the step back went: `{status, data, errors, attempts, started_at, finished_at}`; None: not begun."""

    @property
    def success(self) -> bool:
        return self.status == "succeeded"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WorkflowResult:
    """How a run came out. `success`: its status is `succeeded`; `error`: why not, `{type, code, message, hint, step?}`.

    `steps` by id, flat over groups; what ran inside a loop is in its `iterations`. `resume` is the command that goes on
    with a run that has not ended, else None.
    """

    version: int
    run_id: str
    workflow: str
    status: str
    attempt: int
    started_at: str | None
    finished_at: str | None
    execution_time: float | None
    inputs: Json
    outputs: Json
    steps: dict[str, StepResult]
    steps_completed: list[str]
    steps_failed: list[str]
    steps_skipped: list[str]
    error: Json | None
    metadata: Json
    resume: str | None
    _report: Json
    _store: str

    @property
    def success(self) -> bool:
        return self.status == "succeeded"

    def to_dict(self) -> Json:
        """The JSON of `weft run --output json` (schemas/run.schema.json).

        As there, data above 64 KiB of a run in a durable store is moved to a file below `.weft`, a reference in its place.
        """
        return Bulk(self._store).report(self.run_id, self._report)

    def __repr__(self) -> str:
        return f"<WorkflowResult {self.workflow} {self.run_id}: {self.status}>"


@dataclass(frozen=True, slots=True)
class RunEntry:
    """A run as a list of runs has it."""

    run_id: str
    workflow: str
    status: str
    attempt: int
    started_at: str | None
    finished_at: str | None
    execution_time: float | None
    quarantined: str | None = None

    def to_dict(self) -> Json:
        """An entry of the JSON of `weft runs` (schemas/runs.schema.json)."""
        return asdict(self)


_STEP = frozenset(one.name for one in fields(StepResult))
_RUN = frozenset(one.name for one in fields(WorkflowResult) if not one.name.startswith("_"))


def workflow_result(report: Json, store: str) -> WorkflowResult:
    """A run's report (see engine.execute.report) as a value. Names this surface does not know stay in `to_dict()`."""
    own = {name: value for name, value in report.items() if name in _RUN}
    return WorkflowResult(**{**own, "steps": _steps(report["steps"])}, _report=report, _store=store)


def _steps(steps: Mapping[str, Json]) -> dict[str, StepResult]:
    return {name: _step(step) for name, step in steps.items()}


def _step(step: Json) -> StepResult:
    own = {name: value for name, value in step.items() if name in _STEP}
    if "iterations" in own:
        own["iterations"] = [_iteration(each) for each in own["iterations"]]
    if "steps" in own:
        own["steps"] = _steps(own["steps"])
    return StepResult(**own)


def _iteration(each: Json) -> IterationResult:
    own = {one.name: each[one.name] for one in fields(IterationResult)}
    return IterationResult(**{**own, "steps": _steps(each["steps"])})
