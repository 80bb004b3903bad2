"""What a YAML text becomes: values of the 1.2 core schema, merges, aliases, order, limits."""

from __future__ import annotations

import gc
import math
import subprocess
import sys
from typing import Any

import pytest

from engine.spec import limits
from engine.spec.load import load_text


def loaded(text: str | bytes) -> Any:
    tree, problems = load_text(text, "f.yaml")
    assert list(problems) == []
    assert tree is not None
    return tree.root


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("", None), ("~", None), ("null", None), ("Null", None), ("NULL", None), ("nULL", "nULL"),
        ("true", True), ("True", True), ("TRUE", True), ("false", False), ("False", False), ("FALSE", False),
        ("on", "on"), ("no", "no"), ("yes", "yes"), ("off", "off"), ("NO", "NO"), ("y", "y"),
        ("0", 0), ("-0", 0), ("+12", 12), ("012", 12), ("-7", -7), ("0o17", 15), ("0x1F", 31), ("0xff", 255),
        ("-0x1F", "-0x1F"), ("0b11", "0b11"), ("0O17", "0O17"), ("1_000", "1_000"), ("12:30", "12:30"),
        ("2026-01-31", "2026-01-31"), ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)),
        ("0000000000000000000000000000012", 12), ("1.5", 1.5), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0),
        ("-1.5E-2", -0.015), ("1e-999", 0.0), (".", "."), ("+", "+"), ("1.2.3", "1.2.3"), ("1e", "1e"),
        ("e5", "e5"), ("0x", "0x"), ("٣", "٣"), ("NaN", "NaN"), ("Infinity", "Infinity"), ("'1'", "1"),
        ('"true"', "true"), ("'~'", "~"), ("30s", "30s"), ("a # b", "a"), ("a#b", "a#b"), ("http://x:80/y", "http://x:80/y"),
        ("$<inputs.day>", "$<inputs.day>"), ("${HOME}", "${HOME}"), ("[a, $<b>, 1]", ["a", "$<b>", 1]),
        ("[$<x | f('a')>]", ["$<x | f('a')>"]), ("[$$<x]", ["$$<x"]), ("<<", "<<"), ("=", "="),
    ],
)  # fmt: skip
def test_plain_scalars_mean_what_yaml_1_2_core_says(written: str, value: Any) -> None:
    found = loaded(f"- {written}\n")[0] if written else loaded("k:\n")["k"]
    assert found == value
    assert type(found) is type(value)


def test_minus_zero_as_a_float_keeps_its_sign() -> None:
    assert math.copysign(1, loaded("- -0.0")[0]) == -1


def test_keys_that_yaml_1_1_reads_as_booleans_are_text() -> None:
    assert loaded("on: 1\nno: 2\nyes: 3\noff: 4\n") == {"on": 1, "no": 2, "yes": 3, "off": 4}


def test_a_byte_order_mark_is_skipped() -> None:
    tree, problems = load_text(b"\xef\xbb\xbfa: \xc3\xa9\n", "f.yaml")
    assert tree is not None and not problems
    assert tree.root == {"a": "é"}
    assert tree.span(("a",))[1:] == (1, 4, 1, 5)


@pytest.mark.parametrize("char", ["\x85", "\u2028", "\u2029"])
def test_line_separators_of_yaml_1_1_are_ordinary_characters(char: str) -> None:
    text = f'a: x {char} y\nb: "p{char}q"\nc: |\n  m{char}n\n# z{char}z\n"k{char}": v\n'
    root = loaded(text)
    assert root == {"a": f"x {char} y", "b": f"p{char}q", "c": f"m{char}n\n", f"k{char}": "v"}


def test_an_alias_is_one_shared_object() -> None:
    root = loaded("a: &x {b: [1]}\nc: *x\nd: [*x, *x]\n")
    assert root["c"] is root["a"]
    assert root["d"] == [{"b": [1]}, {"b": [1]}]


def test_an_anchor_may_be_set_again() -> None:
    assert loaded("- &a 1\n- *a\n- &a 2\n- *a\n") == [1, 1, 2, 2]


def test_an_alias_of_a_text_may_be_a_key() -> None:
    assert loaded("a: &n name\n*n : 1\n") == {"a": "name", "name": 1}


def test_merged_keys_lose_to_own_ones_and_stand_where_the_merge_stands() -> None:
    root = loaded("base: &b {x: 1, y: 2}\nout: {a: 0, <<: *b, y: 3, z: 4}\n")
    assert list(root["out"].items()) == [("a", 0), ("x", 1), ("y", 3), ("z", 4)]
    assert root["base"] == {"x": 1, "y": 2}


def test_of_merged_mappings_the_earlier_wins() -> None:
    assert loaded("- &a {x: 1}\n- &b {x: 2, y: 2}\n- {<<: [*a, *b, {z: 3}]}\n")[2] == {"x": 1, "y": 2, "z": 3}


def test_a_merge_of_a_merge_takes_everything() -> None:
    assert loaded("- &a {x: 1}\n- &b {<<: *a, y: 2}\n- {<<: *b}\n")[2] == {"x": 1, "y": 2}


def test_a_quoted_merge_key_is_an_ordinary_key() -> None:
    assert loaded('{"<<": {a: 1}}') == {"<<": {"a": 1}}


def test_crlf_and_cr_end_lines() -> None:
    tree, _ = load_text("a: 1\r\nb: |\r\n  x\r\n  y\r\nc: z\r\n", "f")
    assert tree is not None
    assert tree.root == {"a": 1, "b": "x\ny\n", "c": "z"}
    assert tree.span(("c",))[1:3] == (5, 4)


def test_directives_and_document_markers_are_allowed() -> None:
    assert loaded("%YAML 1.2\n---\na: 1\n...\n") == {"a": 1}


def test_a_hundred_levels_are_allowed_and_one_more_is_not() -> None:
    tree, problems = load_text("[" * 100 + "]" * 100, "f")
    assert tree is not None and not problems
    tree, problems = load_text("[" * 101 + "]" * 101, "f")
    assert tree is None
    assert [(p.code, p.span.column) for p in problems] == [("WF108", 101)]


@pytest.mark.parametrize("piece", ["[", "[ ", "{a: ", "- ", "? ", "{", "[{a: "])
def test_a_hundred_thousand_openings_are_refused_before_anything_is_built(piece: str) -> None:
    """libyaml's own composer recurses and dies of a segmentation fault here."""
    tree, problems = load_text(piece * 100_000, "f")
    assert tree is None
    assert [p.code for p in problems] == ["WF108"]


def test_depth_counts_through_aliases() -> None:
    deep = "a: &a " + "[" * 60 + "]" * 60 + "\n"
    assert load_text(deep + "b: " + "[" * 39 + "*a" + "]" * 39 + "\n", "f")[0] is not None
    tree, problems = load_text(deep + "b: " + "[" * 40 + "*a" + "]" * 40 + "\n", "f")
    assert tree is None
    assert [p.code for p in problems] == ["WF108"]


def test_depth_of_an_alias_inside_an_anchor_is_remembered() -> None:
    text = "- &a " + "[" * 50 + "]" * 50 + "\n- &b [*a]\n- " + "[" * 49 + "*b" + "]" * 49 + "\n"
    tree, problems = load_text(text, "f")
    assert tree is None
    assert [p.code for p in problems] == ["WF108"]


def test_an_alias_bomb_is_counted_expanded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    tree, problems = load_text("\n".join(lines), "f")
    assert tree is None
    assert [(p.code, p.span.line) for p in problems] == [("WF109", 7)]


def test_a_merge_bomb_is_counted_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "NODES_MAX", 1000)
    text = "- &a {" + ", ".join(f"k{i}: 1" for i in range(100)) + "}\n" + "- {<<: *a}\n" * 10
    tree, problems = load_text(text, "f")
    assert tree is None
    assert [(p.code, p.span.line) for p in problems] == [("WF109", 5)]


def test_nodes_are_keys_scalars_and_containers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "NODES_MAX", 5)
    assert load_text("{a: [1, 2]}", "f")[0] is not None
    assert [p.code for p in load_text("{a: [1, 2, 3]}", "f")[1]] == ["WF109"]


def test_a_text_beyond_the_size_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SIZE_MAX_BYTES", 10)
    assert load_text("a: 3456789", "f")[0] is not None
    for text in ("a: 34567890", "a: éééé!", b"a: 34567890"):
        tree, problems = load_text(text, "f")
        assert tree is None
        assert [p.code for p in problems] == ["WF107"]


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_left_as_it_was(enabled: bool) -> None:
    try:
        (gc.enable if enabled else gc.disable)()
        load_text("a: 1", "f")
        load_text("a: [", "f")
        assert gc.isenabled() is enabled
    finally:
        gc.enable()


def test_loading_imports_only_yaml_and_the_standard_library() -> None:
    script = (
        "import sys; before = set(sys.modules); import engine.spec.load as l; l.load_text('a: 1', 'f');"
        "new = {m.split('.')[0] for m in set(sys.modules) - before} - set(sys.stdlib_module_names);"
        "print(sorted(n for n in new if 'cython' not in n and n != '_yaml'))"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "['engine', 'yaml']"


def test_without_libyaml_the_pure_parser_gives_the_same_tree_and_codes() -> None:
    script = """
import sys
sys.modules["yaml._yaml"] = None
from engine.spec.load import load_text
from engine.spec.reading import yaml_reader
assert yaml_reader._Parser.__module__ == "yaml.loader", yaml_reader._Parser
tree, problems = load_text("a: &x {b: [1, 'y', $<z>]}\\nc: *x\\nd: |\\n  t\\n", "f")
assert not problems and tree.root == {"a": {"b": [1, "y", "$<z>"]}, "c": {"b": [1, "y", "$<z>"]}, "d": "t\\n"}
assert tree.span(("a", "b", 1))[1:] == (1, 15, 1, 18)
bad = [
       "a: 1\\n\\tb: 2\\n", "a: 'x\\n", "a: b: c\\n", "a: [1, 2\\nb: 3\\n",
       "when: 'a' == b\\n", "a:\\n   b: 1\\n  c: 2\\n",
       "k: [$<r[0]>]\\n", "k: $<a: b>\\n", "a: @x\\n", "b:2\\nc: 3\\n", "[" * 1000]
print([p.code for text in bad for p in load_text(text, "f")[1]])
"""
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert out.stderr == ""
    expected = ["WF102"] * 4 + ["WF114", "WF102", "WF114", "WF114", "WF102", "WF102", "WF108"]
    assert out.stdout.strip() == str(expected)
