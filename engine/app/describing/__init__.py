"""A spec in words: what it needs, what runs when, and what a failure means. Comes in: a checked spec; nothing is run.

facts.py         everything that is told, as plain data (`weft describe --output json`)
limits.py        tries and timeouts, each with where it comes from
consequences.py  who is skipped when a step fails, and how the run ends
origins.py       where each setting of a run comes from
beside.py        rescue and finally in words
settings.py      settings with their origins as text
wording.py       the facts as text
"""

from engine.app.describing.facts import describe
from engine.app.describing.origins import Call, origins
from engine.app.describing.wording import as_text

__all__ = ["Call", "as_text", "describe", "origins"]
