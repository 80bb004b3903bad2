"""Which calls are the same: a key from everything a result may depend on that the engine knows of.

A key is a keyed hash (HMAC-SHA-256 under a secret of the store): parameters may hold passwords, and a plain hash of a short one
could be looked up. Two calls have one key when tool, operation, version of its code, connection, project, user, context, the
author's own key and the parameters are the same as JSON; `1`, `1.0` and `true` are three values.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from engine.errors import ToolError


def canonical(value: Any) -> bytes:
    """A value as JSON that is the same for every value equal to it. Raises ToolError `invalid` for what has none."""
    try:
        text = _ENCODER.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise _no_key(error) from error
    return text.encode("utf-8", "surrogatepass")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a value of type {type(value).__name__} is not JSON")


_ENCODER = json.JSONEncoder(
    sort_keys=True,
    separators=(",", ":"),
    ensure_ascii=False,
    allow_nan=False,
    default=_plain,
    check_circular=False,
)


def _no_key(error: Exception) -> ToolError:
    why = "it is nested too deep" if isinstance(error, RecursionError) else str(error).lower()
    hint = "leave `cache` out of the step, or give it values of JSON only"
    return ToolError(f"the call has no key for the cache: {why}", type="invalid", code="cache-key", hint=hint)


class CacheKey:
    """The keys of one step: everything but the parameters is hashed once."""

    def __init__(self, salt: bytes, *parts: Any) -> None:
        self._begun = hmac.new(salt, canonical(parts), hashlib.sha256)

    def of(self, *parts: Any) -> str:
        """The key of a call, as 64 hex digits. Raises ToolError `invalid`."""
        mac = self._begun.copy()
        mac.update(b"\0")
        mac.update(canonical(parts))
        return mac.hexdigest()
