"""What runs of several processes share: token buckets, results kept for other calls, and who is making one."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Connection, Double, Index, MetaData, String, Table, Text

_METADATA = MetaData()
_RUN_ID = String(128).with_variant(String(128, collation="C"), "postgresql")

Table(
    "weft_salt",
    _METADATA,
    Column("name", String(32), primary_key=True),
    Column("value", String(128), nullable=False),
)

Table(
    "weft_buckets",
    _METADATA,
    Column("bucket", String(64), primary_key=True),
    Column("clock", String(64), nullable=False),
    Column("at", Double, nullable=False),
    Column("level", Double, nullable=False),
    Column("full_at", Double, nullable=False),
)

Table(
    "weft_results",
    _METADATA,
    Column("key", String(64), primary_key=True),
    Column("space", String(64), nullable=False),
    Column("made_at", Double, nullable=False),
    Column("until", Double, nullable=False),
    Column("used_at", Double, nullable=False),
    Column("text", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    Index("weft_results_by_use", "space", "used_at"),
    Index("weft_results_by_age", "until"),
)

Table(
    "weft_results_begun",
    _METADATA,
    Column("key", String(64), primary_key=True),
    Column("run_id", _RUN_ID, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
)


def apply(connection: Connection) -> None:
    """Create the tables; one that exists is somebody else's and an error."""
    for name in ("weft_salt", "weft_buckets", "weft_results", "weft_results_begun"):
        _METADATA.tables[name].create(connection, checkfirst=False)
