"""The audit trail, the head of its chain, and the runs whose spans are still to be sent."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    insert,
)

_METADATA = MetaData()
_RUN_ID = String(128).with_variant(String(128, collation="C"), "postgresql")

Table(
    "weft_audit",
    _METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("run_id", _RUN_ID, nullable=False),
    Column("entry", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    sqlite_with_rowid=False,
)

_HEAD = Table(
    "weft_audit_head",
    _METADATA,
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)

Table(
    "weft_spans_owed",
    _METADATA,
    Column("run_id", _RUN_ID, primary_key=True),
    Column("at", Double, nullable=False),
)


def apply(connection: Connection) -> None:
    """Create the tables; one that exists is somebody else's and an error. The chain begins with no entry."""
    _METADATA.create_all(connection, checkfirst=False)
    connection.execute(insert(_HEAD).values(place=1, number=0, hash="0" * 64))
