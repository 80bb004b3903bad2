"""undo: when a run ends other than succeeded, its recorded successes are taken back, the last one first, one at a time.

It comes after the file's rescue and before its finally, and nothing cuts it. One that fails leaves the others their turn.
"""

from __future__ import annotations

from engine.machine import wishes as w
from engine.machine.run import Instance, RunState
from engine.machine.status import SUCCESS, Status


def note_success(run: RunState, instance: Instance) -> None:
    """The body of an instance has succeeded: remember it where it can be undone."""
    if instance.plan.undo is not None and not instance.is_loop and not _in_finally(instance):
        run.undoable.append(instance)


def _in_finally(instance: Instance) -> bool:
    """A finally tidies up whatever happened: what it did stays."""
    node: Instance | None = instance
    while node is not None and node.plan.aside != "finally":
        node = node.parent
    return node is not None


def wanted(run: RunState) -> bool:
    """Whether the run, as it is about to end, has something to take back."""
    unsuccessful = run.cancelled or run.stopped or run.root.ending is not Status.SUCCEEDED
    return unsuccessful and bool(run.undoable) and run.undo_left != 0


def undo_next(run: RunState, wishes: list[w.Wish]) -> None:
    """Begin to undo the last success that is left."""
    run.undo_left = (len(run.undoable) if run.undo_left < 0 else run.undo_left) - 1
    done = run.undoable[run.undo_left]
    index = done.plan.undo
    assert index is not None
    run.undoing = done.undo = run.spawn(run.plan.steps[index], done)
    run.undoing.status = Status.READY
    run.root.status = Status.UNDOING
    wishes.append(w.StartStep(run.undoing))


def undo_settled(run: RunState, undo: Instance) -> None:
    """An undo has ended. What was undone counts as not succeeded."""
    run.undoing = None
    done = undo.parent
    assert done is not None
    if undo.outcome == SUCCESS and not done.plan.is_group:
        run.succeeded_calls -= 1
