"""Reading a store as a whole: facts of all runs in pages, the audit trail, runs whose spans are to be sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Dialect, Select, bindparam, case, delete, func, insert, null, or_, select, tuple_

from engine.journal.chain import decode
from engine.journal.sql.reader import Reader
from engine.journal.sql.schema import AUDIT, AUDIT_HEAD, EVENTS, RUNS, SPANS_OWED
from engine.journal.sql.statements import Statement
from engine.journal.sql.writer import Writer
from engine.journal.watch import CALL_KINDS, FROM_CACHE, TOLD_KINDS, Entry, Fact, Head, RunMark

_PAGE = 5000  # rows read at once
_KINDS = tuple(dict.fromkeys((*CALL_KINDS, *TOLD_KINDS)))


class SqlWatch:
    """See `Watch` for what each method promises."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer
        find = func.instr if dialect.name == "sqlite" else func.strpos
        if dialect.name in ("mysql", "mariadb"):
            find = func.instr
        told = or_(
            EVENTS.c.kind.in_(TOLD_KINDS),
            (EVENTS.c.kind == "StepSucceeded") & (find(EVENTS.c.payload, FROM_CACHE) > 0),
        )
        payload = case((told, EVENTS.c.payload), else_=null())
        columns = (EVENTS.c.run_id, EVENTS.c.seq, EVENTS.c.at, EVENTS.c.kind, EVENTS.c.instance)
        facts = select(*columns, EVENTS.c.attempt, payload).where(EVENTS.c.kind.in_(_KINDS))
        self._facts: Select[Any] = facts.order_by(EVENTS.c.run_id, EVENTS.c.seq).limit(_PAGE)
        known = select(SPANS_OWED.c.run_id).where(SPANS_OWED.c.run_id == bindparam("the_run"))
        self._owed = Statement(known, ("the_run",), dialect)
        self._owe = Statement(insert(SPANS_OWED), ("run_id", "at"), dialect)
        sent = delete(SPANS_OWED).where(SPANS_OWED.c.run_id == bindparam("the_run"))
        self._sent = Statement(sent, ("the_run",), dialect)

    def runs(self) -> list[RunMark]:
        columns = [RUNS.c[name] for name in RunMark._fields]
        return [RunMark(*row) for row in self._reader.rows(select(*columns).order_by(RUNS.c.run_id))]

    def facts(self, after: Mapping[str, int] | None = None) -> Iterator[Fact]:
        if after is None:
            yield from self._paged(self._facts, "", 0)
            return
        for run_id, seq in after.items():
            yield from self._paged(self._facts.where(EVENTS.c.run_id == run_id), run_id, seq)

    def _paged(self, facts: Select[Any], run_id: str, seq: int) -> Iterator[Fact]:
        while True:
            above = tuple_(EVENTS.c.run_id, EVENTS.c.seq) > tuple_(run_id, seq)
            rows = self._reader.rows(facts.where(above))
            for row in rows:
                run, number, at, kind, instance, attempt, payload = row
                yield Fact(run, number, at, kind, instance, attempt, _told(payload))
            if len(rows) < _PAGE:
                return
            run_id, seq = rows[-1][0], rows[-1][1]

    def entries(
        self, *, run_id: str | None = None, since: float | None = None, after: int = 0
    ) -> Iterator[Entry]:
        found = select(*[AUDIT.c[name] for name in ("number", "at", "run_id", "entry", "hash")])
        if run_id is not None:
            found = found.where(AUDIT.c.run_id == run_id)
        if since is not None:
            found = found.where(AUDIT.c.at >= since)
        while True:
            page = found.where(AUDIT.c.number > after).order_by(AUDIT.c.number).limit(_PAGE)
            rows = self._reader.rows(page)
            for row in rows:
                yield Entry(*row)
            if len(rows) < _PAGE:
                return
            after = rows[-1][0]

    def head(self) -> Head | None:
        rows = self._reader.rows(
            select(AUDIT_HEAD.c.number, AUDIT_HEAD.c.hash).where(AUDIT_HEAD.c.place == 1)
        )
        return Head(*rows[0]) if rows else None

    def owe_spans(self, run_id: str, at: float) -> None:
        def put(cursor: Any) -> None:
            if self._owed.run(cursor, (run_id,)).fetchone() is None:
                self._owe.run(cursor, (run_id, at))

        self._writer.transact(put, lambda cursor: self._owed.run(cursor, (run_id,)).fetchone() is not None)

    def spans_owed(self) -> list[str]:
        owed = select(SPANS_OWED.c.run_id).order_by(SPANS_OWED.c.at, SPANS_OWED.c.run_id)
        return [row[0] for row in self._reader.rows(owed)]

    def spans_sent(self, run_id: str) -> None:
        self._writer.transact(
            lambda cursor: self._sent.run(cursor, (run_id,)),
            lambda cursor: self._owed.run(cursor, (run_id,)).fetchone() is None,
        )


def _told(payload: str | None) -> dict[str, Any] | None:
    """What a fact tells; nothing where the record is damaged: `weft doctor` speaks of that."""
    if payload is None:
        return None
    try:
        told = decode(payload)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
