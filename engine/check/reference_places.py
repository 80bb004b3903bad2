"""WF404 reference-not-allowed: references stand in `with let connections outputs foreach cache.key undo.with` and, bare, in
conditions; anywhere else they would stay text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.refs import sites
from engine.spec.workflow import Path

_STEP = frozenset(
    {"with", "let", "outputs", "foreach", "cache", "undo", "when", "repeat", "steps", "rescue", "finally"}
)
_FILE = frozenset({"let", "connections", "outputs", "steps", "rescue", "finally", "workflows"})
_FOREACH_LITERAL = ("concurrency", "tolerate")


def reference_places(subject: Subject) -> Iterator[Diagnostic]:
    text = subject.tree.source.text
    if "$<" not in text and "${" not in text:
        return
    yield from _refused(subject, subject.tree.root, (), _FILE)
    for step in subject.plan.steps[1:]:
        yield from _refused(subject, subject.tree.get(step.path), step.path, _STEP)
        if step.foreach and len(step.foreach.path) > len(step.path) + 1:
            for word in _FOREACH_LITERAL:
                yield from _told(subject, subject.tree.get((*step.path, "foreach", word)), (*step.path, "foreach", word))


def _refused(subject: Subject, mapping: Any, path: Path, allowed: frozenset[str]) -> Iterator[Diagnostic]:
    for word, value in mapping.items() if isinstance(mapping, dict) else ():
        if word not in allowed and not word.startswith("x-"):
            yield from _told(subject, value, (*path, word))


def _told(subject: Subject, value: Any, path: Path) -> Iterator[Diagnostic]:
    for site in sites(value):
        span = subject.tree.text_span((*path, *site.at), site.part.start, site.part.end)
        hint = "references stand in with, foreach, outputs, connections and conditions; $$< writes a literal $<"
        yield problem("WF404", f'"{path[-1]}" takes no references', span, hint)
