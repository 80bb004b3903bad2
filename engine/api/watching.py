"""Watch over a store and its tools: what was counted (`metrics`), and whether they work now (`health`)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.api.given import Store, Tools, store_here
from engine.api.offers import Offers
from engine.app.checking import known_tools
from engine.app.health import Checker, call_figures, checkables_of, health_entry
from engine.app.metering import metrics_of
from engine.app.project_file import project_here
from engine.errors import UsageError


def metrics(
    *, store: Store | None = None, tools: Tools | None = None, profile: str | None = None
) -> dict[str, Any]:
    """How often each tool was called and how that went, and how runs went: the JSON of `weft metrics --output json`.

    Counted over all processes that recorded in the store. `tools` are the program's own. Raises StoreError where there is no
    store.
    """
    offers = Offers(tools)
    return metrics_of(store_here(store, profile, offers.declarations), offers.declarations)


async def ametrics(
    *, store: Store | None = None, tools: Tools | None = None, profile: str | None = None
) -> dict[str, Any]:
    """As `metrics`, in a thread."""
    return await asyncio.to_thread(metrics, store=store, tools=tools, profile=profile)


def health(
    names: str | Sequence[str] = (),
    *,
    timeout_seconds: float = 10.0,
    store: Store | None = None,
    tools: Tools | None = None,
    profile: str | None = None,
) -> dict[str, Any]:
    """Ask connections of the project, and tools, whether they work now: the JSON of `weft health --output json`.

    Without names all connections and every tool that needs none, the program's own `tools` among them. Each is given
    `timeout_seconds` to answer; what it says, raises or leaves unsaid is its entry, never an exception. Raises UsageError for
    a name that nobody has.
    """
    if not timeout_seconds > 0:
        raise UsageError(f"timeout_seconds cannot be {timeout_seconds!r}", hint="more than 0")
    offers = Offers(tools)
    project = project_here(profile, known_tools(offers.declarations))
    asked = checkables_of(project, [names] if isinstance(names, str) else names, offers.declarations)
    checker = Checker(project.folder or Path.cwd(), project.secrets(), offers.make, timeout_seconds)
    return health_entry(asked, checker, call_figures(store_here(store, profile, offers.declarations)))


async def ahealth(
    names: str | Sequence[str] = (),
    *,
    timeout_seconds: float = 10.0,
    store: Store | None = None,
    tools: Tools | None = None,
    profile: str | None = None,
) -> dict[str, Any]:
    """As `health`, in a thread."""
    return await asyncio.to_thread(
        health, names, timeout_seconds=timeout_seconds, store=store, tools=tools, profile=profile
    )
