"""The cookbook cannot lie: its specs are checked, its commands are run, what they print is compared with the page.

`WEFT_UPDATE_COOKBOOK=1 pytest tests/cookbook -m ''` writes what was printed into the pages (and fails, so that a person
reads the difference).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from cookbook_page import FOLDER, PAGES, SHOP_ON_PAGES, Block, Stage, blocks, steady
from shop_service import shop

from engine.app.checking import check_file, check_text
from engine.spec.load import load_text

INDEX = FOLDER / "README.md"
TITLE = re.compile(r"\A# (.+)\n\n\*\*Task\.\*\* (.+?)\n\n\*\*When\.\*\* ", re.S)
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s#]+)(?:#[^)\s]*)?\)")
SLOW = {"050-retry-as-the-server-asks.md", "210-resume-after-a-crash.md", "260-wait-for-approval.md"}
"""Pages that wait, or start processes of their own and kill them."""


def _each(pages: list[Path]) -> list[Any]:
    marks = {name: [pytest.mark.slow] for name in SLOW}
    return [pytest.param(page, id=page.stem, marks=marks.get(page.name, ())) for page in pages]


@pytest.mark.parametrize("page", _each(PAGES))
def test_the_commands_of_a_page_print_what_it_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with contextlib.ExitStack() as open_:
        asks = SHOP_ON_PAGES in page.read_text(encoding="utf-8")
        stage = Stage(tmp_path, open_.enter_context(shop()) if asks else "no shop")
        updated = [_acted(page, block, stage) for block in blocks(page)]
    assert not any(updated), "the page was updated: read it"


def _acted(page: Path, block: Block, stage: Stage) -> bool:
    """Write the block's file, or hold its commands against what they print. True: the page was changed."""
    if block.file:
        stage.write(block)
    if not block.console:
        return False
    printed = stage.printed(block)
    assert "a fault of the engine" not in printed, printed
    if not os.environ.get("WEFT_UPDATE_COOKBOOK"):
        assert steady(block, printed) == steady(block, block.body)
    if steady(block, printed) == steady(block, block.body):
        return False
    text = page.read_text(encoding="utf-8")
    page.write_text(
        text.replace(f"```console\n{block.body}```", f"```console\n{printed}```"), encoding="utf-8"
    )
    return True


def _specs(page: Path) -> list[Block]:
    return [block for block in blocks(page) if block.file.endswith(".weft.yaml")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_specs_of_a_page_are_passed_in_silence(page: Path, tmp_path: Path) -> None:
    """But for those named broken-…, whose problems the page shows."""
    stage = Stage(tmp_path, "127.0.0.1:1")
    for block in blocks(page):
        if block.file:
            stage.write(block)
    for spec in _specs(page):
        told = [found.message for found in check_file(tmp_path / spec.file).diagnostics]
        assert told == [] or Path(spec.file).name.startswith("broken"), spec.file


VARIATIONS = [
    pytest.param(_specs(page)[0].body, block.body, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, block in enumerate(block for block in blocks(page) if block.mark == "variation")
]


@pytest.mark.parametrize(("spec", "variation"), VARIATIONS)
def test_a_variation_fits_into_the_first_spec_of_its_page(spec: str, variation: str) -> None:
    """It takes the place of the file's key, or of the step with its id. What it makes superfluous may stay unused."""
    whole, part = _tree(spec), _tree(variation)
    if isinstance(part, dict):
        whole |= part
    else:
        steps = {step["id"]: step for step in whole["steps"]}
        whole["steps"] = list((steps | {step["id"]: step for step in part}).values())
    told = check_text(json.dumps(whole), "varied.weft.json", "json").diagnostics
    assert [found.message for found in told if found.code != "WF408"] == []


def _tree(text: str) -> Any:
    tree = load_text(text, "part.yaml", "yaml")[0]
    assert tree is not None, text
    return tree.root


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_has_its_parts(page: Path) -> None:
    """The task in one sentence, when to use it, a spec, what a command prints, and what else there is to know."""
    text = page.read_text(encoding="utf-8")
    opening = TITLE.match(text)
    assert opening, page.name
    assert opening[2].count(". ") == 0, opening[2]
    assert _specs(page), page.name
    assert any(block.console for block in blocks(page)), page.name
    assert "\n## Variations and traps\n" in text, page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_of_a_page_is_held_by_a_test(page: Path) -> None:
    """Every block has a mark; a mark with an empty line behind it would silently mark nothing."""
    text = page.read_text(encoding="utf-8")
    assert [block for block in blocks(page) if not block.mark] == []
    assert len(re.findall(r"^<!-- ", text, re.M)) == len(blocks(page))


def test_the_index_has_every_page_with_its_title_and_no_other() -> None:
    listed = [
        (there, title) for title, there in LINK.findall(INDEX.read_text(encoding="utf-8")) if "/" not in there
    ]
    titles = [(page.name, page.read_text(encoding="utf-8").split("\n", 1)[0][2:]) for page in PAGES]
    assert listed == titles


@pytest.mark.parametrize("page", [INDEX, *PAGES], ids=lambda page: page.stem)
def test_every_link_of_a_page_of_the_cookbook_leads_somewhere(page: Path) -> None:
    prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for _, there in LINK.findall(re.sub(r"`[^`]*`", "", prose)):
        assert (page.parent / there).exists(), there
