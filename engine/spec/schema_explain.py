"""Turns what jsonschema found into diagnostics an author understands. Slow, and only reached by a document that is
wrong.

Laws: one problem for one mistake. A misspelt key and the "missing key" it causes are one problem (the missing one is
left out); of a value of the wrong type nothing else is said; a reference where none may stand is told by the check for
that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine.diagnostics import Diagnostic, problem
from engine.spec import words
from engine.spec.meant import COMPARED_AT_MOST, first_word, other_word, words_meant
from engine.spec.schema_choices import choice, choice_as_key, circumstance, forbidden_keys
from engine.spec.schema_tellers import TELLERS
from engine.spec.schema_wording import (
    described,
    place_name,
    quoted,
    value_named,
)
from engine.spec.tree import Tree
from engine.text import suggestion
from engine.text.snippet import shortened

Path = tuple[str | int, ...]

_REFERENCE = re.compile(r"\$<|\$\{(?:step_[A-Za-z]\w*_result|steps\.|inputs\.)")
_GENERATED = ("type", "enum", "const", "pattern")  # what a text with a reference may break


def explain(tree: Tree, schema: dict[str, Any]) -> list[Diagnostic]:
    """Every problem of a document the schema refuses."""
    root = tree.root
    if not isinstance(root, dict):
        return [
            problem(
                "WF201",
                f"a workflow is a mapping, not {value_named(root)}",
                tree.span(()),
                "begin with: weft: 1",
            )
        ]
    if not root.keys() & {"weft", "steps"} and not _meant_in((), root, schema) & {"weft", "steps"}:
        return [_no_version(tree)]  # some other file: its keys are none of ours
    return explain_part(tree, (), root, schema)


def explain_part(tree: Tree, at: Path, value: Any, schema: Mapping[str, Any]) -> list[Diagnostic]:
    """Every problem of the part of the document that stands at `at`."""
    import jsonschema
    from referencing import Registry

    validator = jsonschema.Draft202012Validator(schema, registry=Registry())
    return explain_errors(tree, at, schema, list(validator.iter_errors(value)))


def explain_errors(tree: Tree, at: Path, schema: Mapping[str, Any], errors: list[Any]) -> list[Diagnostic]:
    """What jsonschema's errors of the part of a document at `at` come to."""
    return list(_Explainer(tree, at, schema, errors).told())


class _Explainer:
    """The errors of one document, or of one part of it."""

    def __init__(self, tree: Tree, at: Path, schema: Any, errors: list[Any]) -> None:
        self.tree = tree
        self.at = at
        self.schema = schema
        self.errors = errors
        self.wrong_types = {tuple(e.absolute_path) for e in errors if e.validator == "type"}
        self.meant = {
            tuple(e.absolute_path): _meant_in((*at, *e.absolute_path), e.instance, e.schema)
            for e in errors
            if e.validator == "additionalProperties"
        }

    def told(self) -> Iterator[Diagnostic]:
        for error in self.errors:
            inner = tuple(error.absolute_path)
            path = (*self.at, *inner)
            if path == ("weft",):
                if error.validator == "const":
                    yield self._version(error)
            elif (inner in self.wrong_types and error.validator != "type") or self._is_reference(path, error):
                continue
            else:
                yield from self._explained(path, error, self.meant.get(inner, set()))

    def _is_reference(self, path: Path, error: Any) -> bool:
        """Whether a reference stands where none may: the check `reference_places` tells it, and better."""
        text = error.instance
        if (
            self.at
            or error.validator not in _GENERATED
            or not isinstance(text, str)
            or not _REFERENCE.search(text)
        ):
            return False
        return not takes_references(path)

    def _explained(self, path: Path, error: Any, meant: set[str]) -> Iterator[Diagnostic]:
        if error.validator == "additionalProperties":
            for position, key in enumerate(_extra_keys(error)):
                yield self._unknown_key(path, key, error, position < COMPARED_AT_MOST)
        elif error.validator == "required":
            yield from self._missing(path, error, meant)
        elif error.validator in ("oneOf", "anyOf"):
            yield from self._one_of(path, error, meant)
        elif error.validator == "dependentRequired":
            yield from self._dependent(path, error)
        elif error.validator is None:  # the schema `false`
            yield from self._not_here(path, error)
        elif error.validator == "not":
            yield self._not_together(path, error)
        elif tell := TELLERS.get(error.validator):
            yield tell(self.tree, path, error)
        else:
            yield problem(
                "WF205", f"{place_name(path)} does not fit: {shortened(error.message)}", self.tree.span(path)
            )

    def _version(self, error: Any) -> Diagnostic:
        shown = quoted(error.instance) if isinstance(error.instance, str) else shortened(str(error.instance))
        hint = f"this engine reads weft: {words.LANGUAGE_VERSION}"
        return problem("WF211", f"language version {shown} is not known", self.tree.span(("weft",)), hint)

    def _unknown_key(self, path: Path, key: str, error: Any, compared: bool) -> Diagnostic:
        span = self.tree.key_span((*path, key))
        kind = _kind(path, error.schema)
        where = "a step" if kind == "step" else "a workflow" if kind == "file" else place_name(path)
        shown = shortened(key)
        known = error.schema.get("properties", ())
        if other := other_word(kind, key):
            hint = _instead(other, key, error.instance)
            return problem("WF210", f'"{shown}" is not a word of {where}', span, hint)
        if as_key := choice_as_key(key, error.instance, error.schema):
            return problem("WF202", f'unknown key "{shown}" in {where}', span, as_key[1])
        free = [word for word in known if word not in error.instance]
        near = suggestion(key, free or known) if compared else None
        return problem("WF202", f'unknown key "{shown}" in {where}', span, near)

    def _missing(self, path: Path, error: Any, meant: set[str]) -> Iterator[Diagnostic]:
        around = circumstance(self.schema, error)
        if around is not None and not around.held:
            return  # the `if` holds only because what it looks at is missing, which is told
        for key in error.validator_value:  # told once a missing key: the collection drops the repeats
            if key in error.instance or key in meant:
                continue
            if path == () and key == "weft":
                yield _no_version(self.tree)
                continue
            hint = _missing_hint(error.schema, key)
            if around is not None:
                hint = f"{around.told} wants it" if around.then else f"{hint}, or {around.told}"
            message = f'{place_name(path)} has no "{key}"'
            yield problem("WF204", message, self._holder(path), hint)

    def _holder(self, path: Path) -> Any:
        named = bool(path) and isinstance(path[-1], str)
        return self.tree.key_span(path) if named else self.tree.span(path)

    def _one_of(self, path: Path, error: Any, meant: set[str]) -> Iterator[Diagnostic]:
        if _kind(path, error.schema) == "step":
            yield from _one_body(self.tree, path, error.instance, meant)
            return
        found = choice(error)
        if found is None:
            yield from self._of_another_type(path, error)
        elif found.given and (found.complete or len(found.given) > 1):
            names = " and ".join(f'"{key}"' for key in found.given)
            span = self.tree.key_span((*path, found.given[-1]))
            yield problem("WF209", f"{names} cannot stand together", span, f"write {found.told}")
        elif not meant & found.keys:
            yield problem(
                "WF204", f"{place_name(path)} has no {found.told}", self._holder(path), "add one of them"
            )

    def _of_another_type(self, path: Path, error: Any) -> Iterator[Diagnostic]:
        """A value that none of several schemas takes: what the one of its type says, else which types there are."""
        said = [one for one in error.context if one.validator != "type" or one.relative_path]
        first = said[0].schema_path[0] if said else None
        near = [one for one in said if one.schema_path[0] == first]
        wanted = [alternative.get("type") for alternative in error.validator_value]
        if near and all(one.schema_path[0] == first for one in said):
            for one in near:
                yield from self._explained((*self.at, *one.absolute_path), one, set())
        elif not said and all(isinstance(kind, str) for kind in wanted):
            error.schema = {**error.schema, "type": wanted}
            yield TELLERS["type"](self.tree, path, error)
        else:
            message = f"{place_name(path)} has none of the forms it may have"
            yield problem("WF205", message, self.tree.span(path))

    def _dependent(self, path: Path, error: Any) -> Iterator[Diagnostic]:
        for key, wanted in error.validator_value.items():
            missing = [word for word in wanted if word not in error.instance]
            if key in error.instance and missing:
                others = " and ".join(f'"{word}"' for word in missing)
                yield problem(
                    "WF209",
                    f'"{key}" goes only with {others}',
                    self.tree.key_span((*path, key)),
                    f"add {others}",
                )

    def _not_here(self, path: Path, error: Any) -> Iterator[Diagnostic]:
        """Properties whose schema is `false`. jsonschema leaves their names out of its paths: all of them are told."""
        holder = self.tree.get(path)
        for key in forbidden_keys(self.schema, error):
            if isinstance(holder, dict) and key in holder:
                yield problem("WF209", f'"{key}" {self._relation(error)}', self.tree.key_span((*path, key)))

    def _not_together(self, path: Path, error: Any) -> Diagnostic:
        both = error.validator_value.get("required", [])
        if len(both) == 1:
            return problem(
                "WF209", f'"{both[0]}" {self._relation(error)}', self.tree.key_span((*path, both[0]))
            )
        message = f"{_step_name(error.instance)} has {' and '.join(both)}"
        hint = f"keep one; put the other on a step inside a group: {both[0]} around {both[1]}"
        return problem("WF209", message, self.tree.key_span((*path, both[1])), hint)

    def _relation(self, error: Any) -> str:
        around = circumstance(self.schema, error)
        if around is None:
            return "cannot stand here"
        return f"cannot stand beside {around.told}" if around.then else f"goes only with {around.told}"


def takes_references(path: Path) -> bool:
    """Whether the word of the file or step that holds `path` may hold references."""
    step = max(
        (at for at, part in enumerate(path) if isinstance(part, int) and path[at - 1] in _STEP_LISTS),
        default=-1,
    )
    word = path[step + 1 : step + 2]
    literal = path[step + 1 : step + 3] in words.LITERAL_WORDS
    return bool(word) and word[0] in words.TEMPLATE_WORDS and not literal


_STEP_LISTS = ("steps", "rescue", "finally")


def _no_version(tree: Tree) -> Diagnostic:
    return problem(
        "WF201", "this is not a Weft workflow: no language version", tree.span(()), "begin with: weft: 1"
    )


def _kind(path: Path, schema: Mapping[str, Any]) -> str | None:
    """Whose words of other engines hold for a mapping."""
    known = schema.get("properties", ())
    if path == () or ("steps" in known and "trigger_rule" not in known):
        return "file"
    for kind, mark in (("step", "trigger_rule"), ("foreach", "break_when"), ("retry", "max_delay")):
        if mark in known:
            return kind
    return None


def _meant_in(path: Path, mapping: Mapping[str, Any], schema: Mapping[str, Any]) -> set[str]:
    found = words_meant(mapping, schema.get("properties", ()), _kind(path, schema))
    as_keys = (choice_as_key(key, mapping, schema) for key in mapping)
    return set().union(*found.values(), (as_key[0] for as_key in as_keys if as_key))


def _extra_keys(error: Any) -> list[str]:
    known = error.schema.get("properties", {})
    return [key for key in error.instance if key not in known and not key.startswith("x-")]


def _instead(other: str, key: str, mapping: Mapping[str, Any]) -> str:
    word = first_word(other)
    if word in mapping:
        if other == words.IN_ORDER:
            return 'remove it: a run begins with the first of "steps", and with all that wait for nothing in mode: dag'
        return f'remove it: "{word}" stands there already'
    value = mapping[key]
    if key == "retry_count" and word == "retry" and isinstance(value, int) and not isinstance(value, bool):
        return f"write retry: {{attempts: {value + 1}}} (attempts counts the first try too)"
    return f'did you mean "{other}"?' if other.isidentifier() else f"write {other}"


def _missing_hint(schema: Mapping[str, Any], key: str) -> str:
    what = described(schema.get("properties", {}).get(key, {}))
    return f'add "{key}": {what}' if what else f'add "{key}"'


def _one_body(tree: Tree, path: Path, step: Any, meant: set[str]) -> Iterator[Diagnostic]:
    bodies = ("tool", "steps", "workflow")
    given = [body for body in step if body in bodies]
    if len(given) > 1:
        message = f"{_step_name(step)} has {len(given)} bodies: {', '.join(given[:-1])} and {given[-1]}"
        yield problem(
            "WF208", message, tree.key_span((*path, given[1])), "keep one, or put the steps into a group"
        )
    elif not meant & set(bodies):
        hint = "add tool: …, steps: […] or workflow: …"
        yield problem("WF208", f"{_step_name(step)} does nothing", tree.span(path), hint)


def _step_name(step: Any) -> str:
    return f'step "{shortened(str(step["id"]))}"' if isinstance(step, dict) and "id" in step else "the step"
