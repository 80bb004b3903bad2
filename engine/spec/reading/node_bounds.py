"""Refuses a text that surely has too many nodes before anything is built of it, in a second or two instead of twenty.

Laws: a legal text is never refused here, for only what must be keys and values is counted; what may still be below
the limit is left to the readers, which count exactly, aliases expanded. Only large texts are counted, and only those
with enough indicators to pass the limit at all, so an ordinary file costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml

from engine.spec import limits

COUNTED_FROM = 4 * 1024 * 1024
"""Characters. Below, reading up to the limit takes no longer than a few seconds."""

_CHUNK = 256 * 1024  # small, because a chunk of empty strings becomes as many pieces
_LAST_ESCAPE = re.compile(r"\\*+.?", re.DOTALL)


def surely_too_many_json(text: str) -> bool:
    """Whether a JSON text has more nodes than the limit, for certain."""
    if len(text) < COUNTED_FROM or 1 + _count(text, ",:[{") <= limits.NODES_MAX:
        return False
    nodes, at, inside = 1, 0, False
    while at < len(text) and nodes <= limits.NODES_MAX:
        end = _chunk_end(text, at)
        pieces = text[at:end].replace("\\\\", "").replace('\\"', "").split('"')
        if "\n" in "".join(pieces[1 - inside :: 2]):
            return False  # no string of JSON goes over lines: from here on it is unknown what is a string
        nodes += _json_nodes('"'.join(pieces[inside::2]))
        inside ^= len(pieces) % 2 == 0
        at = end
    return nodes > limits.NODES_MAX


def _chunk_end(text: str, at: int) -> int:
    """About a chunk further, and not between a backslash and what it escapes."""
    end = at + _CHUNK
    if text[end - 1 : end] == "\\":
        match = _LAST_ESCAPE.match(text, end)
        end = match.end() if match else end
    return end


def _json_nodes(outside: str) -> int:
    """The nodes of a part of JSON whose strings are cut down to one quote each.

    One for a comma, a colon, a container that holds something; less one, for a container that may begin in this part
    and be found empty in the next.
    """
    for blank in " \n\r\t":
        outside = outside.replace(blank, "")
    return _count(outside, ",:[{") - outside.count("[]") - outside.count("{}") - 1


def surely_too_many_yaml(text: str, parser: Callable[[str], Any]) -> bool:
    """Whether a YAML text has more nodes than the limit, for certain. `parser`: libyaml's, which counts events."""
    if len(text) < COUNTED_FROM or _yaml_nodes_at_most(text) <= limits.NODES_MAX:
        return False
    count_events = getattr(parser(text), "raw_parse", None)
    if count_events is None:
        return False
    try:
        events: int = count_events() - 4  # the beginnings and ends of the stream and its document
    except yaml.YAMLError:
        return False
    # A mapping or list has two events, everything else one; each needs an indicator.
    return events - min(events // 2, _count(text, "[{:?-")) > limits.NODES_MAX


def _yaml_nodes_at_most(text: str) -> int:
    """Two nodes for what can bring a key and its value, one for what brings an item, one for the root."""
    return 1 + 2 * _count(text, ":?,{") + _count(text, "[-")


def _count(text: str, characters: str) -> int:
    return sum(text.count(character) for character in characters)
