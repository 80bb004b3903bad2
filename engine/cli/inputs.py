"""Inputs from the command line, a file and the environment: `-i` wins, then the file, then `WEFT_INPUT_NAME`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import UsageError
from engine.spec.inputs import ENVIRONMENT_PREFIX, coerce_text
from engine.text import suggestion
from engine.text.snippet import shortened

Declared = Mapping[str, Mapping[str, Any]]


def gathered_inputs(
    declared: Declared, pairs: tuple[str, ...], file: Path | None, environment: Mapping[str, str]
) -> dict[str, Any]:
    """Every input that was given, by name. Raises UsageError for what is unknown, repeated, unreadable or no JSON."""
    given: dict[str, Any] = {}
    for name in declared:
        text = environment.get(ENVIRONMENT_PREFIX + name)
        if text is not None:
            given[name] = coerce_text(name, text, declared)
    if file is not None:
        given |= _from_file(file)
    return given | _from_pairs(pairs, declared)


def _from_file(file: Path) -> dict[str, Any]:
    from engine.spec.load import load

    tree, found = load(file)
    if tree is None or found.errors:
        first = next(iter(found))
        raise UsageError(f"{first.span}: {first.message}", hint=first.hint)
    if not isinstance(tree.root, dict):
        raise UsageError(f"{file} must hold a mapping of inputs")
    return tree.root


def _from_pairs(pairs: tuple[str, ...], declared: Declared) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise UsageError(f'"{shortened(pair)}" is no input', hint="write -i NAME=VALUE")
        if name in given:
            raise UsageError(f'input "{shortened(name)}" is given twice')
        if name not in declared:
            hint = suggestion(name, declared) or "the workflow has no inputs"
            raise UsageError(f'unknown input "{shortened(name)}"', hint=hint)
        given[name] = coerce_text(name, _text(name, text), declared)
    return given


def _text(name: str, text: str) -> str:
    """The text itself, or of the file it names: a regular one, UTF-8, no larger than a spec may be."""
    if not text.startswith("@"):
        return text
    from engine.spec.load import read_source

    try:
        source, found = read_source(text[1:])
    except UsageError as error:
        raise UsageError(f'input "{name}": {error.message}', hint=error.hint) from None
    if source is None:
        raise UsageError(f'input "{name}": {next(iter(found)).message} ("{shortened(text[1:])}")')
    return source.text
