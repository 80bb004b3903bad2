"""JSON: RFC 8259 exactly, the same tree and limits as YAML, mistakes told with their remedy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.spec import limits
from engine.spec.load import load_text


def loaded(text: str) -> Any:
    tree, problems = load_text(text, "f.json", "json")
    assert list(problems) == []
    assert tree is not None
    return tree.root


@pytest.mark.parametrize(
    "text",
    [
        "null",
        " true ",
        "[]",
        "{}",
        "[ [ ] , { } ]",
        '{"a":{"b":[1,-0,1.5,1E3,2e-7,-0.0]},"c":""}',
        '"\\ud83d\\ude00 \\u00e9 \\/ \\b\\f\\n\\r\\t \\\\ \\""',
        '"\x7f \x85 \u2028 \u200b \ufffe"',
        '{"":1," ":2,"é":3}',
        "9223372036854775807",
        "\r\n\t[1\r\n,\t2 ]\r\n",
        "1e-999",
    ],
)
def test_valid_json_means_what_the_standard_library_says(text: str) -> None:
    assert json.dumps(loaded(text)) == json.dumps(json.loads(text))


COMMA = "remove the comma"
ADD = 'add the ","'
AFTER_END = "remove what follows the last bracket"
ZEROS = "remove the leading zeros, or quote it if it is text"
NULL = "use null, or quote it if it is text"
HALF = "is half of a surrogate pair, not a character of text"
INVISIBLE = "holds the invisible character"
ITEMS = 'write "," between items, or { } around keys and values'
REMOVE = "remove it"
TEXT = "quote it if it is text"
BAD = [
    ('{"a": 1,}', "WF117", 1, 8, 'a comma before the closing "}"', COMMA),
    ("[1,\n 2,\n]", "WF117", 2, 3, 'a comma before the closing "]"', COMMA),
    ("[1,,2]", "WF117", 1, 4, 'a value is missing before ","', None),
    ("[,1]", "WF117", 1, 2, 'a value is missing before ","', None),
    ("{'a': 1}", "WF117", 1, 2, "JSON strings need double quotes", 'write "a"'),
    ('{"a": \'x\'}', "WF117", 1, 7, "JSON strings need double quotes", 'write "x"'),
    ("{a: 1}", "WF117", 1, 2, 'a key must be a text in double quotes, not "a"', 'write "a"'),
    ("{1: 2}", "WF117", 1, 2, 'a key must be a text in double quotes, not "1"', 'write "key": value'),
    ("[1 2]", "WF117", 1, 4, 'a "," is missing before "2"', ADD),
    ('{"a": 1\n "b": 2}', "WF117", 2, 2, 'a "," is missing before "b"', ADD),
    ('{"a" 1}', "WF117", 1, 6, 'a ":" is missing after the key "a"', 'write "key": value'),
    ('{"a"}', "WF117", 1, 5, 'a ":" is missing after the key "a"', 'write "key": value'),
    ('{"a":}', "WF117", 1, 6, 'a value is missing before "}"', None),
    ("{,}", "WF117", 1, 2, 'a key is missing before ","', None),
    ("[1:2]", "WF117", 1, 3, 'unexpected ":"', ITEMS),
    ("[1}", "WF117", 1, 3, '"}" does not close the "["', 'write "]"'),
    ("[}", "WF117", 1, 2, 'a value is missing before "}"', None),
    ("]", "WF117", 1, 1, 'a value is missing before "]"', None),
    ("\n[1", "WF117", 2, 1, 'the "[" opened here is not closed', 'add the closing "]"'),
    ('[{"a": 1', "WF117", 1, 2, 'the "{" opened here is not closed', 'add the closing "}"'),
    ('{"a"', "WF117", 1, 5, 'a ":" is missing after the key "a"', 'write "key": value'),
    ("// x\n{}", "WF117", 1, 1, "JSON has no comments", "remove it, or write the spec as YAML"),
    ('{"a": 1 /* x */}', "WF117", 1, 9, "JSON has no comments", "remove it, or write the spec as YAML"),
    ("[1 # x\n]", "WF117", 1, 4, "JSON has no comments", "remove it, or write the spec as YAML"),
    ("{} x", "WF117", 1, 4, 'unexpected "x" after the end of the document', AFTER_END),
    ("{}\n{}", "WF117", 2, 1, 'unexpected "{" after the end of the document', AFTER_END),
    ("[True]", "WF117", 1, 2, '"True" is not JSON', "write true"),
    ("[None]", "WF117", 1, 2, '"None" is not JSON', "write null"),
    ("[undefined]", "WF117", 1, 2, '"undefined" is not JSON', "write null"),
    ("[tru]", "WF117", 1, 2, '"tru" is not JSON', "did you mean true?"),
    ("[truey]", "WF117", 1, 2, '"truey" is not JSON', "did you mean true?"),
    ("[hello]", "WF117", 1, 2, '"hello" is not JSON', 'write "hello"'),
    ("[01]", "WF117", 1, 2, '"01" is not a JSON number', ZEROS),
    ("[+1]", "WF117", 1, 2, '"+1" is not a JSON number', "write 1"),
    ("[.5]", "WF117", 1, 2, '".5" is not a JSON number', "write 0.5"),
    ("[-.5]", "WF117", 1, 2, '"-.5" is not a JSON number', "write -0.5"),
    ("[1.]", "WF117", 1, 2, '"1." is not a JSON number', "write 1.0"),
    ("[0x10]", "WF117", 1, 2, '"0x10" is not a JSON number', TEXT),
    ("[1_000]", "WF117", 1, 2, '"1_000" is not a JSON number', TEXT),
    ("[2026-01-31]", "WF117", 1, 2, '"2026-01-31" is not a JSON number', TEXT),
    ('["a\nb"]', "WF117", 1, 2, 'the quote " opened here is not closed on its line', None),
    ('{"a: 1}', "WF117", 1, 2, 'the quote " opened here is not closed on its line', None),
    ('["a\tb"]', "WF117", 1, 4, "a control character U+0009 inside a string", "write \\t"),
    ('["a\x01b"]', "WF117", 1, 4, "a control character U+0001 inside a string", "write \\u0001"),
    ('["\\q"]', "WF117", 1, 3, '"\\q" is not an escape', "write the backslash twice"),
    ('["\\u12"]', "WF117", 1, 3, '"\\u12" is not an escape', "write the backslash twice"),
    ('["\\x41"]', "WF117", 1, 3, '"\\x" is not an escape', "write the backslash twice"),
    ("[NaN]", "WF106", 1, 2, 'the number "NaN" is not a finite number', NULL),
    ("[-Infinity]", "WF106", 1, 2, 'the number "-Infinity" is not a finite number', NULL),
    ("[1e999]", "WF106", 1, 2, 'the number "1e999" is too large for a number', TEXT),
    ("[-9223372036854775809]", "WF106", 1, 2, f'the number "-{2**63 + 1}" does not fit in 64 bits', TEXT),
    ('["\\ud800"]', "WF113", 1, 3, f'"\\ud800" {HALF}', REMOVE),
    ('["\\ude00\\ud83d"]', "WF113", 1, 3, f'"\\ude00" {HALF}', REMOVE),
    ('["a\\u0000"]', "WF113", 1, 4, '"\\u0000" is a NUL, not a character of text', REMOVE),
    ('{"a\\u0000": 1}', "WF113", 1, 4, '"\\u0000" is a NUL, not a character of text', REMOVE),
    ('["\ud800"]', "WF113", 1, 3, "the lone surrogate U+D800 is not allowed in a JSON file", REMOVE),
    ('["\0"]', "WF113", 1, 3, "the NUL U+0000 is not allowed in a JSON file", REMOVE),
    ('{"a\u202eb": 1}', "WF113", 1, 4, f'the key "a\\u202eb" {INVISIBLE} U+202E', REMOVE),
    ('{"\\u200bb": 1}', "WF113", 1, 3, f'the key "\\u200bb" {INVISIBLE} U+200B', REMOVE),
    ('{"a": 1, "a": 2}', "WF103", 1, 10, 'the key "a" is repeated', "remove one of the two"),
    ('{"a": 1, "\\u0061": 2}', "WF103", 1, 10, 'the key "a" is repeated', "remove one of the two"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "line", "column", "message", "hint"), BAD)
def test_each_mistake_has_its_code_place_and_remedy(
    text: str, code: str, line: int, column: int, message: str, hint: str | None
) -> None:
    _, problems = load_text(text, "f.json", "json")
    [found] = problems
    assert (found.code, found.span.line, found.span.column, found.message) == (code, line, column, message)
    if "on its line" in message:
        hint = 'add the closing ", and write line breaks as \\n'
    assert found.hint == hint


def test_structural_problems_are_collected_and_the_rest_is_kept() -> None:
    text = '{"a": 1, "a": 2, "b": NaN, "c": 1e999, "d\\u0000": 3, "e": ["\\ud800", {"f": 4}]}'
    tree, problems = load_text(text, "f", "json")
    assert tree is not None
    assert tree.root == {"a": 1, "b": None, "c": None, "e": [None, {"f": 4}]}
    assert [p.code for p in problems] == ["WF103", "WF106", "WF106", "WF113", "WF113"]
    assert [(r.span.column, r.message) for r in next(iter(problems)).related] == [(2, "first here")]


def test_a_syntax_error_is_the_only_problem_told() -> None:
    tree, problems = load_text('{"a": NaN, "a": 1, "b"}', "f", "json")
    assert tree is None
    assert [p.code for p in problems] == ["WF117"]


@pytest.mark.parametrize(("depth", "codes"), [(100, []), (101, ["WF108"]), (200_000, ["WF108"])])
def test_a_hundred_levels_are_allowed(depth: int, codes: list[str]) -> None:
    tree, problems = load_text("[" * depth + "]" * depth, "f", "json")
    assert [p.code for p in problems] == codes
    assert (tree is None) is bool(codes)


def test_nodes_are_keys_scalars_and_containers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "NODES_MAX", 5)
    assert load_text('{"a": [1, 2]}', "f", "json")[0] is not None
    assert load_text("[[], {}, [], {}]", "f", "json")[0] is not None
    assert [p.code for p in load_text('{"a": [1, 2, 3]}', "f", "json")[1]] == ["WF109"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('["' + "\\\\" * 200_000, "WF117"),
        ("[" + "9" * 500_000 + "]", "WF106"),
        ("[0." + "9" * 500_000 + "x]", "WF117"),
        ("[1," + " " * 500_000 + "]", "WF117"),
        ("[" + "1," * 200_000 + "]", "WF117"),
        ('{"a":1' + ',"a":1' * 50_000 + "}", "WF103"),
    ],
)
def test_long_wrong_texts_are_refused(text: str, code: str) -> None:
    """Each takes time in proportion to its length; a quadratic one would hang here."""
    assert {p.code for p in load_text(text, "f", "json")[1]} == {code}
