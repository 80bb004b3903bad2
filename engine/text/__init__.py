"""Text with positions: sources, spans, snippets with a caret, nearest names. Knows no workflow."""

from engine.text.nearest import nearest, suggestion
from engine.text.source import Source
from engine.text.span import Span

__all__ = ["Source", "Span", "nearest", "suggestion"]
