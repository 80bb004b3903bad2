"""A MariaDB server of a test's own, by `.ci/services/mariadb`, and a way to say a thing to one past all that is tested."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from postgres_server import PostgresServer


class MariaServer(PostgresServer):
    kind = "mariadb"


def mysql_open(url: str) -> Any:
    """A connection that commits each statement."""
    import pymysql

    parts = urlsplit(url)
    return pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=parts.path[1:],
        autocommit=True,
    )


def mysql_say(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """Runs the statements; gives the rows of the last one."""
    with mysql_open(url) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return [*cursor.fetchall()]
