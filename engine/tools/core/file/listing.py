"""Which files below a folder match a pattern. Links to folders are not entered, so a cycle of links cannot
hold it up."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.errors import ToolError
from engine.tools.confined import confine
from engine.tools.port import CallContext


def list_files(pattern: str, max_files: int, context: CallContext) -> list[dict[str, Any]]:
    """The matching regular files as `{path, bytes, modified}`, sorted by path. Raises ToolError."""
    parts = pattern.split("/")
    if pattern.startswith("/") or ".." in parts or "\0" in pattern:
        hint = "name a pattern inside the project folder, relative to it"
        raise ToolError(
            f'"{pattern}" leads out of the project folder', type="permission", code="path", hint=hint
        )
    parts = [part for part in parts if part not in ("", ".")]
    found: list[dict[str, Any]] = []
    for names, entry in _walk(context.project_dir, parts, context):
        if _matches(names, parts):
            described = _described("/".join(names), entry, context.project_dir)
            if described:
                found.append(described)
            if len(found) > max_files:
                message = f'more than {max_files} files match "{pattern}"'
                raise ToolError(message, type="too_large", hint="narrow the pattern or raise `max_files`")
    return sorted(found, key=lambda file: str(file["path"]))


def _walk(root: Path, parts: list[str], context: CallContext) -> Iterator[tuple[list[str], os.DirEntry[str]]]:
    """Every file that could match, with its path in names; folders no deeper than the pattern reaches."""
    hidden = any(part.startswith(".") for part in parts)
    deep = "**" in parts
    waiting: list[list[str]] = [[]]
    while waiting:
        context.check_cancelled()
        above = waiting.pop()
        try:
            with os.scandir(root.joinpath(*above)) as entries:
                listed = list(entries)
        except OSError:
            continue  # gone meanwhile, or not ours to read: nothing in it can be listed
        for entry in listed:
            names = [*above, entry.name]
            if entry.name.startswith(".") and not hidden:
                continue
            if entry.is_dir(follow_symlinks=False):
                if deep or (len(names) < len(parts) and fnmatch.fnmatchcase(entry.name, parts[len(above)])):
                    waiting.append(names)
            else:
                yield names, entry


def _matches(names: list[str], parts: list[str]) -> bool:
    """Whether the path matches the whole pattern: a set of places in the pattern, moved on name by name."""
    places = _over_stars({0}, parts)
    for name in names:
        moved = {p for p in places if p < len(parts) and parts[p] == "**"}
        moved |= {p + 1 for p in places if p < len(parts) and _fits(name, parts[p])}
        places = _over_stars(moved, parts)
    return len(parts) in places


def _fits(name: str, part: str) -> bool:
    return part != "**" and fnmatch.fnmatchcase(name, part)


def _over_stars(places: set[int], parts: list[str]) -> set[int]:
    """`**` may stand for no folder at all: every place after a run of them is reached too."""
    reached = set(places)
    for place in sorted(places):
        while place < len(parts) and parts[place] == "**":
            place += 1
            reached.add(place)
    return reached


def _described(path: str, entry: os.DirEntry[str], root: Path) -> dict[str, Any] | None:
    """None for what is no regular file, is gone meanwhile, or leads out of the project folder."""
    try:
        if entry.is_symlink():
            confine(path, root)
        if not entry.is_file():
            return None
        known = entry.stat()
    except (OSError, ToolError):
        return None
    modified = datetime.fromtimestamp(known.st_mtime, UTC).isoformat().replace("+00:00", "Z")
    return {"path": path, "bytes": known.st_size, "modified": modified}
