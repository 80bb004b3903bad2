"""A query -> one that answers the same and may be quicker. Knows trees, no database and no schema.

Law: never a different answer. So each rule asks for little more than it can see: conditions that only compare columns,
texts, numbers and bound values; derived tables that only choose columns; no limit by the author, whose rows would be
others. `tests/warehouse/test_warehouse_rewrites.py` compares the answers of thousands of generated queries.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlglot import exp

_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_PLAIN = (
    *_COMPARED,
    exp.Column,
    exp.Identifier,
    exp.Literal,
    exp.Placeholder,
    exp.Boolean,
    exp.Null,
    exp.And,
    exp.Or,
    exp.Not,
    exp.Paren,
    exp.Is,
    exp.Between,
    exp.In,
    exp.Neg,
)
_KEPT_SIDES = ("", "LEFT")


def rewritten(root: Any) -> tuple[Any, list[str]]:
    """A tree of its own, and what was done to it, in words for people."""
    tree = root.copy()
    if any(tree.find_all(exp.Limit, exp.Offset, exp.Fetch, exp.TableSample, exp.With)):
        return tree, []
    applied: list[str] = []
    for select in list(tree.find_all(exp.Select)):
        applied += _simplified(select)
        applied += _inner_joins(select)
        applied += _pushed(select)
    return tree, list(dict.fromkeys(applied))


def _simplified(select: Any) -> Iterator[str]:
    """True and false taken out of the condition, and what it says twice."""
    where = select.args.get("where")
    if where is None:
        return
    before = where.this
    after = _simple(before.copy())
    if after == before:
        return
    if _is(after, True):
        select.set("where", None)
    else:
        where.set("this", after)
    yield "condition simplified"


def _simple(node: Any) -> Any:
    """Holds for null too: a condition that is null and one that is false choose the same rows, and no `not` is passed."""
    if isinstance(node, exp.Paren):
        inner = _simple(node.this)
        return (
            inner
            if isinstance(inner, (exp.Boolean, exp.Paren, exp.Column, *_COMPARED))
            else exp.Paren(this=inner)
        )
    if isinstance(node, exp.EQ) and _whole(node.this) and _whole(node.expression):
        return exp.Boolean(this=int(node.this.this) == int(node.expression.this))
    if not isinstance(node, (exp.And, exp.Or)):
        return node
    left, right = _simple(node.this), _simple(node.expression)
    absorbs = isinstance(node, exp.Or)  # `true or x` is true, `false and x` false
    for one, other in ((left, right), (right, left)):
        if _is(one, absorbs):
            return one
        if _is(one, not absorbs) and _is_condition(other):
            return other
    if left == right and _is_plain(left):
        return left
    return type(node)(this=left, expression=right)


def _is(node: Any, value: bool) -> bool:
    return isinstance(node, exp.Boolean) and bool(node.this) is value


def _whole(node: Any) -> bool:
    return (
        isinstance(node, exp.Literal)
        and not node.is_string
        and str(node.this).isdigit()
        and len(node.this) < 19
    )


def _is_condition(node: Any) -> bool:
    """Whether the node by itself may stand as a condition: `true and 5` may be one where `5` alone is none."""
    return isinstance(
        node, (*_COMPARED, exp.And, exp.Or, exp.Not, exp.Is, exp.Between, exp.In, exp.Boolean, exp.Paren)
    )


def _is_plain(node: Any) -> bool:
    return all(isinstance(part, _PLAIN) for part in node.walk()) and not any(
        part.args.get("query") for part in node.find_all(exp.In)
    )


def _conjuncts(node: Any) -> Iterator[Any]:
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.And):
        yield from _conjuncts(node.this)
        yield from _conjuncts(node.expression)
    else:
        yield node


def _inner_joins(select: Any) -> Iterator[str]:
    """A left join whose right side the condition wants compared: rows it would fill with nulls are not chosen anyway."""
    where = select.args.get("where")
    joins = select.args.get("joins") or []
    if where is None or any(_side(join) not in _KEPT_SIDES for join in joins):
        return
    compared = {
        column.table
        for part in _conjuncts(where.this)
        if isinstance(part, _COMPARED) and _is_plain(part)
        for column in (part.this, part.expression)
        if isinstance(column, exp.Column)
    }
    for join in joins:
        if _side(join) == "LEFT" and _alias(join.this) in compared and join.args.get("on") is not None:
            join.set("side", None)
            join.set("kind", None)
            yield f'left join of "{_alias(join.this)}" made an inner one'


def _side(join: Any) -> str:
    """LEFT, nothing for an inner or a cross join, another word for what is not touched."""
    if join.args.get("method") or join.args.get("using"):
        return "OTHER"
    kind = str(join.args.get("kind") or "").upper()
    side = str(join.args.get("side") or "").upper()
    return (
        side
        if kind in ("", "INNER", "OUTER", "CROSS") and not isinstance(join.this, exp.Lateral)
        else "OTHER"
    )


def _alias(source: Any) -> str:
    return str(source.alias_or_name)


def _pushed(select: Any) -> Iterator[str]:
    """Conditions on a derived table alone go into it, where it is not the side of a join that may be filled with nulls."""
    where, source = select.args.get("where"), select.args.get("from_") or select.args.get("from")
    joins = select.args.get("joins") or []
    if where is None or source is None or any(_side(join) not in _KEPT_SIDES for join in joins):
        return
    inside = [source.this, *(join.this for join in joins if _side(join) == "")]
    for derived in inside:
        columns = _chosen(derived)
        if columns is None:
            continue
        stay: list[Any] = []
        go: list[Any] = []
        for part in _conjuncts(where.this):
            (go if _is_of(part, _alias(derived), columns) else stay).append(part)
        if not go:
            continue
        _add(derived.this, [_translated(part, columns) for part in go])
        if stay:
            where.set("this", exp.and_(*stay, copy=False))
            yield f'conditions on "{_alias(derived)}" moved into it'
            continue
        select.set("where", None)
        yield f'conditions on "{_alias(derived)}" moved into it'
        return


def _chosen(derived: Any) -> dict[str, Any] | None:
    """The columns by name, where the derived table only chooses columns and rows; None where it does more."""
    own = {key for key, value in derived.args.items() if value}
    inner = derived.this if isinstance(derived, exp.Subquery) and own == {"this", "alias"} else None
    if not isinstance(inner, exp.Select) or not derived.alias or derived.args["alias"].columns:
        return None
    allowed = {"expressions", "from", "from_", "where", "joins", "kind"}
    if any(value for key, value in inner.args.items() if key not in allowed) or inner.args.get("kind"):
        return None
    found: dict[str, Any] = {}
    for column in inner.expressions:
        value = column.this if isinstance(column, exp.Alias) else column
        if (
            not isinstance(value, exp.Column)
            or isinstance(value.this, exp.Star)
            or column.alias_or_name in found
        ):
            return None
        found[column.alias_or_name] = value
    return found


def _is_of(part: Any, alias: str, columns: dict[str, Any]) -> bool:
    """A comparison of the derived table's own columns, each written with its alias."""
    if not _is_plain(part):
        return False
    named = list(part.find_all(exp.Column))
    return bool(named) and all(
        column.table == alias and not column.db and column.name in columns for column in named
    )


def _translated(part: Any, columns: dict[str, Any]) -> Any:
    return part.copy().transform(
        lambda node: columns[node.name].copy() if isinstance(node, exp.Column) else node
    )


def _add(inner: Any, parts: list[Any]) -> None:
    """Each in parentheses: what is added must not be taken apart by what is there."""
    wrapped = [exp.Paren(this=part) for part in parts]
    where = inner.args.get("where")
    if where is not None:
        wrapped.insert(0, exp.Paren(this=where.this))
    inner.set("where", exp.Where(this=exp.and_(*wrapped, copy=False)))
