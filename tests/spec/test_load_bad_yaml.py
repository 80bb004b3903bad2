"""YAML that must be refused: what is wrong, where, and what to do about it."""

from __future__ import annotations

import tracemalloc

import pytest

from engine.diagnostics.collection import KEPT_AT_MOST
from engine.spec.load import load_text

QUOTE = "quote the whole value"
SPACES = "indent with spaces"
REMOVE = "remove it"
NUMBER = "quote it if it is text"
ENTRY = 'write "key: value"'
KEYS = "indent it exactly as deep as the other keys of its mapping"
DEEPER = "indent it as deep as the line before, or give that line no value"
TAG = "remove it, or quote the whole value if it is text"
NESTED = "quote the whole value, or begin a nested mapping on the next line"
ESCAPE = "write the backslash twice, or use single quotes"
EMPTY = "a workflow needs weft, name and steps"
ONE = "keep one workflow per file"
TEXT_KEY = "write a text before the colon"
ITEM = 'begin the line with "- ", or indent it as deep as what it belongs to'
MERGE = "merge a mapping or a list of mappings: <<: *name or <<: [*a, *b]"
REPEATED = "remove one of the two"
DIRECTIVE = "remove the line; a line cannot begin with %"

BAD = [
    ("a: 1\n\tb: 2\n", "WF102", 2, 1, SPACES),
    ("a:\n\tb: 2\n", "WF102", 2, 1, SPACES),
    ("a:1\nb: 2\n", "WF102", 1, 2, 'write "a: 1"'),
    ("a: 1\nb:2\nc: 3\n", "WF102", 2, 2, 'write "b: 2"'),
    ("a: 'x\nb: 2\n", "WF102", 1, 4, "add the closing '"),
    ("a: 'x\nb: 'y'\n", "WF102", 1, 4, "add the closing '"),
    ('a: "x\nb: 2\n', "WF102", 1, 4, 'add the closing "'),
    ("a:\n   b: 1\n  c: 2\n", "WF102", 3, 3, KEYS),
    ("a:\n  b: 1\n    c: 2\n", "WF102", 3, 5, DEEPER),
    ("a: b: c\n", "WF102", 1, 4, NESTED),
    ("a: [1, 2\nb: 3\n", "WF102", 1, 4, 'add the closing "]"'),
    ("a: {x: 1\nb: 3\n", "WF102", 1, 4, 'add the closing "}"'),
    ("a: @x\n", "WF102", 1, 4, QUOTE),
    ("a: `x`\n", "WF102", 1, 4, QUOTE),
    ("a: %x\n", "WF102", 1, 4, QUOTE),
    ("a: *\n", "WF102", 1, 4, QUOTE),
    ("a: * * 5\n", "WF102", 1, 4, QUOTE),
    ("a: &\n", "WF102", 1, 4, QUOTE),
    ("a: ]\n", "WF102", 1, 4, QUOTE),
    ("a: }\n", "WF102", 1, 4, QUOTE),
    ("a: &y 1\nb: *y z\n", "WF102", 2, 7, QUOTE),
    ("- a\nb: 1\n", "WF102", 2, 1, ITEM),
    ("a: 1\n- b\n", "WF102", 2, 1, "indent it deeper than the key of the list"),
    ('a: "\\q"\n', "WF102", 1, 5, ESCAPE),
    (
        "a: |x\n",
        "WF102",
        1,
        5,
        'begin the text on the next line, or quote the whole value if it begins with "|"',
    ),
    ("a: |\n\tx\n", "WF102", 2, 1, SPACES),
    ("a: b\n  c: d\n", "WF102", 2, 3, DEEPER),
    ("%FOO\na: 1\n", "WF102", 1, 1, DIRECTIVE),
    ("a: 'x\n---\n", "WF102", 1, 4, "add the closing '"),
    ("x\ny: 1\n", "WF102", 1, 1, ENTRY),
    ("a: &x &y 1\n", "WF102", 1, 7, QUOTE),
    ("a: - b\n", "WF102", 1, 4, "begin the list on the next line, or quote the whole value if it is text"),
    ("a: ? b\n", "WF102", 1, 4, QUOTE),
    ("{a: 1}}\n", "WF102", 1, 7, REMOVE),
    ("a: 1\n b: 2\n", "WF102", 2, 2, DEEPER),
    ("%YAML 2.0\n---\na\n", "WF102", 1, 1, DIRECTIVE),
    ("- {x\n", "WF102", 1, 3, 'add the closing "}"'),
    ("a: [x\n", "WF102", 1, 4, 'add the closing "]"'),
    ("a: ,x\n", "WF102", 1, 4, QUOTE),
    (
        "a: >x\n",
        "WF102",
        1,
        5,
        'begin the text on the next line, or quote the whole value if it begins with ">"',
    ),
    ("a:\n  - b\n c: d\n", "WF102", 3, 2, KEYS),
    ("\ta: 1\n", "WF102", 1, 1, SPACES),
    ("a: {b: 'x}\nc: 'y'\n", "WF102", 1, 8, "add the closing '"),
    ('a: "c:\\Users"\n', "WF102", 1, 7, ESCAPE),
    ('a: "\\u00zz"\n', "WF102", 1, 5, ESCAPE),
    (
        "a: |0\n  x\n",
        "WF102",
        1,
        5,
        'begin the text on the next line, or quote the whole value if it begins with "|"',
    ),
    (": x\n", "WF102", 1, 1, ENTRY),
    ("a: [x\n  b: $<y>\n", "WF102", 1, 4, 'add the closing "]"'),
    ('a: "x\n  b: $<y>\n', "WF102", 1, 4, 'add the closing "'),
    ("a: b\nc\n", "WF102", 2, 1, ENTRY),
    ("a: b\nc\nd: e\n", "WF102", 2, 1, ENTRY),
    ("a: http://x:y: z\n", "WF102", 1, 4, NESTED),
    ("a: [1, 2]]\n", "WF102", 1, 10, REMOVE),
    ('a: {"b":1}}\n', "WF102", 1, 11, REMOVE),
    ('a: $<x | regex_search("\\d")>\nb: "$<x | regex_search(\'\\d\')>"\n', "WF102", 2, 25, ESCAPE),
    ("a: [x, y\nb: {c\n", "WF102", 1, 4, 'add the closing "]"'),
    ("cron: */5 * * * *\n", "WF102", 1, 7, QUOTE),
    ("glob: *.csv\n", "WF102", 1, 7, QUOTE),
    ('a: "$<x>\n', "WF102", 1, 4, 'add the closing "'),
    ("a:\n\t- b\n", "WF102", 2, 1, SPACES),
    ("a:\n  b: 1\n\n   # c\n   c: 2\n", "WF102", 5, 4, KEYS),
    ("a: [b]\n  c: d\n", "WF102", 2, 3, KEYS),
    ("- a\n  b\n- c: d: e\n", "WF102", 3, 6, NESTED),
    ("a: {x: 1\n", "WF102", 1, 4, 'add the closing "}"'),
    ("a: -x: y\n", "WF102", 1, 4, NESTED),
    ("a: |\n  x\n y: z\n", "WF102", 3, 2, KEYS),
    ("a: 1\n...\nb\n", "WF102", 3, 1, "remove it, or check the indentation"),
    ("steps:\n- id: a\n   tool: x\n", "WF102", 3, 4, DEEPER),
    ("steps:\n  - id: a\n   tool: x\n", "WF102", 3, 4, ITEM),
    ("steps:\n- id: a\n tool: x\n", "WF102", 3, 2, KEYS),
    ("when: @x == 1\n", "WF102", 1, 7, QUOTE),
    ("a: 1\na: 2\n", "WF103", 2, 1, REPEATED),
    ("a: {<<: {b: 1}, <<: {c: 1}}\n", "WF103", 1, 17, "merge several as a list: <<: [*a, *b]"),
    ("{a: 1, a: 2}\n", "WF103", 1, 8, REPEATED),
    ("a: !\n", "WF104", 1, 4, TAG),
    ("a: !foo!b x\n", "WF104", 1, 4, TAG),
    ("a: !!str x\n", "WF104", 1, 4, TAG),
    ("a: !x {b: 1}\n", "WF104", 1, 4, TAG),
    ("a: !<x\n", "WF104", 1, 4, TAG),
    ("when: !x\n", "WF104", 1, 7, TAG),
    ("a: {{ x }}\n", "WF105", 1, 5, "references are written $<...>; quote the whole value if it is text"),
    ("1: x\n", "WF105", 1, 1, 'quote it: "1"'),
    ("true: x\n", "WF105", 1, 1, 'quote it: "true"'),
    ("~: x\n", "WF105", 1, 1, 'quote it: "~"'),
    ("[a]: x\n", "WF105", 1, 1, TEXT_KEY),
    ("? {a: 1}\n: x\n", "WF105", 1, 3, TEXT_KEY),
    ("? [a, b]\n: c\n", "WF105", 1, 3, TEXT_KEY),
    ("a: -9223372036854775809\n", "WF106", 1, 4, NUMBER),
    ("a: 0xFFFFFFFFFFFFFFFFF\n", "WF106", 1, 4, NUMBER),
    ("a: &a [*a]\n", "WF110", 1, 8, "name a value that is complete before this line"),
    ("a: 1\n---\nb: 2\n", "WF111", 2, 1, ONE),
    ("---\n---\na: 1\n", "WF111", 2, 1, ONE),
    ("a: 1\n---\nb: [\n", "WF111", 2, 1, ONE),
    ("", "WF112", 1, 1, EMPTY),
    ("# c\n", "WF112", 1, 1, EMPTY),
    ("---\n", "WF112", 1, 1, EMPTY),
    ('a: "\\ud83d\\ude00"\n', "WF113", 1, 5, 'write the character itself, or "\\U0001F600"'),
    ('a: "\\ud83d"\n', "WF113", 1, 5, REMOVE),
    ('a: "\\0"\n', "WF113", 1, 6, REMOVE),
    ("a\u200bb: 1\n", "WF113", 1, 2, REMOVE),
    ("a: 1\x00\n", "WF113", 1, 5, REMOVE),
    ("a: \x7f\n", "WF113", 1, 4, REMOVE),
    ('"a\\0b": 1\n', "WF113", 1, 4, REMOVE),
    ('a: "\\u0000\\x00"\n', "WF113", 1, 6, REMOVE),
    ("\u202eabc: 1\n", "WF113", 1, 1, REMOVE),
    ('"\\u200b": 1\n', "WF113", 1, 2, REMOVE),
    ("\ufffe: 1\n", "WF113", 1, 1, REMOVE),
    ("a: \ud800\n", "WF113", 1, 4, REMOVE),
    ("when: 'a' == inputs.x\n", "WF114", 1, 7, QUOTE),
    ('when: ["a"] == x\n', "WF114", 1, 7, QUOTE),
    ("k: [$<rows[0].id>]\n", "WF114", 1, 5, QUOTE),
    ("k: {a: $<r[0]>}\n", "WF114", 1, 8, QUOTE),
    ("k: $<a: b>\n", "WF114", 1, 4, QUOTE),
    ("k: $<x # y>\n", "WF114", 1, 4, QUOTE),
    ("- $<a: b>\n", "WF114", 1, 3, QUOTE),
    ("k: {a: $<f(a, b)>, c: 1}\n", "WF114", 1, 8, QUOTE),
    ("k: [$<f(a, b)>, c]\n", "WF114", 1, 5, QUOTE),
    ("k: {a: $<x: y>}\n", "WF114", 1, 8, QUOTE),
    ('a: "x" y\n', "WF114", 1, 4, QUOTE),
    ("a: ${steps.x}\nb: [${steps.x}]\n", "WF114", 2, 5, QUOTE),
    ('steps:\n- id: a\n  when: "x" == $<inputs.y>\n', "WF114", 3, 9, QUOTE),
    ("a: 'it's'\n", "WF114", 1, 4, QUOTE),
    ("a: $<x['b: c']>\n", "WF114", 1, 4, QUOTE),
    ('a: "$<x> y" z\n', "WF114", 1, 4, QUOTE),
    ("a: 'b' 'c'\n", "WF114", 1, 4, QUOTE),
    ("with: {sql: $<x, y>, b: 1}\n", "WF114", 1, 13, QUOTE),
    ("a: &x 1\n<<: *x\n", "WF115", 1, 7, MERGE),
    ("a: *b\n", "WF116", 1, 4, "set it before with &b, or quote the whole value if it is text"),
    ("abc: &abc 1\nd: *abd\n", "WF116", 2, 4, 'did you mean "abc"?'),
    ("<<: *x\n", "WF116", 1, 5, "set it before with &x, or quote the whole value if it is text"),
    ("a:  # c\n- *y\n", "WF116", 2, 3, "set it before with &y, or quote the whole value if it is text"),
]


@pytest.mark.parametrize(("text", "code", "line", "column", "hint"), BAD)
def test_each_mistake_has_its_code_place_and_remedy(
    text: str, code: str, line: int, column: int, hint: str | None
) -> None:
    _, problems = load_text(text, "f.yaml")
    assert [(p.code, p.span.line, p.span.column, p.hint) for p in problems] == [(code, line, column, hint)]
    assert all(
        p.message[0] not in "ABCDEFGHIJKLMNOPQRSTVWXZ" and not p.message.endswith(".") for p in problems
    )


MESSAGES = [
    ("a:1\nb: 2\n", 'a space is missing after ":"'),
    ("a: 'x\nb: 'y'\n", "the quote ' opened here is not closed"),
    ("a: b: c\n", '": " inside the plain value "b: c"'),
    ("when: 'a' == inputs.x\n", "unexpected text after the closing ' in \"'a' == inputs.x\""),
    ('when: "x" == $<inputs.y>\n', 'YAML cannot read ""x" == $<inputs.y>" as one value'),
    ("k: {a: $<f(a, b)>}\n", 'YAML cuts the reference "$<f(a, b)>" in pieces'),
    ("k: $<x # y>\n", 'YAML cuts the reference "$<x # y>" in pieces'),
    ("cron: */5 * * * *\n", 'a value cannot begin with "*"'),
    ("a: \x7f\n", "the character U+007F is not allowed in a YAML file"),
    ("a: \0\n", "the NUL U+0000 is not allowed in a YAML file"),
    ("a: \ud800\n", "the lone surrogate U+D800 is not allowed in a YAML file"),
    ("no: 1\n1: x\n", 'a key must be text, "1" is a number'),
    ("a: !!python/object:os.system x\n", 'the tag "!!python/object:os.system" is not allowed'),
]


@pytest.mark.parametrize(("text", "message"), MESSAGES)
def test_the_message_names_what_is_wrong(text: str, message: str) -> None:
    assert [p.message for p in load_text(text, "f.yaml")[1]] == [message]


def codes(text: str) -> list[tuple[str, int, int]]:
    return [(p.code, p.span.line, p.span.column) for p in load_text(text, "f.yaml")[1]]


def test_structural_problems_are_all_collected_and_the_rest_of_the_tree_is_kept() -> None:
    text = "a: 1\na: 2\nb: !t x\n7: y\nc: .nan\nd: *gone\ne: {<<: 3, f: 4}\ng: {h: $<i(j, k)>, l: 5}\n"
    tree, problems = load_text(text, "f.yaml")
    assert tree is not None
    assert tree.root == {"a": 1, "b": "x", "c": None, "d": None, "e": {"f": 4}, "g": {"h": None, "l": 5}}
    assert [(p.code, p.span.line) for p in problems] == [
        ("WF103", 2),
        ("WF104", 3),
        ("WF105", 4),
        ("WF106", 5),
        ("WF116", 6),
        ("WF115", 7),
        ("WF114", 8),
    ]


def test_a_syntax_error_is_the_only_problem_told() -> None:
    tree, problems = load_text("a: 1\na: 2\nb: [\n", "f.yaml")
    assert tree is None
    assert [p.code for p in problems] == ["WF102"]


def test_a_repeated_key_shows_the_first() -> None:
    [found] = load_text("x:\n  key: 1\n  other: 2\n  'key': 3\n", "f.yaml")[1]
    assert [(r.span.line, r.span.column, r.message) for r in found.related] == [(2, 3, "first here")]


def test_an_alias_inside_its_own_value_shows_that_value() -> None:
    [found] = load_text("a: &a\n  b: [*a]\n", "f.yaml")[1]
    assert found.code == "WF110"
    assert [(r.span.line, r.span.column) for r in found.related] == [(2, 3)]


def test_an_alias_that_was_refused_is_no_second_problem_in_a_merge() -> None:
    assert codes("a: {<<: *x}\nb: {<<: [*y]}\nc: &c {<<: *c}\n") == [
        ("WF116", 1, 9),
        ("WF116", 2, 10),
        ("WF110", 3, 12),
    ]


def test_what_is_left_of_a_cut_reference_is_passed_over() -> None:
    tree, problems = load_text("a: [$<f(x, y, z)>, b]\nc: {$<d: e, f>: g, h: i}\n", "f.yaml")
    assert [p.code for p in problems] == ["WF114", "WF114"]
    assert tree is not None
    assert tree.root == {"a": [None, "b"], "c": {"h": "i"}}


def test_5000_digits_are_refused_without_being_read_as_a_number() -> None:
    """`int()` of 5,000 digits is an error of its own in Python, and quadratic without its guard."""
    for digits in ("9" * 5000, "-" + "9" * 5000, "0x" + "f" * 5000, "0o" + "7" * 5000):
        assert codes(f"a: {digits}\n") == [("WF106", 1, 4)]
    assert codes("a: " + "0" * 5000 + "1\n") == []


def test_thousands_of_repeated_keys_are_counted_and_a_thousand_are_kept() -> None:
    text = "".join(f"k{i}: 1\n" for i in range(3000)) * 2
    _, problems = load_text(text, "f.yaml")
    assert (len(problems), problems.left_out) == (KEPT_AT_MOST, 3000 - KEPT_AT_MOST)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: '" + "x\n" * 300_000, "WF102"),
        ("a: " + "*" * 300_000, "WF102"),
        ("!" * 100_000, "WF104"),
        ("a: $<" + "'" * 100_001 + "\nb: c: $<" + "'" * 100_001, "WF114"),
        ("a: {b: " + "$<" * 100_000 + "}", "WF114"),
        ("a" * 200_000 + ": 1\nb: 2", "WF102"),
        ("a: b" + " " * 300_000 + ": c", "WF102"),
        ("\n" * 300_000 + "a: b: c", "WF102"),
        ("a: [" + "x, " * 100_000, "WF102"),
        ('a: "' + "\\\n" * 100_000, "WF102"),
        ("%" * 100_000, "WF102"),
    ],
)
def test_long_wrong_texts_are_refused_with_one_problem(text: str, code: str) -> None:
    """Each takes time in proportion to its length; a quadratic one would hang here."""
    assert [p.code for p in load_text(text, "f.yaml")[1]] == [code]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("".join(f"- &x{i} 1\n" for i in range(5000)) + "".join(f"- *y{i}\n" for i in range(2000)), "WF116"),
        ("[" + "$<a, b>, " * 50_000 + "]", "WF114"),
        ("- [$<a, b>]\n" * 20_000, "WF114"),
        ("".join(f"{i}: 1\n" for i in range(30_000)), "WF105"),
        ("".join(f"k{i}: 1\nk0: 2\n" for i in range(30_000)), "WF103"),
    ],
)  # fmt: skip
def test_many_mistakes_cost_no_more_than_the_thousand_that_are_kept(text: str, code: str) -> None:
    """Each took a minute when each compared its name with all anchors, or looked for the end of a long line."""
    _, problems = load_text(text, "f.yaml")
    assert {p.code for p in problems} == {code}
    assert len(problems) == KEPT_AT_MOST
    assert problems.left_out > 0


def test_a_refused_merge_bomb_copies_nothing() -> None:
    """5 million entries were copied before the count was passed, 260 MB."""
    text = "- &a {" + ", ".join(f"k{i}: 1" for i in range(3000)) + "}\n" + "- {<<: *a}\n" * 5000
    tracemalloc.start()
    try:
        assert codes(text) == [("WF109", 1666, 8)]
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
