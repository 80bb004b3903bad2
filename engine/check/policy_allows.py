"""WF604 refused-by-policy: what the project's policy refuses every call of a step, as far as it is written out: its tool and
operation, the permissions these require, and the addresses, modules and models that stand in `with` without a reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.graph.plan import PlanStep
from engine.refs import holds_reference
from engine.spec.policy import HINT, Policy, hint_of
from engine.spec.toolspec import OperationSpec


def policy_allows(subject: Subject) -> Iterator[Diagnostic]:
    yield from _connections(subject)
    for step in subject.plan.steps:
        operation = step.declaration.operation(step.operation) if step.declaration else None
        if operation is None:
            continue  # told already
        told = list(_tool(subject, step))
        yield from told or _permissions(subject, step, operation)
        given = subject.tree.get((*step.path, "with"))
        for name, why in _values(subject.policy, operation.parameters, given):
            yield problem("WF604", why, subject.tree.span((*step.path, "with", name)), hint_of(why))


def _tool(subject: Subject, step: PlanStep) -> Iterator[Diagnostic]:
    assert step.declaration is not None
    why = subject.policy.tool_refusal(step.declaration.name, step.declaration.operation_name(step.operation))
    if why is not None:
        word = "operation" if step.operation is not None else "tool"
        yield problem("WF604", why, subject.tree.span((*step.path, word)), HINT)


def _permissions(subject: Subject, step: PlanStep, operation: OperationSpec) -> Iterator[Diagnostic]:
    held = subject.policy.permissions
    if held is None:
        return
    config = subject.connections.get(step.connection or "", {})
    own = config.get("permissions")
    wanted = [*operation.permissions, *(own if isinstance(own, (list, tuple)) else ())]
    missing, joint = [name for name in wanted if name not in held], " and "
    if not missing and operation.any_of and not set(operation.any_of) & set(held):
        missing, joint = list(operation.any_of), " or "
    if missing:
        names = joint.join(f'"{name}"' for name in missing)
        why = f"the policy of the project does not grant the permission {names}"
        yield problem("WF604", why, subject.tree.span((*step.path, "tool")), HINT)


def _connections(subject: Subject) -> Iterator[Diagnostic]:
    """Settings of the file's own connections; those of the project stand beside its policy."""
    for name, config in subject.workflow.connections.items():
        declaration = subject.tools.get(str(config.get("tool")))
        if declaration is not None and declaration.connection is not None:
            for key, why in _values(subject.policy, declaration.connection, config):
                yield problem("WF604", why, subject.tree.span(("connections", name, key)), hint_of(why))


def _values(policy: Policy, schema: Mapping[str, Any], given: Any) -> Iterator[tuple[str, str]]:
    if isinstance(given, Mapping):
        written = {
            name: value
            for name, value in given.items()
            if isinstance(value, str) and not holds_reference(value)
        }
        yield from policy.value_refusals(schema, written)
