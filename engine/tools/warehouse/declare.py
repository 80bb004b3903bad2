"""What `sql` promises, as plain data: readable without duckdb, sqlglot or pyarrow."""

from engine.spec.toolspec import Declaration, OperationSpec
from engine.tools.warehouse.declare_check import CHECK
from engine.tools.warehouse.declare_csv import CSV
from engine.tools.warehouse.declare_tables import ANALYSIS, DESCRIBE, EXECUTE, QUALITY, STATISTICS

_NAMES = {"type": "string", "minLength": 1}
_SECONDS = {"type": "number", "exclusiveMinimum": 0}
_COUNT = {"type": "integer", "minimum": 0}
_COLUMNS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "type"],
        "properties": {"name": {"type": "string"}, "type": {"type": "string"}},
    },
}

CONNECTION = {
    "type": "object",
    "x-weft-local": {
        "anyOf": [
            {"required": ["url"], "properties": {"url": {"pattern": "^(duckdb|sqlite)[+:]"}}},
            {"required": ["type"], "properties": {"type": {"enum": ["duckdb", "sqlite"]}}},
        ]
    },
    "additionalProperties": False,
    "properties": {
        "url": {
            "type": "string",
            "pattern": r"^((duckdb|sqlite)(\+[a-z0-9_]+)?://(/[^?]*)?|(postgresql|mysql|mariadb)(\+[a-z0-9_]+)?://.*/[^/]+)$",
            "x-weft-corrections": {
                r"^([^:?]+\.duckdb)$": r"duckdb:///\1",
                r"^([^:?]+\.sqlite3?)$": r"sqlite:///\1",
                r"^(duckdb|sqlite):/{0,2}([^/:@?][^:@?]*)$": r"\1:///\2",
                r"^postgres://([^/]*/[^/]+)$": r"postgresql://\1",
            },
            "description": "A database file of DuckDB or SQLite: `duckdb:///relative.db`, "
            "`sqlite:////absolute.db`, `duckdb:///:memory:`; relative paths start in the project folder. "
            "Or a server: `postgresql://user:password@host:5432/database`, `mysql://…` (MariaDB too).",
            "examples": ["duckdb:///warehouse.duckdb", "postgresql://reader@db.example/shop"],
        },
        "type": {
            "type": "string",
            "enum": ["duckdb", "mariadb", "mysql", "postgresql", "sqlite"],
            "description": "The database's kind, with `database` instead of a `url`.",
        },
        "database": {
            **_NAMES,
            "description": "The database file, or `:memory:`; the name of a server's database.",
        },
        "host": _NAMES,
        "port": {"type": "integer", "minimum": 1, "maximum": 65535},
        "username": {"type": "string"},
        "password": {"type": "string"},
        "account": _NAMES,
        "warehouse": _NAMES,
        "queries": {
            "type": "object",
            "additionalProperties": _NAMES,
            "description": "Named queries: name -> SQL, used with the parameter `query`.",
        },
        "writable": {
            "type": "boolean",
            "default": False,
            "description": "Whether `load` and `execute` may change the database.",
        },
        "max_rows": {
            **_COUNT,
            "minimum": 1,
            "default": 1_000_000,
            "description": "The most rows a query may give.",
        },
        "query_timeout": {**_SECONDS, "default": 300, "description": "Seconds one statement may take."},
        "max_query_time": {**_SECONDS, "default": 600, "description": "Seconds one call may take."},
        "connection_timeout": {
            **_SECONDS,
            "default": 30,
            "description": "Seconds to wait for a lock, for a server, and for a free connection of the pool.",
        },
        "pool_size": {
            "type": "integer",
            "minimum": 1,
            "default": 10,
            "description": "Connections to a server that are kept open.",
        },
        "max_overflow": {
            **_COUNT,
            "default": 20,
            "description": "Connections beyond those, closed after use.",
        },
        "pool_pre_ping": {
            "type": "boolean",
            "default": True,
            "description": "Ask a kept connection whether it still lives before using it.",
        },
        "pool_recycle": {
            **_SECONDS,
            "default": 3600,
            "description": "Seconds after which a kept connection is opened anew.",
        },
        "allow_superuser": {
            "type": "boolean",
            "default": False,
            "description": "Whether a server's superuser may be used, for whom a read-only transaction still "
            "reads the server's files.",
        },
        "echo": {"type": "boolean", "default": False},
    },
    "oneOf": [
        {"required": ["url"], "not": {"anyOf": [{"required": ["type"]}, {"required": ["database"]}]}},
        {"required": ["type", "database"], "not": {"required": ["url"]}},
    ],
}

_QUERY = OperationSpec(
    description="Runs one query, read only, and gives its rows, or writes them to a file of the project.",
    parameters={
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "sql": {
                "type": "string",
                "pattern": r"\S",
                "x-weft": "sql",
                "description": "One query. Values are written `:name` and given in `params`; "
                "a reference becomes one.",
            },
            "query": {
                **_NAMES,
                "description": "The name of one of the connection's `queries`, instead of `sql`.",
            },
            "params": {
                "type": "object",
                "default": {},
                "description": "Values of the `:name` placeholders; a list only in `in (:name)`.",
            },
            "result_format": {"enum": ["json", "csv", "parquet", "arrow"], "default": "json"},
            "path": {
                **_NAMES,
                "x-weft-cache": "never",
                "description": "The file to write (csv, parquet, arrow), inside the project folder.",
            },
            "enable_optimization": {
                "type": "boolean",
                "default": True,
                "description": "JSON rows get LIMIT 1000 where neither the query nor `max_rows` says one; conditions are "
                "simplified and moved where the answer is the same.",
            },
            "cache_results": {
                "type": "boolean",
                "default": True,
                "x-weft-cache": "switch",
                "description": "Whether an earlier result may be given, where the connection has caching enabled.",
            },
            "max_rows": {
                "type": "integer",
                "minimum": 1,
                "description": "The most rows wanted; the rest is cut.",
            },
        },
        "oneOf": [{"required": ["sql"]}, {"required": ["query"]}],
        "if": {
            "properties": {"result_format": {"enum": ["csv", "parquet", "arrow"]}},
            "required": ["result_format"],
        },
        "then": {"required": ["path"]},
        "else": {"not": {"required": ["path"]}},
        "examples": [
            {
                "sql": "select origin, count(*) as flights from flights where month = :month group by origin",
                "params": {"month": 1},
            }
        ],
    },
    result={
        "type": "object",
        "required": ["row_count", "columns"],
        "properties": {
            "rows": {"type": "array", "items": {"type": "object"}, "x-weft": "records"},
            "columns": _COLUMNS,
            "row_count": _COUNT,
            "truncated": {"type": "boolean"},
            "path": {"type": "string"},
            "bytes": _COUNT,
        },
    },
    timeout_seconds=600.0,
    executor="threads",
    permissions=("data_warehouse_read", "sql_query_execute"),
    streams=True,
    repeatable=True,
)

_LOAD = OperationSpec(
    description="Puts records, or a file of the project, into a table: all of it or nothing.",
    parameters={
        "type": "object",
        "additionalProperties": False,
        "required": ["table"],
        "properties": {
            "table": {
                "type": "string",
                "pattern": r"^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$",
                "description": "The table, or schema.table.",
            },
            "records": {
                "type": "array",
                "items": {"type": "object"},
                "x-weft": "records",
                "description": "The rows, as mappings.",
            },
            "path": {
                **_NAMES,
                "description": "A file inside the project folder: .csv or .tsv (also .gz, or .zip of one member), "
                ".ndjson, .json (a list of mappings) or .parquet.",
            },
            "mode": {
                "enum": ["append", "replace", "upsert"],
                "default": "append",
                "description": "replace: the table then holds these rows alone; upsert: rows with the same "
                "`key` are changed, the others added.",
            },
            "key": {
                "type": "array",
                "items": _NAMES,
                "uniqueItems": True,
                "description": "The columns that tell rows apart (upsert).",
            },
            "create": {
                "type": "boolean",
                "default": True,
                "description": "Make the table when it is missing.",
            },
            "columns": {
                "type": "object",
                "additionalProperties": _NAMES,
                "description": "SQL types (name -> type) of columns a made table shall not infer.",
            },
            "once": {
                "type": "boolean",
                "default": False,
                "description": "Keep the step's idempotency key in the table weft_executed of the same database: a second "
                "attempt of a load that was done writes nothing.",
            },
            **CSV,
        },
        "oneOf": [{"required": ["records"]}, {"required": ["path"]}],
        "if": {"properties": {"mode": {"const": "upsert"}}, "required": ["mode"]},
        "then": {"required": ["key"], "properties": {"key": {"minItems": 1}}},
        "examples": [{"table": "flights", "path": "data/flights.csv.zip", "mode": "replace"}],
    },
    result={
        "type": "object",
        "required": ["table", "rows_loaded", "mode", "columns"],
        "properties": {
            "table": {"type": "string"},
            "rows_loaded": _COUNT,
            "mode": {"enum": ["append", "replace", "upsert"]},
            "columns": _COLUMNS,
        },
    },
    timeout_seconds=600.0,
    streams=True,
    executor="threads",
    permissions=("data_warehouse_write",),
)

DECLARATION = Declaration(
    name="sql",
    category="data_access",
    description="Queries, measures, changes and loads tables of a database (DuckDB, SQLite, PostgreSQL, MySQL).",
    factory="engine.tools.warehouse.tool:Warehouse",
    operations={
        "query": _QUERY,
        "execute": EXECUTE,
        "load": _LOAD,
        "describe_table": DESCRIBE,
        "table_statistics": STATISTICS,
        "data_quality_report": QUALITY,
        "query_performance_analysis": ANALYSIS,
        "check": CHECK,
    },
    default_operation="query",
    connection=CONNECTION,
    extra="warehouse",
)
