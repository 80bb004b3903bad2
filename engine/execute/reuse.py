"""Which calls of a step may be answered by an earlier success, under which key, and what is kept of one.

Laws. Only successes are kept, as they are recorded: without secrets. What the cache has to say of trouble (an entry that cannot
be read, a result too large) is a warning of the step, never a failure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.execute.binding import Binding, Toolbox
from engine.execute.values import Values
from engine.graph.plan import PlanStep
from engine.machine import Instance
from engine.tools.framework.cache_key import CacheKey
from engine.tools.framework.cached import ENTRY_BYTES_MAX
from engine.tools.framework.settings import ConnectionSettings
from engine.tools.framework.version import code_parameters, named_code, tool_version
from engine.tools.port import Result

ENTRIES_MAX = 1000
"""Results kept of a tool that is used without a connection."""
CACHE_MARK = "x-weft-cache"
DAMAGED = "a cached result could not be read: it was made anew"


class StepCache:
    """The cache of one step: its keys, how long its results hold, how many are kept beside them."""

    def __init__(
        self,
        step: PlanStep,
        binding: Binding,
        settings: ConnectionSettings | None,
        toolbox: Toolbox,
        salt: bytes,
    ) -> None:
        self.step = step
        self.written = step.cache is not None
        enabled = settings is not None and settings.caching_enabled and binding.operation.repeatable
        self.usable = self.written or enabled
        own = step.cache.ttl_seconds if step.cache is not None else 0.0
        self.ttl_seconds = own or (settings.cache_ttl_seconds if settings is not None else 0.0)
        self.most = ENTRIES_MAX if settings is None else settings.cache_max_entries
        whose = (
            f"connection {binding.connection}" if binding.connection else f"tool {binding.declaration.name}"
        )
        self.space = f"{whose} in {toolbox.project_dir}"
        self._toolbox = toolbox
        self._salt = salt
        self._keys: dict[str | None, CacheKey] = {}
        self._only: dict[str | None, str] = {}
        """The one key of every call, where nothing in it comes from a reference."""
        written = (step.with_, step.cache_key)
        self._constant = all(template is None or template.constant for template in written)
        self._code = code_parameters(binding.operation)
        properties = binding.operation.parameters.get("properties", {})
        self._never = [name for name, schema in properties.items() if schema.get(CACHE_MARK) == "never"]
        self._switches = [name for name, schema in properties.items() if schema.get(CACHE_MARK) == "switch"]

    def wanted(self, parameters: Mapping[str, Any]) -> bool:
        """Whether this call looks into the cache: the step says so, or its connection and nothing in its parameters."""
        if self.written:
            return True
        never = any(parameters.get(name) is not None for name in self._never)
        return not never and all(parameters.get(name) is not False for name in self._switches)

    def key(self, binding: Binding, parameters: Mapping[str, Any], own: Any) -> str:
        """The key of a call. Raises ToolError `invalid` for what is no JSON, and what making the tool raises."""
        only = self._only.get(binding.connection)
        if only is not None:
            return only
        begun = self._keys.get(binding.connection)
        if begun is None:
            begun = self._keys[binding.connection] = self._begun(binding)
        code = named_code(self._code, parameters, self._toolbox.project_dir) if self._code else []
        key = begun.of(parameters, own, code)
        if self._constant and not code:
            self._only[binding.connection] = key
        return key

    def _begun(self, binding: Binding) -> CacheKey:
        toolbox = self._toolbox
        return CacheKey(
            self._salt,
            binding.declaration.name,
            binding.operation_name,
            tool_version(toolbox.tool(binding)),
            toolbox.config(binding),
            str(toolbox.project_dir),
            toolbox.principal.user_id,
            self.step.context,
        )


def own_key(instance: Instance, values: Values) -> Any:
    """What the author adds to the key. Raises EvaluationError."""
    template = instance.plan.cache_key
    return None if template is None else template.resolve(values.scope(instance))


def result_of(payload: Mapping[str, Any]) -> Result:
    """The result that was kept; read-only by agreement, as it may be given to many."""
    kept = payload.get
    metadata, warnings = kept("metadata") or {}, kept("warnings") or []
    performance, quality = kept("performance_metrics") or {}, kept("quality_metrics") or {}
    return Result(kept("data"), metadata, [], warnings, performance, quality, kept("processed_records"))


def kept_size(payload: Mapping[str, Any]) -> int | None:
    """Bytes of a result as JSON; None: it is too large to be kept, or none."""
    try:
        size = len(json.dumps(payload, ensure_ascii=False))
    except (TypeError, ValueError, RecursionError):
        return None
    return size if size <= ENTRY_BYTES_MAX else None


def too_large_to_keep() -> str:
    return f"the result is not cached: it is no JSON of at most {ENTRY_BYTES_MAX // 1024**2} MiB"
