"""From a URL to an engine whose connections are as the journal needs them; what a database must be told."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from engine.errors import MissingExtra, StoreError, UsageError
from engine.journal.sql.answers import Answers, connection_class

_EXTRAS = {"psycopg": "warehouse"}  # drivers that come with an extra
_SYNCHRONOUS = ("full", "normal")
# libpq's words, where the URL does not say otherwise: a server that fell silent is noticed within a minute
_PSYCOPG = {
    "connect_timeout": 10,
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 40_000,
    "application_name": "weft",
}
# What was begun on a connection that broke is undone by the server before anybody gives up waiting for its locks; and it
# gives up on a statement before the answer is given up (answers.py).
_TOLD_POSTGRESQL = (
    "SET statement_timeout = '50s'",
    "SET idle_in_transaction_session_timeout = '20s'",
    "SET lock_timeout = '40s'",
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
)


def parse_url(text: str) -> URL:
    """The URL of a store. PostgreSQL without a driver means psycopg. Raises UsageError."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise UsageError(
            "the store's URL cannot be read",
            hint="for instance sqlite:///runs.db or postgresql://user@host/db",
        ) from error
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise UsageError(
            "a SQLite store needs a file", hint="a store that ends with the process is called 'memory'"
        )
    return url


def file_url(path: str) -> URL:
    """The URL of the SQLite file at `path`."""
    return URL.create("sqlite", database=path)


def shown_name(url: URL) -> str:
    """What people call the store: the path of a SQLite file, else the URL without its password."""
    if url.get_backend_name() == "sqlite" and url.database:
        return url.database
    return url.set(query={}).render_as_string(hide_password=True)


def make_engine(url: URL, busy_seconds: float, answers: Answers | None = None) -> Engine:
    """An engine for `url`; nothing is connected yet. Raises UsageError, MissingExtra.

    `answers`: how long those of PostgreSQL are waited for, by the driver that can be told (psycopg).

    SQLite takes `?synchronous=normal` in its URL: writes then survive the process, not a loss of power.
    """
    is_sqlite = url.get_backend_name() == "sqlite"
    synchronous = str(url.query.get("synchronous", "full")).lower()
    if is_sqlite and synchronous not in _SYNCHRONOUS:
        raise UsageError(f"synchronous={synchronous!r} is not known", hint="full (the default) or normal")
    options: dict[str, Any] = {}
    if is_sqlite:
        url = url.difference_update_query(["synchronous"])
        # isolation_level None: the driver begins nothing by itself, BEGIN IMMEDIATE is ours
        options["connect_args"] = {
            "isolation_level": None,
            "check_same_thread": False,
            "timeout": busy_seconds,
        }
    elif url.drivername == "postgresql+psycopg":
        options["connect_args"] = {name: value for name, value in _PSYCOPG.items() if name not in url.query}
    engine = _create(url, options)
    if engine.dialect.is_async:
        raise UsageError(
            f"the driver of {url.drivername!r} is asynchronous", hint="postgresql+psycopg, for instance"
        )
    if is_sqlite:
        _tell_sqlite(engine, synchronous)
    elif engine.dialect.name == "postgresql":
        _tell_postgresql(engine)
        if engine.dialect.driver == "psycopg":
            _connect_by(engine, answers or Answers())
    return engine


def _create(url: URL, options: dict[str, Any]) -> Engine:
    try:
        return create_engine(url, **options)
    except NoSuchModuleError as error:
        raise UsageError(
            f"{url.drivername!r} is not a kind of store", hint="memory, a path, sqlite:///…, postgresql://…"
        ) from error
    except ModuleNotFoundError as error:
        package = error.name or url.get_driver_name()
        if package in _EXTRAS:
            raise MissingExtra(package, _EXTRAS[package]) from error
        raise StoreError(
            f"the store needs the Python package {package!r}", hint=f"pip install {package}"
        ) from error
    except (SQLAlchemyError, TypeError) as error:
        raise UsageError(f"the store's URL cannot be used: {error}") from error


def _tell_sqlite(engine: Engine, synchronous: str) -> None:
    @event.listens_for(engine, "connect")
    def told(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA foreign_keys = ON")


def _tell_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def told(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            for statement in _TOLD_POSTGRESQL:
                cursor.execute(statement)
        connection.commit()


def _connect_by(engine: Engine, answers: Answers) -> None:
    kind = connection_class(answers)

    @event.listens_for(engine, "do_connect")
    def connected(_dialect: Any, _record: Any, args: Any, options: Any) -> Any:
        return kind.connect(*args, **options)


def use_write_ahead_log(engine: Engine, store: str, busy_seconds: float) -> None:
    """Put a SQLite file into WAL mode, which lasts. Raises StoreError where its file system cannot.

    SQLite does not wait for a lock while it changes the mode, so two processes that open a new store at once
    would see one fail: tried again until the time is over.
    """
    until = time.monotonic() + busy_seconds
    with engine.connect() as connection:
        while connection.exec_driver_sql("PRAGMA journal_mode").scalar() != "wal":
            try:
                mode = connection.exec_driver_sql("PRAGMA journal_mode = WAL").scalar()
            except SQLAlchemyError as error:
                code = getattr(getattr(error, "orig", None), "sqlite_errorname", "")
                if not code.startswith("SQLITE_BUSY") or time.monotonic() > until:
                    raise
                time.sleep(0.005)
                continue
            if mode != "wal":
                raise StoreError(
                    f"the store {store!r} lies on a file system without a write-ahead log ({mode})",
                    hint="keep it on a local disk, or use PostgreSQL",
                )
