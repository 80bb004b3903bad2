"""Where blocking calls are made: the executor port, and `inline`, `threads`, `processes` behind it.

Comes in: one tool call. Goes out: a future of its answer. Knows no run, no journal, no slots and no retries: who may start,
for how long and what follows is decided above.
"""
