"""Stage 4: the record replayed through the machine, which refuses a step that starts before what it needs (I5)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from engine.app.doctor.finding import NOTICE, Finding
from engine.app.doctor.fold import FINISHED
from engine.app.doctor.kept import KeptRun
from engine.app.stored import stored_spec
from engine.errors import SpecError, WeftError
from engine.execute.replay import replay
from engine.graph.plan import Plan
from engine.journal import Event, Journal, RunRow, StoredSpec
from engine.machine import Conclude, Finish, RunState, outstanding

PLANS_MAX = 64  # kept at once; runs of one spec mostly stand together
UPGRADE = "use the engine and the tools that it was started with"


class Replayer:
    """Replays runs; the plan of a spec is made once for all runs of it. `replayed` counts them."""

    def __init__(self) -> None:
        self.replayed = 0
        self._plans: dict[str, Plan] = {}

    def steps_wait_for_what_they_need(self, run: KeptRun) -> Iterator[Finding]:
        """I5, and that the run ended as its last state says."""
        kept = _Kept(run)
        try:
            plan = self._plan(run, kept)
        except WeftError as error:
            told = error.diagnostics[0].message if isinstance(error, SpecError) else error.message
            message = f"its spec does not pass the checks of this engine, so it was not replayed: {told}"
            yield Finding("spec", message, UPGRADE, run.run_id, severity=NOTICE)
            return
        self.replayed += 1
        try:
            state = replay(plan, kept.events(run.run_id))
        except Exception as error:  # whatever the machine makes of rows that cannot be
            at = run.links[kept.at]
            why = error.message if isinstance(error, WeftError) else f"{type(error).__name__}: {error}"
            yield run.found("I5", f"{at.kind} cannot be at that point: {why}", at.seq)
            return
        yield from _ends_as_its_steps_say(run, state)

    def _plan(self, run: KeptRun, kept: _Kept) -> Plan:
        created = run.payloads[0]
        key = json.dumps([run.row["spec_hash"], created.get("project"), created.get("tools")], sort_keys=True)
        plan = self._plans.get(key)
        if plan is None:
            # Of a journal it asks no more than the spec and the first event.
            plan = stored_spec(kept.row(), cast(Journal, kept))[0].linked
            if len(self._plans) >= PLANS_MAX:
                del self._plans[next(iter(self._plans))]
            self._plans[key] = plan
        return plan


def _ends_as_its_steps_say(run: KeptRun, state: RunState) -> Iterator[Finding]:
    """The recorded end is that of the last state. What is left to do then is the outputs of the file, if anything."""
    last = run.links[-1]
    if last.kind != FINISHED:
        return
    wish = next(iter(outstanding(state)), None)
    said = run.row["status"]
    if isinstance(wish, Finish) and wish.status != said:
        yield run.found(
            "I5", f"the run is said to have ended {said}, its steps make it {wish.status}", last.seq
        )
    elif not isinstance(wish, Finish) and not (isinstance(wish, Conclude) and wish.at is state.root):
        yield run.found("I5", "the run is said to have ended, though not all of its steps have", last.seq)


class _Kept:
    """A run that has been read, as those who ask a journal for it want it. `at`: the place of the event read last."""

    def __init__(self, run: KeptRun) -> None:
        self._run = run
        self.at = 0

    def row(self) -> RunRow:
        run = self._run
        columns: Mapping[str, Any] = {
            name: run.value(name) for name in ("inputs", "owner", "outputs", "error")
        }
        return RunRow(**{**run.row, **columns})

    def spec(self, spec_hash: str) -> StoredSpec | None:
        found = self._run.spec
        return None if found is None else StoredSpec(**{**found, "extra": json.loads(found["extra"])})

    def events(self, run_id: str, after: int = 0) -> Iterator[Event]:
        for place, (link, payload) in enumerate(zip(self._run.links, self._run.payloads, strict=True)):
            self.at = place
            yield Event(
                run_id, link.seq, link.at, link.kind, link.instance, link.attempt, payload, link.epoch
            )
