"""Stock Jinja as the judge: its sandbox, its code generation, its filters; only look-ups follow the contract.

Written apart from the engine on purpose: it shares no code with what it judges.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, Undefined
from jinja2.sandbox import SandboxedEnvironment


class ChainableStrict(StrictUndefined):
    """Chains through further look-ups, and is an error for everything else."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key: Any) -> Any:
        return self


class Stock(SandboxedEnvironment):
    def _look_up(self, holder: Any, key: Any) -> Any:
        if holder is None or isinstance(holder, Undefined):
            return holder
        if isinstance(key, slice):
            return holder[key]
        if isinstance(key, Undefined):
            return key
        if isinstance(key, bool) or not isinstance(key, (int, str)):
            raise TypeError("neither a key nor an index")
        if isinstance(holder, dict) and str(key) in holder:
            return holder[str(key)]
        if isinstance(holder, (list, str)) and isinstance(key, int) and -len(holder) <= key < len(holder):
            return holder[key]
        return self.undefined(obj=holder, name=key)

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self._look_up(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return self._look_up(obj, argument)


STOCK = Stock(undefined=ChainableStrict)


def outcome(text: str, data: Mapping[str, Any]) -> tuple[str, Any]:
    """('value', it) or ('error', why) of stock Jinja."""
    try:
        value = STOCK.compile_expression(text, undefined_to_none=False)(**data)
        if isinstance(value, Undefined):
            return "error", "undefined"
        return "value", listed(value)
    except Exception as error:  # whatever stock Jinja raises is an error here
        return "error", f"{type(error).__name__}: {error}"


def listed(value: Any) -> Any:
    """Tuples, generators and other iterables of Jinja as lists."""
    if isinstance(value, dict):
        return {key: listed(item) for key, item in value.items()}
    if isinstance(value, (str, int, float)) or value is None:
        return value
    return [listed(item) for item in value]


def same(one: Any, other: Any) -> bool:
    """Equal in value and type at any depth."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(item, other[key]) for key, item in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    return bool(one == other)
