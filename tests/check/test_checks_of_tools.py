"""What the checks make of tools as third parties declare them: no default operation, every kind of schema."""

from __future__ import annotations

from typing import Any

import pytest

from engine.app.checking import check_text
from engine.spec.toolspec import Declaration, OperationSpec


def told(parameters: dict[str, Any], value: str) -> list[tuple[str, str, str | None]]:
    tool = Declaration("own", "integration", "", {"do": OperationSpec("", parameters)}, "none:none")
    text = f"weft: 1\nname: demo\nsteps:\n  - {{id: a, tool: own, with: {value}}}\n"
    found = check_text(text, "spec.yaml", tools={"own": tool}).diagnostics
    return [(problem.code, problem.message, problem.hint) for problem in found]


def test_a_tool_with_several_operations_and_no_default_wants_one_named() -> None:
    operations = {"read": OperationSpec(""), "write": OperationSpec("")}
    tool = Declaration("store", "data_access", "", operations, "none:none")
    text = "weft: 1\nname: demo\nsteps:\n  - {id: a, tool: store}\n"
    [problem] = check_text(text, "spec.yaml", tools={"store": tool}).diagnostics
    assert (problem.code, problem.message) == ("WF502", 'tool "store" has several operations and no default')
    assert problem.hint == "add operation: read or write"


OBJECT = {"type": "object"}
CASES: list[tuple[dict[str, Any], str, tuple[str, str, str | None]]] = [
    ({"properties": {"n": {"maximum": 3}}}, "{n: 4}", ("WF504", '"n" must be at most 3, not 4', None)),
    (
        {"properties": {"n": {"exclusiveMaximum": 3}}},
        "{n: 3}",
        ("WF504", '"n" must be less than 3, not 3', None),
    ),
    (
        {"properties": {"n": {"multipleOf": 2}}},
        "{n: 3}",
        ("WF504", '"n" must be a multiple of 2, not 3', None),
    ),
    ({"properties": {"n": {"const": "x"}}}, "{n: y}", ("WF504", '"n" must be "x", not "y"', None)),
    ({"properties": {"t": {"maxLength": 2}}}, "{t: abc}", ("WF504", '"t" is longer than 2', None)),
    ({"properties": {"t": {"minLength": 2}}}, "{t: a}", ("WF504", '"t" is shorter than 2', None)),
    (
        {"properties": {"l": {"uniqueItems": True}}},
        "{l: [1, 1]}",
        ("WF504", '"l" holds an item twice', "remove one of the two"),
    ),
    (
        {"properties": {"l": {"type": "array"}}},
        "{l: 3}",
        ("WF504", '"l" must be a list, not the number 3', "write [3]"),
    ),
    (
        {"properties": {"b": {"type": "boolean"}}},
        "{b: yes}",
        ("WF504", '"b" must be true or false, not the text "yes"', "write true"),
    ),
    (
        {"properties": {"n": {"type": "number"}}},
        '{n: "3"}',
        ("WF504", '"n" must be a number, not the text "3"', "write 3, without quotes"),
    ),
    ({"required": ["a"]}, "{}", ("WF505", 'tool "own" needs "a"', 'add "a"')),
    ({"dependentRequired": {"a": ["b"]}}, "{a: 1}", ("WF504", '"a" goes only with "b"', 'add "b"')),
    (
        {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        "{a: 1, b: 2}",
        ("WF504", '"a" and "b" cannot stand together', 'write "a" or "b"'),
    ),
    (
        {
            "if": {"properties": {"how": {"const": "file"}}, "required": ["how"]},
            "then": {"required": ["path"]},
        },
        "{how: file}",
        ("WF505", 'tool "own" needs "path"', "how: file wants it"),
    ),
    (
        {"if": {"required": ["a"]}, "else": {"not": {"required": ["b"]}}},
        "{b: 1}",
        ("WF504", '"b" goes only with "a"', None),
    ),
    (
        {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
        "{}",
        ("WF505", 'tool "own" needs "a" or "b"', "add one of them"),
    ),
]


@pytest.mark.parametrize(("schema", "value", "expected"), CASES, ids=lambda case: str(case)[:40])
def test_what_a_schema_refuses_is_said_in_words(
    schema: dict[str, Any], value: str, expected: tuple[str, str, str | None]
) -> None:
    assert told({**OBJECT, **schema}, value) == [expected]


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"n": {"type": "integer", "minimum": 1}}},
        {"properties": {"n": {"enum": [1, 2]}}},
        {"properties": {"n": {"type": "array", "items": {"type": "integer"}}}},
        {"additionalProperties": {"type": "integer"}},
    ],
    ids=str,
)
def test_a_reference_may_stand_wherever_a_value_is_wanted(schema: dict[str, Any]) -> None:
    assert told({**OBJECT, **schema}, '{n: "$<run.attempt>"}') == []
