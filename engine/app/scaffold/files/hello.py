"""What the workflow calls: plain functions that take and give back JSON values."""

from __future__ import annotations

from collections import Counter
from typing import Any


def top(orders: list[dict[str, Any]]) -> dict[str, Any]:
    """How many big orders each country has, and a report in Markdown."""
    countries = Counter(order["country"] for order in orders)
    lines = [f"- {country}: {number}" for country, number in countries.most_common()]
    return {
        "countries": dict(countries),
        "report": "\n".join([f"# {len(orders)} big orders", "", *lines, ""]),
    }
