"""What a user may say about a run besides its spec and inputs, and how the run came out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.app.bulk import Large
from engine.app.checking import Checked
from engine.app.project_file import Project
from engine.app.sealed import Declared
from engine.execute.binding import MakeTool
from engine.execute.facts import Observer
from engine.execute.secrets import Secrets
from engine.spec.toolspec import Declaration
from engine.tools.port import LOCAL_USER, Principal
from engine.tools.registry import make_tool

RUN_LOGGER = logging.getLogger("weft.run")


@dataclass(slots=True)
class RunOptions:
    """What the user may say about a run besides the spec and its inputs. `max_parallel` None: the spec's own limit."""

    store: str | None = None
    run_id: str | None = None
    max_parallel: int | None = None
    observer: Observer | None = None
    make_tool: MakeTool = make_tool
    signals: bool = False
    secrets: Secrets | None = None
    """None: those of the project."""
    know: Callable[[Checked], None] | None = None
    """Told the stored spec of a run that is resumed, before its first row."""
    profile: str | None = None
    """The profile to resume with; None: the one the run was started with."""
    secret_inputs: Callable[[Declared], Mapping[str, Any]] | None = None
    """Asked for the secret inputs (by their declarations) of a run that is resumed."""
    tools: Mapping[str, Declaration] = field(default_factory=dict)
    """Tools of the program that runs the engine, beside the installed ones; `make_tool` must know them."""
    principal: Principal = LOCAL_USER
    large: Large = "whole"
    """How the report has data that is kept beside the journal."""
    leave_waiting: bool = False
    """Whether the run is left once it does nothing but wait for times and signals."""
    say: Callable[[str], None] = RUN_LOGGER.info
    """Told, in a line, why a run is waited for."""
    executor: str | None = None
    """Where blocking calls are made; None: what `WEFT_EXECUTOR` or the project says."""


def made_for(options: RunOptions, project: Project) -> RunOptions:
    """The options with the project's user and permissions, where the program gave no principal of its own."""
    policy = project.policy
    if options.principal != LOCAL_USER or (policy.user is None and policy.permissions is None):
        return options
    held = None if policy.permissions is None else frozenset(policy.permissions)
    return replace(options, principal=Principal(policy.user, permissions=held))


@dataclass(slots=True)
class RunEnd:
    """How a run came out of this process. `report` is the JSON of interfaces; `signal` the one that stopped it;
    `short_id` the beginning of the run's id that is enough to find it in its store; `ended_before`: nothing was run."""

    report: dict[str, Any] = field(repr=False)  # asyncio.run writes out what it is about to give back
    short_id: str
    signal: int | None = None
    ended_before: bool = False

    @property
    def status(self) -> str:
        return str(self.report["status"])
