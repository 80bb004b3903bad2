"""The nearest valid name to a misspelt one, by edit distance with transpositions (optimal string alignment)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

LISTED_AT_MOST = 12


def nearest(word: str, candidates: Iterable[str], limit: int = 3) -> list[str]:
    """At most `limit` candidates that `word` may have meant, the likeliest first; empty if none is near.

    Near is an edit distance of at most a third of the longer word (at least 1,
    none for single letters), ignoring case and `-`/`_`; a word that
    begins with the other (three letters or more) counts too.
    """
    folded = _fold(word)
    scored = []
    for candidate in dict.fromkeys(candidates):
        other = _fold(candidate)
        longer = max(len(folded), len(other))
        allowed = max(1, longer // 3) if longer > 2 else longer // 2
        if abs(len(folded) - len(other)) <= allowed:
            distance = _distance(folded, other, allowed)
            if distance <= allowed:
                scored.append((distance, candidate))
                continue
        if min(len(folded), len(other)) >= 3 and (other.startswith(folded) or folded.startswith(other)):
            scored.append((allowed + 1, candidate))
    scored.sort(key=lambda pair: pair[0])
    return [candidate for _, candidate in scored[:limit]]


def suggestion(word: str, candidates: Iterable[str], shown: Callable[[str], str] = str) -> str | None:
    """A hint for a misspelt name: `did you mean "x"?`, or the list of what there is when it is short; None if empty.

    Candidates are told as `shown` has them: a file with its folder, where only the names are compared.
    """
    known = list(dict.fromkeys(candidates))
    near = nearest(word, known)
    if near:
        return "did you mean " + " or ".join(f'"{shown(name)}"' for name in near) + "?"
    if not known:
        return None
    if len(known) <= LISTED_AT_MOST:
        return "known: " + ", ".join(map(shown, sorted(known)))
    return None


def _fold(word: str) -> str:
    return word.lower().replace("-", "_")


def _distance(a: str, b: str, limit: int) -> int:
    """Optimal string alignment distance, cut short above `limit`."""
    before: list[int] = []
    previous = list(range(len(b) + 1))
    for i, char in enumerate(a, 1):
        current = [i]
        for j, other in enumerate(b, 1):
            cost = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (char != other))
            if i > 1 and j > 1 and char == b[j - 2] and a[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        if min(current) > limit:
            return limit + 1
        before, previous = previous, current
    return previous[-1]
