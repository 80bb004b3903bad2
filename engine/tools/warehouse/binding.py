"""Values for the placeholders of a parsed query. Law: a value never becomes part of the text, a list only
becomes more placeholders.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from sqlglot import exp
from sqlglot.tokens import TokenType

from engine.errors import ToolError
from engine.text import suggestion
from engine.tools.warehouse.grammar import END, GRAMMARS, tokens
from engine.tools.warehouse.placeholders import placeholders


def marked(sql: str, params: Mapping[str, Any], dialect: str) -> str:
    """`sql` with `$name` for `:name` where the dialect reads both: DuckDB also knows `alias: value`, slices,
    structs.

    Takes the tokens of the very parser that reads the result; every character keeps its place. Raises
    ToolError `invalid` for a placeholder without value.
    """
    if dialect != "duckdb":
        return sql + END
    written = list(sql + END)
    for colon, word in itertools.pairwise(tokens(sql, dialect)):
        if colon.token_type is not TokenType.COLON or word.start != colon.start + 1:
            continue
        before = sql[colon.start - 1] if colon.start else " "
        name = sql[word.start : word.end + 1]
        if not name.isidentifier() or before.isalnum() or before in "_])}'\"":
            continue
        if name not in params:
            raise _missing(name, params, sql)
        written[colon.start] = "$"
    return "".join(written)


def bind(
    root: Any, params: Mapping[str, Any], sql: str, dialect: str
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The values to send by placeholder name, and warnings; lists in `in (:name)` are expanded in the tree.

    Raises ToolError `invalid`: a placeholder without value, a list elsewhere, a mapping.
    """
    values: dict[str, Any] = {}
    used: set[str] = set()
    for node in list(root.find_all(exp.Placeholder)):
        name = _name(node)
        if name not in params:
            raise _missing(name, params, sql)
        used.add(name)
        value = params[name]
        if isinstance(value, (list, tuple)):
            _expand(node, name, params, values, sql=sql, dialect=dialect)
        else:
            values[name] = _scalar(name, value, sql)
    unused = sorted(name for name in set(params) - used if not name.startswith("_"))
    return values, tuple(f'parameter "{name}" is not used in the sql' for name in unused)


def _name(node: Any) -> str:
    name = node.this
    if not isinstance(name, str) or not name.isidentifier():
        written = f"${name}" if name else "?"
        raise ToolError(
            f'placeholder "{written}" has no name',
            type="invalid",
            hint="write :name and give its value in `params`",
        )
    return name


def numbered(root: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """`$1`, `$2` … for the named placeholders of a bound tree, which is changed; gives their values in that order."""
    order: dict[str, int] = {}
    for node in list(root.find_all(exp.Placeholder)):
        at = order.setdefault(node.this, len(order) + 1)
        node.replace(exp.Parameter(this=exp.Literal.number(at)))
    return {name: values[name] for name in order}


def in_order(root: Any, values: Mapping[str, Any], dialect: str) -> dict[str, Any]:
    """`?` for the named placeholders of a bound tree, which is changed; gives a value for each, in the order they are
    written in its text, which is not always that of the tree.
    """
    nodes = {f"weft_mark_{at}": node for at, node in enumerate(root.find_all(exp.Placeholder))}
    named = {mark: str(node.this) for mark, node in nodes.items()}
    for mark, node in nodes.items():
        node.set("this", mark)
    text = root.sql(dialect=GRAMMARS[dialect])
    words = itertools.pairwise(tokens(text, dialect))
    written = [word.text for colon, word in words if colon.text == ":" and word.text in named]
    for node in nodes.values():
        node.set("this", None)
    return {mark: values[named[mark]] for mark in written}


def _expand(
    node: Any, name: str, params: Mapping[str, Any], values: dict[str, Any], *, sql: str, dialect: str
) -> None:
    """`in (:a, 5)` with [1, 2] -> `in (:a__0, :a__1, 5)`; alone with [] -> a query of no rows, true for `not
    in`.
    """
    parent = node.parent
    if not isinstance(parent, exp.In) or node.arg_key != "expressions":
        raise ToolError(
            f'parameter "{name}" is a list{_at(name, sql)}',
            type="invalid",
            hint=f"a list may stand only in `in (:{name})`",
        )
    fresh = []
    for index, item in enumerate(params[name]):
        if isinstance(item, (list, tuple)):
            raise ToolError(f'parameter "{name}" is a list of lists{_at(name, sql)}', type="invalid")
        key = _fresh(f"{name}__{index}", params)
        values[key] = _scalar(name, item, sql)
        fresh.append(exp.Placeholder(this=key))
    others = parent.expressions
    at = next(i for i, other in enumerate(others) if other is node)
    members = [*others[:at], *fresh, *others[at + 1 :]]
    if members:
        parent.set("expressions", members)
        return
    if (
        dialect == "postgresql"
    ):  # would give such a query's column the type text, and compare nothing else with it
        parent.replace(exp.false())
        return
    nothing = exp.select(exp.null()).where(exp.false())
    parent.set("expressions", [])
    parent.set("query", exp.Subquery(this=nothing))


def _fresh(name: str, params: Mapping[str, Any]) -> str:
    while name in params:
        name += "_"
    return name


def _scalar(name: str, value: Any, sql: str) -> Any:
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise ToolError(
        f'parameter "{name}" is a {type(value).__name__}{_at(name, sql)}, '
        "expected text, a number, a boolean or null",
        type="invalid",
        hint="`tojson` makes a text of it",
    )


def _missing(name: str, params: Mapping[str, Any], sql: str) -> ToolError:
    return ToolError(
        f'no value for ":{name}"{_at(name, sql)}',
        type="invalid",
        hint=suggestion(name, [p for p in params if not p.startswith("_")])
        or f"give it in `params: {{{name}: …}}`",
    )


def _at(name: str, sql: str) -> str:
    found = next((place for place in placeholders(sql) if place.name == name), None)
    return f" in line {found.line} of the sql" if found else ""
