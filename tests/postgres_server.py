"""A PostgreSQL server of a test's own, by `.ci/services/postgresql`."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

_SCRIPTS = Path(__file__).parents[1] / ".ci/services"


class NoServer(AssertionError):
    """It could not be started, stopped or removed; the message is the script's."""


class PostgresServer:
    """A server in a folder of its own; `url` stays the same when it is started again."""

    kind = "postgresql"

    def __init__(self) -> None:
        self.url, self.folder = self._say("start")

    def start(self) -> None:
        assert self._say("start", self.folder)[0] == self.url

    def stop(self, mode: str = "fast") -> None:
        """`immediate` ends it as a crash would: it recovers when it is started again."""
        self._say("stop", self.folder, mode)

    def remove(self) -> None:
        self._say("remove", self.folder)

    def _say(self, *words: str) -> tuple[str, str]:
        done = subprocess.run(
            [str(_SCRIPTS / self.kind), *words], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise NoServer(f"{' '.join(words)}: {done.stderr}")
        lines = (line.removeprefix("export ") for line in shlex.split(done.stdout, comments=False))
        told = dict(line.split("=", 1) for line in lines if "=" in line)
        name = f"WEFT_TEST_{self.kind.upper()}"
        return told.get(name, ""), told.get(f"{name}_FOLDER", "")
