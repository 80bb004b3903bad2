"""Writes `schemas/workflow.schema.json` from the language's models and the built-in tools' declarations.

Run after changing either: `python .ci/make_schemas.py`. A test fails when the file and its sources differ.
"""

import json
from pathlib import Path

from engine.spec.schema_build import workflow_schema
from engine.tools.registry import BUILT_IN, Registry

TARGET = Path(__file__).resolve().parent.parent / "schemas" / "workflow.schema.json"


def schema_text() -> str:
    """The file's content."""
    registry = Registry()
    schema = workflow_schema({name: registry[name] for name in sorted(BUILT_IN)})
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(schema_text(), encoding="utf-8")
