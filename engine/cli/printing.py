"""JSON and text to standard output; everything that is no result to standard error."""

from __future__ import annotations

import json
import sys
from typing import Any


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """One JSON document. Text stays as it is where the stream can say it; else it is escaped, never lost."""
    text = json_text(value, indent, sys.stdout.encoding)
    sys.stdout.write(text + "\n")


def json_text(value: Any, indent: int | None, encoding: str | None) -> str:
    """The JSON of `value`, escaped where `encoding` cannot hold it (or the text holds half a surrogate pair)."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        text.encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent)
    return text


def tell(text: str) -> None:
    """A line of the result."""
    sys.stdout.write(text + "\n")


def print_table(lines: list[tuple[str, ...]]) -> None:
    """Columns as wide as what stands in them."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        tell("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def say(text: str) -> None:
    """A line for people, beside the result."""
    sys.stdout.flush()
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
