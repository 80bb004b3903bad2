"""A line of the source with a caret under the part that matters. Control characters are shown escaped."""

from __future__ import annotations

from engine.text.source import Source
from engine.text.span import Span

WIDTH_MAX = 160


def visible(text: str) -> str:
    """`text` with control, bidi and zero-width characters escaped, so that a terminal shows what is there."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char.isprintable() or char == "\t" else _escape(char) for char in text).replace(
        "\t", " "
    )


def shortened(text: str, limit: int = 60) -> str:
    """`text` on one line, cut in the middle beyond `limit` characters."""
    flat = visible(text.replace("\n", "\\n"))
    return flat if len(flat) <= limit else flat[: limit // 2 - 1] + "…" + flat[-(limit // 2 - 1) :]


def snippet(source: Source, span: Span, note: str | None = None, marker: str = "^") -> list[str]:
    """The numbered line of `span` with `marker`s below it, `note` behind them; empty when the file has no such line."""
    raw = source.line(span.line)
    if not raw and span.line > source.line_count:
        return []
    start = span.column - 1
    end = span.end_column - 1 if span.end_line == span.line else len(raw)
    head, part, tail = visible(raw[:start]), visible(raw[start:end]), visible(raw[end:])
    head, part, tail = _fit(head, part, tail)
    number = str(span.line)
    carets = marker * max(1, len(part))
    line = f"{number:>3} | {head}{part}{tail}".rstrip()
    under = f"    | {' ' * len(head)}{carets}" + (f" {note}" if note else "")
    return (
        ["    |", line, under.rstrip()]
        if len(number) <= 3
        else _wide(number, head + part + tail, head, carets, note)
    )


def _wide(number: str, text: str, head: str, carets: str, note: str | None) -> list[str]:
    pad = " " * len(number)
    return [
        f"{pad} |",
        f"{number} | {text}".rstrip(),
        f"{pad} | {' ' * len(head)}{carets} {note or ''}".rstrip(),
    ]


def _fit(head: str, part: str, tail: str) -> tuple[str, str, str]:
    if len(head) + len(part) + len(tail) <= WIDTH_MAX:
        return head, part, tail
    part = part if len(part) <= WIDTH_MAX // 2 else part[: WIDTH_MAX // 2 - 1] + "…"
    room = (WIDTH_MAX - len(part)) // 2
    head = head if len(head) <= room else "…" + head[-(room - 1) :]
    return head, part, tail[:room] + ("…" if len(tail) > room else "")


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
