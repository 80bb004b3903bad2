"""A tiny outside for the machine: answers its wishes in a random order and keeps the facts as the journal would.

Everything random comes from one seeded generator, so an example is its workflow and its seed. After every fact
the world looks at the whole run and checks what has to hold (`check`). `rows` are the journal's events;
`snapshots` the state of the run after each of them.
"""

from __future__ import annotations

import json
import random
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from engine.app.checking import check_text
from engine.execute.replay import replay, running_calls
from engine.graph.plan import Plan, PlanStep
from engine.journal import Event
from engine.machine import (
    Answered,
    Await,
    BreakTested,
    CancelRequested,
    CancelStep,
    Conclude,
    Evaluate,
    Finish,
    Instance,
    Judge,
    ListMore,
    LoopExpanded,
    Reopened,
    RunStarted,
    RunState,
    Settled,
    StartStep,
    Status,
    StepCancelled,
    StepFailed,
    StepInterrupted,
    StepLost,
    StepStarted,
    StepSucceeded,
    TestBreak,
    TimedOut,
    TimerFired,
    WakeAt,
    Wish,
    advance,
    outstanding,
)
from engine.machine.run import ASKED_FOR, NO_STREAM, STREAM_ENDED
from engine.machine.status import FAILURE, SUCCESS

ORDERED = ("sequential", "conditional", "pipeline")
RULES = ("all_success", "none_failed", "all_done", "one_success", "one_failed", "all_failed")
ERROR = {"type": "failed", "code": None, "message": "by the dice", "hint": None}
_EXPECTED = {
    Evaluate: (Status.ASKED, Status.LISTING, Status.TESTING),
    StartStep: (Status.READY,),
    ListMore: (Status.RUNNING,),
    Judge: (Status.JUDGED,),
    Conclude: (Status.CONCLUDING,),
    WakeAt: (Status.WAITING,),
    CancelStep: (Status.RUNNING,),
    Await: (Status.SLEEPING,),
}


def plan_of(spec: dict[str, Any]) -> Plan:
    """The plan of a workflow given as a mapping; it must be free of errors."""
    checked = check_text(json.dumps({"weft": 1, "name": "generated", **spec}), "generated.json", "json")
    assert checked.good, [(d.code, d.message) for d in checked.diagnostics.errors]
    if spec.get("x-streams"):
        _join(checked.linked)
    return checked.linked


def _join(plan: Plan) -> None:
    """Let records flow through every pipeline of plain calls, as tools that stream would."""
    for step in plan.steps:
        before = (
            plan.steps[plan.steps[step.parent].children[step.position - 1]] if step.position > 0 else None
        )
        if (
            before is not None
            and plan.steps[step.parent].mode == "pipeline"
            and all(map(_plain, (before, step)))
        ):
            before.flows_on = step.flows_in = True


def _plain(step: PlanStep) -> bool:
    asides = (step.rescue, step.finally_, step.undo)
    usual = step.on_error == "fail" and step.trigger_rule == "all_success"
    wordless = not (step.is_group or step.loops or step.needs or step.waits or step.callee)
    return usual and wordless and step.when is None and asides == (None, None, None)


# -- generated workflows -------------------------------------------------------------------------------------


@st.composite
def workflows(draw: st.DrawFn) -> dict[str, Any]:
    """A file of any mode, groups nested to depth 3, every modifier the machine knows."""
    counter = iter(range(1, 10_000))
    spec = _group(draw, counter, depth=3)
    spec["inputs"] = {"go": {"type": "boolean", "default": True}}
    if draw(st.booleans()):
        spec["timeout"] = "1h"
    for aside in ("rescue", "finally"):
        if draw(_rarely):
            spec[aside] = [_step(draw, counter, 1) for _ in range(draw(st.integers(1, 2)))]
    spec["workflows"] = _CALLED
    return spec


_GO: dict[str, Any] = {"go": {"type": "boolean", "default": True}}
_CALLED: dict[str, Any] = {
    "inner": {
        "inputs": _GO,
        "mode": "dag",
        "steps": [
            {"id": "a", "tool": "echo", "undo": {"tool": "echo"}},
            {"id": "b", "tool": "echo", "when": "inputs.go"},
        ],
        "outputs": {"done": True},
    },
    "outer": {
        "inputs": _GO,
        "timeout": "1h",
        "steps": [
            {"id": "a", "workflow": "inner", "retry": {"attempts": 2, "delay": "1ms"}},
            {"id": "b", "foreach": [1, 2], "workflow": "inner", "on_error": "continue"},
        ],
        "rescue": [{"id": "c", "tool": "echo"}],
        "finally": [{"id": "d", "tool": "echo"}],
    },
}
"""What generated steps may call: a plain workflow, and one that calls it, with a rescue and a finally of its own."""


def _group(draw: st.DrawFn, counter: Any, depth: int) -> dict[str, Any]:
    mode = draw(st.sampled_from(("dag", "sequential", "parallel", "conditional", "pipeline")))
    group: dict[str, Any] = {"mode": mode, "steps": []}
    if mode == "conditional" and draw(st.booleans()):
        group["match"] = "first"
    if draw(_rarely):
        group["outputs"] = {"done": True}
    ids: list[str] = []
    for _ in range(draw(st.integers(1, 4 if depth == 3 else 3))):
        step = _step(draw, counter, depth)
        if mode != "parallel" and ids:
            step["needs"] = draw(st.lists(st.sampled_from(ids), unique=True, max_size=3))
        ids.append(step["id"])
        group["steps"].append(step)
    if mode == "dag":
        draw(st.randoms(use_true_random=False)).shuffle(group["steps"])
    return group


_rarely = st.sampled_from((False, False, False, True))


def _step(draw: st.DrawFn, counter: Any, depth: int) -> dict[str, Any]:
    step: dict[str, Any] = {"id": f"s{next(counter)}"}
    if depth > 0 and draw(_rarely):
        step |= _group(draw, counter, depth - 1)
        if draw(_rarely):
            step["timeout"] = "1h"
    elif draw(_rarely):
        step["workflow"] = draw(st.sampled_from(("inner", "outer")))
        if draw(_rarely):
            step["timeout"] = "1h"
    elif draw(_rarely):
        step |= {"tool": "wait", "with": {"signal": "go"}}
    else:
        step["tool"] = "echo"
    if draw(_rarely):
        step["when"] = "inputs.go"
    if draw(st.booleans()):
        step["trigger_rule"] = draw(st.sampled_from(RULES))
    if draw(_rarely):
        step["undo"] = {"tool": "echo", "retry": {"attempts": draw(st.integers(1, 2)), "delay": "1ms"}}
    if draw(_rarely):
        step["retry"] = {"attempts": draw(st.integers(1, 3)), "delay": "1ms"}
    step["on_error"] = draw(st.sampled_from(("fail", "fail", "continue", "continue", "stop")))
    if draw(_rarely):
        tolerate = draw(st.sampled_from((0, 1, "50%")))
        step["foreach"] = {"in": [1, 2, 3, 4], "concurrency": draw(st.integers(1, 3)), "tolerate": tolerate}
        if draw(st.booleans()):
            step["foreach"]["break_when"] = "inputs.go"
    elif draw(_rarely):
        step["repeat"] = {
            draw(st.sampled_from(("until", "while"))): "inputs.go",
            "max": draw(st.integers(1, 3)),
        }
        if draw(st.booleans()):
            step["repeat"]["every"] = "1ms"
    for aside in ("rescue", "finally"):
        if depth > 1 and draw(_rarely):
            step[aside] = [_step(draw, counter, depth - 2) for _ in range(draw(st.integers(1, 2)))]
    return step


# -- the outside ---------------------------------------------------------------------------------------------


@dataclass
class Chances:
    """How likely what goes wrong is, each time the world makes a move or a call ends."""

    failure: float = 0.3
    skip: float = 0.3
    group_timeout: float = 0.02
    cancel: float = 0.01
    crash: float = 0.03
    interrupt: float = 0.02
    bad_evaluation: float = 0.05
    unmet: float = 0.5
    breaks: float = 0.2
    reopen: float = 0.5


CALM = Chances(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass
class World:
    """One run and its outside. `drive()` brings it to its end."""

    plan: Plan
    dice: random.Random
    chances: Chances = field(default_factory=Chances)
    rows: list[Event] = field(default_factory=list)
    snapshots: dict[int, Any] = field(default_factory=dict)
    starts: list[str] = field(default_factory=list)
    finished: str | None = None

    def __post_init__(self) -> None:
        self.run = RunState(self.plan)
        self.todo: list[Wish] = []
        self.answers: dict[Instance, bool] = {}
        self.before: dict[Instance, Status] = {}
        self.settled_under: dict[Instance, int] = {}
        self.succeeded: set[str] = set()
        self.crashes = self.reopened = 0
        self.resumed = False

    # -- life

    def begin(self) -> None:
        self.take(advance(self.run, RunStarted(self.run.root)))

    def drive(self) -> str:
        """Make moves until the machine says Finish, through a few attempts of the run; returns its last status."""
        self.attempt_to_its_end()
        while self.reopened < 2 and self.dice.random() < self.chances.reopen:
            self.reopen()
            self.attempt_to_its_end()
        return self.finished or ""

    def attempt_to_its_end(self) -> None:
        moves = 0
        while self.finished is None:
            moves += 1
            assert moves < 20_000, f"does not come to an end: {self.run.root!r}"
            self.move()
        left = [wish for wish in self.todo if self.valid(wish)]
        assert not left, f"wished for after the end: {left}"
        assert all(i.status.settled for i in instances(self.run)), "something is not settled at the end"
        undone = [i for i in instances(self.run) if i.undone]
        assert not undone or self.finished != "succeeded", f"undone in a run that succeeded: {undone}"

    def reopen(self) -> None:
        """The next attempt of the run, now and then from a step that had succeeded."""
        self.reopened += 1
        named = [step for step in self.plan.by_id if self.dice.random() < 0.1]
        self.finished = None
        self.todo.clear()
        self.before.clear()
        self.answers.clear()
        self.settled_under.clear()
        self.resumed = True
        self.row("RunReopened", self.run.root, {"attempt": self.reopened + 1, "from": named})
        told = len(self.rows)
        self.take(advance(self.run, Reopened(self.run.root, self.plan.downstream_of(named))))
        self.succeeded = {
            i.path for i in instances(self.run) if i.status is Status.SUCCEEDED and i.outcome == SUCCESS
        }
        start = self.todo.pop()
        assert isinstance(start, StartStep)
        self.take(advance(self.run, StepStarted(self.run.root)))  # the row of the reopening stands for it
        self.look(told)

    def move(self) -> None:
        dice, chances = self.dice, self.chances
        if self.rows and not self.run.cancelled and dice.random() < chances.cancel:
            self.tell(CancelRequested(self.run.root), "CancelRequested", {"reason": "test"})
            return
        if self.rows and self.crashes < 4 and dice.random() < chances.crash:
            self.crash()
            return
        if self.rows and self.crashes < 4 and dice.random() < chances.interrupt:
            self.interrupt()
            return
        timed = [i for i in self.limited() if dice.random() < chances.group_timeout]
        if timed:
            self.tell(TimedOut(timed[0]), "StepTimedOut", {})
            return
        choices: list[Any] = [wish for wish in self.todo if self.valid(wish)]
        cancels = {wish.at for wish in choices if isinstance(wish, CancelStep)}
        self.todo = list(choices)
        choices += self.what_may_come(cancels)
        assert choices, (
            f"stuck: nothing to do and not finished; {[i for i in instances(self.run) if not i.status.settled]}"
        )
        chosen = dice.choice(choices)
        if isinstance(chosen, (*_EXPECTED, TestBreak)):
            self.todo.remove(chosen)
            self.perform(chosen)
        else:
            self.comes(chosen)

    def what_may_come(self, cancels: set[Instance]) -> list[Any]:
        """What may happen beside the wishes: each call under way, but those about to be cancelled, may end."""
        return [i for i in running_calls(self.run) if i not in cancels]

    def comes(self, chosen: Any) -> None:
        self.end_call(chosen)

    def limited(self) -> list[Instance]:
        groups = [
            i for i in instances(self.run) if i.plan.is_group and not i.is_loop and i.plan.timeout_seconds
        ]
        return [i for i in groups if i.status is Status.RUNNING]

    @staticmethod
    def valid(wish: Any) -> bool:
        if isinstance(wish, TestBreak):
            return wish.at.asked
        return wish.at.status in _EXPECTED[type(wish)]

    def crash(self) -> None:
        """The process dies: what it knew is what the journal says. Calls found running are lost."""
        self.crashes += 1
        self.run = replay(self.plan, self.rows)
        self.resume_with(lambda call: (StepLost(call), "StepLost"))

    def interrupt(self) -> None:
        """A signal: calls are stopped and recorded as interrupted, then another process takes over."""
        self.crashes += 1
        for call in running_calls(self.run):
            self.tell(StepInterrupted(call), "StepInterrupted", {}, call.attempt)
        if self.finished is None:
            self.run = replay(self.plan, self.rows)
            self.resume_with(lambda call: (StepLost(call), "StepLost"))

    def resume_with(self, fact: Any) -> None:
        self.resumed = True
        self.todo.clear()
        self.answers.clear()
        self.before.clear()
        self.settled_under.clear()
        for call in running_calls(self.run):
            event, kind = fact(call)
            self.row(kind, call, {}, call.attempt)
            advance(self.run, event)
            self.look(len(self.rows))
        self.take(outstanding(self.run))

    # -- facts

    def row(
        self, kind: str, at: Instance | None, payload: dict[str, Any], attempt: int | None = None
    ) -> None:
        path = at.path if at is not None and at.parent is not None else None
        self.rows.append(Event("r", len(self.rows) + 1, float(len(self.rows)), kind, path, attempt, payload))

    def tell(
        self, event: Any, kind: str | None, payload: dict[str, Any] | None = None, attempt: int | None = None
    ) -> None:
        if kind is not None:
            self.row(kind, event.at, payload or {}, attempt)
        told = len(self.rows)
        self.take(advance(self.run, event))
        self.look(told)

    def look(self, told: int) -> None:
        root = self.run.root
        concluded = root.plan.outputs is not None and root.plan.finally_ is None and root.rescue is None
        if root.status is not Status.SUCCEEDED or not concluded:
            self.snapshots[told] = snapshot(self.run)  # that the outputs are there is RunFinished's to tell
        check(self)

    def take(self, wishes: list[Wish]) -> None:
        for wish in wishes:
            assert self.finished is None, f"wished for after Finish: {wish}"
            if isinstance(wish, Finish):
                self.finished = wish.status
            elif isinstance(wish, Settled):
                self.settled(wish.at)
            else:
                self.todo.append(wish)

    def settled(self, instance: Instance) -> None:
        if instance.parent is None or instance.plan.aside:
            return
        if instance.status is Status.SKIPPED:
            if self.answers.get(instance) is not False:
                self.row("StepSkipped", instance, {"reason": instance.reason})
        elif instance.is_loop or instance.plan.is_group:
            self.row("StepSettled", instance, {"status": instance.status.shown})

    # -- wishes

    def perform(self, wish: Any) -> None:
        at: Instance = wish.at
        if isinstance(wish, Evaluate):
            self.evaluate(wish)
        elif isinstance(wish, TestBreak):
            self.test_break(at)
        elif isinstance(wish, ListMore):
            self.list_more(at)
        elif isinstance(wish, Await):
            self.end_call(at)
        elif isinstance(wish, StartStep):
            self.start(at)
        elif isinstance(wish, Judge):
            self.fail(at, wish.error, wish.timed_out)
        elif isinstance(wish, Conclude):
            if self.dice.random() < self.chances.bad_evaluation:
                error = {**ERROR, "type": "evaluation", "code": "outputs"}
                self.tell(StepFailed(at, error), "StepFailed", {"error": error}, at.attempt)
            else:
                self.succeed(at)
        elif isinstance(wish, WakeAt):
            self.tell(TimerFired(at), None)
        else:
            self.end_cancelled(at)

    def evaluate(self, wish: Evaluate) -> None:
        at = wish.at
        answered = {"answer": True} if self.answers.get(at) else {}
        if self.dice.random() < self.chances.bad_evaluation:
            self.tell(StepFailed(at, ERROR), "StepFailed", {"error": ERROR, **answered})
        elif wish.what == "test":
            ends = self.dice.random() >= self.chances.unmet
            answer = ends == (at.plan.repeat.while_ is None)
            self.tell(Answered(at, answer), "LoopTested", {"answer": answer})
        elif wish.what == "items" and at.plan.repeat is not None:
            self.tell(LoopExpanded(at, 0), "LoopExpanded", answered)
        elif wish.what == "items":
            size = self.dice.randint(0, 4)
            keys = [f"k{n}" for n in range(size)] if self.dice.random() < 0.5 else None
            if at.expanded >= 0:  # items are evaluated once in the life of an instance
                size, keys = at.expanded, at.keys
            more = self.dice.choice((None, None, True, False)) if at.expanded < 0 else _more(at)
            streamed = {"size": size, "more": more} if more is not None else {}
            payload = {"items": list(range(size)), **({"keys": keys} if keys is not None else {}), **streamed}
            self.tell(LoopExpanded(at, size, keys, more), "LoopExpanded", {**payload, **answered})
        elif self.dice.random() < self.chances.skip:
            self.answers[at] = False
            self.tell(Answered(at, False), "StepSkipped", {"reason": "condition is false", "answer": False})
        else:
            self.answers[at] = True
            self.tell(Answered(at, True), None)

    def list_more(self, at: Instance) -> None:
        """The next batch of a stream: empty perhaps, the last perhaps, or one that cannot be told."""
        first = at.expanded
        if self.dice.random() < self.chances.bad_evaluation:
            payload: dict[str, Any] = {"size": first, "more": False, "error": ERROR}
            self.tell(LoopExpanded(at, first, None, False, ERROR), "LoopExpanded", payload)
            return
        size = first + self.dice.randint(0, 2)
        keys = [f"k{n}" for n in range(first, size)] if at.keys else None
        more = self.dice.random() < 0.5
        payload = {"size": size, "more": more, **({"keys": keys} if keys is not None else {})}
        self.tell(LoopExpanded(at, size, keys, more), "LoopExpanded", payload)

    def test_break(self, at: Instance) -> None:
        error = ERROR if self.dice.random() < self.chances.bad_evaluation else None
        answer = error is None and self.dice.random() < self.chances.breaks
        payload = {"answer": answer, **({"error": error} if error else {})}
        self.tell(BreakTested(at, answer, error), "LoopTested", payload)

    def start(self, at: Instance) -> None:
        answered = {"answer": True} if self.answers.get(at) else {}
        if not at.plan.is_group and self.dice.random() < self.chances.bad_evaluation:
            self.tell(StepFailed(at, ERROR), "StepFailed", {"error": ERROR, **answered}, at.attempt or None)
            return
        may_start(self, at)
        self.starts.append(at.path)
        self.tell(
            StepStarted(at), "RunCreated" if at.parent is None else "StepStarted", answered, at.attempt + 1
        )

    def end_call(self, at: Instance) -> None:
        if self.dice.random() < self.chances.failure:
            self.fail(at, ERROR, self.dice.random() < 0.3)
        else:
            self.succeed(at)

    def end_cancelled(self, at: Instance) -> None:
        roll = self.dice.random()
        if roll < 0.7:
            self.tell(StepCancelled(at), "StepCancelled", {"reason": at.cut}, at.attempt)
        else:
            self.end_call(at)

    def succeed(self, at: Instance) -> None:
        self.succeeded.add(at.path)
        if at.parent is None:
            self.tell(StepSucceeded(at), "RunConcluded" if at.plan.finally_ is not None else None)
        else:
            self.tell(StepSucceeded(at), "StepSucceeded", {"data": None}, at.attempt)

    def fail(self, at: Instance, error: dict[str, Any], timed_out: bool) -> None:
        retry = at.plan.retry
        again = None
        if (
            retry is not None
            and not at.cut_from_outside
            and at.tries < retry.attempts
            and self.dice.random() < 0.8
        ):
            again = 0.5
        payload: dict[str, Any] = {"error": error}
        if again is not None:
            payload |= {"retry_in": again, "retry_at": 1.0}
        if timed_out:
            payload["timed_out"] = True
        self.tell(StepFailed(at, error, again, timed_out), "StepFailed", payload, at.attempt)


# -- what has to hold ----------------------------------------------------------------------------------------


def _more(loop: Instance) -> bool | None:
    """Of a loop that has listed items before: whether more of its stream are to come."""
    return None if loop.stream == NO_STREAM else loop.stream != STREAM_ENDED


def instances(run: RunState) -> list[Instance]:
    """Every instance of a run, parents first."""
    out = [run.root]
    for instance in out:
        out.extend(instance.parts)
    return out


def at_the_end(at: Instance) -> bool:
    """Whether an instance is an undo, a finally, or stands in one: nothing cuts it."""
    node: Instance | None = at
    while node is not None and node.plan.aside not in ("finally", "undo"):
        node = node.parent
    return node is not None


def may_start(world: World, at: Instance) -> None:
    """What the contract asks of the moment a step starts."""
    if not at_the_end(at):
        assert not world.run.cancelled, f"{at!r} starts after the cancel"
        assert not world.run.stopped, f"{at!r} starts after a stop"
    assert at.path not in world.succeeded, f"{at!r} starts again after its success"
    parent = at.parent
    if parent is None:
        return
    if at.plan.aside:
        if at.plan.aside == "undo":
            assert world.run.root.status is Status.UNDOING, f"{at!r} starts while {world.run.root!r}"
            assert world.run.undoing is at, f"{at!r} starts beside {world.run.undoing!r}"
            return
        turn = Status.RESCUING if at.plan.aside == "rescue" else Status.FINISHING
        assert parent.status is turn, f"{at!r} starts while {parent!r}"
        assert all(kid.status.settled for kid in parent.kids or ()), (
            f"{at!r} starts before the body has ended"
        )
        return
    assert parent.status is Status.RUNNING, f"{at!r} starts while {parent!r}"
    assert parent.cut is None, f"{at!r} starts in a tree that is being ended"
    if at.number >= 0:
        return
    kids = parent.kids or []
    if parent.plan.mode in ORDERED:
        turn_of = at.plan.position
        while kids[turn_of].plan.flows_in:
            turn_of -= 1
        assert all(kid.status.settled for kid in kids[:turn_of]), f"{at!r} starts out of its turn"
    needs = [kids[world.plan.steps[need].position] for need in at.plan.needs]
    outcomes = [need.outcome for need in needs if need.status.settled]
    rule = at.plan.trigger_rule
    if rule == "one_success" and needs:
        settled = len(outcomes) == len(needs)
        assert SUCCESS in outcomes or (settled and FAILURE not in outcomes and not outcomes), (
            f"{at!r} starts early"
        )
    elif rule == "one_failed":
        assert FAILURE in outcomes, f"{at!r} starts without a failure"
    else:
        assert len(outcomes) == len(needs), f"{at!r} starts before what it needs is settled"


def check(world: World) -> None:
    """The invariants that hold after every fact."""
    run = world.run
    assert not run.worklist
    for instance in instances(run):
        _check_life(world, instance)
        if instance.kids is not None and instance.status is Status.RUNNING:
            (_check_loop if instance.is_loop else _check_group)(run, instance)
        if instance.cut_from_outside:
            waits = (Status.PENDING, Status.ASKED, Status.LISTING, Status.READY, Status.WAITING)
            assert instance.status not in waits, (
                f"{instance!r} waits though it is being ended ({instance.cut})"
            )
        assert (instance.outcome >= 0) == instance.status.settled, f"{instance!r} outcome {instance.outcome}"


def _check_life(world: World, instance: Instance) -> None:
    before = world.before.get(instance)
    around = _attempts_around(instance)
    if before is not None and before.settled and instance.status is not before:
        assert before is not Status.SUCCEEDED, f"{instance!r} left its success"
        again = around > world.settled_under[instance]
        assert again, (
            f"{instance!r} came back to life from {before.name}, though no group around it began again"
        )
    if instance.status.settled and (before is None or not before.settled):
        first_seen = before is None and world.resumed  # what a journal brought back may have settled long ago
        world.settled_under[instance] = -1 if first_seen else around
    world.before[instance] = instance.status
    assert 0 <= instance.tries <= instance.attempt
    if instance.plan.retry is not None:
        assert instance.tries <= instance.plan.retry.attempts, f"{instance!r} tried {instance.tries} times"


def _attempts_around(instance: Instance) -> int:
    total, node = 0, instance.parent
    while node is not None:
        total, node = total + node.attempt, node.parent
    return total


def _check_group(run: RunState, group: Instance) -> None:
    kids = group.kids or []
    assert group.open == sum(not kid.status.settled for kid in kids) > 0, f"{group!r} open {group.open}"
    assert group.failures == sum(kid.outcome == FAILURE for kid in kids), (
        f"{group!r} failures {group.failures}"
    )
    for kid in kids:
        if kid.status is not Status.PENDING:
            continue
        needs = [kids[run.plan.steps[need].position] for need in kid.plan.needs]
        outcomes = [need.outcome for need in needs]
        counted = [outcomes.count(-1), outcomes.count(SUCCESS), outcomes.count(1), outcomes.count(FAILURE)]
        assert [kid.left, kid.succeeded, kid.skipped, kid.failed] == counted, f"{kid!r} counts wrongly"


def _check_loop(run: RunState, loop: Instance) -> None:
    if loop.plan.repeat is not None:
        begun = (loop.kids or [])[loop.cursor :]
        assert len(begun) <= loop.plan.repeat.max, f"{loop!r} began {len(begun)} iterations"
        assert loop.open == sum(not kid.status.settled for kid in begun) == 1, f"{loop!r} open {loop.open}"
        assert all(kid.outcome == SUCCESS for kid in begun[:-1]), f"{loop!r} went on after a failure"
        return
    foreach, begun = loop.plan.foreach, (loop.kids or [])[: loop.cursor]
    assert foreach is not None
    open_ = sum(not kid.status.settled or kid.asked for kid in begun)
    assert loop.open == open_, f"{loop!r} open {loop.open}"
    assert open_ > 0 or loop.stream == ASKED_FOR, f"{loop!r} waits for nothing"
    assert loop.open <= (foreach.concurrency or loop.expanded), f"{loop!r} has {loop.open} items under way"
    failed = [kid for kid in begun if kid.outcome == FAILURE and not kid.asked]
    counted = [kid for kid in failed if kid.status is not Status.CANCELLED]
    assert loop.failures == len(counted), f"{loop!r} failures {loop.failures}"


_STATE = [
    "asked",
    "attempt",
    "tries",
    "lost",
    "outcome",
    "handled",
    "cut",
    "cause",
    "reason",
    "error",
    "open",
    "cursor",
    "failures",
    "expanded",
    "stream",
    "keys",
]


def snapshot(run: RunState) -> Any:
    """The state of a run as plain values.

    What no journal row tells apart is one value: a condition answered true, a wait that is over. Both come to
    light with the start that follows.
    """
    told = {}
    for instance in instances(run):
        status = instance.status.name
        starting = (Status.ASKED, Status.LISTING, Status.READY)
        if instance.status in starting and instance.plan.when is not None and instance.number < 0:
            status = "STARTING"
        paused = instance.number > 0 and instance.plan.repeat is not None
        if instance.status in (Status.READY, Status.WAITING) and (instance.attempt or paused):
            status = "AGAIN"
        if status in ("STARTING", "AGAIN") and instance.plan.when is not None and instance.attempt:
            status = "STARTING OR AGAIN"
        counts = (instance.left, instance.succeeded, instance.skipped, instance.failed)
        told[instance.path] = (status, counts, *(copy(getattr(instance, name)) for name in _STATE))
    return told, run.cancelled, run.stopped, run.cut_short, run.succeeded_calls
