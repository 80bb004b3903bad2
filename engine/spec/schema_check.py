"""The schema's verdict on a tree: a fast yes (jsonschema-rs), a good no (jsonschema), said in the author's words.

Tool parameters are not looked at here: which tool a name means is known only after compiling (`check/parameters.py`).
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from engine.diagnostics import Diagnostic
from engine.spec.schema_explain import explain
from engine.spec.shipped import shipped
from engine.spec.tree import Tree


@cache
def language_schema() -> dict[str, Any]:
    """`schemas/workflow.schema.json` without the parameters of particular tools."""
    schema: dict[str, Any] = json.loads((shipped("schemas") / "workflow.schema.json").read_bytes())
    schema["$defs"]["tool_parameters"] = {}
    return schema


@cache
def _fast_validator() -> Any:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(language_schema(), registry=jsonschema_rs.Registry([]))


def is_valid(root: Any) -> bool:
    """Whether the schema accepts the document."""
    return bool(_fast_validator().is_valid(root))


def schema_problems(tree: Tree) -> list[Diagnostic]:
    """Everything the schema has against the document, each at its place; empty when it is valid."""
    return [] if is_valid(tree.root) else explain(tree, language_schema())
