import importlib.metadata
import subprocess
import sys

import jsonschema
import pytest

from engine.spec.connection_words import connection_schema
from engine.tools.warehouse.declare import DECLARATION

QUERY = DECLARATION.operations["query"].parameters
LOAD = DECLARATION.operations["load"].parameters


def accepts(schema, value):
    return jsonschema.Draft202012Validator(schema).is_valid(value)


def test_the_declaration_is_read_without_any_heavy_package():
    """`weft validate` must check sql steps where duckdb is not installed."""
    code = (
        "import sys; from engine.tools.warehouse.declare import DECLARATION\n"
        "heavy = {'duckdb', 'pyarrow', 'sqlglot', 'pandas', 'numpy', 'sqlite3', 'sqlalchemy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_it_is_registered_as_a_third_party_tool_would_be():
    (entry,) = importlib.metadata.entry_points(group="weft.tools", name="sql")
    assert entry.load() is DECLARATION


@pytest.mark.parametrize("schema", [QUERY, LOAD, DECLARATION.connection])
def test_schemas_are_schemas_and_take_their_own_examples(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    assert all(accepts(schema, example) for example in schema.get("examples", ()))


def test_query_is_the_default_operation():
    assert DECLARATION.operation_name(None) == "query"


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"sql": "  \n"},
        {"sql": "select 1", "query": "daily"},
        {"sql": "select 1", "result_format": "csv"},
        {"sql": "select 1", "path": "out.csv"},
        {"sql": "select 1", "max_rows": 0},
        {"sql": "select 1", "parmas": {}},
    ],
)
def test_wrong_query_parameters_are_found_before_anything_runs(parameters):
    assert not accepts(QUERY, parameters)


@pytest.mark.parametrize(
    "parameters",
    [
        {"table": "t"},
        {"table": "t", "records": [], "path": "x.csv"},
        {"table": 'x"; drop table y', "records": []},
        {"table": "a.b.c", "records": []},
        {"table": "t", "records": [], "mode": "upsert"},
        {"table": "t", "records": [], "mode": "merge"},
    ],
)
def test_wrong_load_parameters_are_found_before_anything_runs(parameters):
    assert not accepts(LOAD, parameters)


def test_a_connection_takes_the_keys_of_every_tool_and_no_unknown_one():
    keys = {
        "url": "duckdb:///x.db",
        "max_retries": 1,
        "cache_ttl_seconds": 5,
        "permissions": ["p"],
        "timeout": "5m",
    }
    schema = connection_schema(DECLARATION.connection)
    assert accepts(schema, keys)
    assert not accepts(schema, {**keys, "max_row": 5})


def test_a_connection_names_its_database_in_one_way():
    assert accepts(DECLARATION.connection, {"type": "sqlite", "database": "x.db"})
    assert not accepts(DECLARATION.connection, {"type": "sqlite"})
    assert not accepts(DECLARATION.connection, {"url": "sqlite://", "type": "sqlite", "database": "x"})
    assert not accepts(DECLARATION.connection, {})
