"""From the name of a store to a journal, or to a message that says what to do."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import StoreError, UsageError, WeftError
from engine.journal import MemoryJournal, NewerStore, NewEvent, NewRun, StoredSpec, open_journal
from engine.journal.sql.migrations import migrations


def test_memory_is_the_double_and_loads_no_database_library() -> None:
    code = (
        "import sys; from engine.journal import open_journal; open_journal('memory'); "
        "sys.exit('sqlalchemy' in sys.modules or 'sqlite3' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    journal = open_journal("memory")
    assert isinstance(journal, MemoryJournal)
    assert not journal.durable


@pytest.mark.parametrize(
    "form", ["{}", "sqlite:///{}", "sqlite+pysqlite:///{}", "sqlite:///{}?synchronous=normal"]
)
def test_a_path_and_a_url_open_the_same_file(tmp_path: Path, form: str) -> None:
    path = tmp_path / "runs.db"
    open_journal(str(path)).close()
    journal = open_journal(form.format(path), create=False)
    journal.create_run(NewRun("r1", "w", {}, 1.0), StoredSpec("h", "n", "t"), [NewEvent(1.0, "RunCreated")])
    journal.close()
    assert [p.name for p in tmp_path.iterdir()] == ["runs.db"]
    again = open_journal(str(path))
    assert again.run("r1") is not None
    again.close()


def test_the_state_folder_is_made_and_hidden_from_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for store in (".weft/weft.db", "sqlite:///other/.weft/deep/er.db", str(tmp_path / "third/.weft/weft.db")):
        open_journal(store).close()
    assert (tmp_path / ".weft/weft.db").is_file()
    assert (tmp_path / "other/.weft/deep/er.db").is_file()
    for folder in (".weft", "other/.weft", "third/.weft"):
        assert (tmp_path / folder / ".gitignore").read_text() == "*\n"
    assert not (tmp_path / "other/.weft/deep/.gitignore").exists()


def test_an_own_gitignore_in_the_state_folder_stays(tmp_path: Path) -> None:
    (tmp_path / ".weft").mkdir()
    (tmp_path / ".weft/.gitignore").write_text("mine\n")
    open_journal(str(tmp_path / ".weft/weft.db")).close()
    assert (tmp_path / ".weft/.gitignore").read_text() == "mine\n"


def test_without_create_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no store '.*weft\.db'"):
        open_journal(str(tmp_path / ".weft/weft.db"), create=False)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "empty.db").touch()
    with pytest.raises(StoreError, match=r"there is no journal in '.*empty\.db'"):
        open_journal(str(tmp_path / "empty.db"), create=False)


def refusal(store: str) -> WeftError:
    with pytest.raises(WeftError) as caught:
        open_journal(store, busy_seconds=0.05)
    assert caught.value.hint, "it says what to do"
    assert "\n" not in caught.value.message
    return caught.value


@pytest.mark.parametrize(
    ("store", "message"),
    [
        ("", "'' is not a store"),
        ("  ", "'  ' is not a store"),
        ("a\0b", "'a\\x00b' is not a store"),
        ("sqlite://", "a SQLite store needs a file"),
        ("sqlite:///:memory:", "a SQLite store needs a file"),
        ("sqlite:///x.db?synchronous=off", "synchronous='off' is not known"),
        ("no such://", "the store's URL cannot be read"),
        ("nosuch://host/db", "'nosuch' is not a kind of store"),
        ("postgresql+psycopg_async://host/db", "the driver of 'postgresql+psycopg_async' is asynchronous"),
    ],
)
def test_a_name_that_cannot_be_a_store_is_a_wrong_call(store: str, message: str) -> None:
    error = refusal(store)
    assert isinstance(error, UsageError)
    assert error.message == message


def test_a_driver_that_is_not_installed_is_named() -> None:
    assert (
        refusal("sqlite+pysqlcipher:///x.db").message == "the store needs the Python package 'pysqlcipher3'"
    )


def test_a_missing_folder_a_folder_and_a_pipe_are_wrong_calls(tmp_path: Path) -> None:
    assert "does not exist" in refusal(str(tmp_path / "no/runs.db")).message
    assert "is not a file" in refusal(str(tmp_path)).message
    os.mkfifo(tmp_path / "pipe")
    assert "is not a file" in refusal(str(tmp_path / "pipe")).message
    assert "is not a file" in refusal("/dev/zero").message


def test_a_file_in_the_place_of_the_state_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / ".weft").write_text("")
    error = refusal(str(tmp_path / ".weft/weft.db"))
    assert isinstance(error, StoreError)
    assert "cannot be made" in error.message


def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("dear diary, " * 100)
    error = refusal(str(path))
    assert isinstance(error, StoreError)
    assert error.message == f"{str(path)!r} is not a SQLite database"
    assert path.read_text() == "dear diary, " * 100


def test_a_store_of_a_newer_engine_is_refused_naming_both_versions(store: str) -> None:
    from engine.journal.sql.connect import file_url, make_engine, parse_url

    open_journal(store).close()
    database = make_engine(parse_url(store) if "://" in store else file_url(store), 1.0)
    with database.begin() as connection:
        connection.exec_driver_sql("INSERT INTO weft_schema VALUES (77, 'from_the_future')")
    database.dispose()
    error = refusal(store)
    assert isinstance(error, NewerStore)
    known = migrations()[-1].version
    assert f"has schema version 77, this engine knows versions up to {known}" in error.message


def test_the_command_line_leaves_a_store_of_a_newer_engine_alone_and_exits_with_5(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from engine.cli import main

    path = tmp_path / "runs.db"
    open_journal(str(path)).close()
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO weft_schema VALUES (77, 'from_the_future')")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(SystemExit) as caught:
        sys.exit(main(["runs", "--store", str(path)]))
    assert caught.value.code == 5
    assert "has schema version 77" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    error = refusal("postgresql://someone:hunter2@127.0.0.1:1/db")
    assert isinstance(error, StoreError)
    assert "cannot be reached" in error.message
    assert "someone:***@127.0.0.1:1/db" in error.message
    assert "hunter2" not in error.message


def test_tables_of_somebody_else_are_not_taken_for_ours(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE weft_events (mine)")
    connection.close()
    error = refusal(str(path))
    assert isinstance(error, StoreError)
    assert "weft_events already exists" in error.message
