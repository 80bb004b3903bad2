"""An answer's status -> whether it was expected, and if not, what kind of error it is."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Sequence

_TYPES = {
    401: "permission",
    403: "permission",
    404: "not_found",
    408: "timeout",
    409: "conflict",
    410: "not_found",
    429: "rate_limit",
    504: "timeout",
}


def expected(status: int, patterns: Sequence[int | str]) -> bool:
    """Whether the status is one of the codes or fits one of the patterns (`x` a digit)."""
    text = str(status)
    return any(
        all(p in ("x", d) for p, d in zip(str(pattern).lower(), text, strict=False)) for pattern in patterns
    )


def error_type(status: int) -> str:
    """The error type of a status that was not expected."""
    if status in _TYPES:
        return _TYPES[status]
    if status >= 500:
        return "unavailable"
    return "invalid" if status >= 400 else "failed"


def retry_after(header: str | None, date: str | None = None) -> float | None:
    """Seconds to wait by a Retry-After header (seconds or a date); None if it says nothing readable.

    A date is one of the server's clock: it is compared with the answer's own `Date`, and with ours only where that is
    missing.
    """
    if not header:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    moment = _moment(text)
    if moment is None:
        return None
    now = _moment(date or "")
    return max(0.0, moment - (time.time() if now is None else now))


def _moment(text: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
