"""Specs known to break engines like this one: refused with a position, exit 1, and nothing is started."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HEAD = "weft: 1\nname: demo\n"
STEP = "steps:\n  - id: a\n    tool: echo\n"
LONG = "x" * 5000

BILLION = HEAD + "x-a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n"
for _name, _before in zip("bcdefghi", "abcdefgh", strict=True):
    BILLION += f"x-{_name}: &{_name} [{', '.join(['*' + _before] * 10)}]\n"
MERGES = HEAD + "x-a: &a {" + ", ".join(f"k{i}: {i}" for i in range(40)) + "}\n"
for _name, _before in zip("bcdefgh", "abcdefg", strict=True):
    _first = "{<<: *a}" if _before == "a" else "*" + _before
    MERGES += f"x-{_name}: &{_name} [{', '.join([_first] * 20)}]\n"


def nested(text: str) -> str:
    return HEAD + STEP + f"    with:\n      value: {text}\n"


YAML = {
    "alias-bomb": (BILLION + STEP, "WF109"),
    "merge-bomb": (MERGES + STEP, "WF109"),
    "alias-inside-itself": (HEAD + "x-a: &a [*a]\n" + STEP, "WF110"),
    "a-hundred-thousand-brackets": (nested("[" * 100_000), "WF108"),
    "a-hundred-thousand-braces": (nested("{a: " * 100_000), "WF108"),
    "a-hundred-thousand-dashes": (HEAD + "steps:\n  " + "- " * 100_000 + "\n", "WF108"),
    "repeated-key": (HEAD + "name: other\n" + STEP, "WF103"),
    "number-as-key": (nested("{1: a}"), "WF105"),
    "boolean-as-key": (nested("{true: a}"), "WF105"),
    "null-as-key": (nested("{~: a}"), "WF105"),
    "list-as-key": (nested("{[a]: b}"), "WF105"),
    "python-tag": (nested("!!python/object/apply:os.system [ls]"), "WF104"),
    "binary-tag": (nested("!!binary aGk="), "WF104"),
    "own-tag": (nested("!env HOME"), "WF104"),
    "not-a-number": (nested(".nan"), "WF106"),
    "infinity": (nested("-.inf"), "WF106"),
    "five-thousand-digits": (nested("9" * 5000), "WF106"),
    "sixty-five-bits": (nested("18446744073709551616"), "WF106"),
    "endless-exponent": (nested("1e999999999"), "WF106"),
    "two-documents": (HEAD + STEP + "---\n" + HEAD + STEP, "WF111"),
    "nothing": ("", "WF112"),
    "blanks": (" \n\n  \n", "WF112"),
    "escaped-nul": (nested('"a\\0b"'), "WF113"),
    "escaped-surrogate": (nested('"\\ud800"'), "WF1"),
    "tab-indentation": (HEAD + "steps:\n\t- id: a\n", "WF102"),
    "unclosed-quote": (nested('"abc'), "WF102"),
    "zero-width-in-an-id": (HEAD + "steps:\n  - id: a\u200bb\n    tool: echo\n", "WF206"),
    "right-to-left-in-an-id": (HEAD + "steps:\n  - id: a\u202eb\n    tool: echo\n", "WF206"),
    "full-width-id": (HEAD + "steps:\n  - id: ａｂ\n    tool: echo\n", "WF206"),
    "id-with-line-break": (HEAD + 'steps:\n  - id: "a\\nb"\n    tool: echo\n', "WF206"),
    "long-id": (HEAD + f"steps:\n  - id: {LONG}\n    tool: echo\n", "WF206"),
    "terminal-codes-in-a-key": (HEAD + '"\\e[31mred": 1\n' + STEP, "WF202"),
    "terminal-codes-in-a-tool": (HEAD + 'steps:\n  - id: a\n    tool: "\\e]0;owned\\a"\n', "WF501"),
    "long-key": (HEAD + f"{LONG[:1000]}: 1\n" + STEP, "WF202"),
    "steps-nested-ninety-deep": (
        HEAD + "steps: " + "[{id: a, steps: " * 45 + "[{id: b, tool: ech}]" + "}]" * 45 + "\n",
        "WF301",
    ),
    "ten-thousand-unknown-keys": (HEAD + "".join(f"k{i}: 1\n" for i in range(10_000)) + STEP, "WF202"),
}

JSON = {
    "deep": ('{"weft": 1, "x-a": ' + "[" * 100_000, "WF108"),
    "repeated-key": ('{"weft": 1, "weft": 1}', "WF103"),
    "not-a-number": ('{"weft": 1, "x-a": NaN}', "WF106"),
    "five-thousand-digits": ('{"weft": 1, "x-a": ' + "9" * 5000 + "}", "WF106"),
    "endless-exponent": ('{"weft": 1, "x-a": 1e999}', "WF106"),
    "surrogate": ('{"weft": 1, "x-a": "\\ud800"}', "WF113"),
    "nul": ('{"weft": 1, "x-a": "\\u0000"}', "WF113"),
    "comment": ('{"weft": 1 // one\n}', "WF117"),
    "second-document": ('{"weft": 1} {"weft": 1}', "WF1"),
    "nothing": ("", "WF112"),
    "cut": ('{"weft": 1, "name": "de', "WF117"),
}

BYTES = {
    "utf-16": ((HEAD + STEP).encode("utf-16"), "WF101"),
    "utf-32": ((HEAD + STEP).encode("utf-32"), "WF101"),
    "latin-1": (b"weft: 1\nname: caf\xe9\n", "WF101"),
    "overlong": (b"weft: 1\nname: \xc0\xaf\n", "WF101"),
    "encoded-surrogate": (b"weft: 1\nname: \xed\xa0\x80\n", "WF101"),
    "raw-nul": (b"weft: 1\nname: a\x00b\n", "WF113"),
    "terminal-codes": (b"weft: 1\nname: \x1b[31mred\n", "WF113"),
    "random": (bytes(range(256)) * 8, "WF101"),
}

SCHEMAS = {
    "reference-to-http": ({"$ref": "http://127.0.0.1:9/schema.json"}, "WF213"),
    "reference-to-a-file": ({"$ref": "file:///etc/passwd"}, "WF213"),
    "reference-to-a-neighbour": ({"$ref": "other.json"}, "WF213"),
    "reference-inside": ({"properties": {"a": {"$ref": "https://example.com/s"}}}, "WF213"),
    "reference-to-nothing": ({"$ref": "#/$defs/none"}, "WF213"),
    "reference-of-a-number": ({"$ref": 3}, "WF213"),
    "dynamic-reference": ({"$dynamicRef": "#a"}, "WF213"),
    "own-address": ({"$id": "http://127.0.0.1:9/", "type": "string"}, "WF213"),
    "other-dialect": ({"$schema": "http://json-schema.org/draft-04/schema#"}, "WF213"),
    "broken-pattern": ({"type": "string", "pattern": "(["}, "WF213"),
    "look-ahead": ({"type": "string", "pattern": "(?=a)"}, "WF213"),
    "back-reference": ({"type": "string", "pattern": r"(a)\1"}, "WF213"),
    "exploding-pattern": ({"type": "string", "pattern": "((a{1000}){1000}){1000}"}, "WF213"),
    "catastrophic-pattern": ({"pattern": "^(a+)+$", "default": "a" * 40_000 + "!"}, "WF214"),
    "catastrophic-property-name": (
        {"patternProperties": {"^(a|a)*$": {"type": "integer"}}, "default": {"a" * 5000: "x"}},
        "WF214",
    ),
    "text-for-a-number": ({"type": "integer", "default": "10"}, "WF214"),
    "boolean-for-a-number": ({"type": "integer", "default": True}, "WF214"),
    "number-for-a-boolean": ({"type": "boolean", "default": 1}, "WF214"),
    "number-for-text": ({"type": "string", "default": 7}, "WF214"),
    "null-for-text": ({"type": "string", "default": None}, "WF214"),
    "impossible-date": ({"type": "string", "format": "date", "default": "2026-02-30"}, "WF214"),
    "unknown-format": ({"type": "string", "format": "phone"}, "WF213"),
    "no-keyword": ({"typ": "string"}, "WF213"),
    "negative-length": ({"minLength": -1}, "WF213"),
}

LOOPS = {
    "to-itself": {"$ref": "#"},
    "two": {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}},
    "all-of": {"allOf": [{"$ref": "#"}]},
}

EXPRESSIONS = {
    "class": "inputs.__class__",
    "class-by-subscript-of-a-call": "''.join.__globals__",
    "mro": "''.__class__.__mro__[1].__subclasses__()",
    "attr": "inputs | attr('__class__')",
    "map-attribute": "[inputs] | map(attribute='__class__') | list",
    "format-filter": "'%s' | format(inputs)",
    "format-method": "'{0.__class__}'.format(inputs)",
    "range": "range(1000000000)",
    "import": "__import__('os')",
    "cycler": "cycler.__init__.__globals__",
    "self": "self._TemplateReference__context",
    "config": "config",
    "lipsum": "lipsum.__globals__",
    "center": "'a' | center(1000000000)",
    "indent": "'a' | indent(1000000000)",
    "statement": "{% for x in [1] %}{% endfor %}",
    "set": "x = 3",
    "lambda": "lambda: 1",
    "comprehension": "[x for x in inputs]",
    "five-thousand-parentheses": "(" * 5000 + "1" + ")" * 5000,
    "forty-one-parentheses": "(" * 41 + "1" + ")" * 41,
    "long": "'" + "a" * 4096 + "'",
    "four-hundred-and-one-parts": " + ".join(["1"] * 402),
    "unpacking": "'a' | replace(*inputs)",
    "walrus": "(y := 3)",
    "f-string": "f'{inputs}'",
    "bytes": "b'abc'",
    "nothing": " ",
    "only-an-operator": "+",
    "unclosed-quote": "'abc",
}

CONSTANTS = {
    "ten-to-the-ten-million": "10 ** (10 ** 7)",
    "long-text": "'a' * 1000000000",
    "replace-bomb": "('a' | replace('', 'a' * 1000)) == 1",
    "chained-replace": "('a'" + " | replace('a', 'aaaaaaaaaa')" * 9 + ") == ''",
    "division-by-zero": "1 / 0 == 1",
    "regular-expression": "('a' * 3) is matches('(a+)+$')",
}


def refused(call: Callable[..., Any], name: str, code: str) -> None:
    """Both commands: the code at a position of the file, exit 1."""
    for command in ("validate", "run"):
        told = call(command, name)
        text = told.out if command == "validate" else told.err
        assert told.code == 1, told
        assert f"[{code}" in text, text
        first = text.splitlines()[0]
        assert first.split(":")[0] == name, first
        assert all(part.isdigit() for part in first.split(":")[1:3]), first


@pytest.mark.parametrize("case", YAML)
def test_bad_yaml_is_refused_at_its_place(case: str, folder: Path, call: Callable[..., Any]) -> None:
    text, code = YAML[case]
    (folder / "bad.weft.yaml").write_text(text, encoding="utf-8")
    refused(call, "bad.weft.yaml", code)


@pytest.mark.parametrize("case", JSON)
def test_bad_json_is_refused_at_its_place(case: str, folder: Path, call: Callable[..., Any]) -> None:
    text, code = JSON[case]
    (folder / "bad.weft.json").write_text(text, encoding="utf-8")
    refused(call, "bad.weft.json", code)


@pytest.mark.parametrize("case", BYTES)
def test_bytes_that_are_no_text_are_refused_at_their_place(
    case: str, folder: Path, call: Callable[..., Any]
) -> None:
    data, code = BYTES[case]
    (folder / "bad.weft.yaml").write_bytes(data)
    refused(call, "bad.weft.yaml", code)


def with_input(schema: dict[str, Any]) -> str:
    steps = [{"id": "a", "tool": "echo", "with": {"x": "$<inputs.x>"}}]
    return json.dumps({"weft": 1, "name": "demo", "inputs": {"x": schema}, "steps": steps}, indent=1)


@pytest.mark.parametrize("case", SCHEMAS)
def test_a_bad_schema_of_an_input_is_refused_and_nothing_is_fetched(
    case: str, folder: Path, call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    def refuse(*_: Any) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    schema, code = SCHEMAS[case]
    (folder / "bad.weft.json").write_text(with_input(schema), encoding="utf-8")
    refused(call, "bad.weft.json", code)


@pytest.mark.parametrize("case", LOOPS)
def test_a_schema_that_refers_in_a_circle_comes_to_an_end(
    case: str, folder: Path, call: Callable[..., Any]
) -> None:
    (folder / "loop.weft.json").write_text(
        with_input({**LOOPS[case], "default": {"a": [1]}}), encoding="utf-8"
    )
    assert call("validate", "loop.weft.json").code in (0, 1)


@pytest.mark.parametrize("case", EXPRESSIONS)
@pytest.mark.parametrize("place", ["with", "when"])
def test_a_bad_expression_is_refused_at_its_place(
    case: str, place: str, folder: Path, call: Callable[..., Any]
) -> None:
    text = EXPRESSIONS[case]
    step: dict[str, Any] = {"id": "a", "tool": "echo"}
    step |= {"when": text} if place == "when" else {"with": {"x": f"$<{text}>"}}
    spec = {"weft": 1, "name": "demo", "inputs": {}, "steps": [step]}
    (folder / "bad.weft.json").write_text(json.dumps(spec, indent=1), encoding="utf-8")
    refused(call, "bad.weft.json", "WF40")


@pytest.mark.parametrize("case", CONSTANTS)
def test_a_costly_constant_is_not_worked_out_by_validate(
    case: str, folder: Path, call: Callable[..., Any]
) -> None:
    """It may be refused, or left to the run; what is evaluated is evaluated within bounds."""
    for place in ({"when": CONSTANTS[case]}, {"with": {"x": f"$<{CONSTANTS[case]}>"}}):
        spec = {"weft": 1, "name": "demo", "steps": [{"id": "a", "tool": "echo", **place}]}
        (folder / "bad.weft.json").write_text(json.dumps(spec), encoding="utf-8")
        assert call("validate", "bad.weft.json").code in (0, 1)


def test_texts_that_look_like_numbers_stay_texts(folder: Path, call: Callable[..., Any]) -> None:
    plain = [
        "1_000",
        "12:30",
        "NO",
        "on",
        "off",
        "yes",
        "2026-01-31",
        "2026-01-31 12:30:00",
        "1.2.3",
        "0b1",
        "1e",
    ]
    quoted = [
        "'0x10'",
        "'1e999'",
        "'012'",
        '"7"',
        "'null'",
        "'true'",
        "$<'1e999'>",
        "$<'1' ~ '2'>",
        "'$<inputs.n>'",
    ]
    body = "".join(f"      k{i}: {word}\n" for i, word in enumerate(plain + quoted))
    (folder / "good.weft.yaml").write_text(
        HEAD + 'inputs: {n: {default: "7"}}\n' + STEP + "    with:\n" + body, encoding="utf-8"
    )
    told = call("run", "good.weft.yaml", "--store", "memory", "--output", "json")
    assert told.code == 0
    given = json.loads(told.out)["steps"]["a"]["data"]
    assert all(isinstance(value, str) for value in given.values()), given


def test_data_is_never_read_as_a_template(folder: Path, call: Callable[..., Any]) -> None:
    spec = (
        HEAD
        + "inputs:\n  x: {type: string}\n"
        + STEP
        + "    with: {x: $<inputs.x>, text: 'a $<inputs.x> b'}\n"
    )
    (folder / "good.weft.yaml").write_text(spec, encoding="utf-8")
    evil = "$<secrets.TOKEN> {{ 7 * 7 }} ${inputs.x}"
    told = call("run", "good.weft.yaml", "-i", f"x={evil}", "--store", "memory", "--output", "json")
    assert json.loads(told.out)["steps"]["a"]["data"] == {"x": evil, "text": f"a {evil} b"}
