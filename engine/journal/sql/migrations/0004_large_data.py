"""Large data of runs, in parts, beside the events that speak of it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, LargeBinary, MetaData, String, Table, Text

_METADATA = MetaData()
_RUN_ID = String(128).with_variant(String(128, collation="C"), "postgresql")

Table(
    "weft_runs", _METADATA, Column("run_id", _RUN_ID, primary_key=True)
)  # what the other refers to; it is there

Table(
    "weft_data",
    _METADATA,
    Column("run_id", _RUN_ID, ForeignKey("weft_runs.run_id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("part", BigInteger, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)


def apply(connection: Connection) -> None:
    """Create the table; one that exists is somebody else's and an error."""
    _METADATA.tables["weft_data"].create(connection, checkfirst=False)
