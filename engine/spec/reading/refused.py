"""What ends reading at once: a passed limit, or a syntax error. It never leaves the readers."""

from __future__ import annotations

from engine.diagnostics import Diagnostic, problem
from engine.spec import limits
from engine.text import Source, Span


class RefusedError(Exception):
    """Carries the problem to the reader's door."""

    def __init__(self, found: Diagnostic) -> None:
        super().__init__(found.message)
        self.found = found


def too_many(source: Source, at: int | None, *, aliases: bool) -> RefusedError:
    """`at`: the node that is one too many, None where it was not looked for.

    `aliases`: the form has them, and they count as what they stand for.
    """
    message = f"more than {limits.NODES_MAX:,} keys and values"
    hint = "split the workflow"
    if aliases:
        message += ", counted with every alias and merge expanded"
        hint += ", or use fewer aliases"
    # The lines of a large text are not looked for in vain: that takes seconds.
    span = Span(source.name, 1, 1, 1, 2) if at is None else source.span(at, at + 1)
    return RefusedError(problem("WF109", message, span, hint))


def too_deep(source: Source, at: int) -> RefusedError:
    message = f"nested more than {limits.DEPTH_MAX} levels deep"
    return RefusedError(problem("WF108", message, source.span(at, at + 1), "nest less deeply"))
