"""Which words of the language an author meant with keys that are none: other engines' words and misspellings.

The schema says that such a key is wrong; with this, nothing else is said about the word that is missing because of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from engine.spec import words
from engine.text import nearest

COMPARED_AT_MOST = 100
_SMALL_TO_LARGE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
OTHER_WORDS = {
    "file": words.OTHER_WORDS_FILE,
    "step": words.OTHER_WORDS_STEP,
    "foreach": words.OTHER_WORDS_FOREACH,
    "retry": words.OTHER_WORDS_RETRY,
}


def other_word(kind: str | None, key: str) -> str | None:
    """What to write for a word of another engine: a word of ours, or more (`retry: {attempts: …}`); None: not known."""
    if not kind:
        return None
    known = OTHER_WORDS[kind]
    return known.get(key) or known.get(_SMALL_TO_LARGE.sub("_", key).replace("-", "_").lower())


def words_meant(mapping: Mapping[str, Any], known: Iterable[str], kind: str | None) -> dict[str, set[str]]:
    """For each unknown key of a mapping: the words it may have been meant to be (not those already there)."""
    free = [word for word in known if word not in mapping]
    taken = set(known)
    unknown = [key for key in mapping if key not in taken and not key.startswith("x-")]
    meant: dict[str, set[str]] = {}
    for key in unknown[:COMPARED_AT_MOST]:  # a mapping of nothing but unknown keys is no misspelling
        other = other_word(kind, key)
        meant[key] = {first_word(other)} if other else set(nearest(key, free))
    return meant


def first_word(other: str) -> str:
    """The word of ours that stands first in what is to be written."""
    return other.partition(":")[0].partition(" ")[0]
