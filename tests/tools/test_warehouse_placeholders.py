import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from engine.tools.warehouse.placeholders import placeholders


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("select :a, :b_2", ["a", "b_2"]),
        ("select ':a', 'it''s :a', \":a\", `:a`", []),
        ("select 1 -- :a\n, :b", ["b"]),
        ("select /* :a \n :b */ :c", ["c"]),
        ("select a::int, x[1:n], s.f, {'k':v}", []),
        ("select $$ :a $$, $t$ :b $t$, :c", ["c"]),
        ("select f(a := 1), :b", ["b"]),
        ("select 'never closed :a", []),
        ("where a in (:a) and b=:b and c =:c", ["a", "b", "c"]),
        ("select 12:30", []),
    ],
)
def test_placeholders_are_found_where_sql_reads_them(sql, names):
    assert [place.name for place in placeholders(sql)] == names


def test_a_placeholder_knows_its_line_and_offset():
    (place,) = placeholders("select\n  :day")
    assert (place.line, place.offset) == (2, 9)


PIECES = st.lists(
    st.sampled_from([":a", "':x'", '":y"', "b", "1", "c::int", "/* :z */", "'it''s'", "(:d)"]), min_size=1
)


@given(PIECES)
def test_the_small_lexer_agrees_with_the_parser(pieces):
    """The checks tell authors what the parser will find; the two must not drift apart."""
    sql = "select " + ", ".join(pieces)
    if all(piece.startswith("/*") for piece in pieces) or any(p.startswith("/*") for p in pieces):
        sql = "select 0, " + ", ".join(f"1 {p}" if p.startswith("/*") else p for p in pieces)
    tree = sqlglot.parse_one(sql, dialect="sqlite")
    assert sorted(p.name for p in placeholders(sql)) == sorted(
        node.this for node in tree.find_all(exp.Placeholder)
    )
