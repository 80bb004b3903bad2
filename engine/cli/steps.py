"""What a face knows of the steps of a spec while it runs: tool, nesting, parameters as written, place in the file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.app.checking import Checked
from engine.cli.instances import callers, is_iteration, step_id
from engine.cli.wording import HANDLED
from engine.graph.names import call_name
from engine.graph.plan import Plan, PlanStep

NAME_WIDTH_MIN, NAME_WIDTH_MAX = 12, 32
TOOL_WIDTH_MAX = 18
STATE_WIDTH = 10
NUMBER_ROOM, KEY_ROOM = len("[9]"), len('["key"]')
"""What the name of a short loop's item is longer by, until its items are known."""


class Steps:
    """Looks up steps by the path of an instance. Knows nothing until `know` was called; every answer has a default."""

    def __init__(self, checked: Checked | None = None) -> None:
        self._checked: Checked | None = None
        self._plan: Plan | None = None
        self.name_width, self.tool_width, self.state_width = 24, 0, STATE_WIDTH
        self.total = 0
        self._below: dict[int, int] = {}
        if checked is not None:
            self.know(checked)

    def know(self, checked: Checked) -> None:
        """Learn the steps of a checked spec."""
        if checked.plan is None:
            return
        self._checked, plan = checked, checked.linked if checked.good else checked.plan
        self._plan = plan
        self._below = {}
        shown = [step for step in plan.steps[1:] if not self._inside_loop(plan, step)]
        self.name_width = NAME_WIDTH_MIN
        self.widen(self._room(plan, step) for step in plan.steps[1:])
        if any(step.on_error == "continue" for step in plan.steps[1:]):
            self.state_width = len(HANDLED["failed"])
        self.tool_width = min(TOOL_WIDTH_MAX, max((len(tool_of(step)) for step in plan.steps[1:]), default=0))
        self.total = sum(1 for step in shown if self._counts(step))

    def widen(self, widths: Iterable[int]) -> None:
        """Let names of these widths stand in the column, as far as one can be wide."""
        self.name_width = min(NAME_WIDTH_MAX, max([self.name_width, *widths]))

    @staticmethod
    def _room(plan: Plan, step: PlanStep) -> int:
        """The width of a step's path, with what items of the loops around it and of itself add."""
        around = [plan.steps[index] for index in plan.ancestors(step.index)[:-1]]
        around = [one for one in around if not one.called]
        keys = sum((NUMBER_ROOM if one.key is None else KEY_ROOM) for one in around if one.loops)
        return sum(len(one.id) + 1 for one in around) - 1 + keys

    def room_below(self, path: str) -> int:
        """What the names of the steps inside a loop are longer by than those of its items."""
        loop, plan = self.find(path), self._plan
        if loop is None or plan is None:
            return 0
        if loop.index not in self._below:
            inside = (one for one in plan.steps if loop.index in plan.ancestors(one.index))
            longest = max(self._room(plan, one) for one in inside)
            self._below[loop.index] = longest - self._room(plan, loop)
        return self._below[loop.index]

    def outcome(self, path: str, status: str) -> str:
        """The status as it is told: a failure that `on_error: continue` deals with is no plain one."""
        step = self.find(path)
        handled = step is not None and step.on_error == "continue" and not is_iteration(path)
        return HANDLED.get(status, status) if handled else status

    def is_counted(self, path: str) -> bool:
        """Whether an instance outside of loops counts as a step of its own: groups do not, loops do."""
        step = self.find(path)
        return step is None or self._counts(step)

    @staticmethod
    def _counts(step: PlanStep) -> bool:
        return (not step.is_group or step.loops or step.callee is not None) and not step.called

    @staticmethod
    def _inside_loop(plan: Plan, step: PlanStep) -> bool:
        return any(plan.steps[index].loops for index in plan.ancestors(step.index)[1:])

    def find(self, path: str) -> PlanStep | None:
        """The plan's step of an instance."""
        if self._plan is None:
            return None
        names = self._plan.by_id
        for caller in callers(path) if len(self._plan.spaces) > 1 else ():
            index = names.get(caller)
            if index is not None and self._plan.steps[index].callee is not None:
                inner = self._plan.steps[self._plan.steps[index].children[0]].space
                names = self._plan.spaces[inner].by_id
        index = names.get(step_id(path))
        return None if index is None else self._plan.steps[index]

    def tool(self, path: str) -> str:
        """`sql.query`, `group`, `loop of sql.query` …; empty where nothing is known."""
        step = self.find(path)
        return "" if step is None else tool_of(step)

    def noun(self, path: str) -> str:
        """What the loop is made of: `item` or, of a repeat, `iteration`."""
        step = self.find(path)
        return "iteration" if step is not None and step.repeat is not None else "item"

    def ends_by_settling(self, path: str) -> bool | None:
        """Whether the instance is a group or a loop, whose end is told by StepSettled; None: unknown."""
        step = self.find(path)
        if step is None:
            return None
        return step.is_group or (step.loops and not path.endswith("]"))

    def attempts(self, path: str) -> int | None:
        """How many attempts the step may have; None without a policy."""
        step = self.find(path)
        return None if step is None or step.retry is None else step.retry.attempts

    def place(self, path: str) -> tuple[str, int] | None:
        """The file and line where the step is written."""
        step = self.find(path)
        if step is None or self._checked is None or self._checked.tree is None or self._plan is None:
            return None
        label = self._plan.spaces[step.space].label
        span = (self._checked.trees[label] if label else self._checked.tree).span(step.path)
        return span.file, span.line

    def parameters(self, path: str) -> Any:
        """The step's parameters, where they hold no references: such are not recorded with its start."""
        step = self.find(path)
        if step is None or step.with_ is None or not step.with_.constant:
            return None
        return step.with_.resolve(_nothing)


def tool_of(step: PlanStep) -> str:
    """`sql.query`, `echo` for a tool with one operation of its own name, `group` for a group."""
    if step.workflow is not None:
        return "workflow"
    if step.is_group:
        return "group"
    return call_name(step)


def _nothing(name: str) -> Any:
    raise KeyError(name)
