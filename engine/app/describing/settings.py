"""Settings and their origins as lines of text; defaults that belong together stand in one line."""

from __future__ import annotations

import json
import textwrap
from itertools import groupby
from typing import Any

from engine.text.snippet import shortened

Facts = dict[str, Any]
WIDTH = 110


def settings(origins: list[Facts]) -> list[str]:
    """One setting a line, `name: value (origin, place)`; what it took the place of behind it."""
    lines = []
    for (holder, usual), group in groupby(origins, _kind):
        together = list(group)
        told = [_usual(holder, together)] if usual else [_one(one) for one in together]
        lines += [line for words in told for line in _wrapped(words)]
    return lines


def _kind(one: Facts) -> tuple[str, bool]:
    holder = one["setting"].rpartition(".")[0]
    return holder, bool(holder) and one["from"] == "default" and not one["instead_of"]


def _usual(holder: str, group: list[Facts]) -> str:
    told = ", ".join(f"{one['setting'].rpartition('.')[2]} {_value(one['value'])}" for one in group)
    return f"{holder}: {told} (default)"


def _one(one: Facts) -> str:
    others = [_given(other) for other in one["instead_of"] if other["from"] != "default"]
    return "".join([f"{one['setting']}: {_given(one)}", *(f", instead of {other}" for other in others)])


def _given(one: Facts) -> str:
    return f"{_value(one['value'])} ({one['from']}{', ' + one['at'] if one['at'] else ''})"


def _value(value: Any) -> str:
    if value is None:
        return "none"
    return shortened(
        value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False), 200
    )


def _wrapped(words: str) -> list[str]:
    return textwrap.wrap(
        words,
        WIDTH,
        initial_indent="  ",
        subsequent_indent="    ",
        break_on_hyphens=False,
        break_long_words=False,
    )
