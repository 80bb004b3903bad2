"""The written schema and its sources are one."""

import importlib.util
import json
from pathlib import Path

import jsonschema
import jsonschema_rs
import pytest
from generated import over
from hypothesis import strategies as st
from referencing import Registry

from engine.spec.schema_check import is_valid, language_schema

ROOT = Path(__file__).resolve().parents[2]


def _make_schemas():
    spec = importlib.util.spec_from_file_location("make_schemas", ROOT / ".ci" / "make_schemas.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_schema_file_is_what_models_and_tools_give():
    """After a change of either: python .ci/make_schemas.py."""
    assert (ROOT / "schemas" / "workflow.schema.json").read_text(
        encoding="utf-8"
    ) == _make_schemas().schema_text()


def test_the_schema_is_a_valid_2020_12_schema():
    schema = json.loads((ROOT / "schemas" / "workflow.schema.json").read_text(encoding="utf-8"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema_rs.Draft202012Validator(schema)


def test_every_property_of_the_language_is_described():
    """Editors show these texts."""
    schema = language_schema()
    places = {"": schema, **{name: d for name, d in schema["$defs"].items() if "properties" in d}}
    bare = [
        f"{place}.{name}"
        for place, holder in places.items()
        for name, about in holder["properties"].items()
        if "description" not in about and "$ref" not in about
    ]
    assert bare == []


WORDS = st.sampled_from(
    [
        "weft",
        "name",
        "mode",
        "steps",
        "id",
        "tool",
        "with",
        "needs",
        "when",
        "foreach",
        "retry",
        "timeout",
        "on_error",
        "outputs",
        "inputs",
        "x-note",
        "bogus",
    ]
)
VALUES = st.sampled_from(
    [
        1,
        0,
        "a",
        "dag",
        "echo",
        "5s",
        "all",
        True,
        None,
        [],
        ["a"],
        {},
        {"attempts": 2},
        {"attempts": 0},
        {"in": [1]},
    ]
)
STEPS = st.dictionaries(WORDS, VALUES, max_size=5) | st.just({"id": "a", "tool": "echo"})
SPECS = st.builds(
    lambda extra, steps: {"weft": 1, "name": "x", **extra, "steps": steps},
    st.dictionaries(WORDS, VALUES, max_size=3),
    st.lists(STEPS, min_size=0, max_size=3),
)
_slow = jsonschema.Draft202012Validator(language_schema(), registry=Registry())


@over(SPECS, examples=300)
def test_the_fast_yes_and_the_good_no_agree(document):
    """jsonschema-rs decides, jsonschema explains: a document one refuses and the other takes would have no message."""
    assert is_valid(document) == _slow.is_valid(document)


@pytest.mark.parametrize("document", [{"weft": 1, "name": "x", "steps": [{"id": "a", "tool": "echo"}]}])
def test_the_smallest_spec_is_valid(document):
    assert is_valid(document)
