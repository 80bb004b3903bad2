"""How much a resolved value weighs when it is written out.

Values are shared, not copied: thirty steps that each pass their input on twice make a billion entries of nothing. What a
step is given is weighed before it is recorded.
"""

from __future__ import annotations

from typing import Any

from engine.errors import EvaluationError

ENTRIES_MAX = 2_000_000
TEXT_MAX = 64 * 1024 * 1024


def check_weight(value: Any, what: str) -> None:
    """Raise EvaluationError (code `too-large`) when a value has too many entries or too much text. Bounded work."""
    entries = 1
    text = 0
    stack = [value]
    while stack:
        node = stack.pop()
        if type(node) is str:
            text += len(node)
        elif type(node) is dict:
            entries += len(node)
            stack.extend(node.values())
        elif type(node) is list:
            entries += len(node)
            stack.extend(node)
        if entries > ENTRIES_MAX or text > TEXT_MAX:
            limit = f"{ENTRIES_MAX:,} entries or {TEXT_MAX // (1024 * 1024)} MiB of text"
            hint = "write large data to a file and pass its path"
            raise EvaluationError(f"{what} is larger than {limit}", hint=hint, code="too-large")
