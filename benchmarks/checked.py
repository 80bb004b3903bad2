"""Parameters held to their schema at each call, beside the same run where nobody looks.

`fail` is called in place and does nothing when told to fail no times: what differs is the look alone. Small parameters in a
loop, and a list of records, of which a schema that asks for mappings only looks at the type of each.
"""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

from benchmarks.engine_side import ready, run
from benchmarks.in_memory import duration
from benchmarks.measure import in_turns
from benchmarks.settings import Settings
from benchmarks.table import Goal, Row
from engine.app.checking import known_tools
from engine.execute.parameters import Parameters
from engine.spec.fitting import fit

TIMES_MAX = 1.15
GOAL = Goal("ratio", "≤", TIMES_MAX)

CALLS = """\
weft: 1
name: checked
inputs:
  items: {type: array}
steps:
  - id: each
    tool: TOOL
    foreach: {in: $<inputs.items>, concurrency: 32}
    with: {times: $<item * 0>, data: $<index>}
"""


def rows(settings: Settings) -> Iterator[Row]:
    size = 20 if settings.small else 5_000
    inputs = {"items": list(range(size))}
    for tool, about in (("fail", "its schema looked at"), ("echo", "a tool whose schema takes everything")):
        checked = ready(CALLS.replace("TOOL", tool))

        def unseen(checked: object = checked) -> None:
            with patch.object(Parameters, "check", lambda *_: None):
                run(checked, inputs=inputs)  # type: ignore[arg-type]

        pair = in_turns(lambda: run(checked, inputs=inputs), unseen, settings.repeats)  # noqa: B023 - called at once
        yield duration(f"{size:,} calls with references, {about}", pair, "nobody looks", GOAL)
    records = [
        {"id": n, "name": f"name {n}", "amount": n / 7} for n in range(100 if settings.small else 100_000)
    ]
    given = {"records": records, "steps": [{"limit": 1}]}
    schema = fit(known_tools()["transform"].operations["apply"].parameters)
    pair = in_turns(lambda: schema.fits(given), lambda: [dict(one) for one in records], settings.repeats)
    yield duration(f"a look at {len(records):,} records", pair, "a copy of each", Goal("ratio", "≤", 1.0))
