"""Times as users see them: RFC 3339, UTC, microseconds. Formatted when shown, never on the way of a step."""

from __future__ import annotations

from datetime import UTC, datetime


def rfc3339(seconds: float | None) -> str | None:
    """`2026-01-31T12:00:00.000000Z` of seconds since the epoch."""
    if seconds is None:
        return None
    # Not strftime: a report of many steps spends a fifth of its time there.
    return (
        datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
    )
