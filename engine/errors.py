"""The tree of exceptions: the first page of the manual. Imports nothing of ours.

    WeftError                  anything Weft raises on purpose; `hint` says how to put it right
    ├── SpecError              the spec is wrong (exit 1); `diagnostics` holds every problem found
    ├── UsageError             the call is wrong: flag, file, id, weft.toml (exit 2)
    │   ├── InputError         the inputs of a run are unknown, missing or do not fit their schemas
    │   └── PermissionDenied   the principal may not start runs
    ├── Unavailable            something needed is not there or not healthy (exit 5)
    │   ├── MissingExtra       an optional dependency is not installed
    │   ├── StoreError         the journal's store cannot be reached, is locked, or is newer than this engine
    │   │   ├── DamagedRecord  what the store holds of a run cannot be, however often it is read
    │   │   └── RunLeft        the store failed under way; the run can be resumed
    │   └── RunOwned           a living process owns the run
    ├── EvaluationError        a reference or condition could not be evaluated (the step's error type `evaluation`)
    ├── ToolError              a tool call failed; `type` is one of ERROR_TYPES, `code` the detail
    └── EngineFault            a fault of the engine itself (exit 3)

Problems of the author's input are never exceptions while they are collected: they are `Diagnostic` values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SHOWN_MAX = 20
RETRIED_BY_DEFAULT = frozenset({"timeout", "connection", "rate_limit", "unavailable", "lost"})
ERROR_TYPES = RETRIED_BY_DEFAULT | {
    "failed",
    "invalid",
    "permission",
    "not_found",
    "conflict",
    "data",
    "evaluation",
    "too_large",
    "unhealthy",
    "internal",
}


class WeftError(Exception):
    """Base of everything Weft raises on purpose. `message` is lower case, `hint` says what to do about it."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if hint:
            self.add_note(f"hint: {hint}")  # a traceback shows it too


class SpecError(WeftError):
    """The spec has errors; nothing was started. `diagnostics` is every problem, in order."""

    def __init__(self, diagnostics: Sequence[Any]) -> None:
        errors = [d for d in diagnostics if d.severity == "error"]
        first = errors[0].message if errors else "the spec has problems"
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(first + more)
        self.diagnostics = tuple(diagnostics)

    def __str__(self) -> str:
        """Every error with its place (see Diagnostic), one a line; the first SHOWN_MAX of them."""
        told = [str(d) for d in self.diagnostics if d.severity == "error"] or [*map(str, self.diagnostics)]
        if len(told) < 2:
            return "".join(told)
        more = [f"(and {len(told) - SHOWN_MAX} more)"] if len(told) > SHOWN_MAX else []
        return "\n  ".join([f"{len(told)} problems", *told[:SHOWN_MAX], *more])


class UsageError(WeftError):
    """The call is wrong: an unknown file, run, flag or input value. Exit code 2."""


class InputError(UsageError):
    """The inputs given for a run are unknown, missing, or do not fit their schemas; the message names every one."""


class PermissionDenied(UsageError):
    """The principal may not start runs. (A single call that is refused is an error of its step, type `permission`.)"""


class Unavailable(WeftError):
    """Something needed is unavailable or unhealthy. Exit code 5."""


class MissingExtra(Unavailable):
    """An optional dependency is not installed.

    >>> str(MissingExtra("duckdb", "warehouse"))
    "duckdb is not installed; needs: pip install 'weft-engine[warehouse]'"
    """

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed; needs: pip install 'weft-engine[{extra}]'")
        self.package = package
        self.extra = extra


class StoreError(Unavailable):
    """The journal's store cannot be reached, is locked, damaged, or written by a newer engine."""


class DamagedRecord(StoreError):
    """What the store holds of a run cannot be: it answers, and reading again would give the same."""


class RunLeft(StoreError):
    """The store failed while a run was under way: the run is left as it is recorded.

    `resume` is the command that goes on with it, `signal` the number of the signal that had stopped it before.
    """

    def __init__(self, message: str, *, hint: str | None = None, resume: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.resume = resume
        self.signal: int | None = None


class RunOwned(Unavailable):
    """A living process owns the run, so this one may not advance it."""


class EvaluationError(WeftError):
    """A reference or condition could not be evaluated; `code` names the kind (`missing-key`, `not-a-boolean` …).

    `type` is the type of the step's error: `evaluation`, `too_large` for data that is larger than a reference reads.
    """

    def __init__(
        self, message: str, *, hint: str | None = None, code: str = "expression", type: str = "evaluation"
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.type = type


class ToolError(WeftError):
    """A tool call failed.

    `type` is one of ERROR_TYPES and decides whether a retry is worth it; `code` is the detail (`HTTP 503`, `exit 2`,
    `SQLSTATE 40001`, `ValueError`); `retry_after` (seconds) is what the other side asked for; `data` is kept with the
    error (for instance the last lines of a command's output); `data` must be JSON.
    """

    def __init__(
        self,
        message: str,
        *,
        type: str = "failed",
        code: str | None = None,
        hint: str | None = None,
        retry_after: float | None = None,
        data: Any = None,
    ) -> None:
        super().__init__(message, hint=hint)
        if type not in ERROR_TYPES:
            raise ValueError(f"{type!r} is not an error type")
        self.type = type
        self.code = code
        self.retry_after = retry_after
        self.data = data


class EngineFault(WeftError):
    """A fault of the engine itself; a bug. Exit code 3."""
