"""Send a signal to a run: it is recorded; who owns the run hears of it, and where nobody lives who does, this process goes on
with the run until it ends or waits again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any

from engine.app.cancelling import Cancelled, looked_at
from engine.app.owner import shown_owner, standing
from engine.app.project import store_name
from engine.app.run_options import RunOptions
from engine.app.running import refuse_stranger
from engine.app.stored import find_run, stored_spec
from engine.app.taking import take_over
from engine.errors import RunOwned, UsageError
from engine.execute.cellar import RunCellar
from engine.execute.kept import whole
from engine.execute.record import record_of
from engine.execute.replay import replay
from engine.graph.plan import PlanStep
from engine.journal import ENDED, Journal, RunRow, StaleOwner, open_journal
from engine.machine import Instance, RunState, Status
from engine.spec.inputs import value_problems
from engine.text import suggestion

Signalled = Cancelled
"""The run as it is now; `left_to` is the owner that will take the signal."""


def signal(run_id: str, name: str, data: Any, options: RunOptions) -> Signalled:
    """Send a signal, by id or unique prefix of the run.

    Raises UsageError: unknown, ended, a signal it knows nothing of, data that does not fit.
    """
    return asyncio.run(signalling(run_id, name, data, options))


def signalling(run_id: str, name: str, data: Any, options: RunOptions) -> Coroutine[Any, Any, Signalled]:
    """Record the signal; what is given back sees to it. Raises as `signal` does; then nothing is recorded."""
    refuse_stranger(options.principal)
    store = store_name(options.store)
    journal = open_journal(store, create=False)
    try:
        row = find_run(journal, run_id)
        if row.status in ENDED:
            raise UsageError(
                f'run "{row.run_id}" has ended: {row.status}', hint=f"weft show {row.run_id} shows it"
            )
        _refuse_unfit(row, journal, name, data, options)
        journal.post(row.run_id, "signal", name, {"data": data}, time.time())
    except BaseException:
        journal.close()
        raise
    return _seen_to(row.run_id, journal, store, options)


async def _seen_to(run_id: str, journal: Journal, store: str, options: RunOptions) -> Signalled:
    try:
        while True:
            row = find_run(journal, run_id)
            if row.status in ENDED:
                return Signalled(looked_at(row, journal, store, options))
            if not standing(row).free:
                return Signalled(looked_at(row, journal, store, options), shown_owner(row.owner))
            try:
                left = replace(options, leave_waiting=True)
                return Signalled(await take_over(row, journal, store, left))
            except (RunOwned, StaleOwner):
                await asyncio.sleep(0)  # another process was quicker: it has heard of the signal
    finally:
        journal.close()


def _refuse_unfit(row: RunRow, journal: Journal, name: str, data: Any, options: RunOptions) -> None:
    """Raise UsageError for a signal that no step of the run will ever wait for, and for data that a waiting step refuses."""
    checked, _ = stored_spec(row, journal, tools=options.tools)
    run = replay(checked.linked, journal.events(row.run_id), RunCellar(journal, row.run_id))
    waiting = {name_ for name_ in map(_waits_for, _sleeping(run)) if name_ is not None}
    sleeper = next((one for one in _sleeping(run) if _waits_for(one) == name), None)
    if sleeper is not None:
        problems = value_problems(_parameters(sleeper).get("schema", {}), data)
        if problems:
            raise UsageError(
                f'the data of "{name}" does not fit: {"; ".join(problems)}',
                hint="give it as --data JSON" if data is None else None,
            )
        return
    written = [_written(step) for step in checked.linked.steps if step.waits]
    if name not in written and not any(one is None for one in written):
        known = sorted({*waiting, *(one for one in written if one)})
        raise UsageError(f'no step of run "{row.run_id}" waits for "{name}"', hint=suggestion(name, known))


def _sleeping(run: RunState) -> list[Instance]:
    found, stack = [], [run.root]
    while stack:
        instance = stack.pop()
        stack.extend(reversed(instance.parts))
        if instance.status is Status.SLEEPING:
            found.append(instance)
    return found


def _parameters(sleeper: Instance) -> Mapping[str, Any]:
    """What a waiting step was given: recorded where it had references."""
    recorded = record_of(sleeper).parameters
    template = sleeper.plan.with_
    if recorded is not None:
        return dict(whole(recorded))
    return template.resolve(_nothing) if template is not None and template.constant else {}


def _waits_for(sleeper: Instance) -> str | None:
    return _parameters(sleeper).get("signal")


def _written(step: PlanStep) -> str | None:
    """The name of the signal a step will wait for, as far as it is written; empty: for a time; None: it is known later."""
    template = step.with_
    if template is None or not template.constant:
        return None
    name: str = template.resolve(_nothing).get("signal", "")
    return name


def _nothing(name: str) -> Any:
    raise KeyError(name)
