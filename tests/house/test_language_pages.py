"""The manual cannot lie: its specs are checked and run, its tables are held against schema, rules and words.

In a page, `<!-- run -->` before a spec has it run; `<!-- gives -->` before a JSON block says what comes out of it.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest

from engine.app.checking import check_text
from engine.cli import main
from engine.errors import ERROR_TYPES, RETRIED_BY_DEFAULT
from engine.graph.scopes import ALWAYS, ELSEWHERE, RUN_FIELDS, STEP_FIELDS
from engine.machine.rules import RULES
from engine.refs.filters import FILTER_NAMES
from engine.refs.predicates import TESTS
from engine.spec import words
from engine.spec.durations import duration_seconds
from engine.spec.inputs import OWN_WORDS
from engine.spec.load import load_text
from engine.spec.models import Cache, Defaults, Foreach, Repeat, Retry, Step, Undo, Workflow
from engine.spec.schema_check import language_schema

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "language"
PAGES = [*sorted(FOLDER.glob("*.md")), ROOT / "examples" / "README.md"]
OVERVIEW = (FOLDER / "000-overview.md").read_text(encoding="utf-8")
_FENCE = re.compile(r"(?:^<!-- (?P<mark>\w+) -->\n)?^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.M | re.S)
_LINK = re.compile(r"\]\(([^)\s#]*)(?:#([^)\s]*))?\)")


class Example(NamedTuple):
    page: str
    text: str
    run: bool
    gives: Any


def _examples() -> Iterator[Example]:
    for page in PAGES:
        fences = [*_FENCE.finditer(page.read_text(encoding="utf-8"))]
        for fence, after in zip(fences, [*fences[1:], None], strict=False):
            if fence["kind"] == "yaml" and fence["body"].startswith("weft: 1"):
                gives = json.loads(after["body"]) if after and after["mark"] == "gives" else None
                yield Example(page.name, fence["body"], fence["mark"] == "run", gives)


EXAMPLES = [
    pytest.param(example, id=f"{example.page}-{re.search('name: (.*)', example.text)[1]}")  # type: ignore[index]
    for example in _examples()
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_spec_on_a_page_is_passed_in_silence(example: Example) -> None:
    assert [found.message for found in check_text(example.text, "spec.weft.yaml", "yaml").diagnostics] == []


@pytest.mark.parametrize("example", [one for one in EXAMPLES if one.values[0].run])  # type: ignore[union-attr]
def test_a_spec_on_a_page_gives_what_the_page_says(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.weft.yaml").write_text(example.text, encoding="utf-8")
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as left:
        main(["run", "spec.weft.yaml", "--store", "memory"])
    assert not left.value.code, err.getvalue()
    assert json.loads(out.getvalue()) == example.gives


def test_every_mark_on_a_page_stands_before_a_block() -> None:
    """A mark with an empty line behind it would silently mark nothing."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        marked = [fence for fence in _FENCE.finditer(text) if fence["mark"] in ("run", "gives")]
        assert len(marked) == len(re.findall(r"<!-- (?:run|gives) -->", text)), page.name
        pairs = [fence["mark"] for fence in marked]
        assert pairs == ["run", "gives"] * (len(pairs) // 2), page.name


def _tables(heading: str) -> list[list[dict[str, str]]]:
    """The tables under a heading of the overview: each a list of rows, column -> text."""
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", OVERVIEW, re.M | re.S)
    assert section, heading
    found = []
    for table in re.findall(r"(?:^\|.*\|\n)+", section[1], re.M):
        head, _, *rows = [
            [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for line in table.splitlines()
        ]
        found.append([dict(zip(head, row, strict=True)) for row in rows])
    return found


def _codes(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


KEYS: dict[str, tuple[str, int, type]] = {
    "": ("The file", 0, Workflow),
    "Step": ("A step", 0, Step),
    "Retry": ("retry", 0, Retry),
    "Foreach": ("foreach", 0, Foreach),
    "Repeat": ("repeat", 0, Repeat),
    "Defaults": ("defaults", 0, Defaults),
    "Cache": ("cache and undo", 0, Cache),
    "Undo": ("cache and undo", 1, Undo),
}
"""Definition in the schema -> the heading of its table, which of the tables there, and the model behind it."""


def _rows(definition: str) -> dict[str, dict[str, str]]:
    heading, number, _ = KEYS[definition]
    return {_codes(next(iter(row.values())))[0]: row for row in _tables(heading)[number]}


def _definition(definition: str) -> dict[str, Any]:
    schema: dict[str, Any] = language_schema()
    return schema["$defs"][definition] if definition else schema


def test_every_mapping_of_the_language_has_its_table() -> None:
    """A sub-workflow has the keys of a file, and no table of its own."""
    schema = language_schema()
    defined = {name for name, about in schema["$defs"].items() if "properties" in about}
    assert defined == {*KEYS, "SubWorkflow"} - {""}
    inner = set(schema["$defs"]["SubWorkflow"]["properties"])
    assert inner == set(schema["properties"]) - {"weft", "name", "workflows", "triggers"}


@pytest.mark.parametrize("definition", KEYS)
def test_a_table_of_keys_is_the_schemas(definition: str) -> None:
    assert list(_rows(definition)) == list(_definition(definition)["properties"])


@pytest.mark.parametrize("definition", KEYS)
def test_what_is_required_and_what_is_the_default_is_the_schemas(definition: str) -> None:
    required = set(_definition(definition).get("required", ()))
    rows = _rows(definition)
    assert {key for key, row in rows.items() if row["default"] == "required"} == required
    for name, field in KEYS[definition][2].model_fields.items():  # type: ignore[attr-defined]
        if isinstance(field.default, (str, int, float)):
            assert rows[name]["default"] == f"`{json.dumps(field.default).strip(chr(34))}`", name


@pytest.mark.parametrize("definition", KEYS)
def test_the_example_of_a_key_is_one_the_schema_takes(definition: str) -> None:
    whole = _definition(definition)
    holder = {word: whole[word] for word in ("properties", "additionalProperties", "patternProperties")}
    schema = {**holder, "$defs": language_schema()["$defs"]}
    for key, row in _rows(definition).items():
        (text,) = _codes(row["example"])
        value = _yaml(text)
        assert list(value) == [key]
        jsonschema.Draft202012Validator(schema).validate(value)


def _yaml(text: str) -> Any:
    tree = load_text(text, "example.yaml", "yaml")[0]
    assert tree is not None
    return tree.root


def test_the_marked_keys_are_those_that_are_not_available() -> None:
    def marked(definition: str) -> set[str]:
        return {key for key, row in _rows(definition).items() if "†" in row["key"]}

    assert marked("") == set(words.UNBUILT_FILE)
    assert marked("Step") == set(words.UNBUILT_STEP)


def test_the_words_of_inputs_beside_json_schemas_are_listed() -> None:
    assert {_codes(row["word"])[0] for row in _tables("inputs")[0]} == OWN_WORDS


def test_the_table_of_modes_is_whole() -> None:
    assert [_codes(row["mode"])[0] for row in _tables("Modes")[0]] == list(words.MODES)


# Of each row: how many are not settled, succeeded, were skipped, failed.
SITUATIONS = [
    (0, 0, 0, 0),
    (0, 3, 0, 0),
    (0, 2, 1, 0),
    (0, 0, 3, 0),
    (0, 2, 0, 1),
    (0, 1, 1, 1),
    (0, 0, 0, 3),
    (1, 1, 0, 0),
    (1, 0, 0, 1),
]


def test_the_table_of_rules_is_what_the_rules_decide() -> None:
    shown = [list(row.items())[1:] for row in _tables("When a step runs")[0]]
    for row, (left, s, k, f) in zip(shown, SITUATIONS, strict=True):
        assert [_codes(rule)[0] for rule, _ in row] == list(words.TRIGGER_RULES)
        for rule, cell in row:
            decided = RULES[_codes(rule)[0]](left, s, k, f) if any((left, s, k, f)) else _without_needs(rule)
            assert cell == ("skip" if decided == "upstream_failed" else decided), (rule, left, s, k, f)


def _without_needs(rule: str) -> str:
    return "skip" if _codes(rule)[0] in ("one_failed", "all_failed") else "run"


def test_the_names_a_reference_may_read_are_all_there() -> None:
    names = [_codes(row["name"])[0] for row in _tables("References")[0]]
    assert set(names) == ALWAYS | set(ELSEWHERE) | {"step_ID_result"}


@pytest.mark.parametrize(
    ("lead", "known"),
    [
        ("Fields of `steps.ID`:", STEP_FIELDS),
        ("Fields of `run`:", RUN_FIELDS),
        ("Calls:", ("now()", "uuid()", "random()")),
        ("Filters, `value | name`:", FILTER_NAMES),
        ("Tests, `value is name`:", TESTS),
    ],
)
def test_a_list_of_names_is_whole(lead: str, known: Any) -> None:
    paragraph = re.search(rf"^{re.escape(lead)}((?:.+\n)+)", OVERVIEW, re.M)
    assert paragraph
    assert sorted(_codes(paragraph[1])) == sorted(known)


def test_the_durations_are_what_they_say() -> None:
    for row in _tables("Durations")[0]:
        assert duration_seconds(_yaml(f"it: {_codes(row['written'])[0]}")["it"]) == float(row["seconds"])


def test_the_table_of_error_types_is_whole_and_marks_what_is_retried() -> None:
    rows = {_codes(row["type"])[0]: row["retried by default"] for row in _tables("Failures")[1]}
    assert rows == {name: "yes" if name in RETRIED_BY_DEFAULT else "no" for name in ERROR_TYPES}


def test_the_table_of_on_error_is_whole() -> None:
    assert [_codes(row["`on_error`"])[0] for row in _tables("Failures")[0]] == list(words.ON_ERROR)


def test_a_rule_is_cited_by_a_number_of_its_own_and_the_index_knows_its_letter() -> None:
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    seen: list[str] = []
    for page in sorted(FOLDER.glob("[0-9]*.md")):
        rules = re.findall(r"^\*\*([A-Z]\d+)\.?\*\*", page.read_text(encoding="utf-8"), re.M)
        letters = {rule[0] for rule in rules}
        row = re.search(rf"^\|.*\({page.name}\).*\| (\w*) ?\|$", index, re.M)
        assert row, page.name
        assert letters == set(row[1]), page.name
        seen += rules
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target, anchor in (link.groups() for link in _LINK.finditer(re.sub(r"`[^`]*`", "", text))):
        if "://" in target:
            continue
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.M)
            anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in anchors, anchor
