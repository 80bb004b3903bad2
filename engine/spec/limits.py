"""How large a spec may be. Read at call time as `limits.NAME`, so a test may make them small.

What they bound, of one reading: 25 seconds and 2 GB, which a file of 40 MB reaches with three million mappings of one
entry each (a small container costs 400 bytes, its place included; a number or short text in a long list 25 to 80).
Aliases cost nothing but their count; merges copy entries, never more than NODES_MAX counts: 45 kB of text that merge
to 9,900,000 nodes take 260 MB.
"""

from __future__ import annotations

SIZE_MAX_BYTES = 64 * 1024 * 1024
"""Of the file as UTF-8."""

DEPTH_MAX = 100
"""Mappings and lists inside each other, the outermost counts as 1, every alias expanded."""

NODES_MAX = 10_000_000
"""Keys, scalars, mappings and lists together, every alias and merge expanded.

Too many that are written out are refused before anything is built (`reading.node_bounds`): JSON within a second,
YAML within three, for libyaml must parse the text to tell. Not told so early, only when the limit is reached, after
ten seconds: YAML that ends in a syntax error, and up to twice the limit of entries that could all be containers.
"""

INTEGER_MIN = -(2**63)
INTEGER_MAX = 2**63 - 1
