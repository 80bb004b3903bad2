"""A run as a store keeps it, as of one moment: nothing decoded, nothing believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine.app.doctor.finding import Finding, run_repair
from engine.journal import ENDED, decode
from engine.journal.chain import Link

ROW_JSON = ("inputs", "owner", "outputs", "error")


@dataclass
class KeptRun:
    """The row's columns by name (JSON as text), the events as links, the spec's columns (None: there is none).

    `beside`: whether the row with the run's values is there. `last_event`: the highest seq of all its events.
    """

    row: Mapping[str, Any]
    links: list[Link]
    spec: Mapping[str, Any] | None
    beside: bool = True
    undecodable: dict[int, str] = field(default_factory=dict)
    """By seq: why the payload of an event is no JSON mapping. Filled by `payloads`."""

    @property
    def run_id(self) -> str:
        return str(self.row["run_id"])

    @property
    def ended(self) -> bool:
        return self.row["status"] in ENDED

    @cached_property
    def payloads(self) -> list[dict[str, Any]]:
        """In the order of `links`; an empty one stands for what is no JSON."""
        return [self._payload(link) for link in self.links]

    def _payload(self, link: Link) -> dict[str, Any]:
        try:
            payload = decode(link.payload)
        except (ValueError, RecursionError) as error:
            self.undecodable[link.seq] = f"is no JSON: {error}"
            return {}
        if not isinstance(payload, dict):
            self.undecodable[link.seq] = f"is no mapping: {link.payload[:40]}"
            return {}
        return payload

    def value(self, column: str) -> Any:
        """A column of the row that holds JSON, decoded. Raises ValueError, RecursionError."""
        text = self.row[column]
        return None if text is None else decode(text)

    def found(self, check: str, message: str, seq: int | None = None, repair: str | None = None) -> Finding:
        """Damage of this run."""
        return Finding(check, message, repair or run_repair(self.ended), self.run_id, seq)
