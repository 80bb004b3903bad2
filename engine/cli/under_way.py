"""What a story keeps of an instance, and of a loop, while it is under way."""

from __future__ import annotations

from typing import Any

from engine.cli.wording import items_text
from engine.execute.facts import Progress


class Going:
    """An instance under way: running, or waiting for its next attempt (`retry_at` and `error` say when and why)."""

    __slots__ = (
        "attempt",
        "error",
        "first",
        "parameters",
        "progress",
        "progress_at",
        "retry_at",
        "started_at",
    )

    def __init__(self, started_at: float | None) -> None:
        self.started_at = started_at
        """None: before this process."""
        self.attempt = 1
        self.parameters: Any = None
        self.retry_at: float | None = None
        self.error: dict[str, Any] | None = None
        self.progress: Progress | None = None
        self.progress_at = 0.0
        self.first: tuple[float, float] | None = None
        """When the attempt's first progress came and how far it was: the throughput counts from there."""

    @property
    def rate(self) -> float | None:
        """Units a second since the first progress; None until a second has passed."""
        if self.progress is None or self.first is None or self.progress_at - self.first[0] < 1.0:
            return None
        return max(0.0, (self.progress.done - self.first[1]) / (self.progress_at - self.first[0]))


class Loop:
    """How far a loop is. `total` None: its items are not known here. `told` counts failures told of what is in it, `noun` is
    what it is made of: items, or iterations."""

    __slots__ = ("done", "failed", "noun", "started_at", "told", "total")

    def __init__(self, noun: str = "item") -> None:
        self.noun = noun
        self.started_at: float | None = None
        self.total: int | None = None
        self.done = self.failed = self.told = 0

    @property
    def text(self) -> str:
        """`120/1,000 items, 2 failed`; `10 items` where all are done."""
        return items_text(self.done, self.total, self.failed, self.noun)

    def at_a_tenth(self) -> bool:
        """Whether the item just counted was the last of a tenth of them, the very last left out."""
        if not self.total or self.done >= self.total:
            return False
        return self.done * 10 // self.total > (self.done - 1) * 10 // self.total
