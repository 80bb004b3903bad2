"""WF411 unknown-status: a status compared with a word that no step (or run) ever has."""

from __future__ import annotations

from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.refs.comparisons import compared_texts
from engine.text import nearest
from engine.text.snippet import shortened

_EITHER = ("pending", "running", "waiting", "succeeded", "failed", "cancelled")
OF_STEPS = (*_EITHER, "skipped", "timed_out")
OF_RUNS = (*_EITHER, "partial_failure")
MEANT = {
    **dict.fromkeys(
        ("success", "successful", "ok", "done", "complete", "completed", "finished"), "succeeded"
    ),
    **dict.fromkeys(("error", "errored", "failure"), "failed"),
    **dict.fromkeys(("timeout", "timedout"), "timed_out"),
    **dict.fromkeys(("canceled", "aborted", "stopped"), "cancelled"),
}
"""What other engines call them."""


def statuses(subject: Subject) -> Iterator[Diagnostic]:
    for step in subject.plan.steps:
        for word, expression in subject.expressions(step):
            if "status" not in expression.text:
                continue
            for path, text in dict.fromkeys(compared_texts(expression)):
                known = _known(path)
                if known and text not in known:
                    span = subject.expression_span(step, word, expression.text)
                    yield problem(
                        "WF411", f'no {known[0]} has the status "{shortened(text)}"', span, _hint(text, known)
                    )


def _known(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """`step` or `run`, then its statuses; empty where the path is no status."""
    if len(path) == 3 and path[0] == "steps" and path[2] == "status":
        return ("step", *OF_STEPS)
    return ("run", *OF_RUNS) if path == ("run", "status") else ()


def _hint(text: str, known: tuple[str, ...]) -> str:
    near = [MEANT[text.lower()]] if text.lower() in MEANT else list(nearest(text, known[1:]))
    near = [one for one in near if one in known]
    return f'did you mean "{near[0]}"?' if near else "known: " + ", ".join(known[1:])
