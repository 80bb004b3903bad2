"""WF702 other-template: `{{ inputs.day }}` is how other engines write a reference; here it would pass as plain text.

Told only where the braces begin with a name that means something to a workflow and that is read further
(`inputs.day`, a step's id with a `.` behind it, `item` inside a loop): texts for other programs hold braces by right.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.graph.plan import PlanStep
from engine.refs import sites, texts
from engine.spec.words import TEMPLATE_WORDS
from engine.spec.workflow import Path
from engine.text.snippet import shortened

_BRACES = re.compile(r"\$?\{\{-?\s*+(?P<path>[A-Za-z]\w*+(?:\.\w++|\[[^\[\]{}]*+\])*+)(?P<rest>[^{}]*+)\}\}")
_TOLD_AT_MOST = 20
"""In one text: finding the place of each reads the text again, and who has seen twenty knows."""
_CONDITIONS = frozenset({"when", "repeat"})
_NAMES = frozenset({"inputs", "steps", "let", "secrets"})
_PARAMETERS = frozenset({"env", "params", "parameters", "vars", "var", "workflow"})
"""Roots that hold a run's parameters in other engines; the last part of the path is the parameter's name."""


def other_templates(subject: Subject) -> Iterator[Diagnostic]:
    if "{{" not in subject.tree.source.text:
        return
    for step in subject.plan.steps:
        for word in sorted(TEMPLATE_WORDS - _CONDITIONS):
            path = (*step.path, word)
            for at, text in texts(subject.tree.get(path)):
                if "{{" in text and not (word == "with" and at and _is_document(step, at[0])):
                    yield from braces_told(subject, step, (*path, *at), text)


def _is_document(step: PlanStep, parameter: str | int) -> bool:
    """Whether a parameter is a template of its own kind, where braces belong."""
    operation = step.declaration.operation(step.operation) if step.declaration else None
    properties = operation.parameters.get("properties", {}) if operation else {}
    return bool(properties.get(parameter, {}).get("x-weft") == "document")


def braces_told(subject: Subject, step: PlanStep, path: Path, text: str) -> Iterator[Diagnostic]:
    """Of one text: each pair of braces that means something to this workflow."""
    parts = [site.part for site in sites(text)]
    starts = [part.start for part in parts]
    told = 0
    for braces in _BRACES.finditer(text):
        if told == _TOLD_AT_MOST:
            return
        before = bisect_right(starts, braces.start()) - 1
        quoted = before >= 0 and braces.start() < parts[before].end
        meant = None if quoted else _meant(subject, step, braces["path"])
        if meant is not None:
            told += 1
            rest = braces["rest"].strip().removesuffix("-").rstrip()
            filtered = f" {rest}" if rest.startswith("|") and ">" not in rest else ""
            message = f'"{shortened(braces[0])}" is plain text here, not a reference'
            span = subject.tree.text_span(path, braces.start(), braces.end())
            yield problem("WF702", message, span, f"write $<{shortened(meant + filtered)}>")


def _meant(subject: Subject, step: PlanStep, path: str) -> str | None:
    """The reference that stands for a path in another engine's braces; None: the braces are the author's own."""
    root, *rest = re.findall(r"\w+", path)
    if root == "item":
        around = subject.plan.ancestors(step.index)
        return path if any(subject.plan.steps[index].foreach for index in around) else None
    if root.removeprefix("step_").removesuffix("_result") in subject.plan.by_id and root.startswith("step_"):
        return path
    if not rest:
        return None
    if root in _NAMES:
        return path
    if root in subject.plan.by_id:
        return f"step_{root}_result{path[len(root) :]}"
    return f"inputs.{rest[-1]}" if root in _PARAMETERS else None
