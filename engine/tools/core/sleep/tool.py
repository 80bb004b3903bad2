"""`sleep`: a timer on the loop. Knows nothing of retries or of waits that outlive the process."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from engine.tools.port import CallContext, Result


class Sleep:
    """Waits on the event loop; a cancelled task ends the wait at once."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        pass

    async def call(self, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Result:
        seconds = parameters["seconds"]
        await asyncio.sleep(seconds)
        return Result(data={"slept": seconds})

    def close(self) -> None:
        pass
