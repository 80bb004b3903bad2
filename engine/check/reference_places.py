"""WF404 reference-not-allowed: references stand in `with let connections outputs foreach cache.key undo.with` and,
bare, in conditions; anywhere else they would stay text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.refs import sites
from engine.spec.words import FILE_WORDS, LITERAL_WORDS, STEP_WORDS, TEMPLATE_WORDS
from engine.spec.workflow import Path

_NESTED = frozenset({"steps", "rescue", "finally", "workflows"})
_HINT = "references stand in with, let, foreach, outputs, connections and conditions; $$< writes a literal $<"


def reference_places(subject: Subject) -> Iterator[Diagnostic]:
    text = subject.tree.source.text
    if "$<" not in text and "${" not in text:
        return
    yield from _refused(subject, subject.tree.root, (), FILE_WORDS)
    for step in subject.plan.steps[1:]:
        yield from _refused(subject, subject.tree.get(step.path), step.path, STEP_WORDS)
    for name in subject.workflow.connections:
        yield from _told(subject, ("connections", name, "tool"))


def _refused(subject: Subject, mapping: Any, path: Path, known: frozenset[str]) -> Iterator[Diagnostic]:
    for word in mapping if isinstance(mapping, dict) else ():
        if word in known and word not in TEMPLATE_WORDS and word not in _NESTED and _may_hold(mapping[word]):
            yield from _told(subject, (*path, word))
    for word, part in LITERAL_WORDS:
        if isinstance(mapping, dict) and isinstance(mapping.get(word), dict):
            yield from _told(subject, (*path, word, part))


def _may_hold(value: Any) -> bool:
    return "$" in value if isinstance(value, str) else isinstance(value, (dict, list))


def _told(subject: Subject, path: Path) -> Iterator[Diagnostic]:
    for site in sites(subject.tree.get(path)):
        at = (*path, *site.at)
        span = subject.tree.text_span(at, site.part.start, site.part.end)
        name = next(part for part in reversed(at) if isinstance(part, str))
        yield problem("WF404", f'"{name}" takes no references', span, _HINT)
