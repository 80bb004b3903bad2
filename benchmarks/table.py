"""One row a figure: measured, baseline, ratio, goal, met or not. As text for people, as JSON for later comparisons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Literal

Unit = Literal["steps/s", "rows/s", "s", "ms", "bytes", "share"]
Subject = Literal["ratio", "measured", "difference"]
COLUMNS = ("benchmark", "measured", "baseline", "ratio", "spread of the ratio", "goal", "met")


@dataclass(frozen=True, slots=True)
class Goal:
    """What a row should come to: its ratio, its measured value, or the difference of measured and baseline."""

    subject: Subject
    relation: Literal["≤", "≥"]
    value: float

    def met(self, amount: float) -> bool:
        return amount <= self.value if self.relation == "≤" else amount >= self.value


@dataclass(frozen=True, slots=True)
class Row:
    """A figure beside its baseline, both in `unit`. `ratios` is measured / baseline, turn by turn."""

    name: str
    measured: float
    baseline: float
    unit: Unit
    beside: str
    ratios: Sequence[float]
    goal: Goal | None = None

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        amounts = {
            "ratio": self.ratio,
            "measured": self.measured,
            "difference": self.measured - self.baseline,
        }
        return self.goal.met(amounts[self.goal.subject])

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio, "met": self.met}

    def cells(self) -> tuple[str, ...]:
        return (
            self.name,
            shown(self.measured, self.unit),
            f"{shown(self.baseline, self.unit)} {self.beside}",
            f"{self.ratio:.3g}",
            f"{min(self.ratios):.3g} to {max(self.ratios):.3g}",
            "–" if self.goal is None else self._goal(self.goal),
            {None: "–", True: "yes", False: "no"}[self.met],
        )

    def _goal(self, goal: Goal) -> str:
        if goal.subject == "ratio":
            return f"ratio {goal.relation} {goal.value:.3g}"
        over = " over the baseline" if goal.subject == "difference" else ""
        return f"{goal.relation} {shown(goal.value, self.unit)}{over}"


def shown(value: float, unit: Unit) -> str:
    """A value with its unit, in three figures or so."""
    if unit == "share":
        return f"{value:.3g}"
    return f"{value:,.0f} {unit}" if abs(value) >= 100 else f"{value:.3g} {unit}"


def print_table(rows: Iterable[Row], write: Callable[[str], Any] = print) -> None:
    """Write a Markdown table whose columns also line up as plain text."""
    lines = [COLUMNS, *(row.cells() for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(COLUMNS))]
    for number, line in enumerate(lines):
        write("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |")
        if number == 0:
            write("|" + "|".join("-" * (width + 2) for width in widths) + "|")
