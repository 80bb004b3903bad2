"""Data too large to stand in a JSON result: kept as a file of the run's folder, by the hash of its bytes.

`{"$ref": "sha256:…", "bytes": N, "path": "…/.weft/runs/ID/data/HASH.json"}` stands in its place. The file is the data
as compact JSON in UTF-8; the hash is that of the file. A run in memory leaves nothing on disk, so its data stays where
it is; so does data that cannot be written (`failed` says why).
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from engine.app.project import MEMORY, run_folder, store_name
from engine.execute.kept import LOADED_MAX, json_pieces, kept_bytes, whole

INLINE_BYTES_MAX = 64 * 1024
Large = Literal["whole", "files", "none"]
"""How a report has kept data: loaded where it is not too much, as files, or not at all, since nobody will look."""
SHOWN_BYTES_MAX = 4 * LOADED_MAX
"""Of kept data a report holds so much in all."""


class Bulk:
    """Moves large data of the runs of one store. `failed`: why some could not be moved, None while all is well."""

    def __init__(self, store: str | None) -> None:
        self._store = store_name(store)
        self.in_memory = self._store == MEMORY
        self.failed: str | None = None

    def shelf(self, run_id: str, large: Large = "whole") -> Shelf:
        """What a report says of data that is kept beside the journal."""
        return Shelf(self, run_id, large)

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
        path = self._folder(run_id) / f"{digest}.json"
        try:
            _write(path, text)
        except OSError as error:
            self.failed = f'"{path}" cannot be written: {error.strerror}'
            return data
        return {"$ref": f"sha256:{digest}", "bytes": len(text), "path": str(path)}

    def written(self, run_id: str, data: Any) -> Any:
        """The reference to a file with data that is kept beside the journal, written without holding all of it at once."""
        folder = self._folder(run_id)
        part = folder / f"{os.getpid()}.part"
        digest, size = hashlib.sha256(), 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _keep_from_git(folder.parents[2])
            with part.open("wb") as file:
                for piece in json_pieces(data):
                    digest.update(piece)
                    size += file.write(piece)
            path = part.replace(folder / f"{digest.hexdigest()}.json")
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            self.failed = f'"{folder}" cannot be written: {error.strerror}'
            return whole(data)
        return {"$ref": f"sha256:{digest.hexdigest()}", "bytes": size, "path": str(path)}

    def _folder(self, run_id: str) -> Path:
        return run_folder(run_id, self._store) / "data"


class Shelf:
    """Shows the kept data of one run: itself while it is small enough to be held together with the rest, else its file."""

    def __init__(self, bulk: Bulk, run_id: str, large: Large) -> None:
        self._bulk = bulk
        self._large = large
        self._run_id = run_id
        self._room = SHOWN_BYTES_MAX

    def shown(self, data: Any) -> Any:
        size = kept_bytes(data)
        if not size or self._bulk.in_memory:
            return whole(data)
        if self._large == "none":
            return {"$ref": None, "bytes": size, "path": None}
        if self._large == "whole" and size <= min(LOADED_MAX, self._room):
            self._room -= size
            return whole(data)
        return self._bulk.written(self._run_id, data)


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
