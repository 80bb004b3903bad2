"""Runs, their values, their specs and their events: the first tables."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

_METADATA = MetaData()
_RUN_ID = String(128).with_variant(String(128, collation="C"), "postgresql")
_STATUS_CHECK = "status IN ('pending','running','waiting','succeeded','failed','partial_failure','cancelled')"

Table(
    "weft_specs",
    _METADATA,
    Column("hash", String(128), primary_key=True),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("path", Text),
    Column("extra", Text, nullable=False),
)

Table(
    "weft_runs",
    _METADATA,
    Column("run_id", _RUN_ID, primary_key=True),
    Column("workflow", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("spec_hash", String(128), ForeignKey("weft_specs.hash"), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("finished_at", Double),
    Column("attempt", Integer, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("owner", Text),
    Column("last_seq", BigInteger, nullable=False),
    Column("last_hash", String(64), nullable=False),
    CheckConstraint(_STATUS_CHECK, name="weft_runs_status"),
    Index("weft_runs_by_age", "created_at", "run_id"),
    Index("weft_runs_by_status", "status", "created_at"),
    sqlite_with_rowid=False,
)

Table(
    "weft_run_values",
    _METADATA,
    Column("run_id", _RUN_ID, ForeignKey("weft_runs.run_id"), primary_key=True),
    Column("inputs", Text, nullable=False),
    Column("outputs", Text),
    Column("error", Text),
)

Table(
    "weft_events",
    _METADATA,
    Column("run_id", _RUN_ID, ForeignKey("weft_runs.run_id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    Column("at", Double, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("instance", Text),
    Column("attempt", Integer),
    Column("payload", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    sqlite_with_rowid=False,
)


def apply(connection: Connection) -> None:
    """Create the tables; all of them are new, so one that exists is somebody else's and an error."""
    _METADATA.create_all(connection, checkfirst=False)
