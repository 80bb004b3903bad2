"""Which paths an expression compares with which literals, as plain data. Imports jinja2 when asked; refuses to know what
the names stand for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.refs.expressions import Expression

Path = tuple[str | int, ...]


def compared_texts(expression: Expression) -> Iterator[tuple[Path, str]]:
    """Every (path, text) of `path == 'text'`, `!=`, and `path in ['text', …]`, on either side."""
    from jinja2 import nodes

    from engine.refs.grammar import parsed
    from engine.refs.tokens import tokenize

    tree = parsed(expression.text, tokenize(expression.text))
    found = [tree] if isinstance(tree, nodes.Compare) else []
    for compare in (*found, *tree.find_all(nodes.Compare)):
        if len(compare.ops) == 1 and compare.ops[0].op in ("eq", "ne", "in", "notin"):
            sides = (compare.expr, compare.ops[0].expr)
            for path, other in ((_path(sides[0]), sides[1]), (_path(sides[1]), sides[0])):
                if path is not None:
                    yield from ((path, text) for text in _texts(other))


def _path(node: Any) -> Path | None:
    """`a.b[0]` as its name, keys and indexes; None for anything else."""
    from jinja2 import nodes

    keys: list[str | int] = []
    while not isinstance(node, nodes.Name):
        if isinstance(node, nodes.Getattr):
            keys.append(node.attr)
        elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
            keys.append(node.arg.value)
        else:
            return None
        node = node.node
    return (node.name, *reversed(keys))


def _texts(node: Any) -> Iterator[str]:
    from jinja2 import nodes

    for each in node.items if isinstance(node, (nodes.List, nodes.Tuple)) else (node,):
        if isinstance(each, nodes.Const) and isinstance(each.value, str):
            yield each.value
