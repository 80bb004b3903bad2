"""`transform`: records through declared steps, in plain Python. What the steps do: `steps`; of a stream: `flowing`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.tools.core.transform.flowing import flow
from engine.tools.core.transform.steps import Bounds, apply
from engine.tools.port import CallContext, Records, Result
from engine.tools.records import require_records

RECORDS_MAX = 1_000_000


class Transform:
    """Applies the steps of a call; keeps nothing."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        pass

    def call(self, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Result:
        given, most = parameters["records"], parameters.get("max_records", RECORDS_MAX)
        if isinstance(given, Records):
            return _streamed(given, parameters["steps"], most, context)
        records = require_records(given, '"records"')
        for step in parameters["steps"]:
            context.check_cancelled()
            records = apply(records, step, Bounds(most, context.check_cancelled))
        return Result(data={"records": records, "count": len(records)}, processed_records=len(records))

    def close(self) -> None:
        pass


def _streamed(given: Records, steps: list[Any], most: int, context: CallContext) -> Result:
    flowing = flow(given, steps, most, context.check_cancelled)
    if context.streams:
        made = Records(flowing, totals=lambda count: {"count": count}, ready=True)
        return Result(data={"records": made})
    records = [record for batch in flowing for record in batch]
    return Result(data={"records": records, "count": len(records)}, processed_records=len(records))
