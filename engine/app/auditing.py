"""The audit trail: an entry for each call through a connection, made from the rows that record how it ended.

Laws. The entry goes to the journal with its row, in one transaction: no call that ended is missing, none is there twice. It
holds the names of parameters and never a value, and of an error its type and code: messages may quote data, and the trail
outlives the runs. A call that was stopped, or whose process died, may have had its effect: it is a failure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.app.project import store_name
from engine.app.stored import find_run
from engine.execute.binding import Toolbox
from engine.execute.facts import Row
from engine.execute.step_paths import StepPaths
from engine.execute.times import rfc3339
from engine.graph.plan import Plan, PlanStep
from engine.journal import Damage, Entry, Journal, NewEntry, Watch, damages, fields_of, open_journal
from engine.spec.workflow import Path, StepSpec
from engine.text.snippet import shortened
from engine.tools.port import Principal

SUCCESS = "tool_execution_success"
FAILURE = "tool_execution_failure"
DENIED = "tool_execution_denied"
PERMISSION = "permission"
"""Type and code of the error of a call that was refused."""
_STOPPED = {"StepCancelled": "cancelled", "StepInterrupted": "interrupted", "StepLost": "lost"}
_CODE_LENGTH_MAX = 100


class Auditor:
    """The entries of one run. Made for one process's time with it."""

    def __init__(
        self,
        plan: Plan,
        audited: frozenset[int],
        run_id: str,
        principal: Principal,
        policed: frozenset[int] = frozenset(),
    ) -> None:
        """`audited`: the indexes of the steps whose calls are told; `policed`: those of whom only refusals are."""
        self._plan = plan
        self._audited = audited | policed
        self._refusals_only = policed - audited
        self._run_id = run_id
        self._who = {"user_id": principal.user_id, "session_id": principal.session_id}
        self._paths: StepPaths | None = None
        self._same: dict[int, dict[str, Any]] = {}  # by step: what all of its entries say
        self._begun: dict[str, float] = {}

    def entries(self, rows: Sequence[Row]) -> list[NewEntry]:
        """What the rows are to add to the trail."""
        out = []
        for place, row in enumerate(rows):
            if row.instance is None or not row.kind.startswith("Step"):
                continue
            if row.kind == "StepStarted":
                if self._step(row.instance) is not None:
                    self._begun[row.instance] = row.at
            elif (ended := _end(row)) is not None:
                fields = self._fields(row, row.instance, *ended)
                if fields is not None:
                    out.append(NewEntry(place, fields))
        return out

    def _step(self, instance: str) -> PlanStep | None:
        """The step of an instance if its calls are told."""
        if self._paths is None:
            self._paths = StepPaths(self._plan)
        step = self._paths.step(instance)
        return step if step is not None and step.index in self._audited else None

    def _fields(
        self, row: Row, instance: str, event: str, error: dict[str, Any] | None
    ) -> dict[str, Any] | None:
        begun = self._begun.pop(instance, None)
        if begun is None and row.kind not in ("StepLost", "StepInterrupted"):
            return None  # it ended before it was called
        step = self._step(instance)
        if step is None or (step.index in self._refusals_only and event != DENIED):
            return None
        return {
            "event": event,
            "call_id": f"{instance}#{row.attempt}",
            "run": self._run_id,
            "step": instance,
            "attempt": row.attempt,
            **(self._same.get(step.index) or self._said(step)),
            "execution_time": None if begun is None else round(max(0.0, row.at - begun), 6),
            "error": error,
            "timestamp": rfc3339(row.at),
        }

    def _said(self, step: PlanStep) -> dict[str, Any]:
        written = _written(self._plan.spaces[step.space].workflow.root, step.path)
        operation = None if step.declaration is None else step.declaration.operation_name(step.operation)
        given = None if written is None else written.with_
        self._same[step.index] = {
            **self._who,
            "tool": step.tool,
            "operation": operation,
            "input_params": sorted(given) if isinstance(given, dict) else [],
        }
        return self._same[step.index]


def auditor_of(plan: Plan, toolbox: Toolbox, journal: Journal, run_id: str) -> Auditor | None:
    """Who tells the calls of a run; None where none is to be told: nothing would be kept, or no connection is used and the
    project has no policy. What that refuses is told of every tool."""
    if not journal.durable:
        return None
    audited = frozenset(
        step.index
        for step in plan.steps
        if step.connection is not None and is_audited(toolbox.configured(step.connection))
    )
    policed: frozenset[int] = frozenset()
    if not toolbox.policy.open:
        policed = frozenset(
            step.index for step in plan.steps if step.tool is not None and step.connection is None
        )
    return Auditor(plan, audited, run_id, toolbox.principal, policed) if audited or policed else None


def is_audited(config: Mapping[str, Any]) -> bool:
    """Whether a connection's calls are told: unless it says that they are not."""
    return config.get("audit_enabled", True) not in (False, "false")


def _end(row: Row) -> tuple[str, dict[str, Any] | None] | None:
    """The entry's event and error, where the row ends a call."""
    if row.kind == "StepSucceeded":
        return SUCCESS, None
    if row.kind == "StepFailed":
        error = row.payload.get("error") or {}
        told = {"type": error.get("type"), "code": error.get("code")}
        if isinstance(told["code"], str):
            told["code"] = shortened(told["code"], _CODE_LENGTH_MAX)
        return (DENIED if told == {"type": PERMISSION, "code": PERMISSION} else FAILURE), told
    if row.kind in _STOPPED:
        return FAILURE, {"type": _STOPPED[row.kind], "code": None}
    return None


def _written(root: StepSpec, path: Path) -> StepSpec | None:
    """The step as its author wrote it."""
    stack = [root]
    while stack:
        step = stack.pop()
        if step.path == path and step.tool is not None:
            return step
        stack += [one for one in (step.rescue, step.finally_, step.undo) if one is not None]
        stack += step.steps or ()
    return None


# -- reading it -------------------------------------------------------------------------------------------------------


def audit_entries(
    store: str | None, *, run: str | None = None, tool: str | None = None, since: float | None = None
) -> Iterator[dict[str, Any]]:
    """The entries of a store in order, with the hash of each: of a run (by id or a beginning of it; one that was deleted by
    its whole id), of a tool by the name steps write, since a time. Raises StoreError, UsageError."""
    journal = open_journal(store_name(store), create=False)
    try:
        run_id = run
        if run is not None and next(journal.watch.entries(run_id=run), None) is None:
            run_id = find_run(journal, run).run_id
        for entry in journal.watch.entries(run_id=run_id, since=since):
            fields = fields_of(entry) or {"number": entry.number, "run": entry.run_id, "damaged": True}
            if tool is None or fields.get("tool") == tool:
                yield fields
    finally:
        journal.close()


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look at the whole trail found. `head` is that of the last entry: noted elsewhere it proves what was there."""

    entries: int
    head: str | None
    damages: list[Damage]


def verify_audit(store: str | None) -> Verified:
    """Whether the trail is as it was written. Raises StoreError."""
    journal = open_journal(store_name(store), create=False)
    try:
        return _verified(journal.watch)
    finally:
        journal.close()


def _verified(watch: Watch) -> Verified:
    head = watch.head()  # first: what is added meanwhile is not taken for damage
    count = 0

    def within() -> Iterator[Entry]:
        nonlocal count
        for entry in watch.entries():
            if head is not None and entry.number > head.number:
                return
            count += 1
            yield entry

    found = list(damages(within(), head))
    beyond = next(watch.entries(after=head.number), None) if head is not None else None
    now = watch.head()
    if beyond is not None and now is not None and now.number < beyond.number:
        message = f"entry {beyond.number} is there, the head says that entry {now.number} is the last"
        found.append(Damage(beyond.number, message))
    return Verified(count, head.hash if head is not None else None, found)
