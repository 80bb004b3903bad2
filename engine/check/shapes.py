"""What results are known to hold before anything runs: the declared results of tools, followed through names.

Laws: a shape is only known where a declaration says it whole: an object schema with `properties` and nothing that allows
others (`additionalProperties`, `patternProperties`, conditions) has those keys and no more. Whatever is not plain — text made
of several references, an expression, a tool that declares nothing — has no shape, and nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.check.subject import Subject
from engine.graph.names import step_name
from engine.graph.plan import PlanStep
from engine.graph.scopes import BEFORE_LOOP
from engine.refs import ExpressionProblem, compile_expression, lex
from engine.spec.toolspec import JsonSchema

Path = tuple[str | int, ...]
_OPEN_WORDS = frozenset({"patternProperties", "unevaluatedProperties", "allOf", "if", "not", "$dynamicRef"})
_TELLING_WORDS = frozenset({"properties", "$ref", "anyOf", "oneOf"})
_DEPTH_MAX = 16
"""Names followed through names: deeper than any author goes, and an end where they go round."""
_SCALARS = {"string": "text", "number": "a number", "integer": "a number", "boolean": "true or false"}


@dataclass(frozen=True, slots=True)
class Shape:
    """A JSON Schema (in whose place a property may hold another Shape) and the document its `$ref`s mean."""

    schema: Any
    root: Any = field(default_factory=dict)

    def below(self, key: str | int) -> Shape | Missing:
        """The shape of the value under a key; UNKNOWN where nothing is said of it."""
        schema = self.schema
        if isinstance(schema, Mapping) and "$ref" in schema:
            return self._at(_referred(schema["$ref"], self.root)).below(key)
        if not isinstance(schema, Mapping) or _OPEN_WORDS & schema.keys():
            return UNKNOWN
        for word in ("anyOf", "oneOf"):
            if word in schema:
                return _among([self._at(one) for one in schema[word]], key)
        kinds = schema.get("type", "object" if "properties" in schema else ())
        return _among([self._of_type(kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)], key)

    def _of_type(self, kind: str) -> Shape:
        return self if self.schema.get("type") == kind else self._at({**self.schema, "type": kind})

    def member(self, key: str | int) -> Shape | Missing:
        """As `below`, of a schema with one type."""
        schema, kind = self.schema, self.schema["type"]
        if kind in _SCALARS:
            return Missing(what=_SCALARS[kind])
        if kind == "array":
            return self._at(schema.get("items", {})) if isinstance(key, int) else Missing(what="a list")
        if kind != "object" or not schema.get("properties"):
            return UNKNOWN
        if key in schema["properties"]:
            return self._at(schema["properties"][key])
        others = schema.get("additionalProperties", False)
        return Missing(tuple(schema["properties"])) if others is False else self._at(others)

    def _at(self, schema: Any) -> Shape:
        return schema if isinstance(schema, Shape) else Shape(schema, self.root)


@dataclass(frozen=True, slots=True)
class Missing:
    """A key that is not there: `known` are those that are; `what` the value is instead, where it has no keys at all."""

    known: tuple[str, ...] = ()
    what: str | None = None


UNKNOWN = Shape({})


def list_of(shape: Shape) -> Shape:
    return UNKNOWN if shape is UNKNOWN else Shape({"type": "array", "items": shape})


def _among(shapes: list[Shape], key: str | int) -> Shape | Missing:
    """The shape under a key of a value that has one of several shapes; null, under which all is null, aside."""
    found: list[Shape | Missing] = []
    for shape in shapes:
        kind = shape.schema.get("type") if isinstance(shape.schema, Mapping) else None
        if kind != "null":
            found.append(shape.member(key) if isinstance(kind, str) else shape.below(key))
    missing = [one for one in found if isinstance(one, Missing)]
    if not found or len(missing) < len(found):
        there = [one for one in found if isinstance(one, Shape)]
        return there[0] if len(there) == 1 and there[0] is not UNKNOWN else UNKNOWN
    known = tuple(dict.fromkeys(name for one in missing for name in one.known))
    return Missing(known, None if known else missing[0].what)


def _referred(reference: str, root: Any) -> Any:
    """What `#/$defs/NAME` means; nothing known where it cannot be followed."""
    node = root
    for part in reference.removeprefix("#/").split("/"):
        if not isinstance(node, Mapping) or part not in node:
            return {}
        node = node[part]
    return node


class Shapes:
    """The shapes of what the expressions of one spec read."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._plan = subject.plan
        self._given: dict[int, Shape] = {}
        self._depth = 0

    def of_name(self, step: PlanStep, word: str, path: Path) -> tuple[Shape, int]:
        """The shape of the name a path begins with, as seen from a word of a step, and how many parts the name has."""
        if self._depth >= _DEPTH_MAX:
            return UNKNOWN, len(path)
        self._depth += 1
        try:
            return self._of_name(step, word, path)
        finally:
            self._depth -= 1

    def _of_name(self, step: PlanStep, word: str, path: Path) -> tuple[Shape, int]:
        name = step_name(path)
        if name is not None:
            if path[0] == "steps" and path[2:3] != ("data",):
                return UNKNOWN, len(path)
            index = self._plan.by_id.get(name)
            shape = UNKNOWN if index is None else self._result(self._plan.steps[index], step)
            return shape, 3 if path[0] == "steps" else 1
        if path[0] == "let" and len(path) > 1:
            return self._named(step, word, str(path[1])), 2
        maker = {"item": self._item, "last": self._last, "input": self._input}.get(str(path[0]))
        return (maker(step, word), 1) if maker is not None else (UNKNOWN, len(path))

    def follow(self, step: PlanStep, word: str, path: Path) -> Shape:
        """The shape of a whole path; UNKNOWN also where it leads nowhere, which is told where it is read."""
        shape, used = self.of_name(step, word, path)
        for key in path[used:]:
            found = shape.below(key)
            if isinstance(found, Missing):
                return UNKNOWN
            shape = found
        return shape

    def _result(self, target: PlanStep, reader: PlanStep) -> Shape:
        """`step_X_result`: of a loop the list of what its body gives, but in the undo of one of its items."""
        shape = self.given(target)
        undoing = reader.aside == "undo" and reader.parent == target.index
        return list_of(shape) if target.foreach is not None and not undoing else shape

    def given(self, step: PlanStep) -> Shape:
        """What the body of a step gives, once."""
        if step.index not in self._given:
            self._given[step.index] = UNKNOWN  # where it goes round
            self._given[step.index] = self._body(step)
        return self._given[step.index]

    def _body(self, step: PlanStep) -> Shape:
        if step.tool is not None:
            operation = step.declaration.operation(step.operation) if step.declaration is not None else None
            return UNKNOWN if operation is None else _declared(operation.result)
        if step.outputs is not None:
            return self._values(step, "outputs", self._subject.tree.get((*step.path, "outputs")))
        if not step.is_group or not step.children:
            return UNKNOWN
        children = [self._plan.steps[index] for index in step.children]
        if step.mode == "pipeline":
            return UNKNOWN if children[-1].when is not None else self._result(children[-1], step)
        if step.match_first:
            return UNKNOWN
        return _mapping({child.id: self._result(child, step) for child in children})

    def _values(self, step: PlanStep, word: str, written: Any) -> Shape:
        if not isinstance(written, dict):
            return UNKNOWN
        return _mapping({name: self._value(step, word, value) for name, value in written.items()})

    def _value(self, step: PlanStep, word: str, written: Any) -> Shape:
        """The shape of a value that is one plain reference."""
        path = _path(written)
        return UNKNOWN if path is None else self.follow(step, word, path)

    def _named(self, step: PlanStep, word: str, name: str) -> Shape:
        for at in self._around(step):
            if name in at.let_names and (at.index != step.index or word != "when"):
                written = self._subject.tree.get((*at.path, "let", name))
                return self._value(at, "let", written)
        return UNKNOWN

    def _item(self, step: PlanStep, word: str) -> Shape:
        for at in self._around(step):
            if at.foreach is not None and not (at.index == step.index and word in BEFORE_LOOP):
                items = self._value(at, "foreach", at.foreach.items).below(0)
                return items if isinstance(items, Shape) else UNKNOWN
        return UNKNOWN

    def _last(self, step: PlanStep, word: str) -> Shape:
        for at in self._around(step):
            own = at.index == step.index
            looping = at.foreach if word == "break_when" else at.repeat
            if looping is not None and not (own and word in BEFORE_LOOP):
                return self.given(at)
        return UNKNOWN

    def _input(self, step: PlanStep, word: str) -> Shape:
        for at in self._around(step):
            group = self._plan.steps[at.parent]
            if at.index and group.mode == "pipeline" and at.position > 0:
                before = self._plan.steps[group.children[at.position - 1]]
                return UNKNOWN if before.when is not None else self._result(before, step)
        return UNKNOWN

    def _around(self, step: PlanStep) -> Iterable[PlanStep]:
        return (self._plan.steps[index] for index in self._plan.ancestors(step.index))


def _declared(schema: JsonSchema) -> Shape:
    """What a tool declares of its results; UNKNOWN where that is no more than that they are mappings."""
    told = _TELLING_WORDS & schema.keys() or schema.get("type", "object") != "object"
    return Shape(schema, schema) if told else UNKNOWN


def _mapping(members: dict[str, Shape]) -> Shape:
    return Shape({"type": "object", "properties": members})


def _path(written: Any) -> Path | None:
    """The path of a text that is one plain reference."""
    if not isinstance(written, str) or "$" not in written:
        return None
    pieces, problems = lex(written)
    if problems or len(pieces) != 1 or isinstance(pieces[0], str):
        return None
    try:
        return compile_expression(pieces[0].expression).path
    except ExpressionProblem:
        return None
