"""How large a spec may be. Read at call time as `limits.NAME`, so a test may make them small.

What they bound, of one reading just below the limits: half a minute and 2.2 GB, which lists of one item inside each
other reach (a small container costs 270 to 400 bytes, its place included; a number or text in a long list 20 to 80).
An alias costs nothing but its count, because it shares the value. A merge costs what the same nodes cost written
out, so only a text as large as that is expensive: 45 kB that merge to 9,900,000 nodes take 260 MB.
"""

from __future__ import annotations

SIZE_MAX_BYTES = 64 * 1024 * 1024
"""Of the file as UTF-8."""

DEPTH_MAX = 100
"""Mappings and lists inside each other, the outermost counts as 1, every alias expanded."""

NODES_MAX = 10_000_000
"""Keys, scalars, mappings and lists together, every alias and merge expanded.

Too many that are written out are refused before anything is built (`reading.node_bounds`): JSON, and YAML that quotes
nothing, within a second; other YAML within three, for libyaml must parse the text to tell, and so is a syntax error in it.
Not told so early, only when the limit is reached, after ten seconds: up to twice the limit of entries that could all be
containers.
"""

INTEGER_MIN = -(2**63)
INTEGER_MAX = 2**63 - 1
