"""Programs under test work in a folder of their own, without the settings of whoever runs the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.api import offers

TWO_STEPS = """\
weft: 1
name: two
inputs:
  who: {type: string, default: world}
steps:
  - id: hello
    tool: echo
    with: {greeting: "hello $<inputs.who>"}
  - id: again
    tool: echo
    with: {said: $<step_hello_result.greeting>}
outputs:
  said: $<step_again_result.said>
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    for name in ("WEFT_STORE", "WEFT_PROFILE", "WEFT_EXECUTOR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "two.weft.yaml").write_text(TWO_STEPS, encoding="utf-8")
    registered = dict(offers._REGISTERED)
    yield tmp_path
    offers._REGISTERED.clear()
    offers._REGISTERED.update(registered)
