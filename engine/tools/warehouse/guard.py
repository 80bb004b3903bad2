"""What a query may be made of. Law: whatever is not known to be harmless is refused.

Two looks: at the parsed tree, every node of which must be of a listed kind, and at the words before a
parenthesis in the text that will be sent, which must be listed functions. The database's own locks (read-only
transaction, authorizer, no external access) stand behind both and do not rely on them.
"""

from __future__ import annotations

import itertools
from typing import Any

from sqlglot import exp
from sqlglot.tokens import TokenType

from engine.errors import ToolError
from engine.text import suggestion
from engine.tools.warehouse.functions import BY_DIALECT, KEYWORDS
from engine.tools.warehouse.grammar import tokens

ROOTS = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values)

# Kinds of nodes beside functions and expressions; what is not here, whatever it is, is refused.
_KINDS = """
Alias Aliases AtTimeZone CTE ColumnDef Comprehension Cube DataType DataTypeParam Distinct Except
Fetch Filter ForIn FormatJson From Group GroupingSets Having HavingMax Identifier IgnoreNulls
Intersect Interval IntervalSpan JSONKeyValue JSONPath JSONPathKey JSONPathRecursive JSONPathRoot
JSONPathSlice JSONPathSubscript JSONPathWildcard Join Lambda Lateral Limit LimitOptions
ObjectIdentifier Offset Order
Ordered Pivot PivotAlias PivotAny PositionalColumn PropertyEQ Qualify RecursiveWithSearch RespectNulls Rollup
Select Slice Star Subquery Table TableAlias TableSample Tuple Union UnpivotColumns Values Var Variadic Where Window
WindowSpec With WithinGroup
"""
_NODES = frozenset(_KINDS.split())
WRITES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Alter, exp.TruncateTable)
MADE = ("TABLE", "VIEW", "INDEX", "SCHEMA")
_WRITING_KINDS = """
Alter AlterColumn AlterRename AutoIncrementColumnConstraint CharacterSetColumnConstraint CharacterSetProperty
CheckColumnConstraint CollateColumnConstraint CollateProperty ColumnConstraint CommentColumnConstraint Constraint Create
DefaultColumnConstraint Delete Drop EngineProperty ForeignKey GeneratedAsIdentityColumnConstraint Index
IndexParameters Insert Merge NotNullColumnConstraint OnConflict PrimaryKey PrimaryKeyColumnConstraint
Properties Reference RenameColumn Schema TemporaryProperty TruncateTable UniqueColumnConstraint Update
When Whens
"""
_WRITING_NODES = frozenset(_WRITING_KINDS.split())
_WRITE_HINT = (
    "one of: insert, update, delete, merge, truncate; create, alter or drop of a table, view, index, schema"
)
_REFUSED_EXPRESSIONS = (exp.Parameter, exp.SessionParameter, exp.NextValueFor)
_FILE_ENDINGS = (
    ".csv",
    ".tsv",
    ".txt",
    ".json",
    ".jsonl",
    ".ndjson",
    ".parquet",
    ".arrow",
    ".feather",
    ".ipc",
    ".gz",
    ".zst",
    ".bz2",
    ".zip",
    ".db",
    ".duckdb",
    ".sqlite",
    ".xlsx",
)


def require_query(trees: list[Any]) -> Any:
    """The one query of the text, harmless as far as its tree tells. ToolError `invalid` or `permission`."""
    root = _the_one(trees)
    if not isinstance(root, ROOTS):
        raise refusal(_named(root), line_of(root))
    return root


def require_write(trees: list[Any]) -> Any:
    """The one statement of the text, which changes rows, tables, views, indexes or schemas."""
    root = _the_one(trees)
    kind = str(root.args.get("kind") or "").upper()
    if isinstance(root, ROOTS):
        raise refusal(
            "a query", line_of(root), "execute is for statements that change something; use `query`"
        )
    if not isinstance(root, WRITES) or (
        isinstance(root, (exp.Create, exp.Drop, exp.Alter)) and kind not in MADE
    ):
        raise refusal(f"{_named(root)} {kind}".strip(), line_of(root), _WRITE_HINT)
    return root


def _the_one(trees: list[Any]) -> Any:
    statements = [tree for tree in trees if tree is not None and not isinstance(tree, exp.Semicolon)]
    if not statements:
        raise ToolError("the sql holds no statement", type="invalid", hint="write one statement")
    if len(statements) > 1:
        raise refusal(f"{len(statements)} statements, expected one", line_of(statements[1]))
    return statements[0]


def require_harmless_write(root: Any, dialect: str) -> None:
    """Every node of the tree only reads or changes tables of this database."""
    for node in root.find_all(exp.EngineProperty):
        if node.name.lower() != "innodb":  # others keep their rows elsewhere, or keep no transactions
            raise refusal(f"the engine {node.name}", line_of(node), "InnoDB is the one with transactions")
    require_harmless(root, dialect, _NODES | _WRITING_NODES)


def require_harmless(root: Any, dialect: str, nodes: frozenset[str] = _NODES) -> None:
    """Every node of the tree is of a kind in `nodes`: those that only read tables. ToolError `permission`, code
    `SQL_REFUSED`.
    """
    for node in root.walk():
        if isinstance(node, exp.Func):
            _require_known_function(node, dialect)
        if isinstance(node, _REFUSED_EXPRESSIONS):
            raise refusal(_named(node), line_of(node))
        if not isinstance(node, (exp.Func, exp.Condition)) and type(node).__name__ not in nodes:
            raise refusal(_named(node), line_of(node))
        if isinstance(node, exp.Table):
            _require_no_file(node)
        if dialect == "postgresql":
            _require_no_hidden_call(node)
        if dialect == "mysql":
            _require_no_stored_call(node)


def require_known_calls(text: str, dialect: str) -> None:
    """Every word before a parenthesis in `text`, the text to be sent, is a listed function or a keyword."""
    functions = BY_DIALECT[dialect]
    for word, after in itertools.pairwise(tokens(text, dialect)):
        called = after.token_type is TokenType.L_PAREN and _is_word(word)
        if called and word.text.lower() not in functions and not _is_keyword(word):
            raise _unknown_function(word.text, dialect, None)


def require_plain_comments(sql: str, dialect: str) -> None:
    """MySQL runs what stands in `/*! … */`; to its reader here, as to people, it is a comment."""
    if dialect != "mysql":
        return
    before: Any = None
    for token in tokens(sql, dialect):
        if any(comment.lstrip().upper().startswith(("!", "M!")) for comment in token.comments):
            raise refusal(
                "a comment that is executed (/*! … */)", token.line, "write what it says, or leave it out"
            )
        dashes = before is not None and before.token_type is token.token_type is TokenType.DASH
        if dashes and before.end + 1 == token.start and not sql[token.end + 1 : token.end + 2].strip():
            raise refusal("two dashes at the end of a line", token.line, "write a blank after `--`")
        before = token


def refusal(what: str, line: int | None, hint: str | None = None) -> ToolError:
    where = f" in line {line} of the sql" if line else ""
    return ToolError(
        f"refused: {what}{where}",
        type="permission",
        code="SQL_REFUSED",
        hint=hint or "one query that only reads: select, values, union, with … select",
    )


def line_of(node: Any) -> int | None:
    """The 1-based line where the first part of the node with a known place stands."""
    lines = [part.meta["line"] for part in node.walk() if "line" in part.meta]
    return min(lines) if lines else None


def _require_known_function(node: Any, dialect: str) -> None:
    if isinstance(node, (exp.Anonymous, exp.AnonymousAggFunc)):
        name = node.name if isinstance(node.this, exp.Expression) else str(node.this)
        if name.lower() not in BY_DIALECT[dialect]:
            raise _unknown_function(name, dialect, line_of(node))


def _unknown_function(name: str, dialect: str, line: int | None) -> ToolError:
    known = f"it is not on the list of functions a {dialect} query may call"
    near = suggestion(name.lower(), BY_DIALECT[dialect])
    return refusal(f'the function "{name.lower()}"', line, f"{known}; {near}" if near else known)


def _require_no_file(table: Any) -> None:
    name = table.name if isinstance(table.this, exp.Identifier) else ""
    if any(mark in name for mark in "/\\*?") or name.lower().endswith(_FILE_ENDINGS):
        raise refusal(
            f'reading the file "{name}"',
            line_of(table),
            "put it into a table first, with the operation `load`",
        )


def _require_no_hidden_call(node: Any) -> None:
    """To PostgreSQL `('/etc/passwd').pg_read_file` is a call, and `mine.upper('x')` one of anybody's function."""
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Func):
        schema, called = node.db, node.this
    elif isinstance(node, exp.Dot):
        schema, called = node.this.name, node.expression
    else:
        return
    if isinstance(called, exp.Func):
        if schema and schema.lower() != "pg_catalog":
            raise refusal(f'a function of the schema "{schema}"', line_of(node))
    elif not isinstance(node.this, (exp.Identifier, exp.Dot)) and not isinstance(called, exp.Star):
        raise refusal(
            f'the name "{called.name}" after a value in parentheses',
            line_of(node),
            "it may call a function; take fields apart in the from clause: `from t, jsonb_each(t.j) as e(k, v)`",
        )


def _require_no_stored_call(node: Any) -> None:
    """To MySQL `mine.upper('x')` is a call of somebody's stored function."""
    called = (
        node.expression if isinstance(node, exp.Dot) else node.this if isinstance(node, exp.Table) else None
    )
    if isinstance(called, exp.Func) and (isinstance(node, exp.Dot) or node.db):
        raise refusal(f'a function of the schema "{node.this.name or node.db}"', line_of(node))


def _is_word(token: Any) -> bool:
    if token.token_type is TokenType.STRING:
        return False
    return token.token_type is TokenType.IDENTIFIER or token.text[:1].isalpha() or token.text[:1] == "_"


def _is_keyword(token: Any) -> bool:
    """Some tokens are two words: GROUP BY, GROUPING SETS."""
    return token.token_type is not TokenType.IDENTIFIER and KEYWORDS.issuperset(token.text.lower().split())


def _named(node: Any) -> str:
    if isinstance(node, exp.Command):
        return f"{node.name.upper()}"
    if isinstance(node, exp.Lock):
        return "FOR UPDATE (a lock)"
    if isinstance(node, exp.Func):
        return f'the function "{node.sql_name().lower()}"'
    return str(node.key).upper()
