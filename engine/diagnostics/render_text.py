"""Diagnostics as people read them: the place, the problem, the line with a caret, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.diagnostics.diagnostic import Diagnostic, Related
from engine.text.snippet import snippet, visible
from engine.text.source import Source

_COLOURS = {"error": "31;1", "warning": "33;1", "info": "36;1"}


def as_text(items: Iterable[Diagnostic], sources: Mapping[str, Source], colour: bool = False) -> str:
    """Every problem with its snippet, a blank line between two; empty text for none."""
    return "\n".join(_block(item, sources, colour) for item in items)


def _block(item: Diagnostic, sources: Mapping[str, Source], colour: bool) -> str:
    label = _paint(item.severity, _COLOURS[item.severity], colour)
    lines = [f"{item.span}: {label}: {visible(item.message)} [{item.code} {item.name}]"]
    source = sources.get(item.span.file)
    shown = snippet(source, item.span, item.hint and visible(item.hint)) if source else []
    lines += shown or ([f"    = {visible(item.hint)}"] if item.hint else [])
    for related in item.related:
        lines += _related(related, sources)
    return "\n".join(lines) + "\n"


def _related(related: Related, sources: Mapping[str, Source]) -> list[str]:
    source = sources.get(related.span.file)
    lines = snippet(source, related.span, related.message, marker="-")[1:] if source else []
    return [f"    ::: {related.span}", *(lines or [f"    = {related.message}"])]


def _paint(text: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text
