"""A recorded run as lines: what `weft show` says of each step, in the words of the run that was watched.

Takes a result (schemas/run.schema.json) and what goes with it; opens no store.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from engine.app.looking import Look
from engine.cli.steps import Steps
from engine.cli.tally import FAILED, FAILURES_TOLD
from engine.cli.terminal import Paint
from engine.cli.wording import (
    HANDLED,
    duration,
    error_text,
    failure_lines,
    inner_failure_text,
    items_text,
    reason_text,
    records_text,
    warning_lines,
)
from engine.execute.report import is_undone
from engine.text.snippet import visible

NAME_WIDTH_MIN, NAME_WIDTH_MAX = 12, 32
STATE_WIDTH = 10
Entry = dict[str, Any]


def instances(steps: dict[str, Entry]) -> Iterator[tuple[str, Entry]]:
    """Every step and iteration by the path a run prints: `group/step`, `loop[3]`, `loop["key"]/step`."""
    for step in steps.values():
        yield step["instance"], step
        for item in step.get("iterations", ()):
            yield f"{step['instance']}[{json.dumps(item['key'], ensure_ascii=False)}]", item
            yield from instances(item["steps"])
        yield from instances(step.get("steps", {}))


UNDOS_TOLD = 5


class Recorded:
    """Says how the steps of one run went."""

    def __init__(self, look: Look, paint: Paint) -> None:
        self._look = look
        self._paint = paint
        self._places = Steps(look.checked)
        steps = look.report["steps"]
        widths = (len(name) + 2 * step["instance"].count("/") for name, step in steps.items())
        self._width = min(NAME_WIDTH_MAX, max(NAME_WIDTH_MIN, *widths, 0))
        self._state_width = max([STATE_WIDTH, *(len(_state(step)) for step in steps.values())])

    def lines(self) -> Iterator[str]:
        """All steps, each with what went wrong with it; of a loop the first items that failed."""
        for name, step in self._look.report["steps"].items():
            yield from self.step(step["instance"], name, step)
            yield from _undo_failures(name, step)
            if "iterations" in step:
                yield from self._failed_items(name, step)

    def step(self, path: str, name: str, entry: Entry) -> Iterator[str]:
        """One step or iteration: its line, and below it its failure or its warnings."""
        indent = "  " * entry.get("instance", "").count("/")
        took = entry.get("execution_time")
        time = duration(took) if took is not None else ""
        state = _state(entry)
        column = self._paint(state.ljust(self._state_width), state)
        name = visible(name).ljust(self._width - len(indent))
        errors = entry["errors"] if entry["status"] != "succeeded" else ()
        own = next((error for error in errors if isinstance(error, dict) and "step" not in error), None)
        rescued = entry.get("rescued")
        about = self._about(path, entry)
        if own or not about:
            about = ", ".join(filter(None, (about, _failure_text(path, own, errors))))
        if rescued:
            about = ", ".join(filter(None, (about, f"rescued: {_rescued_text(path, rescued)}")))
        yield f"  {indent}{name}  {column} {time:>7}  {about}".rstrip()
        failure = own or (rescued if rescued and "step" not in rescued else None)
        if failure:
            yield from self._below(path, entry, failure)
        yield from warning_lines(entry.get("warnings"))

    def _below(self, path: str, entry: Entry, error: dict[str, Any]) -> list[str]:
        parameters = self._look.parameters.get(path)
        parameters = self._places.parameters(path) if parameters is None else parameters
        return failure_lines(error, self._places.place(path), entry["attempts"], parameters)

    def _failed_items(self, name: str, loop: Entry) -> Iterator[str]:
        """The first failures inside a loop: those of calls, not of what only ended because of one."""
        told = 0
        for path, entry in instances({name: loop}):
            if entry is loop or entry["status"] not in FAILED:
                continue
            if any(isinstance(error, dict) and "step" not in error for error in entry["errors"]):
                told += 1
                if told > FAILURES_TOLD:
                    return
                yield from self.step(path, path, {**entry, "instance": ""})

    def _about(self, path: str, entry: Entry) -> str:
        loop = self._look.loops.get(path)
        attempts = entry["attempts"]
        parts = (
            reason_text(entry.get("reason"), self._look.causes.get(path)),
            items_text(*loop, self._places.noun(path)) if loop and entry["status"] != "skipped" else "",
            f"{attempts} attempts" if attempts > 1 and entry["status"] == "succeeded" else "",
            records_text(entry.get("processed_records")),
        )
        return ", ".join(filter(None, parts))


def _failure_text(path: str, own: Entry | None, errors: Sequence[Any]) -> str:
    """What failed: the instance itself, or which step inside it."""
    if own:
        return error_text(own)
    return inner_failure_text(path, errors[0]) if errors and isinstance(errors[0], dict) else ""


def _rescued_text(path: str, error: Entry) -> str:
    return inner_failure_text(path, error) if "step" in error else error_text(error)


def _undo_failures(name: str, step: Entry) -> Iterator[str]:
    """What could not be taken back: of the step, or of its first items."""
    tried = [(name, step), *((f"{name}[{each['key']}]", each) for each in step.get("iterations", ()))]
    failed = [(what, each["undo"]) for what, each in tried if each.get("undo", {}).get("status") in FAILED]
    for what, undo in failed[:UNDOS_TOLD]:
        yield f"      could not be undone: {visible(what)}: {error_text(undo['errors'][0])}"
    if len(failed) > UNDOS_TOLD:
        yield f"      … and {len(failed) - UNDOS_TOLD} more"


def _state(entry: Entry) -> str:
    status = str(entry["status"])
    if is_undone(dict(entry)):
        return "undone"
    return HANDLED.get(status, status) if entry.get("handled") else status
