"""Whether two conditions exclude each other, as far as their texts say: `x` and `not x`, `x == 1` and `x == 2`, `x > 3` and
`x <= 3`, also as parts of an `and`.

A yes is certain wherever both read the same values; a no means nothing. Imports jinja2 when the first condition is taken
apart. Refuses to know: what the names stand for.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from engine.refs.expressions import Expression


class Part(NamedTuple):
    """What a condition needs: that a tree is true (or, not `wanted`, false). Trees are told apart by their `repr`, which
    says everything but the place. Of a comparison: what is compared, how, with what, and its literal, if it is one."""

    tree: str
    wanted: bool
    left: str = ""
    how: str = ""
    right: str = ""
    literal: Any = None


_COMPLEMENTS = {"eq": "ne", "lt": "gteq", "gt": "lteq", "in": "notin"}
_COMPLEMENTS |= {other: name for name, other in _COMPLEMENTS.items()}
_NEVER_BOTH = {("lt", "gt"), ("lt", "eq"), ("gt", "eq")}
"""Comparisons with one and the same value that exclude each other without being opposites."""


def exclude(one: Expression, other: Expression) -> bool:
    """Whether no values can make both conditions true. What changes from call to call decides nothing."""
    return not one.calls and not other.calls and _texts_exclude(one.text, other.text)


@lru_cache(maxsize=16_384)
def _texts_exclude(one: str, other: str) -> bool:
    return any(_contradict(a, b) for a in _parts(one) for b in _parts(other))


@lru_cache(maxsize=4096)
def _parts(text: str) -> tuple[Part, ...]:
    """What must hold for the condition to hold: the members of its `and`, each without the `not` around it."""
    from jinja2 import nodes

    from engine.refs.grammar import parsed
    from engine.refs.tokens import tokenize

    out: list[Part] = []
    stack: list[tuple[Any, bool]] = [(parsed(text, tokenize(text)), True)]
    while stack:
        node, wanted = stack.pop()
        if isinstance(node, nodes.Not):
            stack.append((node.node, not wanted))
        elif isinstance(node, nodes.And if wanted else nodes.Or):
            stack += [(node.left, wanted), (node.right, wanted)]
        elif isinstance(node, nodes.Compare) and len(node.ops) == 1:
            operand = node.ops[0]
            how = operand.op if wanted else _COMPLEMENTS[operand.op]
            literal = (operand.expr.value,) if isinstance(operand.expr, nodes.Const) else None
            out.append(Part(repr(node), wanted, repr(node.expr), how, repr(operand.expr), literal))
        else:
            out.append(Part(repr(node), wanted))
    return tuple(out)


def _contradict(one: Part, other: Part) -> bool:
    if one.tree == other.tree:
        return one.wanted != other.wanted
    if not one.how or one.left != other.left:
        return False
    if one.right == other.right:
        how = (one.how, other.how)
        return _COMPLEMENTS.get(one.how) == other.how or how in _NEVER_BOTH or how[::-1] in _NEVER_BOTH
    literals = one.literal is not None and other.literal is not None
    return one.how == other.how == "eq" and literals and bool(one.literal != other.literal)
