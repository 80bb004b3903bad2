"""WF503, WF504, WF505 of a step that calls a workflow: what stands in `with`, against the inputs of that workflow; and
WF601: a secret may be given only to an input that is declared `secret`, for only such a one is kept out of the journal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.check.parameters import explained
from engine.check.secrets_shown import reads_secret
from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.graph.plan import PlanStep
from engine.refs import ExpressionProblem, compile_expression, sites
from engine.spec.inputs import input_schema_problems, plain_schema
from engine.spec.templated import templated
from engine.spec.workflow import Workflow
from engine.text.snippet import shortened


def workflow_inputs(subject: Subject) -> Iterator[Diagnostic]:
    for step in subject.plan.steps:
        if step.callee is None:
            continue
        value = subject.tree.get((*step.path, "with"))
        given = value if isinstance(value, dict) else {}
        name = f'workflow "{shortened(step.workflow or "")}"'
        schema = templated(_schema(step.callee.workflow))
        yield from explained(subject, step, given, schema, (name, "input", "workflow"))
        yield from _secrets(subject, step, given, step.callee.workflow)


def _schema(workflow: Workflow) -> dict[str, Any]:
    """The inputs as one schema: what an input may be is left out where its schema is no good or points into itself."""
    properties = {}
    for name, schema in workflow.inputs.items():
        usable = not any(input_schema_problems(schema)) and "$ref" not in str(schema)
        properties[name] = plain_schema(schema) if usable else {}
    needed = [name for name, schema in workflow.inputs.items() if "default" not in schema]
    return {
        "type": "object",
        "properties": properties,
        "required": needed,
        "additionalProperties": False,
    }


def _secrets(
    subject: Subject, step: PlanStep, given: dict[str, Any], workflow: Workflow
) -> Iterator[Diagnostic]:
    for name, value in given.items():
        if workflow.inputs.get(name, {"secret": True}).get("secret"):
            continue
        for site in sites(value):
            try:
                expression = compile_expression(site.part.expression)
            except ExpressionProblem:
                continue  # told where it is compiled
            if reads_secret(subject, expression):
                path = (*step.path, "with", name, *site.at)
                span = subject.tree.text_span(path, site.part.start, site.part.end)
                message = (
                    f'input "{shortened(name)}" of "{shortened(step.workflow or "")}" would show a secret'
                )
                hint = f"declare it there: {name}: {{type: string, secret: true}}"
                yield problem("WF601", message, span, hint)
