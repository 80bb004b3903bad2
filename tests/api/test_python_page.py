"""The page for programs cannot lie: its examples are run in order, and print what stands below them."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import engine

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "python.md"
_FENCE = re.compile(r"(?:^<!-- (?P<mark>[^>]+) -->\n)?^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.M | re.S)


def test_every_example_of_the_page_prints_what_it_says(folder: Path) -> None:
    names: dict[str, Any] = {"__name__": "program"}
    printed = None
    examples = 0
    for fence in _FENCE.finditer(PAGE.read_text(encoding="utf-8")):
        mark, body = fence["mark"] or "", fence["body"]
        if mark.startswith("file: "):
            (folder / mark.removeprefix("file: ")).write_text(body, encoding="utf-8")
        elif fence["kind"] == "python":
            assert not printed, "what an example prints stands below it"
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(body, str(PAGE), "exec"), names)
            printed = out.getvalue()
            examples += 1
        else:
            assert mark == "prints"
            assert printed == body
            printed = None
    assert not printed
    assert examples >= 8


def test_the_page_names_the_whole_surface() -> None:
    page = PAGE.read_text(encoding="utf-8")
    told = set(re.findall(r"\w+", page))
    assert set(engine.__all__) - told == set()
