"""Look at what was run: one run, the list of them. The coroutines do their work in a thread, so that the loop stays free."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time

from engine.api.arguments import refused, text, whole_from_one
from engine.api.given import Store, Tools, store_here
from engine.api.offers import Offers
from engine.api.results import RunEntry, WorkflowResult, workflow_result
from engine.app.looking import list_runs, moment_seconds, run_entry, show_run


def show(
    run_id: str, *, store: Store | None = None, tools: Tools | None = None, profile: str | None = None
) -> WorkflowResult:
    """The result of a recorded run, so far as it has come, by its id or a unique beginning of one.

    Raises UsageError where there is no such run, StoreError where there is no store.
    """
    text("run_id", run_id)
    offers = Offers(tools)
    name = store_here(store, profile, offers.declarations)
    return workflow_result(show_run(name, run_id, offers.declarations).report, name)


async def ashow(
    run_id: str, *, store: Store | None = None, tools: Tools | None = None, profile: str | None = None
) -> WorkflowResult:
    """As `show`, in a thread."""
    return await asyncio.to_thread(show, run_id, store=store, tools=tools, profile=profile)


def runs(
    *,
    status: str | None = None,
    workflow: str | None = None,
    since: datetime | date | str | None = None,
    limit: int = 50,
    store: Store | None = None,
    profile: str | None = None,
) -> list[RunEntry]:
    """The runs of a store, the newest first: those with a status, of a workflow, created since a time.

    `since` is a datetime (without a zone: UTC), a date, or the text of one. Raises UsageError for a status or time that
    is none, StoreError where there is no store.
    """
    whole_from_one("limit", limit)
    name = store_here(store, profile, Offers(None).declarations)
    moment = None if since is None else _moment(since)
    rows = list_runs(name, status=status, workflow=workflow, since=moment, limit=limit)
    return [RunEntry(**run_entry(row)) for row in rows]


async def aruns(
    *,
    status: str | None = None,
    workflow: str | None = None,
    since: datetime | date | str | None = None,
    limit: int = 50,
    store: Store | None = None,
    profile: str | None = None,
) -> list[RunEntry]:
    """As `runs`, in a thread."""
    return await asyncio.to_thread(
        runs, status=status, workflow=workflow, since=since, limit=limit, store=store, profile=profile
    )


def _moment(since: datetime | date | str) -> float:
    if isinstance(since, str):
        return moment_seconds(since)
    if not isinstance(since, date):
        raise refused("since", since, "a datetime, a date, or the text of one")
    moment = since if isinstance(since, datetime) else datetime.combine(since, time(), UTC)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
