"""What is refused for its size before it is read: surely too large, and never a legal text."""

from __future__ import annotations

import json

import pytest
import yaml
from generated import over
from hypothesis import strategies as st

from engine.spec import limits
from engine.spec.load import load_text
from engine.spec.reading import node_bounds
from engine.spec.reading.node_bounds import surely_too_many_json, surely_too_many_yaml
from engine.spec.reading.yaml_composer import Composer

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(',:[]{}"\\\n -?#é', max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text('ab,:"\\', max_size=3), inner, max_size=4)
    ),
    max_leaves=20,
)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_bounds, "COUNTED_FROM", 0)


def nodes(value: object) -> int:
    if isinstance(value, dict):
        return 1 + len(value) + sum(map(nodes, value.values()))
    return 1 + sum(map(nodes, value)) if isinstance(value, list) else 1


def yaml_too_many(text: str) -> bool:
    return surely_too_many_yaml(text, yaml.CSafeLoader)


@over(VALUES, st.sampled_from([None, 1]), st.sampled_from([1, 2, 3, 5, 1000]), examples=300)
def test_a_json_text_of_as_many_nodes_as_the_limit_is_never_refused(
    value: object, indent: int | None, chunk: int
) -> None:
    """Whatever its strings hold, and wherever a chunk ends."""
    text = json.dumps(value, indent=indent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(node_bounds, "_CHUNK", chunk)
        patch.setattr(limits, "NODES_MAX", nodes(value))
        assert not surely_too_many_json(text)


@over(VALUES, st.sampled_from([None, True, False]), st.sampled_from([None, '"', "|"]), examples=300)
def test_a_yaml_text_of_as_many_nodes_as_the_limit_is_never_refused(
    value: object, flow: bool | None, style: str | None
) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, default_style=style)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "NODES_MAX", nodes(value))
        assert not yaml_too_many(text)


@pytest.mark.parametrize("item", ["1", '""', "[1]", '{"a": 1}', '[["x", "y"], {}]', '"\\\\"', '"a, b"'])
def test_a_json_text_of_more_nodes_is_refused_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch, item: str
) -> None:
    count = 1 + 1000 * nodes(json.loads(item))
    monkeypatch.setattr(limits, "NODES_MAX", count - 2)  # one for the chunk, whose end may hide an empty list
    text = "[" + ", ".join([item] * 1000) + "]"
    assert surely_too_many_json(text)
    [found] = load_text(text, "f", "json")[1]
    assert (found.code, found.span[1:]) == ("WF109", (1, 1, 1, 2))


@pytest.mark.parametrize(
    "text",
    ["[" + "1, " * 1000 + "1]", "{" + "a: 1, " * 1000 + "}", "-\n" * 1000, "a:\n" * 1000, '- "1"\n' * 600],
)
def test_a_yaml_text_of_twice_the_nodes_is_refused_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(limits, "NODES_MAX", 499)
    assert yaml_too_many(text)
    [found] = load_text(text, "f")[1]
    assert (found.code, found.span[1:]) == ("WF109", (1, 1, 1, 2))


@pytest.mark.parametrize(
    "text",
    [
        "a\n- b\n- c\n- d",
        "- a, b, c, d\n- a: b,c,d,e",
        "a: b, c, d, e",
        "[a:b, http://c:80, d]",
        "- |\n  a: b\n  c: d\n  e: f",
        "- a # b: c, d: e, f: g",
        "['a: b, c: d, e: f']",
        "a: 'b: c\n- d\n- e'",
        "- a\n  - b\n  - c",
        "? a\n: b",
        "--- # a: b\n[a, {b: c}, ]",
        "%YAML 1.1\n---\n- a",
        "x:\n- 1\n- 2\ny: {a: , b: }",
        "[a]: b, c, d, e",
        "{a: b}  : c, d, e, f, g, h",
        "- - a\n- - b\n  - c: d",
    ],
)
def test_what_only_looks_like_more_nodes_is_not_counted(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    events = yaml.parse(text, yaml.CSafeLoader)
    monkeypatch.setattr(limits, "NODES_MAX", sum(isinstance(event, yaml.NodeEvent) for event in events))
    assert not yaml_too_many(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("weft: 1\nsteps:\n" + "- 1\n" * 1000, 1000),
        ("- 1\n" * 1000, 999),
        ("".join(f"a{n}: 1\n" for n in range(1000)), 2000),
        ("[" + "1," * 1000 + "1]", 1000),
        ("{" + "a: 1, " * 1000 + "}", 3000),
    ],
)
@pytest.mark.parametrize("end", ["", "\n}", "\n\t%"])
def test_what_quotes_nothing_is_refused_unparsed_also_where_it_ends_in_a_mistake(
    monkeypatch: pytest.MonkeyPatch, text: str, count: int, end: str
) -> None:
    def parser(text: str) -> None:
        raise AssertionError("it was parsed")

    monkeypatch.setattr(limits, "NODES_MAX", count - 1)
    assert surely_too_many_yaml(text + end, parser)
    [found] = load_text(text + end, "f")[1]
    assert found.code == "WF109"


def test_a_syntax_error_behind_much_is_told_without_reading_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "NODES_MAX", 50)
    monkeypatch.setattr(Composer, "compose", lambda self, parser: pytest.fail("it was read again"))
    [found] = load_text('- "1"\n' * 1000 + "- [1", "f")[1]
    assert (found.code, found.span.line) == ("WF102", 1001)


def test_an_unclosed_string_full_of_commas_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "NODES_MAX", 50)
    [found] = load_text('{"a": "b", "c": "d\n' + "1, " * 100 + '"}', "f", "json")[1]
    assert (found.code, found.span.line) == ("WF117", 1)


def test_a_syntax_error_is_told_where_the_count_cannot_be_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "NODES_MAX", 50)
    [found] = load_text("a: [1, 2\nb: " + "[1, 2], " * 100, "f")[1]
    assert found.code == "WF102"


def test_a_small_text_is_not_counted_but_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader knows which node is one too many."""
    monkeypatch.setattr(node_bounds, "COUNTED_FROM", 1000)
    monkeypatch.setattr(limits, "NODES_MAX", 5)
    for form in ("yaml", "json"):
        [found] = load_text("[1, 2, 3, 4, 5, 6]", "f", form)[1]  # type: ignore[arg-type]
        assert (found.code, found.span.column) == ("WF109", 14)


def test_the_pure_parser_which_cannot_count_refuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "NODES_MAX", 50)
    assert not surely_too_many_yaml("[" + "'1', " * 1000 + "]", yaml.SafeLoader)
