"""Live health: which connections and tools there are to ask, their tools made as for a run, all asked at once.

Nothing is recorded, counted or audited: a check is no call. What is told is scrubbed of the secrets it was made with.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.app.checking import Checked, known_tools
from engine.app.metering import metrics_of
from engine.app.project_file import Project
from engine.errors import StoreError, UsageError, WeftError
from engine.execute.secrets import Secrets
from engine.execute.times import rfc3339
from engine.execute.values import connection_scope
from engine.refs import compile_value
from engine.spec.toolspec import Declaration
from engine.text import suggestion
from engine.tools.framework.health import (
    CHECK_SECONDS_MAX,
    INTERVAL_SECONDS,
    UNHEALTHY,
    UNKNOWN,
    Health,
    HealthBoard,
    answer_of,
    asked,
)
from engine.tools.framework.settings import ConnectionSettings, settings_of
from engine.tools.port import Tool
from engine.tools.registry import BUILT_IN, make_tool

AT_ONCE_MAX = 16
MakeTool = Callable[[Declaration, Mapping[str, Any]], Tool]


@dataclass(frozen=True, slots=True)
class Checkable:
    """One thing to ask: a connection, or a tool used as it is (`config` None). `config` may hold references to secrets."""

    name: str
    declaration: Declaration
    config: Mapping[str, Any] | None


@dataclass(slots=True)
class Checker:
    """How tools are made to be asked."""

    project_dir: Path
    secrets: Secrets
    make: MakeTool = make_tool
    timeout_seconds: float = CHECK_SECONDS_MAX
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """Of the run, which the settings of a spec's own connections may read."""

    def ask(self, one: Checkable) -> Health:
        """How it is, now. Never raises."""
        found = self._asked(one)
        return replace(
            found, detail=self.secrets.scrub(found.detail), metrics=self.secrets.scrub(found.metrics)
        )

    def _asked(self, one: Checkable) -> Health:
        try:
            config = self._config(one)
            if not _enabled(one, config):
                return Health(UNKNOWN, "its health check is switched off", at=time.time())
        except WeftError as error:
            return Health(UNHEALTHY, error.message, at=time.time())
        return asked(lambda: self._made_and_asked(one, config), self.timeout_seconds)

    def _made_and_asked(self, one: Checkable, config: Mapping[str, Any]) -> Any:
        tool = self.make(one.declaration, config)
        try:
            prepare = getattr(tool, "prepare", None)
            if prepare is not None:
                prepare()
            return answer_of(tool, one.name)
        finally:
            with suppress(Exception):
                tool.close()

    def _config(self, one: Checkable) -> dict[str, Any]:
        """What the tool is made with. Raises EvaluationError, UsageError."""
        if one.config is None:
            return {}
        template = compile_value({key: value for key, value in one.config.items() if key != "tool"})
        config = template.resolve(connection_scope(self.inputs, self.secrets))
        return {"name": one.name, **config, "project_dir": str(self.project_dir)}


def _enabled(one: Checkable, config: Mapping[str, Any]) -> bool:
    return one.config is None or settings_of(one.name, config, one.declaration).health_check_enabled


def checkables_of(
    project: Project, names: Sequence[str], tools: Mapping[str, Declaration] | None = None
) -> list[Checkable]:
    """Those of these names; without names the project's connections and the installed tools that need none.

    Raises UsageError for a name that nobody has, and for a tool that cannot do without a connection.
    """
    known = known_tools(tools)
    connections = {**project.connections, **project.profile_connections}
    if not names:
        asked = [
            *connections,
            *(name for name in known if name not in BUILT_IN and known[name].connection is None),
        ]
        return [_checkable(name, connections, known) for name in asked]
    return [_checkable(name, connections, known) for name in dict.fromkeys(names)]


def _checkable(
    name: str, connections: Mapping[str, Mapping[str, Any]], known: Mapping[str, Declaration]
) -> Checkable:
    if name in connections:
        return Checkable(name, known[connections[name]["tool"]], connections[name])
    declaration = known.get(name)
    if declaration is None:
        raise UsageError(f'no connection or tool "{name}"', hint=suggestion(name, [*connections, *known]))
    return Checkable(name, declaration, None)


def health_entry(
    checkables: Sequence[Checkable], checker: Checker, figures: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The health of all of them, as `weft health --output json` prints it. `figures`: metrics of calls by name."""
    with ThreadPoolExecutor(AT_ONCE_MAX, "weft-health-of") as threads:
        found = list(threads.map(checker.ask, checkables))
    return {
        "tools": [
            _entry(one, health, (figures or {}).get(one.name))
            for one, health in zip(checkables, found, strict=True)
        ]
    }


def _entry(one: Checkable, health: Health, figures: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "tool_name": one.name,
        "health_status": health.status,
        "last_health_check": rfc3339(health.at),
        "detail": health.detail,
        "metrics": {**(figures or {}), **health.metrics},
        "configuration": _configuration(one),
    }


def _configuration(one: Checkable) -> dict[str, Any]:
    declaration = one.declaration
    operation = declaration.operation(None)
    limit = operation.timeout_seconds if operation is not None else None
    settings = _settings(one)
    return {
        "category": settings.category if settings else declaration.category,
        "priority": settings.priority if settings else "normal",
        "timeout": (settings.timeout_seconds if settings else None) or limit,
        "max_retries": (settings.max_retries if settings else None) or 0,
    }


def _settings(one: Checkable) -> ConnectionSettings | None:
    try:
        return settings_of(one.name, one.config or {}, one.declaration)
    except WeftError:
        return None  # a setting that only a secret gives


def call_figures(store: str) -> dict[str, Any]:
    """What the store counted of each tool's calls; nothing where there is no store yet."""
    try:
        found: dict[str, Any] = metrics_of(store)["tools"]
    except StoreError:
        return {}
    return found


def board_of(checkables: Iterable[Checkable], checker: Checker) -> HealthBoard:
    """The health of these by name, each good for as long as its connection says; of any other name it is unknown."""
    by_name = {one.name: one for one in checkables}

    def ask(name: str) -> Health:
        one = by_name.get(name)
        return checker.ask(one) if one is not None else Health(detail=f'no connection is called "{name}"')

    def interval(name: str) -> float:
        return interval_of(by_name[name]) if name in by_name else INTERVAL_SECONDS

    return HealthBoard(ask, interval)


def interval_of(one: Checkable) -> float:
    """Seconds for which an answer is good."""
    settings = _settings(one)
    return settings.health_check_interval_seconds if settings else INTERVAL_SECONDS


def health_of_dependencies(
    checked: Checked, checker: Checker, tools: Mapping[str, Declaration]
) -> Callable[[str], str] | None:
    """How a connection of a spec is, by its name, for calls that depend on it; None where no connection depends on one.

    Blocks as long as a check may take where nothing is known or what is known has become too old.
    """
    connections = checked.connections
    if not any(config.get("dependencies") for config in connections.values()):
        return None
    known = known_tools(tools)
    board = board_of(
        (
            Checkable(name, known[config["tool"]], config)
            for name, config in connections.items()
            if config.get("tool") in known
        ),
        checker,
    )
    return lambda name: board.look(name).status
