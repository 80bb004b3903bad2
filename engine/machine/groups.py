"""Groups: what their mode makes of their steps, and how they end."""

from __future__ import annotations

from typing import Any

from engine.machine import wishes as w
from engine.machine.asides import end, finish_again, only_finally_failed
from engine.machine.ends import cut
from engine.machine.rules import RULES, RUN, SKIP_FOR_FAILURE, WAIT
from engine.machine.run import OWN_TIMEOUT, Instance, RunState
from engine.machine.settling import UPSTREAM_FAILED, settle
from engine.machine.status import FAILURE, SKIP, SUCCESS, Status
from engine.spec.words import ORDERED_MODES

Wishes = list[w.Wish]


def activate(run: RunState, group: Instance, wishes: Wishes) -> None:
    """Begin an attempt of a group: the first makes its children, later ones open those again that had not succeeded."""
    steps = run.plan.steps
    group.cut = None
    group.failures = group.cursor = 0
    if group.kids is None:
        group.kids = [run.spawn(steps[child], group) for child in group.plan.children]
    for kid in group.kids:
        if kid.outcome != SUCCESS or kid.handled:
            kid.reopen()
    group.open = sum(1 for kid in group.kids if not kid.status.settled)
    _count_needs(run, group)
    if group.open == 0:
        _close(run, group, wishes)
    elif group.plan.mode in ORDERED_MODES:
        _next_in_order(run, group, wishes)
    else:
        for kid in group.kids:
            if kid.status is Status.PENDING:
                consider(run, kid, wishes)


def _count_needs(run: RunState, group: Instance) -> None:
    for kid in group.kids or ():
        if kid.status is Status.PENDING:
            kid.left = len(kid.plan.needs)
            kid.succeeded = kid.skipped = kid.failed = 0
            for need in kid.plan.needs:
                other = _sibling(run, group, need)
                if other.status.settled:
                    _count(kid, other.outcome)


def _sibling(run: RunState, group: Instance, index: int) -> Instance:
    assert group.kids is not None
    return group.kids[run.plan.steps[index].position]


def _count(kid: Instance, outcome: int) -> None:
    kid.left -= 1
    if outcome == SUCCESS:
        kid.succeeded += 1
    elif outcome == SKIP:
        kid.skipped += 1
    else:
        kid.failed += 1


def consider(run: RunState, kid: Instance, wishes: Wishes) -> None:
    """Ask the kid's rule whether it runs, is skipped, or has to wait."""
    plan = kid.plan
    if not plan.needs:
        verdict = "skip" if plan.trigger_rule in ("one_failed", "all_failed") else RUN
    else:
        verdict = RULES[plan.trigger_rule](kid.left, kid.succeeded, kid.skipped, kid.failed)
    if verdict == WAIT:
        return
    if only_finally_failed(kid):  # the body is done with: neither rule nor condition is asked again
        finish_again(kid, wishes)
        return
    if verdict == RUN:
        if plan.when is None:
            admit(kid, wishes)
        else:
            kid.status = Status.ASKED
            wishes.append(w.Evaluate(kid, "when"))
    elif verdict == SKIP_FOR_FAILURE:
        kid.cause = _failed_need(run, kid)
        settle(run, kid, Status.SKIPPED, reason=UPSTREAM_FAILED)
    else:
        reason = "upstream_skipped" if kid.skipped else f"trigger_rule {plan.trigger_rule} does not hold"
        settle(run, kid, Status.SKIPPED, reason=reason)


def _failed_need(run: RunState, kid: Instance) -> str | None:
    """The step whose failure reaches the kid: a failed need, or what made a skipped need be skipped."""
    assert kid.parent is not None
    for need in kid.plan.needs:
        other = _sibling(run, kid.parent, need)
        if other.outcome == FAILURE:
            return other.cause or other.plan.id
    return None


def admit(kid: Instance, wishes: Wishes) -> None:
    """Its rule and condition hold: let it start, or ask for its items first."""
    if kid.is_loop:
        kid.status = Status.LISTING
        wishes.append(w.Evaluate(kid, "items"))
    else:
        kid.status = Status.READY
        wishes.append(w.StartStep(kid))


def child_settled(run: RunState, group: Instance, kid: Instance, wishes: Wishes) -> None:
    """One of the group's steps has settled: its siblings hear of it, the next gets its turn, or the group ends."""
    group.open -= 1
    if kid.outcome == FAILURE:
        group.failures += 1
    ordered = group.plan.mode in ORDERED_MODES
    if ordered and group.parent is None and kid.outcome == FAILURE:
        run.cut_short = True
    kids = group.kids
    assert kids is not None
    if kid.outcome == FAILURE and (kid.plan.flows_on or kid.plan.flows_in):
        _cut_stage(run, kids, kid, wishes)
    for index in kid.plan.dependents:
        other = kids[run.plan.steps[index].position]
        if other.status is Status.PENDING:
            _count(other, kid.outcome)
            if not ordered and not group.cut:
                consider(run, other, wishes)
    if group.open == 0:
        _close(run, group, wishes)
    elif ordered and not group.cut:
        _after_in_order(run, group, kid, wishes)


def _cut_stage(run: RunState, kids: list[Instance], kid: Instance, wishes: Wishes) -> None:
    """A step has failed for good that others share a stream with: they end too."""
    for step in (-1, 1):
        at = kid
        while at.plan.flows_in if step < 0 else at.plan.flows_on:
            at = kids[at.plan.position + step]
            if not at.status.settled:
                cut(run, at, f'"{kid.plan.id}" has ended, which it shares a stream with', wishes)


def _after_in_order(run: RunState, group: Instance, kid: Instance, wishes: Wishes) -> None:
    if kid.outcome == FAILURE and kid.reason != UPSTREAM_FAILED:
        _skip_rest(run, group, UPSTREAM_FAILED, cause=kid.plan.id)
    elif group.plan.match_first and kid.outcome == SUCCESS:
        _skip_rest(run, group, "another branch was taken")
    elif _turn_is_over(group, kid):
        _next_in_order(run, group, wishes)


def _turn_is_over(group: Instance, kid: Instance) -> bool:
    """Whether whoever began last has settled, with all it shares a stream with."""
    kids = group.kids or []
    at = group.cursor - 1
    if kid.plan.position == at and not kid.plan.flows_in:
        return True
    while kids[at].plan.flows_in and kids[at].status.settled:
        at -= 1
    return kids[at].status.settled and at <= kid.plan.position < group.cursor


def _next_in_order(run: RunState, group: Instance, wishes: Wishes) -> None:
    """Give the next pending child its turn, and with it what its records flow into."""
    kids = group.kids or []
    begun = False
    while group.cursor < len(kids):
        kid = kids[group.cursor]
        if begun and not kid.plan.flows_in:
            return
        group.cursor += 1
        if kid.status is Status.PENDING:
            consider(run, kid, wishes)
            begun = True


def _skip_rest(run: RunState, group: Instance, reason: str, cause: str | None = None) -> None:
    kids = group.kids or []
    for kid in kids[group.cursor :]:
        if kid.status is Status.PENDING:
            kid.cause = cause
            settle(run, kid, Status.SKIPPED, reason=reason)
    group.cursor = len(kids)


def time_out(run: RunState, group: Instance, wishes: Wishes) -> None:
    """The group's own timeout has passed: its steps are cut, and the group ends as timed out once they are gone."""
    if group.cut:
        return
    group.cut = OWN_TIMEOUT
    for kid in group.kids or ():
        cut(run, kid, "timeout", wishes)


def _close(run: RunState, group: Instance, wishes: Wishes) -> None:
    """All the group's steps are settled: say how the group ended."""
    if group.cut_from_outside:
        group.error = _told_error(group)
        end(run, group, Status.CANCELLED, wishes, reason=group.cut)
    elif group.cut or group.failures:
        _close_failed(run, group, wishes)
    elif group.plan.outputs is not None:
        group.status = Status.CONCLUDING
        wishes.append(w.Conclude(group))
    else:
        group.error = None
        end(run, group, Status.SUCCEEDED, wishes)


def _close_failed(run: RunState, group: Instance, wishes: Wishes) -> None:
    timed_out = group.cut == OWN_TIMEOUT
    group.error = _timeout_error(group) if timed_out else _first_error(group)
    if group.plan.retry is not None and group.parent is not None:
        group.status = Status.JUDGED
        wishes.append(w.Judge(group, group.error, timed_out))
        return
    end(run, group, Status.TIMED_OUT if timed_out else Status.FAILED, wishes)
    if group.plan.on_error == "stop" and group.number < 0 and group.parent is not None:
        run.stopped = True
        cut(run, run.root, "stopped", wishes)


def _timeout_error(group: Instance) -> dict[str, Any]:
    limit = group.plan.timeout_seconds
    message = f"took longer than its timeout of {limit:g}s" if limit else "took longer than its timeout"
    code = "run timeout" if group.parent is None else "step timeout"
    return {"type": "timeout", "code": code, "message": message, "hint": None}


def _first_error(group: Instance) -> dict[str, Any]:
    told = {"type": "failed", "code": None, "message": "a step did not succeed", "hint": None}
    return _told_error(group) or told


def _told_error(group: Instance) -> dict[str, Any] | None:
    """The error of the group's first step that ended with one."""
    for kid in group.kids or ():
        if kid.outcome == FAILURE and kid.error:
            return {"step": kid.path, **kid.error}
    return None
