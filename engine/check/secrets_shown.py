"""WF601 secret-would-show: secrets may stand only in `with`, `undo.with` and `connections`, whole or in text, through
`urlencode b64encode tojson trim`; anywhere else their value (or something computed from it) would be recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.graph.plan import PlanStep
from engine.refs import Expression
from engine.text import Span

ALLOWED_FILTERS = frozenset({"urlencode", "b64encode", "tojson", "trim"})
_FILTERS = re.compile(r"^\s*(?:secrets|inputs)\.[A-Za-z0-9_]+((?:\s*\|\s*[a-z0-9_]+(?:\(\s*\))?)*)\s*$")


def secrets_shown(subject: Subject) -> Iterator[Diagnostic]:
    for step in subject.plan.steps:
        for word, expression in subject.expressions(step):
            if _reads_secret(subject, expression):
                if word != "with":
                    yield _told(subject, step, word, expression, f'a secret in "{word}" would be recorded')
                elif not _harmless(expression):
                    message = "what is computed from a secret could not be masked"
                    yield _told(subject, step, word, expression, message)


def _reads_secret(subject: Subject, expression: Expression) -> bool:
    return any(read.path[0] == "secrets" or _secret_input(subject, read.path) for read in expression.reads)


def _secret_input(subject: Subject, path: tuple[str | int, ...]) -> bool:
    if path[0] != "inputs":
        return False
    if len(path) == 1:
        return any(schema.get("secret") for schema in subject.workflow.inputs.values())
    return bool(subject.workflow.inputs.get(str(path[1]), {}).get("secret"))


def _harmless(expression: Expression) -> bool:
    match = _FILTERS.match(expression.text)
    if not match:
        return False
    names = [name.strip(" ()\t\n") for name in match.group(1).split("|") if name.strip()]
    return all(name in ALLOWED_FILTERS for name in names)


def _told(subject: Subject, step: PlanStep, word: str, expression: Expression, message: str) -> Diagnostic:
    path = (*step.path, "foreach" if word == "key" else word)
    hint = "secrets stand in `with` and `connections` only, with urlencode b64encode tojson trim"
    return problem("WF601", message, _place(subject, path, expression.text), hint)


def _place(subject: Subject, path: tuple[str | int, ...], text: str) -> Span:
    """The first text below `path` that holds the expression."""
    stack = [(path, subject.tree.get(path))]
    while stack:
        at, node = stack.pop(0)
        if isinstance(node, str) and text in node:
            start = node.index(text)
            return subject.tree.text_span(at, start, start + len(text))
        if isinstance(node, dict):
            stack += [((*at, key), item) for key, item in node.items()]
        elif isinstance(node, list):
            stack += [((*at, index), item) for index, item in enumerate(node)]
    return subject.tree.span(path)
