"""A finding, and what can be done about it: honest where that is nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

DAMAGE = "damage"
NOTICE = "notice"
"""No damage, but worth knowing: it does not change the exit code."""

FROM_BACKUP = "restore the store from a backup; no command puts it right"
NEWER_ENGINE = "a newer engine wrote it: use that one (pip install --upgrade weft-engine)"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `check`: `I2` … `I12` or a word; `run_id` and `seq` None: of the store, of the run."""

    check: str
    message: str
    repair: str
    run_id: str | None = None
    seq: int | None = None
    severity: str = DAMAGE

    def entry(self) -> dict[str, Any]:
        """As JSON has it (schemas/doctor.schema.json)."""
        return {
            "severity": self.severity,
            "check": self.check,
            "run_id": self.run_id,
            "seq": self.seq,
            "message": self.message,
            "repair": self.repair,
        }


def run_repair(ended: bool) -> str:
    """What is left to do about a run whose record cannot be trusted."""
    if ended:
        return f"{FROM_BACKUP}; without one, do not rely on its result: run the work again"
    return "do not resume it: restore the store from a backup, or run the work again under another run id"
