"""Cancel a run: the wish is recorded; who owns the run makes it a fact, and where nobody lives who does, this process does.

In a run that is taken over to be cancelled nothing starts but its `finally`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from engine import crash
from engine.app.ids import short_id
from engine.app.keeping import LOOK_SECONDS
from engine.app.owner import shown_owner, standing
from engine.app.project import store_name
from engine.app.run_options import RunEnd, RunOptions
from engine.app.running import refuse_stranger
from engine.app.stored import find_run, replayed_report
from engine.app.taking import HasEnded, refuse_ended, take_over
from engine.errors import RunOwned
from engine.journal import ENDED, Journal, RunRow, StaleOwner, open_journal

REASON = "asked for by weft cancel"


@dataclass(slots=True)
class Cancelled:
    """The run as it is now; `left_to` is the owner that will end it, where that was not waited for."""

    end: RunEnd
    left_to: str | None = None


def cancel(run_id: str, options: RunOptions, *, wait: bool = False) -> Cancelled:
    """Cancel a run, by id or unique prefix. Raises UsageError (unknown, ended), StoreError."""
    return asyncio.run(cancelling(run_id, options, wait=wait))


def cancelling(run_id: str, options: RunOptions, *, wait: bool = False) -> Coroutine[Any, Any, Cancelled]:
    """Record the wish; what is given back sees to it. Raises as `cancel` does; then nothing is recorded."""
    refuse_stranger(options.principal)
    store = store_name(options.store)
    journal = open_journal(store, create=False)
    try:
        row = find_run(journal, run_id)
        refuse_ended(row)
        journal.post(row.run_id, "cancel", None, {"reason": REASON}, time.time())
        crash.point("CP13")
    except BaseException:
        journal.close()
        raise
    return _seen_to(row.run_id, journal, store, options, wait)


async def _seen_to(run_id: str, journal: Journal, store: str, options: RunOptions, wait: bool) -> Cancelled:
    try:
        while True:
            row = find_run(journal, run_id)
            if row.status in ENDED:
                return Cancelled(looked_at(row, journal, store, options))
            if standing(row).free:
                try:
                    return Cancelled(await take_over(row, journal, store, options))
                except (RunOwned, StaleOwner, HasEnded):
                    await asyncio.sleep(
                        0
                    )  # another process was quicker: it has heard of the wish, or was through
            elif not wait:
                return Cancelled(looked_at(row, journal, store, options), shown_owner(row.owner))
            else:
                await asyncio.sleep(LOOK_SECONDS)
    finally:
        journal.close()


def looked_at(row: RunRow, journal: Journal, store: str, options: RunOptions) -> RunEnd:
    """A run as it is recorded."""
    return RunEnd(replayed_report(row, journal, store, options.tools), short_id(journal, row.run_id))
