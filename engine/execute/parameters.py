"""Parameters against the schema of the operation they are for, once references are resolved and before anything is done.

Laws: what has no reference was checked by `validate` and is not looked at again; what a schema says nothing of costs nothing.
A parameter that does not fit fails the step before its first attempt: trying again would give the same. What is told of it
names the reference it came from and where that stands; a secret is masked before anything is cut out of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from engine.errors import EvaluationError
from engine.graph.plan import Plan, PlanStep
from engine.refs import Site, sites
from engine.spec.fitting import Fit, Misfit, fit
from engine.spec.tree import Path, Tree
from engine.text.snippet import shortened
from engine.tools.records import holder_meant

TOLD_MAX = 3
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_WITH = "with"
_NOTHING = '"with" has no '
_UNKNOWN = "unknown key "
_IN_WITH = f' in "{_WITH}"'


class Unfit(EvaluationError):
    """Resolved parameters that the operation does not take: the step's error is of type `invalid`, code `parameters`."""


class Parameters:
    """What each step of a plan may be given. `trees`: the author's file by the label of its plan, where it is at hand."""

    def __init__(self, plan: Plan, trees: Mapping[str, Tree] | None = None) -> None:
        self._plan = plan
        self._trees = trees or {}
        self._fits: dict[int, Fit | None] = {}
        self._operations: dict[int, Fit] = {}

    def check(self, step: PlanStep, value: Any, mask: Callable[[Any], Any]) -> None:
        """Raises Unfit, naming the first problems, for resolved parameters that do not fit."""
        try:
            found = self._fits[step.index]
        except KeyError:
            found = self._fits[step.index] = self._fit(step)
        if found is not None and not found.fits(value):
            raise self._unfit(step, found, value, mask)

    def _fit(self, step: PlanStep) -> Fit | None:
        operation = step.declaration.operation(step.operation) if step.declaration is not None else None
        if operation is None:
            return None
        known = self._operations.get(id(operation))
        if known is None:
            known = self._operations[id(operation)] = fit(operation.parameters)
        return None if known.free else known

    def _unfit(self, step: PlanStep, found: Fit, value: Any, mask: Callable[[Any], Any]) -> Unfit:
        misfits = found.misfits(value, _WITH, mask)
        told = [self._told(step, one) for one in misfits[:TOLD_MAX]]
        more = f" (and {len(misfits) - TOLD_MAX} more)" if len(misfits) > TOLD_MAX else ""
        message = "; ".join(told) or "the parameters do not fit"
        hint = _hint(misfits[0], value) if misfits else None
        return Unfit(f'tool "{step.tool}": {message}{more}', hint=hint, code="parameters")

    def _told(self, step: PlanStep, misfit: Misfit) -> str:
        message = misfit.message
        if message.startswith(_NOTHING):
            message = f"it needs {message.removeprefix(_NOTHING)}"
        elif message.startswith(_UNKNOWN) and message.endswith(_IN_WITH):
            message = f"it has no parameter {message.removeprefix(_UNKNOWN).removesuffix(_IN_WITH)}"
        return message + self._origin(step, misfit.at)

    def _origin(self, step: PlanStep, at: Path) -> str:
        """` (from $<step_a_result.n>, orders.weft.yaml:9:20)`; empty where no reference gave it."""
        label = self._plan.spaces[step.space].label
        tree = self._trees.get(label)
        path = (*step.path, _WITH)
        site = _giver(tree.get(path), at) if tree is not None else None
        if tree is None or site is None:
            return ""
        part = site.part
        end = part.expr_start + len(part.expression)
        place = tree.text_span((*path, *site.at), part.expr_start, end)
        return f" (from $<{shortened(part.expression)}>, {place})"


def _giver(written: Any, at: Path) -> Site | None:
    """The reference that gave the value at a path: the one written there, or nearest around it."""
    found = [site for site in sites(written) if at[: len(site.at)] == site.at] if written else []
    return max(found, key=lambda site: len(site.at), default=None)


def _hint(misfit: Misfit, value: Any) -> str | None:
    """What to do about a value that a reference gave: nobody wrote it, so nobody can quote it."""
    given = value
    try:
        for part in misfit.at:
            given = given[part]
    except (KeyError, IndexError, TypeError):
        return misfit.hint
    if " must be " not in misfit.message or not misfit.at:
        return misfit.hint
    wanted = misfit.message.partition(" must be ")[2].partition(", not ")[0]
    if given is None:
        return "give it a value where there is none: $<… | default(…)>"
    if isinstance(given, str) and "number" in wanted and _NUMBER.fullmatch(given.strip()):
        return f"make a number of it: $<… | {'int' if 'whole' in wanted else 'float'}>"
    if isinstance(given, (int, float)) and "text" in wanted:
        return "make text of it: $<… | string>"
    if isinstance(given, dict) and "a list" in wanted:
        return holder_meant(given)
    return None if (misfit.hint or "").startswith(("quote it", "write ")) else misfit.hint
