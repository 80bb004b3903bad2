"""Appending: shares of many runs become rows in one transaction, each behind its guard.

Laws: a share whose guard does not hold leaves the others alone and is told why; after a commit whose outcome is unknown
every run of the group is in doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from engine.errors import WeftError
from engine.journal.audit import Written
from engine.journal.chain import Link
from engine.journal.port import ENDED, Append, OutcomeUnknown
from engine.journal.sql.attending import Attending
from engine.journal.sql.line import CommitLine
from engine.journal.sql.plan import Plan, planned
from engine.journal.sql.statements import Statements
from engine.journal.sql.tails import Tails
from engine.journal.sql.writer import Writer
from engine.journal.tail import Tail


class Appending:
    """See `Journal.append_all`. `attending` gives what goes on around a run; it is asked only for a share that needs it."""

    def __init__(
        self, statements: Statements, tails: Tails, writer: Writer, attending: Callable[[], Attending]
    ) -> None:
        self._statements = statements
        self._tails = tails
        self._writer = writer
        self._attending = attending
        self.line = CommitLine(self._write_group)

    def append_all(self, group: Sequence[Append]) -> list[int | WeftError]:
        return self.line.write(group, wait=not self._writer.is_at_once)

    def _write_group(self, group: Sequence[Append]) -> list[int | WeftError]:
        """Write the shares in one transaction."""
        with self._writer.held():
            self._writer.check()
            ready, answers = self._planned(group)
            if ready:
                for index, why in self._write(ready).items():
                    answers[index] = why
            return answers

    def _planned(self, group: Sequence[Append]) -> tuple[dict[int, Plan], list[int | WeftError]]:
        """The shares that may be written, by their place, and what all are answered if nothing comes between."""
        answers: list[int | WeftError] = []
        ready: dict[int, Plan] = {}
        tails: dict[str, Tail] = {}  # as they will be when all of the group is kept
        for index, share in enumerate(group):
            try:
                plan = planned(share, tails.get(share.run_id) or self._tails.of(share.run_id))
            except WeftError as refusal:
                answers.append(refusal)
                continue
            tails[share.run_id] = plan.after
            ready[index] = plan
            answers.append(plan.after.seq)
        return ready, answers

    def _write(self, ready: Mapping[int, Plan]) -> dict[int, WeftError]:
        """Write the plans in one transaction; returns those whose guard did not hold, and why."""
        refused: dict[int, WeftError] = {}

        def work(cursor: Any) -> None:
            refused.clear()  # the work is done again when the connection is lost before COMMIT
            rows: list[Link] = []
            for index, plan in ready.items():
                if self._advance(cursor, plan):
                    rows += plan.rows
                else:
                    refused[index] = self._tails.why(cursor, plan)
            if rows:
                self._statements.insert_events.run_many(cursor, rows)
                audited = [
                    entry for index, plan in ready.items() if index not in refused for entry in _audited(plan)
                ]
                if audited:
                    self._attending().audit.write(cursor, audited)

        def landed(cursor: Any) -> bool:
            kept = (plan for index, plan in ready.items() if index not in refused)
            return all(self._tails.landed(cursor, plan.share.run_id, plan.after) for plan in islice(kept, 1))

        try:
            self._writer.transact(work, landed)
        except OutcomeUnknown:
            self._tails.doubt(plan.share.run_id for plan in ready.values())
            raise
        for index, plan in ready.items():
            if index not in refused:
                self._tails.remember(plan.share.run_id, plan.after)
        return refused

    def _advance(self, cursor: Any, plan: Plan) -> bool:
        """Move the run's row on; False, and nothing is changed, when it is not as the plan believes."""
        run_id, before, after = plan.share.run_id, plan.before, plan.after
        if plan.share.spec is not None and plan.extra is not None:
            self._statements.keep_spec(cursor, plan.share.spec, plan.extra)
        moved = self._statements.advance(tuple(plan.columns))
        new = (after.seq, after.hash, *plan.columns.values())
        moved.run(cursor, (*new, run_id, before.epoch, before.seq, before.status))
        if cursor.rowcount != 1:
            return False
        if plan.share.taken:
            self._attending().inbox.take(cursor, run_id, plan.share.taken, after.seq)
        if after.status in ENDED:
            self._attending().inbox.close(cursor, run_id, after.seq)
            self._attending().leases.end(cursor, run_id)
        if plan.values:
            self._statements.set_values(tuple(plan.values)).run(cursor, (*plan.values.values(), run_id))
        return True


def _audited(plan: Plan) -> Iterator[Written]:
    """The share's audit entries, each with the number its event has been given."""
    for place, fields in plan.share.audit:
        row = plan.rows[place]
        yield Written(row.at, row.run_id, row.seq, fields)
