"""Parameter schemas as they hold for what an author writes: a reference may stand wherever a value is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REFERENCE_PATTERN = r"\$[<{]"


def templated(schema: Any) -> Any:
    """A parameter schema that also accepts a text holding a reference wherever it wants something else."""
    if not isinstance(schema, Mapping):
        return schema
    out = dict(schema)
    for word in ("properties", "patternProperties", "$defs"):
        if word in out:
            out[word] = {name: _or_reference(sub) for name, sub in out[word].items()}
    for word in ("items", "additionalProperties"):
        if isinstance(out.get(word), Mapping):
            out[word] = _or_reference(out[word])
    return out


def _or_reference(schema: Any) -> Any:
    if not isinstance(schema, Mapping) or not (set(schema) - {"description", "examples", "default"}):
        return schema
    shown = {word: schema[word] for word in ("description", "examples", "default") if word in schema}
    # They stand inside too: what is said of a wrong value is taken from the schema that refused it.
    return {**shown, "if": {"type": "string", "pattern": REFERENCE_PATTERN}, "else": templated(schema)}
