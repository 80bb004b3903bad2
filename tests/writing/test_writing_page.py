"""The page on writing tools cannot lie: its examples are run in order, and print what stands below them."""

from __future__ import annotations

import contextlib
import io
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import Declaration
from engine.testing import contract
from engine.testing.clauses import CLAUSES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "writing-a-tool.md").read_text(encoding="utf-8")
_FENCE = re.compile(r"(?:^<!-- (?P<mark>[^>]+) -->\n)?^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.M | re.S)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in ("weft_rates", "weft_model"):
        sys.modules.pop(name, None)


def test_every_example_of_the_page_prints_what_it_says(folder: Path) -> None:
    names: dict[str, Any] = {"__name__": "program"}
    printed = None
    examples = 0
    for fence in _FENCE.finditer(PAGE):
        mark, body = fence["mark"] or "", fence["body"]
        if mark.startswith("file: "):
            (folder / mark.removeprefix("file: ")).write_text(body, encoding="utf-8")
        elif mark.startswith("example: "):
            assert tomllib.loads(body)["project"]["entry-points"]["weft.tools"] == {
                "rates": "weft_rates:Rates"
            }
        elif fence["kind"] == "python":
            assert not printed, "what an example prints stands below it"
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(body, "writing-a-tool.md", "exec"), names)
            printed = out.getvalue()
            examples += 1
        else:
            assert mark == "prints"
            assert printed == body
            printed = None
    assert examples >= 6
    import weft_model

    assert isinstance(weft_model.DECLARATION, Declaration)
    assert "schemas_round_trip" in contract_of(weft_model.DECLARATION)


def contract_of(declaration: Declaration) -> list[str]:
    """The promises about the declaration alone: what is behind it is not there."""
    from engine.testing.clauses import schemas_round_trip
    from engine.testing.tried import tried

    assert list(schemas_round_trip(tried(declaration, folder=Path()))) == []
    return ["schemas_round_trip"]


def test_the_page_names_every_promise() -> None:
    for clause in CLAUSES:
        assert f"| `{clause.__name__}` |" in PAGE
    assert contract.__name__ in PAGE
