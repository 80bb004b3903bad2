"""Small turns of phrase: lists of names, counts, values on one line, lines that are wrapped below their label."""

from __future__ import annotations

import json
import textwrap
from typing import Any

from engine.text.snippet import shortened, visible

WIDTH = 110


def listed(names: list[str], last: str = "and") -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def is_or_are(names: list[str]) -> str:
    return "are" if len(names) > 1 else "is"


def counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def as_value(value: Any) -> str:
    return shortened(
        value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False), 200
    )


def one_line(text: str) -> str:
    return visible(" ".join(text.split()))


def wrapped(label: str, words: str) -> list[str]:
    """Words behind a label, the following lines below the first word."""
    return textwrap.wrap(
        words, max(WIDTH, len(label) + 60), initial_indent=label, subsequent_indent=" " * len(label),
        break_on_hyphens=False, break_long_words=False,
    ) or [label.rstrip()]  # fmt: skip
