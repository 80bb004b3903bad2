"""The declarations of the core tools: cheap to read, sound schemas, and what the schemas refuse."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from engine.spec.toolspec import Declaration

FOLDERS = {"assert": "asserting"}
NAMES = ["sleep", "fail", "assert", "python", "shell", "http", "file", "render", "transform"]


def declared(name: str) -> Declaration:
    module = importlib.import_module(f"engine.tools.core.{FOLDERS.get(name, name)}.declare")
    declaration = module.DECLARATION
    assert isinstance(declaration, Declaration)
    return declaration


def errors(name: str, parameters: Any, operation: str | None = None) -> list[str]:
    spec = declared(name).operation(operation)
    assert spec is not None
    return [
        error.message for error in jsonschema.Draft202012Validator(spec.parameters).iter_errors(parameters)
    ]


def every_schema(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from every_schema(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from every_schema(value)


@pytest.mark.parametrize("name", NAMES)
def test_the_factory_makes_a_tool(name: str) -> None:
    declaration = declared(name)
    assert declaration.name == name
    assert declaration.operation(None) is not None
    module, _, attribute = declaration.factory.partition(":")
    tool = getattr(importlib.import_module(module), attribute)({})
    tool.close()


@pytest.mark.parametrize("name", NAMES)
def test_schemas_are_closed_described_and_their_examples_hold(name: str) -> None:
    for spec in declared(name).operations.values():
        json.dumps([spec.parameters, spec.result])
        jsonschema.Draft202012Validator.check_schema(spec.result)
        jsonschema.Draft202012Validator.check_schema(spec.parameters)
        validator = jsonschema.Draft202012Validator(spec.parameters)
        assert spec.parameters["examples"]
        assert spec.parameters["additionalProperties"] is False
        for example in spec.parameters["examples"]:
            assert not list(validator.iter_errors(example))
        for parameter, schema in spec.parameters["properties"].items():
            assert schema.get("description"), parameter
            if "default" in schema:
                jsonschema.Draft202012Validator(schema).validate(schema["default"])


@pytest.mark.parametrize("name", NAMES)
def test_no_schema_uses_alternatives_whose_errors_cannot_be_read(name: str) -> None:
    for spec in declared(name).operations.values():
        for schema in every_schema(dict(spec.parameters)):
            assert not {"oneOf", "anyOf", "$ref"} & set(schema)


def test_declarations_import_nothing_heavy() -> None:
    modules = ",".join(f"engine.tools.core.{FOLDERS.get(name, name)}.declare" for name in NAMES)
    heavy = ["httpx2", "httpcore2", "pyarrow", "pandas", "re2", "asyncio", "subprocess", "csv", "jsonschema"]
    code = f"import sys; before = set(sys.modules); import {modules}; "
    code += f"print(sorted((set(sys.modules) - before) & set({heavy!r})))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("sleep", {}),
        ("sleep", {"seconds": -1}),
        ("sleep", {"seconds": "5"}),
        ("fail", {"type": "nonsense"}),
        ("fail", {"times": -1}),
        ("assert", {"data": []}),
        ("assert", {"data": [], "expect": [{"check": "not_nul", "column": "a"}]}),
        ("assert", {"data": [], "expect": [{"check": "regex", "column": "a"}]}),
        ("assert", {"data": [], "expect": [{"check": "freshness", "column": "a"}]}),
        ("assert", {"data": [], "expect": [{"check": "not_null", "colum": "a"}]}),
        ("assert", {"data": [], "expect": [{"check": "not_null", "column": "a", "tolerate": 5}]}),
        ("python", {"call": "module.function"}),
        ("python", {"call": "m:f", "args": {}}),
        ("shell", {}),
        ("shell", {"argv": ["ls"], "command": "ls"}),
        ("shell", {"argv": []}),
        ("shell", {"argv": ["ls"], "args": ["x"]}),
        ("shell", {"command": "ls", "ok_codes": [256]}),
        ("http", {}),
        ("http", {"url": "http://u", "json": 1, "data": "x"}),
        ("http", {"url": "http://u", "method": "FETCH"}),
        ("http", {"url": "http://u", "auth": {"type": "bearer"}}),
        ("http", {"url": "http://u", "auth": {"type": "basic", "username": "u"}}),
        ("http", {"url": "http://u", "expect": ["okay"]}),
        ("http", {"url": "http://u", "expect": [99]}),
        ("file", {}),
        ("file", {"path": "a", "format": "xml"}),
        ("file", {"path": "a", "types": {"x": "float"}}),
        ("transform", {"records": [], "steps": [{"filter": {"column": "a", "op": "eq"}}]}),
        ("transform", {"records": [], "steps": [{"slect": ["a"]}]}),
        ("transform", {"records": [], "steps": [{"limit": 1, "distinct": []}]}),
        ("transform", {"records": [], "steps": [{"derive": {"column": "a", "op": "cast", "from": ["b"]}}]}),
        ("transform", {"records": [], "steps": [{"aggregate": {"measures": {"n": {"op": "sum"}}}}]}),
        ("transform", {"records": [1], "steps": []}),
    ],
)
def test_wrong_parameters_are_refused(name: str, parameters: Any) -> None:
    assert errors(name, parameters)


@pytest.mark.parametrize(
    ("name", "operation", "parameters"),
    [
        ("shell", None, {"command": "ls", "args": [1, True], "env": {"A": 1}, "grace_seconds": 0}),
        ("http", None, {"url": "http://u", "expect": [200, "4xx"], "auth": {"type": "bearer", "token": "t"}}),
        ("http", None, {"url": "http://u", "query": {"a": ["x", 1], "b": None}}),
        ("file", "write", {"path": "a", "content": None}),
        ("file", "list", {"pattern": "**/*.csv"}),
        ("assert", None, {"value": 1, "expect": [{"check": "equals", "value": None}]}),
        ("transform", None, {"records": [], "steps": [{"filter": {"column": "a", "op": "is_null"}}]}),
        ("transform", None, {"records": [], "steps": [{"aggregate": {"measures": {"n": {"op": "count"}}}}]}),
    ],
)
def test_right_parameters_pass(name: str, operation: str | None, parameters: Any) -> None:
    assert errors(name, parameters, operation) == []


def test_a_shell_command_is_marked_so_that_references_are_refused_in_it() -> None:
    spec = declared("shell").operation(None)
    assert spec is not None
    assert spec.parameters["properties"]["command"]["x-weft"] == "command"
