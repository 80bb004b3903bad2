"""`weft validate --live`: the connections that specs use are asked whether they work, each once however many use it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from engine.app.checking import Checked, known_tools
from engine.app.health import AT_ONCE_MAX, Checkable, Checker
from engine.app.project import project_folder
from engine.diagnostics import Diagnostic, Diagnostics, problem
from engine.execute.binding import reads_inputs
from engine.graph.plan import PlanStep
from engine.refs import compile_value
from engine.text import Span
from engine.tools.framework.health import CHECK_SECONDS_MAX, DEGRADED, UNHEALTHY, Health


class _Use(NamedTuple):
    """A connection that a spec uses, and where it says so."""

    checked: Checked
    asked: tuple[str, str, str]
    one: Checkable
    span: Span


def ask_live(specs: Sequence[Checked], timeout_seconds: float = CHECK_SECONDS_MAX) -> None:
    """Add what the connections of these specs answer to their diagnostics: WF801.

    A spec that cannot be followed is passed over, and so is a connection that reads the inputs of a run.
    """
    uses = [use for spec in specs for use in _uses(spec)]
    first = {use.asked: use for use in reversed(uses)}
    with ThreadPoolExecutor(AT_ONCE_MAX, "weft-live") as threads:
        answers = dict(
            zip(first, threads.map(lambda use: _asked(use, timeout_seconds), first.values()), strict=True)
        )
    for use in uses:
        found = Diagnostics(_problems(use, answers[use.asked]))
        use.checked.diagnostics.extend(use.checked.project.judged(found))


def _uses(checked: Checked) -> Iterator[_Use]:
    if not checked.good or checked.tree is None:
        return
    known = known_tools()
    folder = checked.project.folder or project_folder(Path(checked.name))
    steps = {step.connection: step for step in reversed(checked.linked.steps) if step.connection is not None}
    for name, config in {**checked.connections, **checked.linked.connections}.items():
        step = steps.get(name)
        if step is None or step.declaration is None or reads_inputs(compile_value(config)):
            continue
        key = (str(folder), name, json.dumps(config, sort_keys=True, default=str))
        one = Checkable(name, known[step.declaration.name], config)
        yield _Use(checked, key, one, _span(checked, name, step))


def _span(checked: Checked, name: str, step: PlanStep) -> Span:
    """Where the spec declares the connection, else where it first uses it."""
    assert checked.tree is not None
    assert checked.workflow is not None
    if name in checked.workflow.connections:
        return checked.tree.key_span(("connections", name))
    tree = checked.trees.get(checked.linked.spaces[step.space].label, checked.tree)
    return tree.span((*step.path, "tool"))


def _asked(use: _Use, timeout_seconds: float) -> Health:
    checker = Checker(Path(use.asked[0]), use.checked.project.secrets(), timeout_seconds=timeout_seconds)
    return checker.ask(use.one)


def _problems(use: _Use, health: Health) -> Iterator[Diagnostic]:
    detail = f": {health.detail}" if health.detail else ""
    if health.status == UNHEALTHY:
        yield problem("WF801", f'connection "{use.one.name}" is unhealthy{detail}', use.span)
    elif health.status == DEGRADED:
        told = problem("WF801", f'connection "{use.one.name}" is degraded{detail}', use.span)
        yield replace(told, severity="warning")
