"""WF504 of texts that a parameter's schema cannot judge alone: a moment, a regular expression. A schema says which with
`x-weft-text`; a text that holds a reference is judged when it is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.errors import EvaluationError
from engine.refs import holds_reference, texts
from engine.refs.regexes import compiled
from engine.spec.moments import EXAMPLE, moment_seconds
from engine.text.snippet import shortened

Place = tuple[str | int, ...]
Found = tuple[str, str | None]
WORD = "x-weft-text"


def literal_texts(subject: Subject) -> Iterator[Diagnostic]:
    marked: dict[int, tuple[tuple[Place, str], ...]] = {}  # of operations, by identity: many steps call one
    for step in subject.plan.steps:
        operation = step.declaration.operation(step.operation) if step.declaration else None
        if operation is None:
            continue
        if id(operation) not in marked:
            marked[id(operation)] = tuple(_marked(operation.parameters, ()))
        if not marked[id(operation)]:
            continue
        written = subject.tree.get((*step.path, "with"))
        for at, text in texts(written) if isinstance(written, dict) else ():
            kind = _kind(marked[id(operation)], at)
            found = _JUDGES[kind](text) if kind is not None and not holds_reference(text) else None
            if found is not None:
                message = f'"{at[-1]}" cannot be "{shortened(text)}"{found[0]}'
                yield problem("WF504", message, subject.tree.span((*step.path, "with", *at)), found[1])


def _marked(schema: Any, at: Place) -> Iterator[tuple[Place, str]]:
    """The places below a schema that say what kind of text stands there; of lists the item is called 0."""
    if not isinstance(schema, Mapping):
        return
    if WORD in schema:
        yield at, schema[WORD]
    for name, sub in schema.get("properties", {}).items():
        yield from _marked(sub, (*at, name))
    yield from _marked(schema.get("items"), (*at, 0))


def _kind(marked: tuple[tuple[Place, str], ...], at: Place) -> str | None:
    place = tuple(0 if isinstance(part, int) else part for part in at)
    return next((kind for where, kind in marked if where == place), None)


def _moment(text: str) -> Found | None:
    if moment_seconds(text) is not None:
        return None
    if moment_seconds(f"{text}Z") is not None:
        return ": it has no zone", f"{text}Z is that time in UTC"
    return "", f"write a moment with its zone, such as {EXAMPLE}"


def _pattern(text: str) -> Found | None:
    try:
        compiled(text)
    except EvaluationError as error:
        return f": {error.message.partition(' is ')[2] or error.message}", error.hint
    return None


_JUDGES: dict[str, Callable[[str], Found | None]] = {"moment": _moment, "pattern": _pattern}
