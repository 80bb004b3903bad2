"""WF601 secret-would-show: secrets may stand only in `with`, `undo.with` and `connections`, whole or in text, through
`urlencode b64encode tojson trim`; anywhere else their value (or something computed from it) would be recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.graph.plan import PlanStep
from engine.refs import Expression, ExpressionProblem, compile_expression, sites
from engine.text.snippet import shortened

ALLOWED_FILTERS = frozenset({"urlencode", "b64encode", "tojson", "trim"})
_FILTERS = re.compile(r"^\s*(?:secrets|inputs)\.[A-Za-z0-9_]+((?:\s*\|\s*[a-z0-9_]+(?:\(\s*\))?)*)\s*$")


HINT = "secrets stand in `with` and `connections` only, with urlencode b64encode tojson trim"


def secrets_shown(subject: Subject) -> Iterator[Diagnostic]:
    for step in subject.plan.steps:
        for word, expression in subject.expressions(step):
            if reads_secret(subject, expression):
                if word != "with":
                    yield _told(subject, step, word, expression, f'a secret in "{word}" would be recorded')
                elif not harmless(expression):
                    yield _told(subject, step, word, expression, unmasked(expression))
    yield from _in_connections(subject)


def _in_connections(subject: Subject) -> Iterator[Diagnostic]:
    """Those of the file; a project file's own are told where it is read."""
    for name, config in subject.workflow.connections.items():
        path = ("connections", name)
        for site in sites(config):
            try:
                expression = compile_expression(site.part.expression)
            except ExpressionProblem:
                continue  # told where references are read
            if reads_secret(subject, expression) and not harmless(expression):
                start = site.part.expr_start
                span = subject.tree.text_span((*path, *site.at), start, start + len(expression.text))
                yield problem("WF601", unmasked(expression), span, HINT)


def unmasked(expression: Expression) -> str:
    """What is wrong with an expression that makes something else of a secret."""
    return f'what "{shortened(expression.text)}" makes of a secret could not be masked'


def reads_secret(subject: Subject, expression: Expression) -> bool:
    """Whether an expression reads a secret, or an input declared as one."""
    return any(read.path[0] == "secrets" or _secret_input(subject, read.path) for read in expression.reads)


def _secret_input(subject: Subject, path: tuple[str | int, ...]) -> bool:
    if path[0] != "inputs":
        return False
    if len(path) == 1:
        return any(schema.get("secret") for schema in subject.workflow.inputs.values())
    return bool(subject.workflow.inputs.get(str(path[1]), {}).get("secret"))


def harmless(expression: Expression) -> bool:
    """Whether an expression that reads a secret gives it whole, through the filters that masking knows."""
    match = _FILTERS.match(expression.text)
    if not match:
        return False
    names = [name.strip(" ()\t\n") for name in match.group(1).split("|") if name.strip()]
    return all(name in ALLOWED_FILTERS for name in names)


def _told(subject: Subject, step: PlanStep, word: str, expression: Expression, message: str) -> Diagnostic:
    return problem("WF601", message, subject.expression_span(step, word, expression.text), HINT)
