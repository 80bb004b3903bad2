"""Templates in a database: every version of a name is kept, and `place` tells the order in which they became the latest.

Two processes that add at the same moment take different places: who comes second finds its place taken and looks again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect, bindparam, insert, select, update

from engine.journal.port import StoredTemplate
from engine.journal.sql.reader import Reader
from engine.journal.sql.schema import TEMPLATES
from engine.journal.sql.statements import Statement
from engine.journal.sql.writer import Writer
from engine.journal.tail import encode_mapping

_COLUMNS = ("name", "hash", "place", "added_at", "text", "path", "extra")


class Templates:
    """The table's statements, for one dialect, on the journal's own writer and reader."""

    def __init__(self, dialect: Dialect, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader
        named = TEMPLATES.c.name == bindparam("the_name")
        versions = select(TEMPLATES.c.hash, TEMPLATES.c.place).where(named)
        self._versions = Statement(versions.order_by(TEMPLATES.c.place.desc()), ("the_name",), dialect)
        self._insert = Statement(insert(TEMPLATES), _COLUMNS, dialect)
        again = update(TEMPLATES).where(named, TEMPLATES.c.hash == bindparam("the_hash"))
        again = again.values(place=bindparam("new_place"), added_at=bindparam("new_time"))
        self._again = Statement(again, ("new_place", "new_time", "the_name", "the_hash"), dialect)

    def add(self, new: StoredTemplate) -> bool:
        """See `Journal.add_template`."""
        extra = encode_mapping(new.extra, "a template")

        def write(cursor: Any) -> bool:
            versions = self._versions.run(cursor, (new.name,)).fetchall()
            if versions and versions[0][0] == new.hash:
                return False
            place = versions[0][1] + 1 if versions else 1
            if any(version[0] == new.hash for version in versions):
                self._again.run(cursor, (place, new.added_at, new.name, new.hash))
            else:
                row = (new.name, new.hash, place, new.added_at, new.text, new.path, extra)
                self._insert.run(cursor, row)
            return True

        def landed(cursor: Any) -> bool:
            latest = self._versions.run(cursor, (new.name,)).fetchone()
            return latest is not None and bool(latest[0] == new.hash)

        return self._writer.transact(write, landed)

    def all(self, name: str | None) -> list[StoredTemplate]:
        """See `Journal.templates`."""
        return self._reader.templates(name)
