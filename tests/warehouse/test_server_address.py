"""What a server's url and keys mean, and that their secrets are never told."""

import pytest
from desks import refused

from engine.tools.warehouse.config import settings_of


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("postgresql://host/db", {"host": "host", "dbname": "db"}),
        ("postgresql+psycopg://u@h:1/db", {"host": "h", "port": "1", "user": "u", "dbname": "db"}),
        ("postgresql:///db", {"dbname": "db"}),
        ("postgresql:///db?host=/run/pg", {"host": "/run/pg", "dbname": "db"}),
        ("postgresql://u:p%40%2F@h/d%20b", {"host": "h", "user": "u", "password": "p@/", "dbname": "d b"}),
        ("postgresql://h/db?sslmode=verify-full", {"host": "h", "dbname": "db", "sslmode": "verify-full"}),
        ("postgresql://[::1]:5/db", {"host": "::1", "port": "5", "dbname": "db"}),
    ],
)
def test_a_url_is_read_as_its_parts(url, server):
    settings = settings_of({"url": url})
    assert (settings.dialect, settings.database, dict(settings.server)) == ("postgresql", None, server)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("mysql://u:p%40%2F@h:3307/db", {"host": "h", "port": "3307", "user": "u", "password": "p@/", "database": "db"}),
        ("mysql+pymysql://h/db", {"host": "h", "database": "db"}),
        ("mariadb://h/db?ssl_ca=/etc/ca.pem", {"host": "h", "database": "db", "ssl_ca": "/etc/ca.pem"}),
        ("mysql:///db?unix_socket=/run/s", {"database": "db", "unix_socket": "/run/s"}),
    ],
)  # fmt: skip
def test_a_url_of_mysql_is_read_as_its_parts(url, server):
    settings = settings_of({"url": url})
    assert (settings.dialect, settings.database, dict(settings.server)) == ("mysql", None, server)


@pytest.mark.parametrize(
    "option", ["local_infile=1", "init_command=x", "read_default_file=/x", "charset=gbk"]
)
def test_a_url_of_mysql_turns_nothing_on_that_is_off_for_a_reason(option):
    error = refused(lambda: settings_of({"url": f"mysql://u:hunter22@h/db?{option}"}))
    assert (error.type, option.partition("=")[0] in str(error)) == ("invalid", True)


@pytest.mark.parametrize("kind", ["mysql", "mariadb"])
def test_mysql_and_mariadb_are_one_kind(kind):
    assert settings_of({"type": kind, "database": "db", "username": "u"}).server == {
        "database": "db",
        "user": "u",
    }


def test_a_password_with_any_signs_needs_no_quoting_as_a_key():
    keys = {"type": "postgresql", "database": "db", "host": "h", "username": "u", "password": "p@/:#%"}
    assert settings_of(keys).server == {"host": "h", "user": "u", "password": "p@/:#%", "dbname": "db"}


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hunter22@h",
        "postgresql://u:hunter22@h/",
        "postgresql://u:hunter22@h/a/b",
        "postgresql://u:hunter22@h:port/db",
        "postgresql://u:hunter22@h/db?options=-c default_transaction_read_only=off",
        "postgresql://u:hunter22@h/db?service=hunter22",
        "postgresql://u:hunter22#x@h/db",
        "postgresql://u:hunter22@[h/db",
        "postgres://u:hunter22@h/db",
    ],
)
def test_a_url_that_says_something_else_is_invalid_and_not_shown(url):
    error = refused(lambda: settings_of({"url": url}))
    assert error.type == "invalid"
    assert "hunter22" not in f"{error} {error.hint}"


def test_a_password_is_not_in_what_is_printed():
    assert "hunter22" not in repr(settings_of({"url": "postgresql://u:hunter22@h/db"}))
