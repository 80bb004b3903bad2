"""Trigger rules as one literal table of functions. S succeeded or handled, K skipped of itself, F failed or skipped
because of a failure, `left` not settled yet. A step without needs runs (`one_failed`, `all_failed`: is skipped)."""

from __future__ import annotations

from collections.abc import Callable

RUN, SKIP, SKIP_FOR_FAILURE, WAIT = "run", "skip", "upstream_failed", "wait"

Rule = Callable[[int, int, int, int], str]


def _all_success(left: int, s: int, k: int, f: int) -> str:
    if left:
        return WAIT
    return SKIP_FOR_FAILURE if f else SKIP if k else RUN


def _none_failed(left: int, s: int, k: int, f: int) -> str:
    if left:
        return WAIT
    return SKIP_FOR_FAILURE if f else RUN


def _all_done(left: int, s: int, k: int, f: int) -> str:
    return WAIT if left else RUN


def _one_success(left: int, s: int, k: int, f: int) -> str:
    if s:
        return RUN
    if left:
        return WAIT
    return SKIP_FOR_FAILURE if f else SKIP if k else RUN


def _one_failed(left: int, s: int, k: int, f: int) -> str:
    if f:
        return RUN
    return WAIT if left else SKIP


def _all_failed(left: int, s: int, k: int, f: int) -> str:
    if left:
        return WAIT
    return RUN if f and not s and not k else SKIP


RULES: dict[str, Rule] = {
    "all_success": _all_success,
    "none_failed": _none_failed,
    "all_done": _all_done,
    "one_success": _one_success,
    "one_failed": _one_failed,
    "all_failed": _all_failed,
}
