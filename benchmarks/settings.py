"""What a run of the benchmarks was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """`small`: sizes that only show that every benchmark works. `folder` lies on the disk that is measured."""

    small: bool
    folder: Path

    @property
    def repeats(self) -> int:
        return 1 if self.small else 5
