"""What may be sent, and as what: the parser's line of defence. The database's own is in test_warehouse_locks."""

import sqlite3

import duckdb
import pytest
from warehouse_cases import refused

from engine.tools.warehouse.guard import require_known_calls
from engine.tools.warehouse.statement import prepare


def sent(sql, dialect="duckdb", limit=None, **params):
    return prepare(sql, params, dialect, limit).text


REFUSED = [
    ("select 1; drop table t", "2 statements"),
    ("select 1; select 2", "2 statements"),
    ("commit; delete from t", "2 statements"),
    ("insert into t values (1)", "INSERT"),
    ("update t set a = 1", "UPDATE"),
    ("delete from t", "DELETE"),
    ("merge into t using s on true when matched then delete", "MERGE"),
    ("create table x (a int)", "CREATE"),
    ("create table x as select 1", "CREATE"),
    ("drop table t", "DROP"),
    ("alter table t add b int", "ALTER"),
    ("truncate t", "TRUNCATE"),
    ("with a as (delete from t returning *) select * from a", "DELETE"),
    ("with a as (insert into t values (1) returning *) select * from a", "INSERT"),
    ("select 1 into x from t", "INTO"),
    ("select * from t for update", "FOR UPDATE"),
    ("attach 'x.db' as y", "ATTACH"),
    ("detach y", "DETACH"),
    ("pragma table_info(t)", "PRAGMA"),
    ("vacuum into 'x.db'", "VACUUM"),
    ("call f()", "CALL"),
    ("set threads = 1", "SET"),
    ("explain select 1", "EXPLAIN"),
    ("explain analyze delete from t", "EXPLAIN"),
    ("begin", "TRANSACTION"),
    ("commit", "COMMIT"),
]
REFUSED_DUCKDB = [
    ("copy t to 'x.csv'", "COPY"),
    ("copy (select 1) to program 'sh'", ""),
    ("export database 'x'", "EXPORT"),
    ("install httpfs", "INSTALL"),
    ("load httpfs", ""),
    ("use other", "USE"),
    ("describe t", "DESCRIBE"),
    ("from 'data.csv'", "data.csv"),
    ("select * from '/etc/passwd'", "/etc/passwd"),
    ('select * from "https://host/x.parquet"', "https"),
    ("select * from read_csv('x')", "read_csv"),
    ("select * from read_parquet('x')", "read_parquet"),
    ("select * from read_text('x')", "read_text"),
    ("select * from main.read_text('x')", "read_text"),
    ("select * from \"read_text\"('x')", "read_text"),
    ("select * from READ_BLOB('x')", "read_blob"),
    ("select 'x'.read_text()", "read_text"),
    ("select * from glob('*')", "glob"),
    ("select * from sniff_csv('x')", "sniff_csv"),
    ("select * from query('drop table t')", "query"),
    ("select * from query_table('data.csv')", "query_table"),
    ("select getenv('HOME')", "getenv"),
    ("select current_setting('x')", "current_setting"),
    ("select getvariable('x')", "getvariable"),
    ("select nextval('s')", "nextval"),
    ("select pg_sleep(9)", "pg_sleep"),
    ("select json_execute_serialized_sql('x')", "json_execute_serialized_sql"),
    ("select * from duckdb_secrets()", "duckdb_secrets"),
    ("select * from duckdb_settings()", "duckdb_settings"),
    ("select * from pragma_version()", "pragma_version"),
    ("with read_text(a) as (select 1) select * from read_text('x')", "read_text"),
    ("with read_csv(a) as (select 1) select * from read_csv('x')", "read_csv"),
    ("select list_transform([1], x -> getenv('HOME'))", "getenv"),
]
REFUSED_SQLITE = [
    ("select load_extension('x')", "load_extension"),
    ("select readfile('/etc/passwd')", "readfile"),
    ("select writefile('x', 'y')", "writefile"),
    ("select * from pragma_table_info('t')", "pragma_table_info"),
    ("select fts3_tokenizer('x')", "fts3_tokenizer"),
    ("replace into t values (1)", ""),
    ("reindex", ""),
    ("select zeroblob(1000000000)", "zeroblob"),
]


@pytest.mark.parametrize(
    ("dialect", "sql", "named"),
    [(d, *case) for d in ("duckdb", "sqlite") for case in REFUSED]
    + [("duckdb", *case) for case in REFUSED_DUCKDB]
    + [("sqlite", *case) for case in REFUSED_SQLITE],
)
def test_whatever_does_more_than_read_tables_is_refused_by_name(dialect, sql, named):
    error = refused(lambda: sent(sql, dialect))
    if error.type == "invalid":  # the dialect has no such statement at all
        assert error.code == "SQL_SYNTAX"
        assert dialect == "sqlite" or "program" in sql or "export" in sql
        return
    assert (error.type, error.code) == ("permission", "SQL_REFUSED")
    assert named.lower() in str(error).lower()


@pytest.mark.parametrize(
    ("sql", "line"),
    [("select 1,\n\n getenv('X')", 3), ("select *\nfrom 'x.csv'", 2), ("select 1;\ndrop table t", 2)],
)
def test_a_refusal_says_the_line(sql, line):
    assert f"line {line} of the sql" in str(refused(lambda: sent(sql)))


def test_the_words_of_the_text_to_be_sent_are_looked_at_without_the_tree():
    """The second look must hold when the first one took a function for something else."""
    for call in (
        "READ_CSV('x')",
        "glob ('x')",
        '"read_text"(1)',
        "main.getenv('x')",
        "COUNT(*), Read_Blob('x')",
    ):
        error = refused(lambda call=call: require_known_calls(f"SELECT {call}", "duckdb"))
        assert error.code == "SQL_REFUSED"
    require_known_calls("SELECT COUNT(*) FROM (SELECT 1) WHERE a IN (1) AND (b)", "duckdb")


INNOCENT = [
    "select created_at, updated_at, deleted, 'DROP TABLE x; --' from t",
    "select 1;",
    "with a as (select 1 as x), b(y) as (select 2) select x, y from a, b union all select 3, 4",
    "select a, count(*) filter (where b), sum(c) over (partition by a order by b) from t group by a",
    "select a from t group by a having count(*) > 1",
    "select case when a then b else c end, cast(a as integer), coalesce(a, b), a between 1 and 2 from t",
    "select * from t left join s on t.a = s.a where exists (select 1 from u) and a not in (select b from v)",
    "with recursive r(n) as (select 1 union all select n + 1 from r where n < 5) select n from r",
    'select "group", t."a b" from "t" -- delete from t',
]
INNOCENT_DUCKDB = [
    "from t select a where b",
    "select y from (values (1)) as c(y)",
    "select * exclude (a) replace (b as c) from t",
    "select a from t group by all order by all",
    "select a, sum(b) from t group by grouping sets ((a), ())",
    "select quantile_cont(a, 0.5), string_agg(a, ',' order by b), list(a), arg_max(a, b), median(a) from t",
    "select date_trunc('month', d), d + interval 1 day, extract(year from d), strftime(d, '%Y') from t",
    "select unnest([1, 2]), {'a': 1}, map {'a': 1}, x[1:2], a ->> '$.b' from t",
    "select * from range(10) r(i) asof join s using (a)",
    "select row_number() over (order by a) as n from t qualify n = 1",
    "select list_transform([1, 2], x -> x + 1), [x for x in [1] if x > 0]",
    "select * from (pivot t on a using sum(b))",
    "select a::decimal(10, 2), a::struct(x int), try_cast(a as int), date '2024-01-01' from t",
]
INNOCENT_SQLITE = [
    "select strftime('%Y', a), julianday(a), group_concat(b, ','), total(c), iif(a, b, c) from t",
    "select * from json_each('[1, 2]')",
    "select a glob 'x*', b like 'y%', c -> '$.d', instr(a, 'b'), printf('%d', 1) from t",
]


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [(d, s) for d in ("duckdb", "sqlite") for s in INNOCENT]
    + [("duckdb", s) for s in INNOCENT_DUCKDB]
    + [("sqlite", s) for s in INNOCENT_SQLITE],
)
def test_honest_queries_pass(dialect, sql):
    assert sent(sql, dialect, limit=7)


@pytest.mark.parametrize(
    ("sql", "limited"),
    [
        ("select a from t", True),
        ("select a from t union select b from s", True),
        ("(select a from t)", True),
        ("select a from t limit 5", False),
        ("((select a from t limit 5))", False),
        ("select a from t limit 5 offset 2", False),
        ("select a from t union select b from s limit 5", False),
        ("select * from (select a from t limit 5)", True),
    ],
)
def test_a_limit_is_added_only_where_the_outermost_query_has_none(sql, limited):
    for dialect in ("duckdb", "sqlite"):
        statement = prepare(sql, {}, dialect, 1001)
        assert (statement.limited == 1001) is limited
        assert ("1001" in statement.text) is limited


def test_comments_do_not_reach_the_database():
    assert "secret" not in sent("select /*! secret */ 1 -- secret")


def test_values_never_reach_the_text():
    statement = prepare(
        "select :a, :b from t where c in (:d)", {"a": "x' or 1=1", "b": None, "d": [1, 2]}, "sqlite", None
    )
    assert "or 1=1" not in statement.text
    assert statement.values == {"a": "x' or 1=1", "b": None, "d__0": 1, "d__1": 2}


def test_an_expanded_list_never_takes_the_name_of_another_parameter():
    statement = prepare("select 1 where 1 in (:a) and 2 = :a__0", {"a": [1], "a__0": 2}, "sqlite", None)
    assert sorted(statement.values.values()) == [1, 2]


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite"])
@pytest.mark.parametrize(
    ("sql", "params", "said"),
    [
        ("select\n :dya", {"day": 1}, 'no value for ":dya" in line 2 of the sql'),
        ("select a = :x from t", {"x": [1]}, "is a list"),
        ("select :x", {"x": [1]}, "is a list"),
        ("select a in (:x) from t", {"x": [[1]]}, "list of lists"),
        ("select :x", {"x": {"a": 1}}, "is a dict"),
        ("select ?", {}, "has no name"),
    ],
)
def test_what_cannot_be_bound_is_said(dialect, sql, params, said):
    error = refused(lambda: prepare(sql, params, dialect, None))
    assert error.type == "invalid"
    assert said in str(error)


def test_a_missing_value_suggests_the_nearest():
    assert refused(lambda: sent("select :dya", day=1)).hint == 'did you mean "day"?'


def test_an_unused_parameter_is_a_warning_but_not_one_the_engine_made():
    statement = prepare("select 1", {"day": 1, "_r0": 2}, "duckdb", None)
    assert statement.warnings == ('parameter "day" is not used in the sql',)


def test_duckdbs_own_colons_are_no_placeholders():
    assert prepare("select total: a, x[1:n], {'k':v} from t", {}, "duckdb", None).values == {}


@pytest.mark.parametrize("sql", ["", "  ", ";", "-- nothing"])
def test_an_empty_statement_is_invalid(sql):
    assert refused(lambda: sent(sql)).type == "invalid"


def test_a_syntax_error_says_line_and_word():
    error = refused(lambda: sent("select a\nfrom t\nwhere where b"))
    assert (error.type, error.code) == ("invalid", "SQL_SYNTAX")
    assert "line 3" in str(error)


@pytest.mark.parametrize(
    "sql",
    ["select " + "(" * 5000 + "1" + ")" * 5000, "select " + "not " * 5000 + "true", "select 1" * 200_000],
)
def test_deep_and_endless_statements_are_errors_not_crashes(sql):
    assert refused(lambda: sent(sql)).type == "invalid"


EXPRESSIONS = """
a / 2; a % 2; -a; a & 1; abs(b); round(b, 1); coalesce(a, 0); nullif(a, 1); case a when 1 then 'x' else 'y' end;
a is null; a not in (1, 7); a between 1 and 2; s || 'x'; upper(s); length(s); substr(s, 2);
replace(s, 'a', 'z'); trim(s); instr(s, 'b'); s like 'a%'; cast(s as varchar); cast(b as integer);
not (a = 1 or b = 0); a - (b - 1); - -a; a = 1 or a = 2 and b > 0;
sum(a) over (order by a rows between 1 preceding and current row); lag(a, 1, 0) over (order by a);
first_value(a) over (order by b desc); row_number() over (partition by a > 1 order by b);
exists (select 1 where a = 1); log10(1000); log2(a + 8); mod(5.5, 2); power(a, 2); floor(b); ceiling(b);
'it''s'; 1e3; (select max(a) from t)
"""
EXPRESSIONS_DUCKDB = """
a // 2; a ** 2; xor(a, 2); s[1:2]; regexp_extract(s, '(a)(.)', 2); string_split(s, '_'); s similar to 'a.*';
s ilike 'A%'; date_trunc('week', d); date_diff('day', d, date '2024-03-01');
date_sub('month', d, date '2024-03-01'); d + interval 1 month; extract(isodow from d); strftime(d, '%d.%m.%y');
last_day(d); dayname(d); d - date '2024-01-01'; d::timestamp; len(l); list_transform(l, lambda x: x * 2);
list_sort(l); [x + 1 for x in l if x > 1]; l[-1]; {'k': a}; map {'k': a}['k']; j -> 'x'; j ->> '$.x.y';
json_extract(j, '$.x'); try_cast(s as int); b::decimal(6, 2); a is distinct from 1; md5(s);
last_value(a ignore nulls) over (order by b); substring(s from 2 for 1); overlay(s placing 'x' from 1 for 1);
position('b' in s)
"""
AGGREGATES_DUCKDB = """
count(*); count(distinct a); sum(a) filter (where a > 1); avg(a); median(b); mode(a); stddev(b); var_samp(b);
corr(a, b); string_agg(s, ',' order by a desc); list(a order by a); array_agg(distinct a order by a);
arg_max(s, a); max(a, 2); quantile_cont(b, 0.25); percentile_cont(0.5) within group (order by b);
bool_and(a > 0); histogram(a); first(a order by b)
"""
EXPRESSIONS_SQLITE = """
total(a) over (); group_concat(s) over (order by a); a glob 'a*'; iif(a > 1, 'x', 'y'); date(d, '+1 month');
strftime('%Y-%m', d); julianday(d); json_extract(j, '$.x.y'); j -> '$.x'; j ->> '$.x.y'; printf('%05d', a);
typeof(a); quote(s); max(a, 2); s collate nocase = 'ABC'; hex(s); a is not 1; (a, b) = (1, 1.5); ifnull(a, 0);
likely(a); char(65); x'00ff'
"""
TABLE = """
create table t (a int, b double, s varchar, d date, l {list}, j {json});
insert into t values
  (1, 1.5, 'abc', '2024-01-31', {some}, '{{"x": {{"y": [1, 2]}}}}'),
  (2, -2.5, 'Éa_b', '2024-02-29', {none}, '{{"x": null}}'),
  (7, 0, 'b%', '1999-12-31', {none}, '[1]'),
  (null, null, null, null, null, null);
"""


def answers(connection, dialect, sql):
    return tuple(str(connection.execute(text).fetchall()) for text in (sql, sent(sql, dialect)))


def split(text):
    return [part.strip() for part in text.split(";")]


@pytest.mark.parametrize(
    "expression", split(EXPRESSIONS) + split(EXPRESSIONS_DUCKDB) + split(AGGREGATES_DUCKDB)
)
def test_duckdb_answers_the_text_written_anew_as_it_answers_the_authors(expression):
    connection = duckdb.connect()
    connection.execute(TABLE.format(list="int[]", json="json", some="[3, 1, 2]", none="[]"))
    order = "" if expression in split(AGGREGATES_DUCKDB) else " order by a nulls first"
    authors, ours = answers(connection, "duckdb", f"select {expression} as v from t{order}")
    assert authors == ours


@pytest.mark.parametrize("expression", split(EXPRESSIONS) + split(EXPRESSIONS_SQLITE))
def test_sqlite_answers_the_text_written_anew_as_it_answers_the_authors(expression):
    connection = sqlite3.connect(":memory:")
    connection.executescript(TABLE.format(list="text", json="text", some="''", none="''"))
    authors, ours = answers(connection, "sqlite", f"select {expression} as v from t order by a")
    assert authors == ours
