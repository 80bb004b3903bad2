"""Which files `weft validate` looks at: named ones always, in folders `*.weft.yaml` and whatever has a `weft:` key."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import UsageError

_ENDINGS = {".yaml", ".yml", ".json"}
_OURS = re.compile(rb"""^(?:weft|"weft"|'weft')\s*:""", re.MULTILINE)
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]:]|\bweft\b')
_LOOKED_AT_BYTES = 64 * 1024
PASSED_FOLDERS = {
    ".git",
    ".weft",
    "node_modules",
    "__pycache__",
    ".venv",
    "venv",
    ".mypy_cache",
    ".ruff_cache",
}


@dataclass(slots=True)
class Found:
    """Specs to check, in order, and how many other yaml and json files were passed over."""

    specs: list[Path] = field(default_factory=list)
    passed_over: int = 0


def find_specs(paths: list[Path]) -> Found:
    """Raises UsageError for a path that does not exist; an empty answer is the caller's to judge."""
    found = Found()
    for path in paths or [Path()]:
        if _is_folder(path):
            _search(path, found)
        else:
            found.specs.append(path)  # also what is missing: loading says so with the nearest name
    found.specs = list(dict.fromkeys(found.specs))
    return found


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False  # a name no file can have: loading says so


def _search(folder: Path, found: Found) -> None:
    try:
        entries = sorted(folder.iterdir())
    except PermissionError:
        raise UsageError(f'folder "{folder}" cannot be read', hint="check its permissions") from None
    for entry in entries:
        if entry.is_symlink() and entry.is_dir():
            continue  # a link may lead round in a circle or out of the project
        if entry.is_dir():
            if entry.name not in PASSED_FOLDERS:
                _search(entry, found)
        elif entry.suffix in _ENDINGS and entry.is_file():
            if _is_spec(entry):
                found.specs.append(entry)
            else:
                found.passed_over += 1


def _is_spec(path: Path) -> bool:
    if path.name.endswith((".test.yaml", ".test.yml", ".test.json")):
        return False
    if path.name.endswith((".weft.yaml", ".weft.yml", ".weft.json")):
        return True
    try:
        with path.open("rb") as file:
            head = file.read(_LOOKED_AT_BYTES)
    except OSError:
        return False
    braced = head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    return _has_key(head) if braced else _OURS.search(head) is not None


def _has_key(text: bytes) -> bool:
    """Whether `weft` is a key of the outermost mapping: a JSON Schema of specs has one further in."""
    depth, last = 0, b""
    for match in _TOKENS.finditer(text):
        token = match[0]
        if token == b":" and depth == 1 and last in (b"weft", b'"weft"'):
            return True
        depth += (token in b"{[") - (token in b"}]")
        last = token
    return False
