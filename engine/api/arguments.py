"""Arguments of a wrong type, told by name and type. Never by value: it may be secret."""

from __future__ import annotations

import os
from typing import Any

from engine.errors import UsageError


def refused(name: str, value: Any, hint: str) -> UsageError:
    return UsageError(f"{name} cannot be {kind_of(value)}", hint=hint)


def kind_of(value: Any) -> str:
    return f"a value of type {type(value).__name__}"


def text(name: str, value: Any) -> str:
    """The value, which must be a text. Raises UsageError."""
    if not isinstance(value, str):
        raise refused(name, value, "give a text")
    return value


def text_or_none(name: str, value: Any) -> str | None:
    return None if value is None else text(name, value)


def whole_from_one(name: str, value: Any) -> int:
    """The value, which must be a whole number of at least 1. Raises UsageError."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise refused(name, value, "a whole number from 1 on")
    if value < 1:
        raise UsageError(f"{name} cannot be {value}", hint="a whole number from 1 on")
    return value


def store_text(store: Any) -> str | None:
    """A store as a text: a path may be a path object. Raises UsageError."""
    if store is None:
        return None
    told = os.fspath(store) if isinstance(store, (str, os.PathLike)) else None
    if not isinstance(told, str):
        raise refused("store", store, '"memory", a path, a URL, or None')
    return told
