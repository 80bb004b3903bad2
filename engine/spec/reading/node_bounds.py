"""Refuses a text that surely has too many nodes before anything is built of it: at once, or in two seconds, instead of twenty.

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
_FIRST_LINE = re.compile(
    r"(?:[ \t]*\r?\n|---[ \t]*\r?\n)*(?:(?P<flow>[\[{])|- |[A-Za-z_][A-Za-z0-9_-]*:[ \n])"
)
_FLOW_KEY = re.compile(r"[\]}]\s*:")
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
    """Whether a YAML text has more nodes than the limit, for certain. `parser`: libyaml's, which counts events.

    Raises MarkedYAMLError for a syntax error: to meet it again, where the tree is built, would cost five times as much.
    """
    if len(text) < COUNTED_FROM or _yaml_nodes_at_most(text) <= limits.NODES_MAX:
        return False
    if _yaml_nodes_at_least(text) > limits.NODES_MAX:
        return True
    count_events = getattr(parser(text), "raw_parse", None)
    if count_events is None:
        return False
    try:
        events: int = count_events() - 4  # the beginnings and ends of the stream and its document
    except yaml.MarkedYAMLError:
        raise
    except yaml.YAMLError:  # a character that is not allowed: it is told with its place by the reader
        return False
    # A mapping or list has two events, everything else one; each needs an indicator, and of the items at the beginning of
    # a line only the first, for the others go on with the same list, or stand behind a key, which is counted.
    containers = _count(text, "[{:?-") - text.count("\n- ") + 1
    return events - min(events // 2, containers) > limits.NODES_MAX


def _yaml_nodes_at_most(text: str) -> int:
    """Two nodes for what can bring a key and its value, one for what brings an item, one for the root."""
    return 1 + 2 * _count(text, ":?,{") + _count(text, "[-")


def _yaml_nodes_at_least(text: str) -> int:
    """What indicators alone show of a text in which nothing is quoted, folded or commented; else 0.

    There a colon and a space stand only between a key and its value. A dash at the beginning of a line is an item, since
    the first line is one or a key: no plain text goes over lines that are not indented. A comma is one in a flow.
    """
    begun = _FIRST_LINE.match(text)
    if begun is None or any(mark in text for mark in _HIDING):
        return 0
    if begun["flow"] and _FLOW_KEY.search(text):
        return 0  # the value may be plain text with commas
    between = text.count(",") if begun["flow"] else text.count("\n- ")
    return between + 2 * text.count(": ")


_HIDING = ('"', "'", "|", ">", "#", "\n---", "\n...")


def _count(text: str, characters: str) -> int:
    return sum(text.count(character) for character in characters)
