"""WF412 duplicate-item-key: two items of a loop that is written out in the file have the same key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.errors import EvaluationError
from engine.graph.plan import PlanStep
from engine.refs import Expression
from engine.text.snippet import shortened

_OF_AN_ITEM = ("item", "index", "key")


def item_keys(subject: Subject) -> Iterator[Diagnostic]:
    for step in subject.plan.steps:
        items = _written_items(step)
        if step.key is None or items is None or any(r.path[0] not in _OF_AN_ITEM for r in step.key.reads):
            continue
        seen: dict[Any, int] = {}
        for number, item in enumerate(items):
            key = _key(step.key, {"item": item, "index": number, "key": number})
            if key is not None and seen.setdefault(key, number) != number:
                shown = shortened(json.dumps(key, ensure_ascii=False))
                message = f"items {seen[key]} and {number} have the same key {shown}"
                span = subject.tree.span((*step.path, "foreach", "key"))
                yield problem("WF412", message, span, "a key names one item: leave it out, or take `index`")
                break


def _written_items(step: PlanStep) -> list[Any] | None:
    """The items, where they are a list without any reference."""
    if step.items is None or not step.items.constant or step.foreach is None:
        return None
    return step.foreach.items if isinstance(step.foreach.items, list) else None


def _key(expression: Expression, names: Mapping[str, Any]) -> Any:
    """The key of an item; None where it has none, which is told when the loop runs."""
    try:
        key = expression.evaluate(names.__getitem__)
    except EvaluationError:
        return None
    return key if isinstance(key, (str, int)) and not isinstance(key, bool) else None
