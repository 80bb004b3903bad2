"""The words every connection may write, whatever its tool: their schemas, which exclude each other, what the engine reads.

Laws: a tool's own schema is laid beside them, never in their place (a name both know must please both, and the tool is
handed it too). What decides how steps are planned (`LITERAL`) is written out: no reference can give it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.spec import words
from engine.spec.durations import duration_seconds
from engine.spec.retry_policy import retry_of
from engine.spec.templated import templated
from engine.spec.workflow import RetrySpec

_NAME = {"type": "string", "minLength": 1}
_SECONDS = {"type": "number", "exclusiveMinimum": 0}
NO_LIMIT = "none"
"""What `rate_limit` says where a connection has none."""
CALLS_PER_MINUTE = 60.0

CONNECTION_WORDS: Mapping[str, Any] = {
    "name": {"type": "string", "description": "What the connection is called in messages of its tool."},
    "description": {"type": "string", "description": "For the reader."},
    "category": {
        "type": "string",
        "enum": ["data_access", "data_processing", "monitoring", "integration", "communication", "security"],
        "description": "What kind of tool it is; that of the tool where nothing is said.",
    },
    "priority": {
        "type": "string",
        "enum": list(words.PRIORITIES),
        "default": "normal",
        "description": "Who goes first, for steps that do not say so themselves.",
    },
    "max_retries": {
        "type": "integer",
        "minimum": 0,
        "maximum": 9999,
        "description": "Tries after the first, with the delays of `retry: {}`.",
    },
    "retry": {"type": "object", "description": "When a failed attempt is tried again, as on a step."},
    "timeout_seconds": {**_SECONDS, "description": "Seconds one attempt may take."},
    "timeout": {"type": ["string", "number"], "description": "How long one attempt may take, as on a step."},
    "rate_limit_calls_per_minute": {
        **_SECONDS,
        "default": CALLS_PER_MINUTE,
        "description": "Calls a minute; none are counted where the connection opens what is on this machine.",
    },
    "rate_limit": {
        "type": "string",
        "pattern": words.RATE_PATTERN.removesuffix("$") + f"$|^{NO_LIMIT}$",
        "description": "Calls per second, minute or hour, as on a step; `none`: no limit.",
        "examples": ["60/m", "10/s", NO_LIMIT],
    },
    "burst": {
        "type": "integer",
        "minimum": 1,
        "description": "Calls that may come at once; a tenth of a minute's where nothing is said.",
    },
    "auth_required": {
        "type": "boolean",
        "default": True,
        "description": "Whether calls are made for an authenticated principal only.",
    },
    "permissions": {
        "type": "array",
        "items": _NAME,
        "default": [],
        "description": "What the principal must hold to use it, beside what the operation requires.",
    },
    "audit_enabled": {"type": "boolean", "default": True, "description": "Whether its calls are audited."},
    "caching_enabled": {
        "type": "boolean",
        "default": False,
        "description": "Whether an earlier success of the same call is given again.",
    },
    "cache_ttl_seconds": {**_SECONDS, "default": 300, "description": "Seconds a result may be given again."},
    "cache_max_entries": {
        "type": "integer",
        "minimum": 1,
        "default": 1000,
        "description": "Results kept; the least recently used leaves first.",
    },
    "dependencies": {
        "type": "array",
        "items": _NAME,
        "default": [],
        "description": "Connections that must be healthy when this one is called.",
    },
    "health_check_enabled": {
        "type": "boolean",
        "default": True,
        "description": "Whether its health is looked at.",
    },
    "health_check_interval_seconds": {
        **_SECONDS,
        "default": 60,
        "description": "Seconds after which its health is looked at again.",
    },
    "context": {"type": "object", "description": "Handed to the tool, as on a step."},
}
LITERAL = ("category", "priority", "max_retries", "retry", "dependencies", "permissions", "rate_limit")
EXCLUSIVE = (
    ("timeout", "timeout_seconds"),
    ("retry", "max_retries"),
    ("rate_limit", "rate_limit_calls_per_minute"),
)
"""Two ways to say one thing: which of them holds nobody should have to know."""
LOCAL = "x-weft-local"
"""Keyword of a tool's connection schema: what fits the schema below it opens something on this machine."""


def connection_schema(own: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a connection as an author writes it: the tool's own settings and the engine's, references allowed."""
    settings = {
        name: {"allOf": [own["properties"][name], schema]} if name in own.get("properties", {}) else schema
        for name, schema in CONNECTION_WORDS.items()
    }
    shape = templated({**own, "properties": {**own.get("properties", {}), **settings}})
    shape["properties"] |= {name: settings[name] for name in LITERAL}
    return {name: value for name, value in shape.items() if name != LOCAL}


def conflicts(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The pairs of words a connection writes that exclude each other."""
    yield from ((one, other) for one, other in EXCLUSIVE if one in config and other in config)
    if config.get("rate_limit") == NO_LIMIT and "burst" in config:
        yield "rate_limit", "burst"


def written_retry(config: Mapping[str, Any]) -> RetrySpec | None:
    """What a connection says of another try; None: nothing."""
    if isinstance(retry := config.get("retry"), dict):
        return retry_of(retry)
    retries = config.get("max_retries")
    if isinstance(retries, int) and not isinstance(retries, bool) and retries >= 0:
        return RetrySpec(attempts=retries + 1)
    return None


def written_timeout_seconds(config: Mapping[str, Any]) -> float | None:
    """What a connection says of the time of one attempt; None: nothing."""
    given = duration_seconds(config.get("timeout"))
    return given if given is not None else duration_seconds(config.get("timeout_seconds"))
