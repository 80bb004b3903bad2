"""A folder with a store, and the command line called in it in this process; journals written fact by fact."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from engine.cli.parser import run
from engine.journal import Journal, NewEvent, NewRun, StoredSpec, content_hash
from engine.spec.shipped import shipped

SETTINGS = ("WEFT_STORE", "WEFT_PROFILE", "WEFT_EXECUTOR", "NO_COLOR", "FORCE_COLOR")


class Answer:
    """What a call gave."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Place:
    """`folder` is the working folder."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(folder)
        for name in SETTINGS:
            monkeypatch.delenv(name, raising=False)
        self.folder = folder
        self._capsys = capsys

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def weft(self, *words: str) -> Answer:
        self._capsys.readouterr()
        code = run(list(words))
        out, err = self._capsys.readouterr()
        return Answer(code, out, err)

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask, or damage, the store behind the engine's back."""
        with closing(sqlite3.connect(self.folder / ".weft" / "weft.db")) as connection, connection:
            return connection.execute(statement, values).fetchall()


def holds(name: str, value: Any) -> None:
    """The value is as the schema of this name says."""
    schema = json.loads((shipped("schemas") / f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    assert [f"{error.json_path}: {error.message}" for error in checker.iter_errors(value)] == []
    assert not checker.is_valid({**value, "more": 1})


def recorded(
    journal: Journal, run_id: str, text: str, facts: Sequence[NewEvent], *, ended: str | None = None
) -> None:
    """A run of the spec `text` with these facts after its creation at second 0."""
    spec = StoredSpec(content_hash(text), "made", text, None, {"project_dir": "/", "form": "yaml"})
    created = NewEvent(0.0, "RunCreated", None, None, {"spec": spec.hash, "inputs": {}, "attempt": 1})
    journal.create_run(NewRun(run_id, "made", {}, 0.0, "running", 0.0, {"host": "h"}), spec, [created])
    if facts:
        changes = {"status": ended, "finished_at": facts[-1].at} if ended else None
        journal.append(run_id, 1, list(facts), changes)  # type: ignore[arg-type]
