"""Where something is written, found only when it is told: a position inside a text costs a search of the source."""

from __future__ import annotations

from engine.spec.tree import Tree
from engine.spec.workflow import Path
from engine.text import Span


class Place:
    """A slice of the text at `path`; with `start` -1 the whole value."""

    __slots__ = ("end", "path", "start", "tree")

    def __init__(self, tree: Tree, path: Path, start: int = -1, end: int = -1) -> None:
        self.tree = tree
        self.path = path
        self.start = start
        self.end = end

    @property
    def span(self) -> Span:
        if self.start < 0:
            return self.tree.span(self.path)
        return self.tree.text_span(self.path, self.start, self.end)

    def of(self, part: str) -> Span:
        """The span of the slice's beginning `part`, where the text has it so."""
        text = self.tree.get(self.path)
        if isinstance(text, str) and text.startswith(part, self.start):
            return self.tree.text_span(self.path, self.start, self.start + len(part))
        return self.span
