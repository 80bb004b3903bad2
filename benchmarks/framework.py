"""What the framework costs a call in memory: a result given again, a token of a rate limit, both, beside the bare call.

All in a loop over items, with a tool that does nothing. The baseline is the same loop without the word.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.engine_side import ready, run
from benchmarks.in_memory import duration
from benchmarks.measure import Pair, in_turns
from benchmarks.settings import Settings
from benchmarks.table import Goal, Row

LOOP = """
weft: 1
name: framework
inputs: {{items: {{type: array}}}}
steps:
  - {{id: a, tool: {tool}, with: {{n: {n}}}, foreach: {{in: $<inputs.items>, concurrency: 8}}{words}}}
"""
HIT_SECONDS_MAX = 10e-6
CALL_SECONDS_MAX = 15e-6
HIT, TOKEN = ", cache: {ttl: 1h}", ", rate_limit: 1000000000/s"


def rows(settings: Settings) -> Iterator[Row]:
    size = 200 if settings.small else 10_000
    inputs = {"items": list(range(size))}

    def beside(tool: str, n: str, words: str) -> Pair:
        plain, wordy = (ready(LOOP.format(tool=tool, n=n, words=one)) for one in ("", words))
        return in_turns(
            lambda: run(wordy, inputs=inputs), lambda: run(plain, inputs=inputs), settings.repeats
        )

    for name, n, words, most in (
        ("a result given again", "1", HIT, HIT_SECONDS_MAX),
        ("a token of a rate limit", "$<item>", TOKEN, CALL_SECONDS_MAX),
        ("a miss and a token", "$<item>", HIT + TOKEN, CALL_SECONDS_MAX),
    ):
        yield duration(
            f"{size:,} calls, {name}",
            beside("echo", n, words),
            "the bare call",
            Goal("difference", "≤", most * size),
        )
