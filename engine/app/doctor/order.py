"""Stage 2: what may follow what in the record of a run (I2, I3, I9, I12), and kinds that this engine does not know."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.app.doctor.finding import NEWER_ENGINE, Finding
from engine.app.doctor.fold import CREATED, FINISHED, MOVES
from engine.app.doctor.kept import KeptRun
from engine.execute.replay import KINDS
from engine.journal import REOPENED

STARTED = "StepStarted"
PASSED_OVER = frozenset({"RunInterrupted", FINISHED, *MOVES})
"""Kinds that a replay may pass over: they change nothing of what a run does next."""
KNOWN = KINDS | PASSED_OVER
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')  # the key of an iteration may hold anything
_AFTER_A_CANCEL = re.compile(r"(?:^|/)\((?:finally|undo)\)(?:/|$)")


def kinds_are_known(run: KeptRun) -> Iterator[Finding]:
    """Every row says something that this engine understands."""
    for link in run.links:
        if link.kind not in KNOWN:
            yield run.found(
                "kind", f"{link.kind} is no kind of event that this engine knows", link.seq, NEWER_ENGINE
            )


def ends_once(run: KeptRun) -> Iterator[Finding]:
    """I2: an attempt of the run has one end, and nothing follows it but a reopening."""
    end = 0
    for link in run.links:
        if link.kind == REOPENED:
            if not end:
                yield run.found("I2", "the run is reopened, though it had not ended", link.seq)
            end = 0
        elif end:
            yield run.found("I2", f"{link.kind} follows the end of the run, event {end}", link.seq)
        elif link.kind == FINISHED:
            end = link.seq


def starts_no_more_after_success(run: KeptRun) -> Iterator[Finding]:
    """I3: within an attempt of the run, a step that has succeeded does not start again."""
    succeeded: dict[str | None, int] = {}
    for link in run.links:
        if link.kind == REOPENED:
            succeeded.clear()
        elif link.kind == "StepSucceeded":
            succeeded[link.instance] = link.seq
        elif link.kind == STARTED and link.instance in succeeded:
            told = f'"{link.instance}" starts again, though its success is event {succeeded[link.instance]}'
            yield run.found("I3", told, link.seq)


def attempts_are_counted(run: KeptRun) -> Iterator[Finding]:
    """I9: the attempts of an instance count up by one, and what ends one names it.

    The idempotency key is not recorded: it is made of the run's id, the instance's path and the attempt of the run, so it
    is equal across attempts of one step as long as they are attempts of one path; that is what can be seen here.
    """
    under_way: dict[str, int] = {}
    unknown = False  # how many attempts an instance had before a reopening, its parts may say anew
    for link in run.links:
        path = link.instance or ""
        if link.kind == REOPENED:
            under_way.clear()
            unknown = True
        elif link.kind == CREATED:
            under_way[""] = 1  # nothing else says that the run itself starts
        if link.attempt is None or (unknown and path not in under_way and link.kind != STARTED):
            continue
        before = under_way.get(path, link.attempt - 1 if unknown else 0)
        if link.kind == STARTED:
            under_way[path] = link.attempt
            if link.attempt != before + 1:
                yield run.found(
                    "I9", f'"{path}" starts its attempt {link.attempt} after attempt {before}', link.seq
                )
        elif link.attempt != before:
            told = f'{link.kind} of "{path}" names attempt {link.attempt}, under way was {before or "none"}'
            yield run.found("I9", told, link.seq)


def nothing_starts_after_a_cancel(run: KeptRun) -> Iterator[Finding]:
    """I12: after a recorded cancel nothing starts but `finally` and `undo`."""
    cancel = 0
    for link in run.links:
        if link.kind == REOPENED:
            cancel = 0
        elif link.kind == "CancelRequested":
            cancel = cancel or link.seq
        elif cancel and link.kind == STARTED and not _may_start(link.instance or ""):
            yield run.found("I12", f'"{link.instance}" starts after the cancel, event {cancel}', link.seq)


def _may_start(path: str) -> bool:
    return _AFTER_A_CANCEL.search(_QUOTED.sub("", path)) is not None
