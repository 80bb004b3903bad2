"""How large a spec may be. Read at call time as `limits.NAME`, so a test may make them small."""

from __future__ import annotations

SIZE_MAX_BYTES = 64 * 1024 * 1024
"""Of the file as UTF-8."""

DEPTH_MAX = 100
"""Mappings and lists inside each other, the outermost counts as 1, every alias expanded."""

NODES_MAX = 10_000_000
"""Keys, scalars, mappings and lists together, every alias and merge expanded."""

INTEGER_MIN = -(2**63)
INTEGER_MAX = 2**63 - 1
