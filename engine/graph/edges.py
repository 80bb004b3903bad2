"""Joins the edges: which sibling waits for which, from `needs` and from what a step reads.

Laws (spec-language, Scope and Modes): a read or need into a group waits for that group; what a mode forbids is told
once at the place where it is written; nobody outside reads into a loop; order alone is not a need.
"""

from __future__ import annotations

from typing import NamedTuple

from engine.diagnostics import Diagnostic, problem
from engine.graph.places import Place
from engine.graph.plan import Plan, PlanStep
from engine.refs import holds_reference
from engine.spec.tree import Tree
from engine.spec.words import ORDERED_MODES
from engine.spec.workflow import StepSpec
from engine.text import Span, suggestion
from engine.text.snippet import shortened


class StepRead(NamedTuple):
    """A reference to a step's result: which step, where it is written, and which word holds it."""

    target: int
    place: Place
    word: str


class Edges:
    """Collects sibling edges; `places` remembers where each was written, for the cycle message."""

    def __init__(self, plan: Plan, tree: Tree, problems: list[Diagnostic]) -> None:
        self.plan = plan
        self.tree = tree
        self.problems = problems
        self.places: dict[tuple[int, int], Place] = {}
        self._needs: dict[int, dict[int, None]] = {}

    def join(self, step: PlanStep, spec: StepSpec, reads: list[StepRead]) -> None:
        """Edges of one step: its `needs`, then its reads."""
        for position, name in enumerate(spec.needs):
            place = Place(self.tree, (*step.path, "needs", position))
            target = self.plan.by_id.get(name)
            if target is None and holds_reference(name):
                continue  # no reference may stand here, which a check tells
            if target is None:
                hint = suggestion(name, self.plan.by_id)
                self.problems.append(
                    problem("WF303", f'"needs" names no step "{shortened(name)}"', place.span, hint)
                )
            elif target not in step.explicit_needs and self._edge(step, target, place, "WF304"):
                step.explicit_needs.append(target)
        for read in reads:
            step.reads.add(read.target)
            if read.word == "outputs":
                self._check_output(step, read)
            else:
                self._edge(step, read.target, read.place, "WF403")

    def finish(self) -> None:
        """Hand the collected edges to the plan."""
        for index, needs in self._needs.items():
            self.plan.steps[index].needs = list(needs)
            for need in needs:
                self.plan.steps[need].dependents.append(index)

    def _edge(self, step: PlanStep, target: int, place: Place, code: str) -> bool:
        verb = "needs" if code == "WF304" else "reads"
        name = self.plan.steps[target].id
        if owner := self._beside(step.index, target):
            return self._aside_allows(step, target, owner, place, code)
        mine, theirs = self._siblings(step.index, target)
        if theirs in (mine, -1):
            what = "itself" if target == step.index else f'the group "{name}" it stands in'
            hint = self._own_hint(verb, target == step.index)
            self.problems.append(problem(code, f'step "{step.id}" {verb} {what}', place.span, hint))
            return False
        if self._in_finally(target, step.index) or self.plan.steps[theirs].aside:
            verb_phrase = f'step "{step.id}" {verb} "{name}", which stands in '
            where = "a finally" if self._in_finally(target, step.index) else "a rescue beside it"
            self.problems.append(
                problem(code, verb_phrase + where, place.span, "nobody waits for what runs at the end")
            )
            return False
        if mine == -1:
            self._refuse_inside(step, name, verb, place, code)
            return False
        if loop := self._loop_between(target, theirs):
            self._refuse_loop(step, target, loop, place.span, code)
            return False
        if not self._mode_allows(step, mine, theirs, target, place, code):
            return False
        self._needs.setdefault(mine, {})[theirs] = None
        self.places.setdefault((mine, theirs), place)
        return True

    def _beside(self, step: int, target: int) -> PlanStep | None:
        """The rescue or finally around `step` that belongs to `target` or to a group around it."""
        around = set(self.plan.ancestors(target))
        for index in self.plan.ancestors(step):
            aside = self.plan.steps[index]
            if aside.aside and aside.parent in around and index not in around:
                return aside
        return None

    def _aside_allows(self, step: PlanStep, target: int, aside: PlanStep, place: Place, code: str) -> bool:
        """Rescue and finally read all of their group's steps and make no edge; only its loops stay closed."""
        chain = self.plan.ancestors(target)
        top = chain[: chain.index(aside.parent) + 1]
        inner = [index for index in top[:-1] if index != target and self.plan.steps[index].loops]
        if inner:
            self._refuse_loop(step, target, self.plan.steps[inner[-1]], place.span, code)
        return not inner

    def _refuse_inside(self, group: PlanStep, name: str, verb: str, place: Place, code: str) -> None:
        who = f'group "{group.id}"' if group.id else "the file"
        hint = "its own steps have not run by then; `outputs` reads them"
        self.problems.append(problem(code, f'{who} {verb} "{name}", which stands in it', place.span, hint))

    def _in_finally(self, target: int, step: int) -> bool:
        mine = self.plan.ancestors(step)
        return any(
            self.plan.steps[i].aside == "finally" for i in self.plan.ancestors(target) if i not in mine
        )

    def _siblings(self, step: int, target: int) -> tuple[int, int]:
        """The two children of the lowest common group that hold step and target; (-1, -1) when one holds the other."""
        mine = self.plan.ancestors(step)
        if target in mine:
            return -1, -1
        depth = {index: place for place, index in enumerate(mine)}
        theirs = target
        while self.plan.steps[theirs].parent not in depth:
            theirs = self.plan.steps[theirs].parent
        common = self.plan.steps[theirs].parent
        place = depth[common]
        return (mine[place - 1] if place else -1), theirs

    def _own_hint(self, verb: str, itself: bool) -> str:
        if verb == "needs":
            return "leave it out"
        return (
            "a step reads its own result only in undo"
            if itself
            else "read the steps of the group before this one"
        )

    def _loop_between(self, target: int, top: int) -> PlanStep | None:
        """The loop around `target` (at or below sibling `top`) that nobody outside may read into."""
        index = target
        while index != top:
            index = self.plan.steps[index].parent
            if self.plan.steps[index].loops:
                return self.plan.steps[index]
        return None

    def _refuse_loop(self, step: PlanStep, target: int, loop: PlanStep, span: Span, code: str) -> None:
        name = self.plan.steps[target].id
        verb = "needs" if code == "WF304" else "reads"
        message = f'step "{step.id}" {verb} "{name}", which stands inside the loop "{loop.id}"'
        hint = f"write step_{loop.id}_result: the list of what each item gave"
        self.problems.append(problem(code, message, span, hint if verb == "reads" else f'need "{loop.id}"'))

    def _mode_allows(
        self, step: PlanStep, mine: int, theirs: int, target: int, place: Place, code: str
    ) -> bool:
        group = self.plan.steps[self.plan.steps[mine].parent]
        name = self.plan.steps[target].id
        where = f'the group "{group.id}"' if group.id else "the file"
        verb = "needs" if code == "WF304" else "reads"
        if group.mode == "parallel":
            message = f'step "{step.id}" {verb} "{name}", but the steps of {where} run in parallel'
            self.problems.append(problem(code, message, place.span, 'did you mean "mode: dag"?'))
            return False
        if group.mode in ORDERED_MODES and self._position(theirs) > self._position(mine):
            message = f'step "{step.id}" {verb} "{name}", which comes later in {where} (mode: {group.mode})'
            later = "WF305" if code == "WF304" else code
            hint = f'move "{name}" up, or did you mean "mode: dag"?'
            self.problems.append(problem(later, message, place.span, hint))
            return False
        return True

    def _position(self, index: int) -> int:
        return self.plan.steps[index].position

    def _check_output(self, group: PlanStep, read: StepRead) -> None:
        """A group's outputs read its own steps (and whatever is around it): no edge, but no loop's inside."""
        chain = self.plan.ancestors(read.target)
        if group.index not in chain:
            self._edge(group, read.target, read.place, "WF403")
            return
        top = chain[chain.index(group.index) - 1] if read.target != group.index else -1
        if top == -1:
            message = f'the outputs of "{group.id}" read its own result'
            self.problems.append(problem("WF403", message, read.place.span, "read the results of its steps"))
        elif loop := self._loop_between(read.target, top):
            name = self.plan.steps[read.target].id
            message = f'an output reads "{name}", which stands inside the loop "{loop.id}"'
            self.problems.append(problem("WF403", message, read.place.span, f"write step_{loop.id}_result"))
