"""The port a database stands behind: one module implements it, nothing else knows the database.

A `Database` is made once per connection and used by many threads; a `Reading` or `Writing` belongs to one
call. Whatever the database raises comes out of its `translated` block as ToolError, once.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from engine.errors import ToolError
from engine.tools.port import CallContext

if TYPE_CHECKING:
    import pyarrow as pa

    from engine.tools.warehouse.statement import Statement

BATCH_ROWS = 50_000
PORTION_ROWS = 1000
"""Of a result that is streamed as JSON."""
NO_VALUES: Mapping[str, Any] = MappingProxyType({})


class Column(NamedTuple):
    """`type` is the database's own word for it."""

    name: str
    type: str

    def as_json(self) -> dict[str, str]:
        return {"name": self.name, "type": self.type}


@dataclass(slots=True)
class Rows:
    """A result as JSON rows. `bytes` is about what was moved from the database."""

    columns: list[Column]
    rows: list[dict[str, Any]]
    bytes: int
    warnings: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Batches:
    """A result as Arrow record batches of one schema, made while they are read."""

    columns: list[Column]
    schema: pa.Schema
    stream: Generator[pa.RecordBatch, None, None]


@dataclass(frozen=True, slots=True)
class Explained:
    """`plan` is JSON, in the database's own words. `seconds` and `rows` are None where the query was not run.

    `scanned` are the tables that are read from end to end; `findings` what else is worth a look (kind, detail).
    """

    plan: Any
    seconds: float | None
    rows: int | None
    scanned: list[str]
    findings: list[tuple[str, str]]


class Target(NamedTuple):
    """The table of a load: plain names, quoted when written."""

    schema: str | None
    table: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}" if self.schema else self.table

    @classmethod
    def parse(cls, text: str) -> Target:
        schema, dot, table = text.rpartition(".")
        return cls(schema if dot else None, table)


class TableColumn(NamedTuple):
    """A column as the catalogue has it."""

    name: str
    type: str
    nullable: bool


class Table(NamedTuple):
    """`name` is quoted, to be written into a statement; `shown` is for people."""

    name: str
    shown: str
    columns: list[TableColumn]


class Reading(Protocol):
    """One call's read-only transaction."""

    def check(self) -> None:
        """Raises when the call was told to end."""

    def rows(self, statement: Statement, most: int) -> Rows:
        """At most `most` rows."""

    def portions(self, statement: Statement) -> Iterator[Rows]:
        """All rows, some at a time; one without rows where there are none, for its columns."""

    def batches(self, statement: Statement) -> Batches: ...

    def tables(self) -> list[str]: ...

    def columns(self, table: str) -> list[str]: ...

    def table(self, target: Target) -> Table | None:
        """The table or view of that name in the catalogue."""

    def explain(self, statement: Statement, *, run: bool) -> Explained:
        """How the database would answer, or did."""


class Writing(Protocol):
    """One call's transaction: committed when its block ends well, gone when it does not."""

    def columns(self, target: Target) -> list[Column] | None:
        """The table's columns, None when there is no such table."""

    def tables(self) -> list[str]: ...

    def types(self, schema: pa.Schema) -> list[str]:
        """The database's types for the columns of Arrow batches."""

    def parsed_type(self, text: str) -> str:
        """An author's SQL type, written anew from its tree. Raises ToolError `invalid`."""

    def spelled(self, name: str) -> str:
        """How a made table or column of this name is called, so that it is found without quotes."""

    def name(self, target: Target) -> str:
        """The table's quoted name."""

    def lock(self, target: Target) -> None:
        """Lets nobody else write to the table until the transaction ends, nor make it where there is none."""

    def make(self, target: Target, columns: Sequence[Column], key: Sequence[str]) -> tuple[str, list[Column]]:
        """Makes the table, which is not there; gives the quoted name to load into, and the columns as they are made."""

    def merge(self, table: str, stage: str, names: Sequence[str], key: Sequence[str], sequence: str) -> int:
        """Puts the rows of the temporary table `stage`, numbered by `sequence`, into `table`, and drops the stage.

        Rows with the key of a row that is there change it, the others are added; of rows with one key the last one
        holds. Gives how many there were too many.
        """

    def commits(self, kind: str) -> bool:
        """Whether a statement of this kind (CREATE …) ends the transaction by itself."""

    def run(self, sql: str, values: Mapping[str, Any] = NO_VALUES) -> int:
        """Runs a statement; the first number it gives back, else the rows it changed, else 0."""

    def insert(self, table: str, names: Sequence[str], batch: pa.RecordBatch) -> None:
        """`table` is a quoted name."""

    def check(self) -> None:
        """Raises when the call was told to end."""


class Database(Protocol):
    dialect: str

    def reading(self, context: CallContext) -> AbstractContextManager[Reading]: ...

    def writing(self, context: CallContext) -> AbstractContextManager[Writing]: ...

    def translated(
        self, statement: Statement | None = None, session: Reading | Writing | None = None
    ) -> AbstractContextManager[None]:
        """Turns what the database raises inside the block into ToolError, in terms of the author's text.

        Where the call was told to end, that is what comes out instead.
        """

    def close(self) -> None: ...


def quoted(name: str) -> str:
    """An identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def unique_names(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Column names made different (`a`, `a_1`), and a warning for each that was changed."""
    taken: set[str] = set(names)
    seen: set[str] = set()
    out, warnings = [], []
    for name in names:
        fresh, count = name, 0
        while fresh in seen or (count and fresh in taken):
            count += 1
            fresh = f"{name}_{count}"
        if count:
            warnings.append(
                f'two columns are named "{name}": the later one is "{fresh}" here; give it an alias'
            )
        seen.add(fresh)
        out.append(fresh)
    return out, warnings


def missing_folder(dialect: str, code: str, database: Path, project: Path) -> ToolError:
    """For a database file in a folder that is not there: the databases themselves name no file, or its whole path."""
    home = project.absolute()
    shown = database.relative_to(home) if database.is_relative_to(home) else database
    return ToolError(
        f'{dialect}: "{shown}" cannot be opened: the folder "{shown.parent}" does not exist',
        type="not_found",
        code=code,
        hint="make the folder, or mend the path in the connection",
    )
