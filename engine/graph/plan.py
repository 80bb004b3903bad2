"""The Plan: what a run needs to know of a workflow, as plain data with integer step indexes.

Step 0 is the file itself (a group); the others follow in the order written, parents before children. Made once by
`compile`, never changed afterwards, shared by every run of the spec.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.refs import Expression, Template
from engine.spec import words
from engine.spec.rates import Rate
from engine.spec.toolspec import Declaration
from engine.spec.workflow import CacheSpec, ForeachSpec, Path, RepeatSpec, RetrySpec, Workflow


@dataclass(slots=True)
class PlanStep:
    """One step of the plan.

    `parent`, `children`, `needs`, `dependents` are step indexes; `needs` and `dependents` are siblings only: an edge from
    or to a deeper step joins the two siblings that hold them. `position` is the place among the parent's children.
    `with_`, `items`, `let` and `outputs` are compiled templates, `when` and `key` compiled expressions or literals.
    `reads` are the indexes of the steps whose results this step's own templates read, wherever they stand.
    """

    index: int
    id: str
    path: Path
    parent: int
    position: int
    is_group: bool = False
    tool: str | None = None
    operation: str | None = None
    mode: str = "sequential"
    match_first: bool = False
    concurrency: int | None = None
    children: list[int] = field(default_factory=list)
    needs: list[int] = field(default_factory=list)
    dependents: list[int] = field(default_factory=list)
    explicit_needs: list[int] = field(default_factory=list)
    reads: set[int] = field(default_factory=set)
    trigger_rule: str = "all_success"
    when: Expression | bool | None = None
    with_: Template | None = None
    takes: dict[str, Expression] = field(default_factory=dict)
    """Parameters that may be given as a stream of records: each is one plain path into what a step streams."""
    rest: Template | None = None
    """`with_` without those, where there are any."""
    gives: str | None = None
    """The member of its data that the step gives as a stream, since something takes it as one; empty: the whole."""
    flows_on: bool = False
    """Whether what it streams flows straight into the step after it in its pipeline: both are one stage."""
    flows_in: bool = False
    over_stream: bool = False
    """Whether the items of its loop are what a tool streams."""
    foreach: ForeachSpec | None = None
    items: Template | None = None
    repeat: RepeatSpec | None = None
    test: Expression | bool | None = None
    """The condition of a repeat, whichever of until and while it has."""
    key: Expression | None = None
    break_when: Expression | bool | None = None
    outputs: Template | None = None
    cache: CacheSpec | None = None
    cache_key: Template | None = None
    """What the author adds to the key under which a result is kept; None: nothing."""
    rate: Rate | None = None
    """Of the step's own calls, and of all inside it where it is a group."""
    retry: RetrySpec | None = None
    retry_written: bool = False
    """Whether the step itself says so; else it is the connection's, else the file's default."""
    timeout_seconds: float | None = None
    timeout_written: bool = False
    on_error: str = "fail"
    rescue: int | None = None
    finally_: int | None = None
    """Indexes of the groups that stand beside the body; not among `children`."""
    undo: int | None = None
    """Index of the call that takes the step back; not among `children`."""
    aside: str | None = None
    """`rescue` or `finally` when this is such a group, `undo` for such a call; its `parent` is the step it belongs to."""
    context: dict[str, Any] = field(default_factory=dict)
    priority: int = words.PRIORITIES.index("normal")
    """Place among `words.PRIORITIES`: 0 is the most urgent."""
    priority_written: bool = False
    """Whether it, or a group around it in its file, says so."""
    let: list[tuple[str, Template]] = field(default_factory=list)
    let_names: list[str] = field(default_factory=list)
    description: str | None = None
    declaration: Declaration | None = None
    waits: bool = False
    """Whether the step is no call but a wait for a time or a signal."""
    connection: str | None = None
    """The configured connection the step's `tool` names; None for a tool used as it is."""
    workflow: str | None = None
    """The workflow the step calls, as it is written; `callee` is its plan, None where it could not be made."""
    callee: Plan | None = None
    space: int = 0
    """Whose names the step's references read: its place among the plan's `spaces`."""
    called: bool = False
    """Whether this is the file of a sub-workflow, put below the step that calls it (`link`)."""

    @property
    def loops(self) -> bool:
        """Whether the step's body runs several times."""
        return self.foreach is not None or self.repeat is not None


@dataclass(slots=True)
class Space:
    """One namespace of a linked plan: a file, or one call of a sub-workflow. `root` is the index of its file."""

    workflow: Workflow
    by_id: dict[str, int]
    root: int = 0
    label: str = ""
    """Of the workflow's plan; empty for the file itself."""


@dataclass(slots=True)
class Plan:
    """A compiled workflow. The plan of one file; `link` makes of it the plan of a run, sub-workflows in their places.

    `label` is what the workflow is called by: a path or a name. `connections` are the settings of those of its steps'
    connections that do not come from the project.
    """

    workflow: Workflow
    steps: list[PlanStep]
    by_id: dict[str, int]
    inputs_read: set[str] = field(default_factory=set)
    """Names of the inputs that some reference reads; `*` when one reads all of them."""
    label: str = ""
    connections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    spaces: list[Space] = field(default_factory=list)
    size: int = 0
    """Steps of the linked plan: those of the file and of every workflow called, once per call."""
    depth: int = 1
    """How many workflows deep the calls go, this one counted."""

    def __post_init__(self) -> None:
        self.spaces = self.spaces or [Space(self.workflow, self.by_id)]

    @property
    def root(self) -> PlanStep:
        return self.steps[0]

    def ancestors(self, index: int) -> list[int]:
        """The step itself, its group, the group around that … down to the file (0)."""
        chain = [index]
        while index != 0:
            index = self.steps[index].parent
            chain.append(index)
        return chain

    def beside(self, index: int) -> bool:
        """Whether a step is a rescue or finally, or stands in one."""
        return any(self.steps[around].aside for around in self.ancestors(index))

    def downstream_of(self, steps: Iterable[str]) -> frozenset[int]:
        """The steps of these ids, and everything that depends on them."""
        return frozenset().union(*(self.downstream(self.by_id[step]) for step in steps))

    def downstream(self, index: int) -> frozenset[int]:
        """A step and everything that depends on it: what it holds, who needs it or a group around it, what those hold."""
        found: set[int] = set()
        stack = [index]
        while stack:
            at = stack.pop()
            if at in found:
                continue
            found.add(at)
            step = self.steps[at]
            beside = (step.rescue, step.finally_, step.undo)
            stack += [*step.children, *step.dependents, *(one for one in beside if one is not None)]
            if step.flows_in:  # what flowed into it was not kept
                stack.append(self.steps[step.parent].children[step.position - 1])
        around = self.ancestors(index)[1:-1]
        needed = [dependent for one in around for dependent in self.steps[one].dependents]
        return frozenset(found.union(*(self.downstream(one) for one in needed)))

    def order(self) -> list[int]:
        """Step indexes (without 0) such that every step stands after what it needs and after its group."""
        out: list[int] = []
        stack = [0]
        while stack:
            group = stack.pop()
            if group:
                out.append(group)
            beside = [
                aside for aside in (self.steps[group].rescue, self.steps[group].finally_) if aside is not None
            ]
            stack.extend(reversed([*sorted_children(self, group), *beside]))
        return out


def sorted_children(plan: Plan, group: int) -> list[int]:
    """A group's children, each after those it needs, else in the order written (Kahn's algorithm)."""
    children = plan.steps[group].children
    if plan.steps[group].mode != "dag":
        return children
    open_needs = {child: len(plan.steps[child].needs) for child in children}
    ready = [child for child in children if not open_needs[child]]
    out: list[int] = []
    for child in ready:  # grows while it is walked
        out.append(child)
        for dependent in plan.steps[child].dependents:
            open_needs[dependent] -= 1
            if not open_needs[dependent]:
                ready.append(dependent)
    return out
