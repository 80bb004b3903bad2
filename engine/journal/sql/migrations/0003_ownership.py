"""Leases of owners, what others post to a run, and the runs that recovery leaves alone."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Connection, Double, ForeignKey, MetaData, String, Table, Text

_METADATA = MetaData()
_RUN_ID = String(128).with_variant(String(128, collation="C"), "postgresql")

Table(
    "weft_runs", _METADATA, Column("run_id", _RUN_ID, primary_key=True)
)  # what the others refer to; it is there

Table(
    "weft_leases",
    _METADATA,
    Column("run_id", _RUN_ID, ForeignKey("weft_runs.run_id"), primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("clock", String(64), nullable=False),
    Column("until", Double, nullable=False),
)

Table(
    "weft_inbox",
    _METADATA,
    Column("run_id", _RUN_ID, ForeignKey("weft_runs.run_id"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(64), nullable=False),
    Column("name", Text),
    Column("payload", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("taken", BigInteger),
    sqlite_with_rowid=False,
)

Table(
    "weft_quarantine",
    _METADATA,
    Column("run_id", _RUN_ID, ForeignKey("weft_runs.run_id"), primary_key=True),
    Column("at", Double, nullable=False),
    Column("reason", Text, nullable=False),
)


def apply(connection: Connection) -> None:
    """Create the tables; one that exists is somebody else's and an error."""
    for name in ("weft_leases", "weft_inbox", "weft_quarantine"):
        _METADATA.tables[name].create(connection, checkfirst=False)
