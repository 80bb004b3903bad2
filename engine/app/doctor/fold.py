"""Stage 2: the row of a run is what its events say (I8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.app.doctor.finding import Finding
from engine.app.doctor.kept import KeptRun
from engine.journal import ENDED, REOPENED

CREATED = "RunCreated"
FINISHED = "RunFinished"
MOVES = {REOPENED: "running", "RunResumed": "running", "RunWaiting": "waiting", "RunContinued": "running"}
"""The status that a kind of event gives a run which has not ended."""


def begins_once(run: KeptRun) -> Iterator[Finding]:
    """I8: a run begins with its creation, and is created once."""
    for link in run.links:
        if (link.kind == CREATED) != (link.seq == 1):
            wrong = f"{link.kind} is its first event" if link.seq == 1 else "the run is created once more"
            yield run.found("I8", wrong, link.seq)


def row_is_the_fold(run: KeptRun) -> Iterator[Finding]:
    """I8: status, times, attempt, spec, inputs, outputs and error stand in the row as the events have them."""
    there = {
        **run.row,
        "inputs": run.value("inputs"),
        "outputs": run.value("outputs"),
        "error": run.value("error"),
    }
    folded = _folded(run)
    for column, (said, seq) in folded.items():
        if there[column] != said:
            yield run.found(
                "I8", f"its row says {column} {_short(there[column])}, event {seq} says {_short(said)}", seq
            )
    if "finished_at" in folded:
        return
    last = run.links[-1].seq
    if there["status"] in ENDED and "status" not in folded:
        yield run.found("I8", f"its row says status {there['status']!r}, though no event ends it", last)
    if there["finished_at"] is not None:
        yield run.found("I8", "its row says when it ended, though no event ends it", last)


def _folded(run: KeptRun) -> dict[str, tuple[Any, int]]:
    """By column what the events say, and which of them; only columns that they decide."""
    out: dict[str, tuple[Any, int]] = {}
    for link, payload in zip(run.links, run.payloads, strict=True):
        said: dict[str, Any] = {"status": MOVES[link.kind]} if link.kind in MOVES else {}
        if link.kind == CREATED:
            said = {"created_at": link.at, "started_at": link.at, "attempt": 1}
            said["inputs"] = payload.get("inputs")
            said["spec_hash"] = payload.get("spec")
        elif link.kind == REOPENED:
            for column in ("finished_at", "outputs", "error"):
                out.pop(column, None)
            said |= {"attempt": payload.get("attempt"), "started_at": link.at}
            said |= {"spec_hash": payload["spec"]} if payload.get("spec") else {}
        elif link.kind == FINISHED:
            said = {"status": payload.get("status"), "finished_at": link.at}
            said |= {"outputs": payload.get("outputs"), "error": payload.get("error")}
        out |= {column: (value, link.seq) for column, value in said.items()}
    return out


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
