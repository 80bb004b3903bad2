"""Everything a run needs before its first row: tools that are made, connections and executors that are there, secrets known."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.app.checking import Checked
from engine.app.health import Checker, health_of_dependencies
from engine.app.run_options import RunOptions
from engine.app.sealed import secret_inputs
from engine.errors import EvaluationError, UsageError
from engine.execute.binding import Toolbox, reads_inputs
from engine.execute.secrets import Secrets
from engine.execute.values import connection_scope
from engine.executors.known import Executors
from engine.graph.plan import Plan
from engine.refs import compile_value


def ready_toolbox(
    checked: Checked, inputs: Mapping[str, Any], project_dir: Path, secrets: Secrets, options: RunOptions
) -> Toolbox:
    """The tools of a plan, made but not used: what is missing is told before anything is recorded.

    Every secret the spec names is looked up, so that it is masked from the first row on; that one is missing is told by
    the step that reads it. Raises MissingExtra, and UsageError where a connection cannot be resolved or a place of
    secrets cannot be read, or nobody knows the executor; Unavailable for an executor that cannot be loaded.
    """
    assert checked.plan is not None
    assert checked.workflow is not None
    for name in secret_inputs(checked.workflow.inputs):
        secrets.know(inputs.get(name))
    for name in _secrets_named(checked.linked):
        secrets.get(name)
    connections = _resolved_connections(checked, inputs, secrets)
    executors = _executors(checked, secrets, options)
    trees = {**checked.trees, **({"": checked.tree} if checked.tree is not None else {})}
    toolbox = Toolbox(
        checked.linked,
        options.make_tool,
        connections,
        project_dir,
        options.principal,
        executors,
        trees,
        checked.project.policy,
    )
    checker = Checker(project_dir, secrets, options.make_tool, inputs=inputs)
    toolbox.health_of = health_of_dependencies(checked, checker, options.tools)
    toolbox.prepare()
    return toolbox


def _executors(checked: Checked, secrets: Secrets, options: RunOptions) -> Executors:
    """Those of the call, else of `WEFT_EXECUTOR`, else of the project; what tools print in other processes is masked."""
    named = options.executor or os.environ.get("WEFT_EXECUTOR") or None

    def say(line: str) -> None:
        print(secrets.scrub(line), file=sys.stderr, flush=True)

    return Executors(replace(checked.project.executor, name=named), say)


def _secrets_named(plan: Plan) -> Iterator[str]:
    for step in plan.steps:
        for expression in step.with_.expressions if step.with_ is not None else ():
            for read in expression.reads:
                if read.path[0] == "secrets" and len(read.path) > 1:
                    yield str(read.path[1])


def _resolved_connections(
    checked: Checked, inputs: Mapping[str, Any], secrets: Secrets
) -> dict[str, dict[str, Any]]:
    """The spec's own connections, and of the others those that are used.

    One that a called workflow brings and that reads its inputs stays as it is written: it is resolved call by call.
    """
    plan = checked.linked
    scope = connection_scope(inputs, secrets)
    used = {*plan.workflow.connections, *(step.connection for step in plan.steps)}
    out: dict[str, dict[str, Any]] = {}
    for name, config in {**checked.connections, **plan.connections}.items():
        if name not in used:
            continue
        template = compile_value(config)
        if name in plan.connections and reads_inputs(template):
            out[name] = dict(config)
            continue
        try:
            out[name] = template.resolve(scope)
        except EvaluationError as error:
            raise UsageError(f'connection "{name}": {error.message}', hint=error.hint) from error
    return out
