"""The workflow as plain values: what the author wrote, defaults not yet filled, references not yet read.

Every value knows its path in the tree, so that a problem found later still has its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.spec.rates import Rate

Path = tuple[str | int, ...]


@dataclass(slots=True)
class RetrySpec:
    """When a failed attempt is tried again. Durations in seconds; `errors` None: the types retried by default."""

    attempts: int = 3
    delay_seconds: float = 1.0
    backoff: str = "exponential"
    factor: float = 2.0
    delay_seconds_max: float = 60.0
    jitter: bool = True
    errors: tuple[str, ...] | None = None
    within_seconds: float | None = None


@dataclass(slots=True)
class ForeachSpec:
    """A loop. `items` is the literal or the text with references; `concurrency` None: no limit."""

    items: Any
    path: Path
    key: str | None = None
    concurrency: int | None = 1
    tolerate_count: int = 0
    tolerate_share: float | None = None
    break_when: Any = None


@dataclass(slots=True)
class RepeatSpec:
    """A loop that ends by a condition: `until` is tested after an iteration, `while_` before it."""

    path: Path
    max: int
    until: Any = None
    while_: Any = None
    every_seconds: float | None = None


@dataclass(slots=True)
class CacheSpec:
    """Reuse of an earlier success. `key` is the literal or the text with references; None: no part of its own."""

    path: Path
    ttl_seconds: float
    key: Any = None


@dataclass(slots=True)
class StepSpec:
    """One step; the file itself is the step with the empty id at path ()."""

    id: str
    path: Path
    description: str | None = None
    tool: str | None = None
    operation: str | None = None
    with_: dict[str, Any] = field(default_factory=dict)
    steps: list[StepSpec] | None = None
    workflow: str | None = None
    mode: str = "sequential"
    match: str = "all"
    concurrency: int | None = None
    outputs: dict[str, Any] | None = None
    needs: list[str] = field(default_factory=list)
    trigger_rule: str = "all_success"
    when: Any = None
    foreach: ForeachSpec | None = None
    repeat: RepeatSpec | None = None
    cache: CacheSpec | None = None
    rate: Rate | None = None
    retry: RetrySpec | None = None
    timeout_seconds: float | None = None
    on_error: str = "fail"
    rescue: StepSpec | None = None
    finally_: StepSpec | None = None
    undo: StepSpec | None = None
    let: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)
    priority: str | None = None
    """None: that of the group around it."""


@dataclass(slots=True)
class Workflow:
    """A parsed spec file. `root` is the group of its steps; `unbuilt` are paths of words not available yet."""

    name: str
    description: str | None
    root: StepSpec
    inputs: dict[str, dict[str, Any]]
    connections: dict[str, dict[str, Any]]
    default_timeout_seconds: float | None
    default_retry: RetrySpec | None
    concurrency: int | None
    labels: dict[str, Any]
    unbuilt: list[Path]
    workflows: list[str]
    """Names of the sub-workflows of the file; each is parsed from its own part of the tree."""
