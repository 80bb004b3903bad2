"""A tool as a page of text: its operations with their parameters and results, and the settings of its connections.

Reads JSON Schemas as far as people need them: types, values, defaults, and the keys of mappings inside them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from engine.cli.wording import one_line
from engine.spec.toolspec import Declaration, JsonSchema, OperationSpec
from engine.text.snippet import shortened

NAME_WIDTH_MIN, NAME_WIDTH_MAX = 18, 24
LEVELS_MAX = 4
EXAMPLE_WIDTH_MAX = 300
DISTRIBUTION = "weft-engine"


def tool_page(tool: Declaration) -> Iterator[str]:
    """The lines of `weft tools NAME`."""
    yield f"{tool.name} ({tool.category}): {tool.description}"
    if tool.extra and not _installed(tool.distribution or DISTRIBUTION, tool.extra):
        yield f"needs: pip install '{tool.distribution or DISTRIBUTION}[{tool.extra}]'"
    default = tool.operation_name(None)
    for name, operation in tool.operations.items():
        mark = " (default)" if name == default and len(tool.operations) > 1 else ""
        yield f"\n{name}{mark}: {operation.description}"
        yield from _operation(operation)
    if tool.connection is not None:
        yield f"\nconnections (tool: {tool.name}) take:"
        yield from _keys(tool.connection, 1)


def _operation(operation: OperationSpec) -> Iterator[str]:
    if operation.permissions or operation.any_of:
        yield f"  needs the permission: {_permissions(operation)}"
    if operation.parameters.get("properties"):
        yield from _keys(operation.parameters, 1)
    else:
        yield "  any parameters"
    gives = _result(operation.result)
    if gives:
        yield f"  gives: {gives}"
    for example in operation.parameters.get("examples", ())[:1]:
        yield f"  example: with: {shortened(json.dumps(example, ensure_ascii=False), EXAMPLE_WIDTH_MAX)}"


def _permissions(operation: OperationSpec) -> str:
    one = " or ".join(operation.any_of)
    if not operation.permissions:
        return one
    every = " and ".join(operation.permissions)
    return f"{every} and one of {', '.join(operation.any_of)}" if one else every


def _keys(schema: JsonSchema, level: int) -> Iterator[str]:
    """A line for each key of a mapping, and below one the keys of what it holds, as deep as `transform` needs it."""
    properties, required = schema.get("properties", {}), schema.get("required", ())
    width = min(NAME_WIDTH_MAX, max([NAME_WIDTH_MIN, *map(len, properties)]))
    for name, about in properties.items():
        must = ", required" if name in required else ""
        default = f", default {_json(about['default'])}" if "default" in about else ""
        description = one_line(str(about.get("description", "")))
        line = f"{'  ' * level}{name:<{width}} {_kind(about)}{must}{default}"
        yield f"{line}: {description}" if description else line
        if level < LEVELS_MAX:
            yield from _keys(_inside(about), level + 1)


def _kind(schema: JsonSchema) -> str:
    """`string`, `number or string`, `array of object`, `one of get, post`."""
    if "enum" in schema:
        values = (value if isinstance(value, str) else _json(value) for value in schema["enum"])
        return f"one of {', '.join(values)}"
    kind = schema.get("type", "any")
    text = " or ".join(kind) if isinstance(kind, list) else str(kind)
    items = schema.get("items")
    return f"{text} of {_kind(items)}" if kind == "array" and isinstance(items, dict) and items else text


def _inside(schema: JsonSchema) -> JsonSchema:
    """The mapping a schema speaks of: its own keys, or those of its items, or of its values under any name."""
    for inner in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(inner, dict) and "properties" in inner:
            return inner
    return schema


def _result(schema: JsonSchema) -> str:
    """`rows, columns (name, type), row_count`; else what the result is, in words."""
    parts = []
    for name, about in schema.get("properties", {}).items():
        inner = ", ".join(_inside(about).get("properties", {}))
        parts.append(f"{name} ({inner})" if inner else name)
    return ", ".join(parts) or one_line(str(schema.get("description", "")))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _installed(distribution: str, extra: str) -> bool:
    """Whether everything of an optional dependency group of a package is there, in whatever version."""
    from importlib.metadata import PackageNotFoundError, requires, version

    try:
        for line in requires(distribution) or ():
            if re.search(rf"""extra == ['"]{re.escape(extra)}['"]""", line):
                version(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0])
    except PackageNotFoundError:
        return False
    return True
