"""Moments as specs write them: RFC 3339, with the zone they are meant in."""

from __future__ import annotations

from datetime import datetime

EXAMPLE = "2026-02-01T06:00:00Z"


def moment_seconds(text: str) -> float | None:
    """Seconds since the epoch, or None for what is no moment, or one without a zone."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.timestamp() if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
