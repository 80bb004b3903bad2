"""Templates: specs kept by name, every version of them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Connection, Double, MetaData, String, Table, Text, UniqueConstraint

_METADATA = MetaData()
_NAME = String(128).with_variant(String(128, collation="C"), "postgresql")

Table(
    "weft_templates",
    _METADATA,
    Column("name", _NAME, primary_key=True),
    Column("hash", String(128), primary_key=True),
    Column("place", BigInteger, nullable=False),
    Column("added_at", Double, nullable=False),
    Column("text", Text, nullable=False),
    Column("path", Text),
    Column("extra", Text, nullable=False),
    UniqueConstraint("name", "place", name="weft_templates_order"),
)


def apply(connection: Connection) -> None:
    """Create the table; one that exists is somebody else's and an error."""
    _METADATA.create_all(connection, checkfirst=False)
