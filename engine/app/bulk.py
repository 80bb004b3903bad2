"""Data too large to stand in a JSON result: kept as a file of the run's folder, by the hash of its bytes.

`{"$ref": "sha256:…", "bytes": N, "path": "…/.weft/runs/ID/data/HASH.json"}` stands in its place. The file is the data
as compact JSON in UTF-8; the hash is that of the file. A run in memory leaves nothing on disk, so its data stays where
it is; so does data that cannot be written (`failed` says why).
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from engine.app.project import MEMORY, run_folder, store_name

INLINE_BYTES_MAX = 64 * 1024


class Bulk:
    """Moves large data of the runs of one store. `failed`: why some could not be moved, None while all is well."""

    def __init__(self, store: str | None) -> None:
        self._store = store_name(store)
        self.failed: str | None = None

    def report(self, run_id: str, report: dict[str, Any]) -> dict[str, Any]:
        """A run's report with the large data of its steps moved; the report itself is not changed."""
        if self._store == MEMORY:
            return report
        return {**report, "steps": self._steps(run_id, report["steps"])}

    def _steps(self, run_id: str, steps: dict[str, Any]) -> dict[str, Any]:
        return {name: self._step(run_id, step) for name, step in steps.items()}

    def _step(self, run_id: str, step: dict[str, Any]) -> dict[str, Any]:
        step = {**step, "data": self.moved(run_id, step["data"])}
        if "iterations" in step:
            step["iterations"] = [self._step(run_id, iteration) for iteration in step["iterations"]]
        if "steps" in step:
            step["steps"] = self._steps(run_id, step["steps"])
        return step

    def moved(self, run_id: str, data: Any) -> Any:
        """The data itself, or the reference to its file where it is above INLINE_BYTES_MAX."""
        if self._store == MEMORY or not isinstance(data, (str, list, dict)):
            return data
        text = _encoded(data)
        if len(text) <= INLINE_BYTES_MAX:
            return data
        digest = hashlib.sha256(text).hexdigest()
        path = run_folder(run_id, self._store) / "data" / f"{digest}.json"
        try:
            _write(path, text)
        except OSError as error:
            self.failed = f'"{path}" cannot be written: {error.strerror}'
            return data
        return {"$ref": f"sha256:{digest}", "bytes": len(text), "path": str(path)}


def _encoded(data: Any) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:  # half a surrogate pair: only an escape can say it
        return json.dumps(data, separators=(",", ":")).encode()


def _write(path: Path, text: bytes) -> None:
    """Write whole or not at all; what is there under the same hash is the same."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    _keep_from_git(path.parents[3])
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(text)
    part.replace(path)


def _keep_from_git(state_folder: Path) -> None:
    try:
        (state_folder / ".gitignore").open("x").write("*\n")
    except FileExistsError:
        return
