"""Where each setting of a run comes from: command line, environment, profile, spec, project file, default.

    {"setting", "value", "from", "at", "instead_of": [{"value", "from", "at"}]}

`at` is file:line:column where it is written in a file, the option or variable where it was given with the call.
`instead_of` is what would hold without it, the nearest first. The same choices as a run makes; passwords are not shown.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.app.checking import Checked
from engine.app.describing.limits import Connections
from engine.app.project import STORE_DEFAULT
from engine.app.project_file import PROJECT_FILE, project_source
from engine.app.project_tree import read_toml
from engine.errors import RETRIED_BY_DEFAULT
from engine.executors.known import USUAL
from engine.graph import Plan
from engine.refs import holds_reference
from engine.spec.connection_words import CONNECTION_WORDS, EXCLUSIVE
from engine.spec.durations import duration_text
from engine.spec.tree import Tree
from engine.spec.workflow import Path, RetrySpec

_PASSWORD = re.compile(r"(://[^:/@]*):[^/]*@")
_HIDDEN = ("password", "token", "key", "secret")
_RETRY = ("attempts", "delay", "backoff", "factor", "max_delay", "jitter", "errors", "within")


@dataclass(frozen=True, slots=True)
class Call:
    """What the command line says of a run."""

    store: str | None = None
    profile: str | None = None
    max_parallel: int | None = None
    executor: str | None = None


@dataclass(slots=True)
class Given:
    """A value with its origin."""

    value: Any
    origin: str
    at: str | None = None

    def told(self) -> dict[str, Any]:
        return {"value": self.value, "from": self.origin, "at": self.at}


@dataclass(slots=True)
class _Sources:
    checked: Checked
    call: Call
    project: Tree | None = None
    profile: str | None = None
    found: list[dict[str, Any]] = field(default_factory=list)

    def of_project(self, section: str, key: str) -> list[Given]:
        """The profile's value, then the file's."""
        out = []
        if self.project is not None:
            for origin, at in self._sections(section):
                holder = self.project.get(at)
                if isinstance(holder, dict) and key in holder:
                    place = str(self.project.span((*at, key)))
                    out.append(Given(holder[key], origin, place))
        return out

    def _sections(self, section: str) -> Iterator[tuple[str, Path]]:
        if self.profile is not None:
            yield f"profile {self.profile}", ("profiles", self.profile, section)
        yield "project file", (section,)

    def of_spec(self, *path: str) -> list[Given]:
        tree = self.checked.tree
        assert tree is not None
        holder = tree.get(path[:-1])
        if not isinstance(holder, dict) or holder.get(path[-1]) is None:
            return []
        return [Given(holder[path[-1]], "spec", str(tree.span(path)))]

    def tell(self, setting: str, given: list[Given]) -> None:
        """The first holds."""
        first, *others = given
        self.found.append({"setting": setting, **first.told(), "instead_of": [one.told() for one in others]})


def origins(checked: Checked, call: Call) -> list[dict[str, Any]]:
    """Every setting of a run of the spec that could come from more than one place."""
    plan, project = checked.plan, checked.project
    assert plan is not None
    sources = _Sources(checked, call, None, project.profile)
    if project.folder is not None:
        sources.project = read_toml(project_source(project.folder / PROJECT_FILE))
    _profile(sources)
    _store(sources)
    given = [Given(call.executor, "command line", "--executor")] if call.executor else []
    given += [*_environment("WEFT_EXECUTOR"), *sources.of_project("executor", "name")]
    sources.tell("executor", [*given, Given(USUAL, "default")])
    apart = {} if given else _apart(plan)
    for word in ("tools", "workers"):
        places = sources.of_project("executor", word)
        if word == "tools" and apart:
            places.append(Given(apart, "default"))
        if places:
            sources.tell(f"executor.{word}", places)
    _concurrency(sources, plan)
    sources.tell("timeout", [*sources.of_spec("timeout"), Given(None, "default")])
    sources.tell("defaults.timeout", [*sources.of_spec("defaults", "timeout"), Given(None, "default")])
    _retry(sources)
    _secrets(sources)
    for name in sorted({step.connection for step in plan.steps if step.connection}):
        _connection(sources, name)
    return sources.found


def _apart(plan: Plan) -> dict[str, str]:
    """The tools of the spec that are called elsewhere than the others where no executor is named."""
    calls = [(step.declaration, step.operation) for step in plan.steps if step.declaration is not None]
    usual = {
        tool.name: one.usual_executor for tool, name in calls if (one := tool.operation(name)) is not None
    }
    return {name: usual[name] for name in sorted(usual) if usual[name] != USUAL}


def _environment(name: str) -> list[Given]:
    value = os.environ.get(name)
    return [Given(value, "environment", name)] if value else []


def _profile(sources: _Sources) -> None:
    given = [Given(sources.call.profile, "command line", "--profile")] if sources.call.profile else []
    sources.tell("profile", [*given, *_environment("WEFT_PROFILE"), Given(None, "default")])


def _store(sources: _Sources) -> None:
    given = [Given(sources.call.store, "command line", "--store")] if sources.call.store else []
    given += [
        *_environment("WEFT_STORE"),
        *sources.of_project("store", "url"),
        Given(STORE_DEFAULT, "default"),
    ]
    for one in given:
        one.value = _PASSWORD.sub(r"\1:***@", one.value)
    sources.tell("store", given)


def _concurrency(sources: _Sources, plan: Plan) -> None:
    """The smaller of the call's limit (else the project's) and the spec's; null: none."""
    call = sources.call.max_parallel
    outer = [Given(call, "command line", "--max-parallel")] if call is not None else []
    outer += sources.of_project("executor", "max_parallel")
    own = sources.of_spec("concurrency") or [Given(None, "default")]
    own[0].value = plan.root.concurrency
    smaller = bool(outer) and (own[0].value is None or outer[0].value < own[0].value)
    sources.tell("concurrency", [*outer, *own] if smaller else [*own, *outer])


def _retry(sources: _Sources) -> None:
    """The defaults of the file's tool steps; where it has none, each is tried once."""
    if not sources.of_spec("defaults", "retry"):
        sources.tell("defaults.retry.attempts", [Given(1, "default")])
        return
    usual = RetrySpec()
    values = {
        "attempts": usual.attempts,
        "delay": duration_text(usual.delay_seconds),
        "backoff": usual.backoff,
        "factor": int(usual.factor),
        "max_delay": duration_text(usual.delay_seconds_max),
        "jitter": usual.jitter,
        "errors": sorted(RETRIED_BY_DEFAULT),
        "within": None,
    }
    for word in _RETRY:
        given = sources.of_spec("defaults", "retry", word)
        sources.tell(f"defaults.retry.{word}", [*given, Given(values[word], "default")])


def _secrets(sources: _Sources) -> None:
    for place, usual in (("environment", True), ("dotenv", None), ("folder", None)):
        sources.tell(f"secrets.{place}", [*sources.of_project("secrets", place), Given(usual, "default")])


def _connection(sources: _Sources, name: str) -> None:
    """Connections win as a whole: of those with the name the profile's, then the spec's, then the file's."""
    given = sources.of_project("connections", name)
    profile = [one for one in given if one.origin != "project file"]
    ranked = [*profile, *sources.of_spec("connections", name), *(one for one in given if one not in profile)]
    if not ranked:
        return
    first = ranked[0]
    for key, value in first.value.items():
        at = _place(sources, first, name, key)
        others = (
            [Given(one.value.get("tool"), one.origin, one.at) for one in ranked[1:]] if key == "tool" else []
        )
        sources.tell(f"connections.{name}.{key}", [Given(_shown(key, value), first.origin, at), *others])
    for key, value in _usual(sources.checked.connections, name, sources.checked.plan):
        sources.tell(f"connections.{name}.{key}", [Given(value, "default")])


def _place(sources: _Sources, holder: Given, name: str, key: str) -> str | None:
    tree: Tree | None = sources.checked.tree if holder.origin == "spec" else sources.project
    at: Path = ("profiles", sources.profile or "") if holder.origin.startswith("profile ") else ()
    return str(tree.span((*at, "connections", name, key))) if tree is not None else None


def _shown(key: str, value: Any) -> Any:
    if not isinstance(value, str) or holds_reference(value):
        return value
    hidden = any(word in key.lower() for word in _HIDDEN)
    return "***" if hidden else _PASSWORD.sub(r"\1:***@", value)


def _usual(connections: Connections, name: str, plan: Plan | None) -> Iterator[tuple[str, Any]]:
    """The settings of a connection that are not written and have a default."""
    declaration = next((s.declaration for s in plan.steps if s.connection == name), None) if plan else None
    schema: Mapping[str, Any] = (declaration.connection or {}) if declaration is not None else {}
    said = {one for pair in EXCLUSIVE if any(word in connections[name] for word in pair) for one in pair}
    for key, about in {**schema.get("properties", {}), **CONNECTION_WORDS}.items():
        if key not in connections[name] and "default" in about and key not in said:
            yield key, about["default"]
