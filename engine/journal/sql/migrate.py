"""Takes the numbered steps of `migrations/` at open: each in one transaction, one process at a time.

`weft_schema` has one row for each step taken; the highest is the store's version. A process killed in between
leaves the version before; the next one that opens the store goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

from sqlalchemy import Connection, Engine, func, insert, inspect, select, text

from engine import crash
from engine.errors import StoreError
from engine.journal.port import NewerStore
from engine.journal.sql.migrations import Migration
from engine.journal.sql.schema import SCHEMA

_LOCK = 0x77656674  # PostgreSQL's advisory lock of whoever migrates: "weft"


def migrate(
    engine: Engine,
    store: str,
    steps: Sequence[Migration],
    *,
    create: bool = True,
    unlimited: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> None:
    """Bring the store to the last of `steps`. Raises NewerStore; StoreError if empty with `create` off.

    A step may take long: it is taken within `unlimited`.
    """
    latest = steps[-1].version
    with engine.connect() as connection:
        version = _version(connection)
        connection.rollback()
        if version == 0 and not create:
            raise StoreError(
                f"there is no journal in {store!r}", hint="weft run creates one; is --store right?"
            )
        while version < latest:
            with unlimited():
                version = _take_next(connection, steps)
            crash.point("CP16")
    if version > latest:
        raise NewerStore(
            f"the store {store!r} has schema version {version}, this engine knows versions up to {latest}",
            hint="use the newer engine that wrote it: pip install --upgrade weft-engine",
        )


def _take_next(connection: Connection, steps: Sequence[Migration]) -> int:
    """Take the next step, if nobody did meanwhile; returns the version then."""
    with connection.begin():
        _shut_others_out(connection)
        SCHEMA.create(connection, checkfirst=True)
        version = _version(connection)
        for step in steps:
            if step.version == version + 1:
                step.apply(connection)
                crash.point("CP16")
                connection.execute(insert(SCHEMA).values(version=step.version, name=step.name))
                return step.version
    return version


def _shut_others_out(connection: Connection) -> None:
    """Hold the lock of whoever migrates until the transaction ends."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _version(connection: Connection) -> int:
    """The store's version; 0 for one that holds no journal."""
    if not inspect(connection).has_table(SCHEMA.name):
        return 0
    return connection.execute(select(func.max(SCHEMA.c.version))).scalar() or 0
