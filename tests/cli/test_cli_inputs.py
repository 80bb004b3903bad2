"""Inputs of the command line that do not fit: the hint says how what was probably meant is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

INPUTS = {
    "whole": {"type": "integer"},
    "part": {"type": "number"},
    "sure": {"type": "boolean"},
    "day": {"type": "string", "format": "date"},
    "at": {"type": "string", "format": "date-time"},
    "list": {"type": "array"},
    "map": {"type": "object"},
}
EXAMPLES = {
    "whole": 1,
    "part": 1,
    "sure": True,
    "day": "2026-01-31",
    "at": "2026-01-31T00:00:00Z",
    "list": [],
    "map": {},
}


@pytest.fixture
def spec() -> str:
    inputs = {name: {**schema, "default": EXAMPLES[name]} for name, schema in INPUTS.items()}
    steps = [{"id": "a", "tool": "echo", "with": {"v": [f"$<inputs.{name}>" for name in inputs]}}]
    Path("in.weft.json").write_text(json.dumps({"weft": 1, "name": "in", "inputs": inputs, "steps": steps}))
    return "in.weft.json"


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("whole=3s", "it takes a number; in seconds that is 3"),
        ("whole=1h30m", "it takes a number; in seconds that is 5400"),
        ("whole=10ms", "it takes a number; this is no whole number of seconds"),
        ("part=10ms", "it takes a number; in seconds that is 0.01"),
        ("part=1,5", "write 1.5"),
        ('whole="3"', "write it without quotes"),
        ("whole=three", '"three" is not JSON'),
        ("sure=yes", "write true"),
        ("sure=True", "write true"),
        ("sure=off", "write false"),
        ("sure=0", "write false"),
        ("day=31.1.2026", "a date is written 2026-01-31"),
        ("at=yesterday", "a moment is written 2026-01-31T12:30:00Z"),
        ("list=a, b,3", 'write ["a", "b", 3], quoted for the shell'),
        ("map=x", 'write {"NAME": value}, quoted for the shell'),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_what_may_have_been_meant(weft, spec, given, hint):
    said = weft("run", spec, "--dry-run", "-i", given)
    assert said.code == 2
    assert f'input "{given.partition("=")[0]}" ' in said.err
    assert said.err.splitlines()[-1].strip() == hint


@pytest.mark.parametrize("given", ["4711s", '"4711"', "4711,5"])
def test_a_secret_that_does_not_fit_is_not_shown_by_its_hint(weft, given):
    file = {"weft": 1, "name": "in", "inputs": {"pin": {"type": "integer", "secret": True}}}
    step = {
        "id": "a",
        "tool": "http",
        "with": {"url": "http://127.0.0.1:9", "headers": {"pin": "$<inputs.pin>"}},
    }
    Path("in.weft.json").write_text(json.dumps({**file, "steps": [step]}))
    said = weft("run", "in.weft.json", "--dry-run", "-i", f"pin={given}")
    assert said.code == 2
    assert "pin" in said.err
    assert "4711" not in said.err


@pytest.mark.parametrize("name", ["flows/ordres.weft.yaml", "./flows/ordres.yaml"])
def test_the_file_that_was_meant_is_named_with_its_folder(weft, name):
    Path("flows").mkdir()
    for there in ("orders", "in"):
        Path(f"flows/{there}.weft.yaml").write_text("")
    said = weft("run", name)
    assert (said.code, said.err.splitlines()[-1].strip()) == (2, 'did you mean "flows/orders.weft.yaml"?')
