"""What a connection says about its calls, as a value: with what holds where it says nothing. Opens nothing.

`settings_of` takes a connection whose references are resolved. A setting may have come as text, from a secret; anything else
that does not fit is a ToolError of type `invalid`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from engine.errors import ToolError
from engine.spec.connection_words import (
    CALLS_PER_MINUTE,
    CONNECTION_WORDS,
    LOCAL,
    NO_LIMIT,
    written_retry,
    written_timeout_seconds,
)
from engine.spec.rates import Rate, rate_of
from engine.spec.toolspec import Declaration

__all__ = ["SETTING_NAMES", "ConnectionSettings", "settings_of"]

SETTING_NAMES = frozenset(CONNECTION_WORDS)
"""Every word of a connection that is the engine's."""


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """The engine's settings of one connection. Times are seconds.

    `max_retries` None: as many tries as steps say, else one. `timeout_seconds` None: that of the operation. `rate` None: no
    limit. `category` is the tool's where the connection says nothing.
    """

    name: str
    description: str = ""
    category: str = "integration"
    priority: str = "normal"
    max_retries: int | None = None
    timeout_seconds: float | None = None
    rate: Rate | None = None
    rate_written: bool = False
    auth_required: bool = True
    audit_enabled: bool = True
    caching_enabled: bool = False
    cache_ttl_seconds: float = 300.0
    cache_max_entries: int = 1000
    dependencies: tuple[str, ...] = ()
    health_check_enabled: bool = True
    health_check_interval_seconds: float = 60.0
    permissions: tuple[str, ...] = ()

    @property
    def rate_limit_calls_per_minute(self) -> float | None:
        return None if self.rate is None else self.rate.calls * 60.0 / self.rate.window_seconds

    @property
    def burst(self) -> int | None:
        return None if self.rate is None else self.rate.burst

    def to_record(self) -> dict[str, Any]:
        """Every setting by its name, as JSON."""
        told = {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if one.name not in ("rate", "rate_written")
        }
        told |= {"dependencies": list(self.dependencies), "permissions": list(self.permissions)}
        limit = {"rate_limit_calls_per_minute": self.rate_limit_calls_per_minute, "burst": self.burst}
        return {**told, **limit}


def settings_of(name: str, config: Mapping[str, Any], declaration: Declaration) -> ConnectionSettings:
    """The settings of the connection `name` of this tool, as it is configured."""
    retry = written_retry(config)
    return ConnectionSettings(
        name=name,
        description=str(config.get("description", "")),
        category=str(config.get("category", declaration.category)),
        priority=str(config.get("priority", "normal")),
        max_retries=None if retry is None else retry.attempts - 1,
        timeout_seconds=_timeout(config),
        rate=_rate(config, declaration),
        rate_written=any(word in config for word in ("rate_limit", "rate_limit_calls_per_minute", "burst")),
        auth_required=_flag(config, "auth_required"),
        audit_enabled=_flag(config, "audit_enabled"),
        caching_enabled=_flag(config, "caching_enabled"),
        cache_ttl_seconds=_number(config, "cache_ttl_seconds"),
        cache_max_entries=_count(config, "cache_max_entries"),
        dependencies=_names(config, "dependencies"),
        health_check_enabled=_flag(config, "health_check_enabled"),
        health_check_interval_seconds=_number(config, "health_check_interval_seconds"),
        permissions=_names(config, "permissions"),
    )


def _rate(config: Mapping[str, Any], declaration: Declaration) -> Rate | None:
    """Written, else sixty a minute; none where the connection opens what is on this machine and says nothing."""
    burst = _count(config, "burst") if "burst" in config else None
    written = config.get("rate_limit")
    if written == NO_LIMIT:
        return None
    if written is not None:
        rate = rate_of(str(written), burst)
        if rate is None:
            raise _wrong("rate_limit", written, "a rate such as 60/m")
        return rate
    if "rate_limit_calls_per_minute" in config:
        return Rate(_number(config, "rate_limit_calls_per_minute"), 60.0, burst)
    if burst is None and _is_local(config, declaration):
        return None
    return Rate(CALLS_PER_MINUTE, 60.0, burst)


def _is_local(config: Mapping[str, Any], declaration: Declaration) -> bool:
    schema = (declaration.connection or {}).get(LOCAL)
    own = {name: value for name, value in config.items() if isinstance(value, (str, int, float, bool))}
    return schema is not None and bool(_validator(json.dumps(schema, sort_keys=True)).is_valid(own))


@cache
def _validator(schema: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(json.loads(schema), registry=jsonschema_rs.Registry([]))


def _timeout(config: Mapping[str, Any]) -> float | None:
    for name in ("timeout", "timeout_seconds"):
        if name in config and written_timeout_seconds({name: config[name]}) is None:
            raise _wrong(name, config[name], "a length of time, more than 0")
    return written_timeout_seconds(config)


def _number(config: Mapping[str, Any], name: str) -> float:
    """A number of more than 0."""
    value = config.get(name, CONNECTION_WORDS[name].get("default"))
    try:
        number = float("nan") if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not 0 < number < float("inf"):
        raise _wrong(name, value, "a number of more than 0")
    return number


def _count(config: Mapping[str, Any], name: str) -> int:
    """A whole number of at least 1."""
    value = config.get(name, CONNECTION_WORDS[name].get("default"))
    number = int(value) if isinstance(value, str) and value.strip().isdecimal() else value
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise _wrong(name, value, "a whole number of at least 1")
    return number


def _flag(config: Mapping[str, Any], name: str) -> bool:
    value = config.get(name, CONNECTION_WORDS[name].get("default"))
    flag = {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value
    if not isinstance(flag, bool):
        raise _wrong(name, value, "true or false")
    return flag


def _names(config: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = config.get(name, [])
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
        raise _wrong(name, value, "a list of names")
    return tuple(value)


def _wrong(name: str, value: Any, expected: str) -> ToolError:
    shown = json.dumps(value, ensure_ascii=False, default=str)[:60]
    return ToolError(f'"{name}" must be {expected}, not {shown}', type="invalid", code="connection")
