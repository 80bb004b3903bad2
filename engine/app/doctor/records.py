"""Stage 1: what a run's record is made of. JSON that can be read, numbers without a gap, hashes that hold, epochs that grow."""

from __future__ import annotations

from collections.abc import Iterator

from engine.app.doctor.finding import Finding
from engine.app.doctor.kept import ROW_JSON, KeptRun
from engine.journal.chain import GENESIS, link_hash


def values_are_json(run: KeptRun) -> Iterator[Finding]:
    """The row's values and every payload can be read."""
    if not run.beside:
        yield run.found("json", "the row with its inputs and outputs is missing: no command finds the run")
    for column in ROW_JSON:
        try:
            run.value(column)
        except (ValueError, RecursionError) as error:
            yield run.found("json", f"its {column} is no JSON: {error}")
    kinds = {link.seq: link.kind for link in run.links}
    run.payloads  # noqa: B018 - decodes them
    for seq, why in run.undecodable.items():
        yield run.found("json", f"the payload of {kinds[seq]} {why}", seq)


def numbers_have_no_gap(run: KeptRun) -> Iterator[Finding]:
    """I8: 1, 2, 3 … up to what the row says."""
    if not run.links and not run.row["last_seq"]:
        yield run.found("I8", "the run has no events")
    before = 0
    for link in run.links:
        if link.seq != before + 1:
            yield run.found("I8", f"event {before + 1} is missing, the next one is {link.seq}", before + 1)
        before = link.seq
    last = run.row["last_seq"]
    if before < last:
        yield run.found("I8", f"the tail is cut: event {last} was the last, now {before} is", before + 1)
    elif before > last:
        yield run.found(
            "I8", f"event {before} is there, though the run's row says {last} is the last", last + 1
        )


def hashes_hold(run: KeptRun) -> Iterator[Finding]:
    """I8: every event is what was written, and the row names the last."""
    seq, before = 0, GENESIS
    for link in run.links:
        if link.seq == seq + 1 and link_hash(before, *link[:-1]) != link.hash:
            yield run.found("I8", f"{link.kind} is not what was written: its hash does not hold", link.seq)
        seq, before = link.seq, link.hash
    if run.links and seq == run.row["last_seq"] and before != run.row["last_hash"]:
        yield run.found("I8", "the run's row holds another hash than its last event", seq)


def epochs_only_grow(run: KeptRun) -> Iterator[Finding]:
    """I7: nothing is written under an old ownership, or under one that never was."""
    before, now = 0, run.row["epoch"]
    for link in run.links:
        if link.epoch < before:
            yield run.found(
                "I7", f"{link.kind} was written under epoch {link.epoch}, after epoch {before}", link.seq
            )
        elif link.epoch > now:
            yield run.found(
                "I7", f"{link.kind} was written under epoch {link.epoch}, the run is at {now}", link.seq
            )
        before = max(before, link.epoch)
