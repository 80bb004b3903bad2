"""Rates: so many calls in so much time, and how many of them may come at once; the arithmetic of the buckets that hold them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

_RATE = re.compile(r"([1-9][0-9]*)/([smh])")
_WINDOWS = {"s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `calls × T / window_seconds + burst` calls in any time T.

    `burst` is at least 1. None stands for a tenth of a minute's calls, but no more than those of one window and at least 1; it
    is never kept.
    """

    calls: float
    window_seconds: float
    burst: int | None = None

    def __post_init__(self) -> None:
        if self.burst is None:
            object.__setattr__(
                self, "burst", max(1, int(min(self.calls, self.calls * 6.0 / self.window_seconds)))
            )

    @property
    def per_second(self) -> float:
        return self.calls / self.window_seconds

    @property
    def size(self) -> int:
        """Tokens a full bucket holds."""
        assert self.burst is not None
        return self.burst

    def __str__(self) -> str:
        unit = {1.0: "second", 60.0: "minute", 3600.0: "hour"}[self.window_seconds]
        return f"{self.calls:g} calls a {unit}"


def rate_of(text: str, burst: int | None = None) -> Rate | None:
    """`60/m` as a rate; None where the text is none."""
    found = _RATE.fullmatch(text)
    return None if found is None else Rate(float(found[1]), _WINDOWS[found[2]], burst)


class Want(NamedTuple):
    """One token of a bucket. `ahead`: how many others that wait for this bucket have to get theirs first."""

    bucket: str
    per_second: float
    size: int
    ahead: int = 0


def tokens_left(level: float, since_seconds: float, want: Want) -> float:
    """Tokens in a bucket that held `level` so many seconds ago; time that runs backwards adds none."""
    return min(float(want.size), level + max(0.0, since_seconds) * want.per_second)


def wait_seconds(level: float, want: Want) -> float:
    """How long until a bucket has a token for this want; 0: it has one."""
    return max(0.0, (1 + want.ahead - level) / want.per_second)
