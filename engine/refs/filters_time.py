"""Filters about dates and times, which are texts (RFC 3339: `2026-01-31`, `2026-01-31T12:30:00Z`).

Laws: no clock, no time zone database, no locale: names are English, offsets stay as they were written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from engine.errors import EvaluationError
from engine.refs.bounds import Evaluation
from engine.refs.values import is_number, kind, shown, wrong
from engine.spec.durations import duration_seconds

_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:([Tt ])(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)?)?", re.ASCII
)
_DIRECTIVE = re.compile(r"%(.?)", re.S)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


class Moment(NamedTuple):
    """A date, or a date with a time. `zone` is as written, empty when there is none; `fraction` its
    digits."""

    at: datetime
    is_date: bool
    separator: str
    fraction: str
    zone: str


DIRECTIVES: dict[str, Callable[[Moment], str]] = {
    "Y": lambda m: f"{m.at.year:04}",
    "y": lambda m: f"{m.at.year % 100:02}",
    "m": lambda m: f"{m.at.month:02}",
    "d": lambda m: f"{m.at.day:02}",
    "e": lambda m: f"{m.at.day:2}",
    "j": lambda m: f"{m.at.timetuple().tm_yday:03}",
    "H": lambda m: f"{m.at.hour:02}",
    "I": lambda m: f"{(m.at.hour - 1) % 12 + 1:02}",
    "M": lambda m: f"{m.at.minute:02}",
    "S": lambda m: f"{m.at.second:02}",
    "f": lambda m: f"{m.at.microsecond:06}",
    "p": lambda m: "AM" if m.at.hour < 12 else "PM",
    "a": lambda m: _DAYS[m.at.weekday()][:3],
    "A": lambda m: _DAYS[m.at.weekday()],
    "b": lambda m: _MONTHS[m.at.month - 1][:3],
    "B": lambda m: _MONTHS[m.at.month - 1],
    "u": lambda m: str(m.at.isoweekday()),
    "w": lambda m: str(m.at.isoweekday() % 7),
    "G": lambda m: f"{m.at.isocalendar().year:04}",
    "V": lambda m: f"{m.at.isocalendar().week:02}",
    "F": lambda m: m.at.date().isoformat(),
    "T": lambda m: m.at.time().isoformat("seconds"),
    "z": lambda m: "+0000" if m.zone in ("Z", "z") else m.zone.replace(":", ""),
    "%": lambda _m: "%",
}


def _moment(user: str, value: Any) -> Moment:
    if kind(value) != "text":
        raise wrong(user, "a date or time as text", value)
    match = _MOMENT.fullmatch(value) if len(value) < 64 else None
    try:
        if match is None:
            raise ValueError("another form")
        day, separator, clock, fraction, zone = match.groups()
        at = datetime.combine(date.fromisoformat(day), datetime.min.time())
        if clock is not None:
            at = datetime.fromisoformat(f"{day}T{clock}").replace(
                microsecond=int((fraction or "0").ljust(6, "0")[:6])
            )
    except ValueError as error:
        message = f"{shown(value)} is not a date or time"
        raise EvaluationError(
            message, hint="write 2026-01-31 or 2026-01-31T12:30:00Z", code="format"
        ) from error
    return Moment(at, clock is None, separator or "T", fraction or "", zone or "")


def plus(_evaluation: Evaluation, value: Any, duration: Any) -> str:
    """`value` later by a duration (`30s`, `1h30m`, `2d`, seconds; `-1d` is earlier). A date takes whole
    days."""
    moment = _moment("plus", value)
    try:
        distance = _distance(duration)
        at = moment.at + distance
    except OverflowError as error:
        raise EvaluationError(
            f"{value} plus {shown(duration)} is beyond year 9999", code="overflow"
        ) from error
    if not moment.is_date:
        return _written(moment._replace(at=at))
    if distance.seconds or distance.microseconds:
        message = f"a date takes whole days, {shown(duration)} is not"
        raise EvaluationError(message, hint=f"write it as a time: {value}T00:00:00Z", code="argument")
    return at.date().isoformat()


def _distance(duration: Any) -> timedelta:
    if is_number(duration):
        try:
            return timedelta(seconds=duration)
        except ValueError as error:
            raise EvaluationError(f"{shown(duration)} is not a duration", code="argument") from error
    if kind(duration) != "text":
        raise wrong("plus", "a duration", duration)
    later = duration.removeprefix("-")
    seconds = duration_seconds(later) if len(duration) < 64 else None
    if seconds is None:
        message = f"{shown(duration)} is not a duration"
        raise EvaluationError(message, hint="write 250ms, 30s, 5m, 1h30m or 2d", code="argument")
    return timedelta(seconds=seconds if later == duration else -seconds)


def _written(moment: Moment) -> str:
    text = moment.at.isoformat(moment.separator, "seconds")
    digits = f"{moment.at.microsecond:06}"
    width = max(min(len(moment.fraction), 6), len(digits.rstrip("0")))
    return text + (f".{digits[:width]}" if width else "") + moment.zone


def written_as(evaluation: Evaluation, value: Any, format: Any) -> str:
    """`value` written as a strftime format says."""
    moment = _moment("date", value)
    if kind(format) != "text":
        raise wrong("date", "a format as text", format)
    evaluation.may_make(len(format) * 5)
    return evaluation.made(_DIRECTIVE.sub(lambda match: _directive(moment, match[1]), format))


def _directive(moment: Moment, letter: str) -> str:
    write = DIRECTIVES.get(letter)
    if write is None:
        known = " ".join(f"%{each}" for each in DIRECTIVES)
        raise EvaluationError(f'date knows no "%{letter}"', hint=f"known: {known}", code="argument")
    return write(moment)
