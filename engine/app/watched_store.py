"""A store that is looked at again and again: opened anew when it had failed, or when its file has become another one."""

from __future__ import annotations

import os

from engine.errors import StoreError
from engine.journal import Journal, open_journal, store_url


class WatchedStore:
    """`journal` is the one that is open. Raises StoreError where the store is not there."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.journal: Journal = open_journal(name, create=False)
        self._file = self._identity()
        self._failed = False

    def failed(self) -> None:
        """What was open is not to be trusted any longer."""
        self._failed = True

    def at_hand(self) -> Journal:
        """The journal of the store as it is now. Raises StoreError where that cannot be had."""
        file = self._identity()
        if self._failed or file != self._file:
            fresh = open_journal(self._name, create=False)
            self.journal.close()
            self.journal, self._file, self._failed = fresh, file, False
        return self.journal

    def _identity(self) -> tuple[int, int] | None:
        """Which file a SQLite store is. A file that was deleted can be read as long as it is open: nobody would notice."""
        if not (self.journal.local and self.journal.durable):
            return None
        file = store_url(self._name).database
        if not file or file.startswith("file:"):
            return None
        try:
            found = os.stat(file)
        except OSError as error:
            raise StoreError(f"the store {file!r} is gone") from error
        return found.st_dev, found.st_ino
