"""A share of a group, checked and chained: ready to be written if its guard holds."""

from __future__ import annotations

from typing import Any, NamedTuple

from engine.journal.chain import Link, encode
from engine.journal.port import ENDED, Append
from engine.journal.tail import Tail, check_append, encode_spec_extra, links

_BESIDE = frozenset({"outputs", "error"})  # kept in weft_run_values, as JSON


class Plan(NamedTuple):
    """What will be written: `before` is what the guard asks for, `after` what the run's row says then."""

    share: Append
    before: Tail
    after: Tail
    rows: list[Link]
    columns: dict[str, Any]  # of weft_runs
    values: dict[str, Any]  # of weft_run_values
    extra: str | None  # of the spec it brings


def planned(share: Append, tail: Tail) -> Plan:
    """The share checked against the run's tail and chained to it. Raises what `append` raises."""
    status = check_append(share, tail)
    rows = list(links(share.run_id, tail, share.events))
    columns: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for name, value in (share.changes or {}).items():
        if name in _BESIDE:
            values[name] = None if value is None else encode(value, name)
        else:
            columns[name] = value
    if status in ENDED:
        columns["owner"] = None  # what has ended is nobody's
    extra = None if share.spec is None else encode_spec_extra(share.spec)
    return Plan(
        share, tail, Tail(tail.epoch, rows[-1].seq, rows[-1].hash, status), rows, columns, values, extra
    )
