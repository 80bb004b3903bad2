"""WF503 unknown-parameter, WF504 wrong-parameter, WF505 missing-parameter: what stands in `with`, against the schema
of the tool's operation. A reference may stand wherever a value is wanted; what it gives is checked when
the step runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic
from engine.graph.plan import PlanStep
from engine.refs import texts
from engine.spec.fitting import fit
from engine.spec.meant import words_meant
from engine.spec.schema_explain import explain_part
from engine.spec.templated import templated
from engine.spec.words import STEP_WORDS
from engine.text.snippet import shortened

_IN_WITH = ' in "with"'
_CUT = "a comma ends a value that stands between { and }: quote the whole value"
_CODES = {"WF202": "WF503", "WF204": "WF505"}


def parameters(subject: Subject) -> Iterator[Diagnostic]:
    schemas: dict[int, str] = {}  # of operations, as text: written once for all steps that call one
    for step in subject.plan.steps:
        operation = step.declaration.operation(step.operation) if step.declaration else None
        written = subject.tree.get(step.path)
        if operation is None or not isinstance(written, dict):
            continue
        value = written.get("with", {})
        if not isinstance(value, dict) or (value == {} and _meant_elsewhere(written)):
            continue  # told already
        if id(operation) not in schemas:
            schemas[id(operation)] = json.dumps(operation.parameters, sort_keys=True)
        schema = schemas[id(operation)]
        words = (f'tool "{shortened(step.tool or "")}"', "parameter", "tool")
        if not _validator(schema).is_valid(value):
            yield from explained(subject, step, value, _schema(schema), words)
        elif step.with_ is not None and step.with_.constant and any("$" in text for _, text in texts(value)):
            yield from _as_it_is(subject, step, operation.parameters, words)


def _as_it_is(
    subject: Subject, step: PlanStep, schema: Mapping[str, Any], words: tuple[str, str, str]
) -> Iterator[Diagnostic]:
    """What a schema has against parameters that only look as if they held references: `${HOME}`, an escaped `$$<`."""
    assert step.with_ is not None
    given = step.with_.resolve(_nothing)
    if not fit(schema).fits(given):
        yield from explained(subject, step, given, schema, words)


def _nothing(name: str) -> Any:
    raise KeyError(name)


def _meant_elsewhere(step: dict[str, Any]) -> bool:
    """Whether the parameters stand below a key that was meant to be `with`."""
    return not step.keys() <= STEP_WORDS and any(
        "with" in meant for meant in words_meant(step, STEP_WORDS, "step").values()
    )


@cache
def _schema(text: str) -> Any:
    return templated(json.loads(text))


@cache
def _validator(text: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(_schema(text), registry=jsonschema_rs.Registry([]))


def explained(
    subject: Subject, step: PlanStep, value: dict[str, Any], schema: Any, words: tuple[str, str, str]
) -> Iterator[Diagnostic]:
    """What a schema has against the `with` of a step. `words`: who takes it, what each is called, the body's word."""
    whole, part, body = words
    has_with = isinstance(subject.tree.get((*step.path, "with")), dict)
    at = (*step.path, "with") if has_with else (*step.path, body)
    holder = f'"{at[-1]}" has no '
    for found in explain_part(subject.tree, at, value, schema):
        message = found.message
        if found.code == "WF202" and message.endswith(_IN_WITH):
            name = message.removeprefix("unknown key ").removesuffix(_IN_WITH)
            message = f"{whole} has no {part} {name}"
            if _cut_by_a_comma(value, name.strip('"')) and not (found.hint or "").startswith("did you mean"):
                found = replace(found, hint=_CUT)
        elif message.startswith(holder):
            message = f"{whole} needs {message.removeprefix(holder)}"
        yield replace(found, code=_CODES.get(found.code, "WF504"), message=message)


def _cut_by_a_comma(value: dict[str, Any], name: str) -> bool:
    """Whether this key looks like the rest of a plain text: `{sql: select a, b from t}` has a key `b from t`."""
    return " " in name and value.get(name, name) is None
