"""`transform`: records through declared steps, in plain Python. What the steps do: `steps`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.tools.core.transform.steps import Bounds, apply
from engine.tools.port import CallContext, Result
from engine.tools.records import require_records

RECORDS_MAX = 1_000_000


class Transform:
    """Applies the steps of a call; keeps nothing."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        pass

    def call(self, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Result:
        records = require_records(parameters["records"], '"records"')
        bounds = Bounds(parameters.get("max_records", RECORDS_MAX), context.check_cancelled)
        for step in parameters["steps"]:
            context.check_cancelled()
            records = apply(records, step, bounds)
        return Result(data={"records": records, "count": len(records)}, processed_records=len(records))

    def close(self) -> None:
        pass
