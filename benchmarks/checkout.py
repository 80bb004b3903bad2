"""Which engine is measured: the one beside this package, named by the content of its files."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def engine_digest() -> str:
    """Twelve hex digits over every source file of the engine: figures are comparable only where they are equal."""
    files = sorted((ROOT / "engine").rglob("*.py"))
    parts = (
        sha256(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes()).digest()
        for path in files
    )
    return sha256(b"".join(parts)).hexdigest()[:12]
