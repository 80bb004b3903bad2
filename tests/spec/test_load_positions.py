"""Where values, keys and pieces of text stand; YAML and JSON agree."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
import yaml
from generated import over
from hypothesis import assume, example
from hypothesis import strategies as st

from engine.spec.load import load_text
from engine.spec.tree import Path, Tree
from engine.text import Span


def tree_of(text: str, form: Any = "yaml") -> Tree:
    tree, problems = load_text(text, "f", form)
    assert list(problems) == []
    assert tree is not None
    return tree


def written(tree: Tree, span: Span) -> str:
    """The source between the two ends of a span."""
    _, line, column, end_line, end_column = span
    return tree.source.text[tree.source.offset(line, column) : tree.source.offset(end_line, end_column)]


SPEC = """\
weft: 1   # version
name:  'daily orders'
steps:
- id: a
  with: {x: [1, "two"], y: $<inputs.day>}
  empty:
  sql: |
    select 1
    from t

  # a comment
- id: 😀é b
tail: &t {k: v}
again: *t
"""


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        (("weft",), "1", "weft"),
        (("name",), "'daily orders'", "name"),
        (("steps", 0, "id"), "a", "id"),
        (("steps", 0, "with"), '{x: [1, "two"], y: $<inputs.day>}', "with"),
        (("steps", 0, "with", "x"), '[1, "two"]', "x"),
        (("steps", 0, "with", "x", 1), '"two"', '"two"'),
        (("steps", 0, "with", "y"), "$<inputs.day>", "y"),
        (("steps", 0, "empty"), "", "empty"),
        (("steps", 0, "sql"), "|\n    select 1\n    from t", "sql"),
        (("steps", 1), "id: 😀é b", "id: 😀é b"),
        (("steps", 1, "id"), "😀é b", "id"),
        (("tail",), "{k: v}", "tail"),
        (("again",), "*t", "again"),
        (("again", "k"), "v", "k"),
        (("steps", 0, "nothing", "below"), None, None),
        (("steps", 7), None, None),
        (("steps", -1), None, None),
        (("steps", "0"), None, None),
        (("weft", "x"), "1", "weft"),
    ],
)
def test_spans_cover_exactly_the_value_and_the_key(path: Path, value: str | None, key: str | None) -> None:
    tree = tree_of(SPEC)
    if value is None:
        ancestor = tree.span(path[:2]) if len(path) > 2 else tree.span(path[:1])
        assert tree.span(path) == ancestor
        assert tree.get(path) is None
        return
    assert written(tree, tree.span(path)) == value
    assert written(tree, tree.key_span(path)) == key


def test_the_span_of_a_list_ends_with_its_last_item() -> None:
    tree = tree_of(SPEC)
    assert tree.span(("steps",))[1:] == (4, 1, 12, 11)
    assert tree.span(())[1:3] == (1, 1)


def test_a_merged_key_stands_where_it_was_written() -> None:
    tree = tree_of("base: &b\n  x: 1\nout:\n  <<: *b\n  y: 2\n")
    assert tree.span(("out", "x"))[1:3] == (2, 6)
    assert tree.key_span(("out", "y"))[1:3] == (5, 3)


def test_entries_of_a_long_mapping_are_found() -> None:
    tree = tree_of("".join(f"k{i}: v{i}\n" for i in range(40)))
    assert [tree.span((f"k{i}",)).line for i in range(40)] == list(range(1, 41))


TEXTS = [
    ("k: plain $<b> x", 6, 10, "$<b>"),
    ("k: a\n  bb\n\n  $<c> d", 5, 9, "$<c>"),
    ("k: it's $<c>\n  d", 5, 9, "$<c>"),
    ("k: 'it''s $<c>'", 5, 9, "$<c>"),
    ('k: "tab\\t\\u00e9\\x41 $<c>"', 7, 11, "$<c>"),
    ('k: "a\\\n   b $<c>"', 3, 7, "$<c>"),
    ('k: "a  \n  b\n\n  $<c>"', 4, 8, "$<c>"),
    ('k: "\\t$<c>"', 0, 1, "\\t"),
    ("k: |\n  line\n\n    deep $<c>\nz: 1", 13, 17, "$<c>"),
    ("k: |-\n  line\n  $<c>\n\n\nz: 1", 5, 9, "$<c>"),
    ("k: |2\n    two more\n  $<c>\n", 11, 15, "$<c>"),
    ("k: >\n  one\n  two $<c>\n\n  three\n", 8, 12, "$<c>"),
    ("k: >-\n  one\n\n  two\n    deep\n  $<c>\n", 15, 19, "$<c>"),
    ("k: |\r\n  a\r\n  $<c>\r\n", 2, 6, "$<c>"),
    ("k: &n 'x $<c>'", 2, 6, "$<c>"),
    ("j: &n 'x $<c>'\nk: *n", 2, 6, "$<c>"),
    ("k: | # why\n  $<c>\n", 0, 4, "$<c>"),
    ("k: |\n  a b  \n", 2, 5, "b"),
    ("k: ''", 0, 0, ""),
    ("k: abc", 3, 3, ""),
]


@pytest.mark.parametrize(("text", "start", "end", "expected"), TEXTS)
def test_a_piece_of_a_decoded_text_is_found_in_the_source(
    text: str, start: int, end: int, expected: str
) -> None:
    tree = tree_of(text)
    if len(expected) > 2:
        assert tree.get(("k",))[start:end] == expected
    assert written(tree, tree.text_span(("k",), start, end)) == expected


def test_a_piece_that_cannot_be_found_is_the_whole_value() -> None:
    tree = tree_of("k: abc\nn: 12\n")
    for path, start, end in [(("k",), 2, 99), (("k",), -1, 2), (("n",), 0, 1), (("gone",), 0, 1), ((), 0, 1)]:
        assert tree.text_span(path, start, end) == tree.span(path)


def test_a_piece_of_a_json_text_is_found_behind_escapes() -> None:
    tree = tree_of('{"k": "\\ud83d\\ude00\\n\\"$<c>\\/"}', "json")
    assert tree.get(("k",)) == '😀\n"$<c>/'
    assert written(tree, tree.text_span(("k",), 3, 7)) == "$<c>"
    assert written(tree, tree.text_span(("k",), 0, 1)) == "\\ud83d\\ude00"


# JSON documents are YAML documents. The characters YAML forbids or libyaml cannot read escaped are left out.
_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff\ufeff"), max_size=12
)
_KEY = st.text("abcxyz é😀'\\\"/,:[]{}#&*!|>%@`-?$<\n\t", max_size=8)
_SCALAR = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT
    | _KEY
)
_DOCUMENT = st.recursive(
    _SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEY, inner, max_size=4)
)


def _paths(node: Any, path: Path = ()) -> Any:
    yield path, node
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, value in entries:
        yield from _paths(value, (*path, step))


@over(_DOCUMENT, st.sampled_from([None, 1, 3]), examples=300)
@example(document={"a": ["\x85", "x \u2028 y", "\u2029"]}, indent=None)
@example(document=[1e16, 1e-7, 5e-324, -0.0, 1.7976931348623157e308], indent=None)
def test_json_reads_the_same_as_json_and_as_yaml(document: Any, indent: int | None) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    as_json, as_yaml = tree_of(text, "json"), tree_of(text, "yaml")
    # `==` does not tell 1 from True and 1.0, nor the order of keys.
    assert json.dumps(as_json.root) == json.dumps(as_yaml.root) == json.dumps(document)
    for path, value in _paths(document):
        assert as_json.span(path) == as_yaml.span(path)
        assert as_json.key_span(path) == as_yaml.key_span(path)
        assert json.dumps(json.loads(written(as_json, as_json.span(path)))) == json.dumps(value)


@over(_DOCUMENT, st.sampled_from([None, 2]), examples=100)
def test_escaped_json_reads_as_the_standard_library_reads_it(document: Any, indent: int | None) -> None:
    text = json.dumps(document, ensure_ascii=True, indent=indent)
    tree = tree_of(text, "json")
    assert json.dumps(tree.root) == json.dumps(document)
    for path, value in _paths(document):
        if isinstance(value, str):
            for at in range(len(value)):
                piece = written(tree, tree.text_span(path, at, at + 1))
                assert json.loads(f'"{piece}"') == value[at]


@over(st.text("ab \n\t$<>'\":#\\é", max_size=30), st.sampled_from(["'", '"', "|", ">"]), examples=300)
def test_pieces_of_yaml_texts_never_point_at_other_characters(value: str, style: str) -> None:
    """Written by PyYAML in every style; what is neither a break, a space nor an escape is found itself."""
    text = yaml.dump({"k": {"v": value}}, default_style=style, allow_unicode=True, width=10)
    assume(
        yaml.safe_load(text) == {"k": {"v": value}}
    )  # PyYAML folds some texts that begin with a blank wrongly
    tree = tree_of(text)
    assert tree.get(("k", "v")) == value
    whole = tree.span(("k", "v"))
    for at, char in enumerate(value):
        span = tree.text_span(("k", "v"), at, at + 1)
        assert span == whole or written(tree, span) == char or char in " \n\t\\\"'"


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_mapping_does_not_take_over_the_places_of_one_that_was_dropped(
    form: Literal["yaml", "json"],
) -> None:
    """A dropped container leaves its `id` to the next one, which may have no entries of its own."""
    dropped = '{"a": 1, "a": {"p": 1, "q": 2}, "b": {}, "c": {}}'
    tree, problems = load_text(dropped, "f", form)
    assert [p.code for p in problems] == ["WF103"]
    assert tree is not None
    assert tree.root == {"a": 1, "b": {}, "c": {}}
    assert not {id(tree.root["b"]), id(tree.root["c"])} & set(tree.marks)


def test_a_merge_does_not_take_over_the_places_of_a_mapping_that_was_dropped() -> None:
    text = '{"x": &x {"d": 1}, "a": 1, "a": {"p": 1, "q": 2}, "b": {<<: *x}}'
    tree, problems = load_text(text, "f")
    assert [p.code for p in problems] == ["WF103"]
    assert tree is not None
    assert len(tree.marks[id(tree.root["b"])]) == 4
    assert tree.key_span(("b", "d")).column == 11
