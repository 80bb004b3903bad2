"""Stage 3: what is kept beside the events because it is too large for them is there, as they say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from engine.app.doctor.finding import Finding
from engine.app.doctor.kept import KeptRun
from engine.app.doctor.store import DoctorsStore


class LargeData:
    """The check over one store. `deep`: the bytes are read and their hash is compared, not only how many there are."""

    def __init__(self, store: DoctorsStore, deep: bool) -> None:
        self._store = store
        self._deep = deep

    def is_whole(self, run: KeptRun) -> Iterator[Finding]:
        """Every part that an event speaks of is kept, with the bytes and, looked at closely, the hash that it tells."""
        seen: set[str] = set()
        for link, payload in zip(run.links, run.payloads, strict=True):
            for said in _said(payload):
                if said["name"] not in seen:
                    seen.add(said["name"])
                    wrong = self._wrong(run.run_id, said)
                    if wrong is not None:
                        yield run.found("data", f"the large data of {link.kind} {wrong}", link.seq)

    def _wrong(self, run_id: str, said: dict[str, Any]) -> str | None:
        parts, size = self._store.data_size(run_id, said["name"])
        if parts != said["parts"]:
            return f"has {parts} of its {said['parts']} parts"
        if size != said["bytes"]:
            return f"has {size} bytes, and was kept with {said['bytes']}"
        if self._deep and self._hash(run_id, said) != said["sha256"]:
            return "is not what was kept: its hash is another"
        return None

    def _hash(self, run_id: str, said: dict[str, Any]) -> str:
        digest = hashlib.sha256()
        for number in range(said["parts"]):
            digest.update(self._store.data_part(run_id, said["name"], number))
        return digest.hexdigest()


def _said(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for members in payload.get("large", {}).values():
        yield from members.values()
