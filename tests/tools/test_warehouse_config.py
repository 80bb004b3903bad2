import pytest
from warehouse_cases import refused

from engine.tools.warehouse.config import settings_of


@pytest.mark.parametrize(
    ("url", "dialect", "database"),
    [
        ("duckdb:///data/x.db", "duckdb", "/project/data/x.db"),
        ("duckdb:////abs/x.db", "duckdb", "/abs/x.db"),
        ("sqlite:///x.db", "sqlite", "/project/x.db"),
        ("sqlite+pysqlite:///x.db", "sqlite", "/project/x.db"),
        ("sqlite://", "sqlite", None),
        ("sqlite:///:memory:", "sqlite", None),
        ("duckdb:///:memory:", "duckdb", None),
    ],
)
def test_urls_mean_what_they_mean_to_sqlalchemy_and_start_in_the_project(url, dialect, database):
    settings = settings_of({"url": url, "project_dir": "/project"})
    found = None if settings.database is None else str(settings.database)
    assert (settings.dialect, found) == (dialect, database)


def test_type_and_database_are_the_other_way_to_say_it():
    settings = settings_of({"type": "DuckDB", "database": "x.db", "project_dir": "/project"})
    assert (settings.dialect, str(settings.database)) == ("duckdb", "/project/x.db")


@pytest.mark.parametrize(
    "config",
    [
        {"url": "oracle://user:hunter22@host/db"},
        {"url": "duckdb://hunter22/x.db"},
        {"url": "x.db"},
        {"url": "sqlite:///x.db?password=hunter22"},
        {"type": "sqlite"},
        {"url": "sqlite://", "max_rows": "hunter22"},
    ],
)
def test_what_names_no_database_is_invalid_and_its_secrets_stay_out_of_the_message(config):
    error = refused(lambda: settings_of(config))
    assert error.type == "invalid"
    assert "hunter22" not in f"{error} {error.hint}"


def test_a_misspelt_database_gets_a_suggestion():
    assert refused(lambda: settings_of({"url": "duckbd:///x.db"})).hint == 'did you mean "duckdb"?'
