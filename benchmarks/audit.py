"""What the audit trail costs a call: a loop of calls through a connection with a SQLite journal, audited and not.

The baseline is the same loop through a connection that says `audit_enabled: false`; beside that, the same loop with a tool
used without a connection. Time of the processor: what the disk takes for a commit is the same for all of them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from benchmarks.engine_side import ready, run
from benchmarks.in_memory import duration
from benchmarks.measure import in_turns
from benchmarks.settings import Settings
from benchmarks.table import Goal, Row

LOOP = """
weft: 1
name: audited
inputs: {{items: {{type: array}}}}
connections:
  told: {{tool: connected_noop, rate_limit: none}}
  untold: {{tool: connected_noop, rate_limit: none, audit_enabled: false}}
steps:
  - {{id: a, tool: {tool}, with: {{n: $<item>}}, foreach: {{in: $<inputs.items>, concurrency: 32}}}}
"""
AUDITED_SECONDS_MAX, CALL_SECONDS_MAX = 40e-6, 15e-6


def rows(settings: Settings) -> Iterator[Row]:
    size = 200 if settings.small else 5_000
    inputs = {"items": list(range(size))}
    told, untold, bare = (ready(LOOP.format(tool=tool)) for tool in ("told", "untold", "async_noop"))
    with tempfile.TemporaryDirectory(prefix="weft-benchmark-", dir=settings.folder) as name:
        stores = (str(Path(name) / f"{number}.db") for number in count())
        for what, measured, baseline, beside, most in (
            ("audited", told, untold, "not audited", AUDITED_SECONDS_MAX),
            ("through a connection, not audited", untold, bare, "without a connection", CALL_SECONDS_MAX),
        ):
            pair = in_turns(
                lambda: run(measured, next(stores), inputs),  # noqa: B023
                lambda: run(baseline, next(stores), inputs),  # noqa: B023
                settings.repeats,
            )
            yield duration(f"{size:,} calls, {what}", pair, beside, Goal("difference", "≤", most * size))
