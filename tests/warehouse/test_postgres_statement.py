"""The text that is written anew answers as the author's own, and honest queries of PostgreSQL pass."""

import psycopg
import pytest
from desks import refused

from engine.tools.warehouse.statement import prepare

TABLE = """
create temp table t (a int, b double precision, s text, d date, l int[], j jsonb, z timestamptz, o boolean);
insert into t values
  (1, 1.5, 'abc', '2024-01-31', '{3,1,2}', '{"x": {"y": [1, 2]}, "a.b": 1, "$.x": 2}', '2024-01-31 10:00+02', true),
  (2, -2.5, 'Éa_b', '2024-02-29', '{}', '{"x": null}', '2024-02-29 23:30-05', false),
  (7, 0, 'b%''', '1999-12-31', '{5}', '[1]', '1999-12-31 00:00+00', null),
  (null, null, null, null, null, null, null, null);
"""
EXPRESSIONS = r"""
a / 2; a % 2; -a; - -a; a - (b - 1); a & 1; a | 2; a # 3; ~a; a << 1; a ^ 2; abs(b); round(b::numeric, 1); b::int;
a::text || s; s || 'x'; s like 'a%'; s ilike 'A%'; s not like '%b'; s ~ '^a'; s ~* '^A'; s !~ 'b'; s similar to 'a%';
s like 'b!%%' escape '!'; a between 1 and 2; a between symmetric 2 and 1; a not in (1, 7); a is distinct from 1; a is
null; o is not true; not (a = 1 or b = 0); a = 1 or a = 2 and b > 0; (a, b) = (1, 1.5); (a, b) < (2, 0); case a when 1
then 'x' else 'y' end; case when a > 1 then s end; coalesce(a, 0); nullif(a, 1); greatest(a, 2); extract(year from d);
extract(epoch from z); date_part('month', d); date_trunc('month', z); d + 1; d - date '2024-01-01'; d + interval '1
month'; d - interval '1 year 2 days'; z at time zone 'Europe/Berlin'; age(z, '2020-01-01'); d::timestamp; to_char(d,
'DD.MM.YYYY'); to_char(b, 'FM990.00'); make_date(2024, 1, 31); interval '1' day * a; time '10:00' + interval '1 h';
substring(s from 2 for 1); substring(s from 'a.'); position('b' in s); overlay(s placing 'x' from 1 for 1); trim(both
'a' from s); upper(s); initcap(s); left(s, 1); split_part(s, 'b', 1); regexp_replace(s, 'a', 'z', 'g'); lpad(s, 5,
'*'); md5(s); strpos(s, 'b'); log(10, 1000); log(100); ln(2.0); power(a, 2); mod(a, 2); div(a, 2); sqrt(4.0);
trunc(1.55, 1); sign(b); width_bucket(b, 0, 9, 3); l[1]; l[1:2]; array_length(l, 1); array[1, a]; array(select 1); a =
any(l); a = all(array[1]); 3 = any(array[1, 3]); unnest(array[1]); array_position(l, 1); l || 4; l @> array[1];
cardinality(l); string_to_array(s, 'b'); array[[1, 2], [3, 4]]; j -> 'x'; j ->> 'x'; j -> 'a.b'; j -> '$.x'; j ->>
'$.x'; j #> '{x,y}'; j #>> '{x,y,0}'; j @> '{"x": null}'; j -> 0; j -> -1; j - 'x'; j || '{"n": 1}'; jsonb_typeof(j);
jsonb_path_query_first(j, '$.x.y'); (j -> 'x' ->> 'y')::text; to_jsonb(s); row_to_json(row(a, s));
jsonb_build_object('k', a); '{"a": 1}'::json ->> 'a'; 'it''s'; e'a\nb\'c\\d'; $$it's$$; $q$a$b$q$; U&'\00e9'; b'101';
x'1F'; 1e3; 1.50; 10000000000; '1e3'::numeric(10, 2); 'x'::char(3); null::int; true; 'a'::"char"; a::smallint;
a::real; a::double precision; a::numeric(8, 3); s::varchar(2); a::oid; '1.2.3.4'::inet; int4range(1, 5); int4range(1,
5) @> 3; daterange('2024-01-01', '2024-02-01') && daterange('2024-01-31', null); to_tsvector('english', 'a cat') @@
to_tsquery('cat'); sum(a) over (order by a rows between 1 preceding and current row); lag(a, 1, 0) over (order by a);
row_number() over w; first_value(a) over (order by b desc nulls last); sum(b) over (partition by o order by a range
between unbounded preceding and current row exclude current row); exists (select 1 where a = 1); (select max(a) from
t); a in (select 1); a > any (select 1); s collate "C" < 'b'; num_nonnulls(a, b); pg_typeof(b)
"""
QUERIES = [
    "select distinct on (o) o, a from t order by o, a desc nulls last",
    "select o, count(*), count(distinct a), sum(b) filter (where a > 1), string_agg(s, ',' order by a) from t group by o "
    "order by 1",
    "select o, a, count(*) from t group by rollup (o, a) order by 1, 2, 3",
    "select o, grouping(o) from t group by grouping sets ((o), ()) order by 1, 2",
    "select percentile_cont(0.5) within group (order by b), mode() within group (order by o) from t",
    "with recursive r(n) as (select 1 union all select n + 1 from r where n < 5) select n from r",
    "with x as materialized (select a from t) select * from x order by a",
    "select t.a, u.v, u.n from t, lateral unnest(t.l) with ordinality as u(v, n) order by 1, 3",
    "select g, e.key, e.value from generate_series(1, 3) g left join lateral jsonb_each_text('{\"k\": 1}') e on true",
    "select * from (values (1, 'x'), (2, 'y')) as v(n, s) order by n offset 1 fetch first 1 rows only",
    "select x.* from t as x join t as y using (a) order by x.a",
    "select a from t where a is not null intersect select 2 union all (select 9 except all select 8) order by 1",
    'select * from json_to_recordset(\'[{"a": 1, "b": "x"}]\') as x(a int, b text)',
    "table t",
    "values (1, 2), (3, 4)",
    "select count(*) from t tablesample bernoulli (100)",
    "select row_number() over w, sum(a) over w from t window w as (order by a) order by 1",
    "select * from only t order by a",
    'select "a" as "Big Name", t.a from t order by 2',
]


def split(text):
    return [part.strip() for part in text.replace("\n", " ").split("; ")]


@pytest.fixture(scope="module")
def connection(postgres_database):
    with psycopg.connect(postgres_database, autocommit=True) as opened:
        opened.execute(TABLE.encode())
        yield opened


def answer(connection, sql):
    cursor = connection.execute(sql.encode())
    return [column.name for column in cursor.description], str(cursor.fetchall())


@pytest.mark.services
def test_the_text_written_anew_answers_as_the_authors(connection):
    """Names of columns too: a run must not see that the text was written anew."""
    different = []
    for expression in split(EXPRESSIONS):
        window = " window w as (order by b)" if "over w" in expression else ""
        sql = f"select {expression} from t{window} order by t.a nulls first"
        ours = prepare(sql, {}, "postgresql", None).text
        if answer(connection, sql) != answer(connection, ours):
            different.append((expression, ours))
    for sql in QUERIES:
        ours = prepare(sql, {}, "postgresql", 1000).text
        if answer(connection, sql) != answer(connection, ours):
            different.append((sql, ours))
    assert different == []


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select ('x'::text).pg_read_file", "pg_read_file"),
        ("select (t.s).upper from t", "upper"),
        ("select mine.upper('x')", 'the schema "mine"'),
        ("select * from mine.generate_series(1, 2)", 'the schema "mine"'),
        ("select $1", "PARAMETER"),
        ("select my_function(1)", "my_function"),
        ("select * from pg_ls_dir('.')", "pg_ls_dir"),
        ("select query_to_xml('select 1', true, false, '')", "query_to_xml"),
    ],
)
def test_a_call_is_found_however_it_is_written(sql, said):
    error = refused(lambda: prepare(sql, {}, "postgresql", None))
    assert (error.code, said in str(error)) == ("SQL_REFUSED", True)


def test_placeholders_are_numbered_and_a_literal_percent_stays():
    statement = prepare(
        "select :b, a % 2, '%s' from t where x in (:l) and y = :b", {"b": 1, "l": [2, 3]}, "postgresql", None
    )
    assert statement.text == "SELECT $1, a % 2, '%s' FROM t WHERE x IN ($2, $3) AND y = $1"
    assert list(statement.values.values()) == [1, 2, 3]


def test_an_empty_list_holds_nothing_of_any_type():
    """A sub-select of nulls would be text, which nothing but text can be compared with."""
    text = prepare("select 1 where a in (:l) or b not in (:l)", {"l": []}, "postgresql", None).text
    assert text == "SELECT 1 WHERE FALSE OR NOT FALSE"
