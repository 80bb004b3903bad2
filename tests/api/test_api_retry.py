"""`retry` and `aretry`: the next attempt of an ended run from Python."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from engine import UsageError, aretry, retry, run, show


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class Shop:
    """Counts what it is asked, and fails until it is open."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.open = False

    def tools(self) -> dict[str, Any]:
        def count(what: str) -> int:
            self.asked.append(what)
            return len(self.asked)

        def sell(what: str) -> str:
            self.asked.append(what)
            if not self.open:
                raise ValueError("closed")
            return what

        return {"count": count, "sell": sell}


SPEC: dict[str, Any] = {
    "weft": 1,
    "name": "shop",
    "steps": [
        {"id": "count", "tool": "count", "with": {"what": "stock"}},
        {"id": "sell", "tool": "sell", "with": {"what": "tea"}},
    ],
    "outputs": {"sold": "$<step_sell_result>"},
}


def test_retry_runs_what_did_not_succeed() -> None:
    shop = Shop()
    assert not run(SPEC, tools=shop.tools(), run_id="r").success
    shop.open = True
    done = retry("r", tools=shop.tools())
    assert (done.success, done.attempt, done.outputs) == (True, 2, {"sold": "tea"})
    assert shop.asked == ["stock", "tea", "tea"]
    assert done.steps["count"].reused
    assert show("r").attempt == 2


def test_retry_from_a_step_runs_it_again() -> None:
    shop = Shop()
    shop.open = True
    run(SPEC, tools=shop.tools(), run_id="r")
    retry("r", steps=["count"], tools=shop.tools())
    assert shop.asked == ["stock", "tea", "stock"]


def test_a_run_that_succeeded_has_nothing_to_retry() -> None:
    shop = Shop()
    shop.open = True
    run(SPEC, tools=shop.tools(), run_id="r")
    with pytest.raises(UsageError, match="there is nothing to retry"):
        retry("r", tools=shop.tools())


def test_aretry_drives_it_on_the_callers_loop() -> None:
    shop = Shop()
    run(SPEC, tools=shop.tools(), run_id="r")
    shop.open = True
    assert asyncio.run(aretry("r", tools=shop.tools())).success


def test_retry_goes_on_with_a_mended_spec() -> None:
    shop = Shop()
    run(SPEC, tools=shop.tools(), run_id="r")
    count, sell = SPEC["steps"]
    mended = {**SPEC, "steps": [count, {**sell, "tool": "count", "with": {"what": "tea, mended"}}]}
    done = retry("r", spec=mended, tools=shop.tools())
    assert (done.success, shop.asked) == (True, ["stock", "tea", "tea, mended"])


def test_a_spec_that_changes_what_succeeded_is_refused() -> None:
    shop = Shop()
    run(SPEC, tools=shop.tools(), run_id="r")
    count, sell = SPEC["steps"]
    with pytest.raises(UsageError, match='step "count" has succeeded and changes its `with`'):
        retry("r", spec={**SPEC, "steps": [{**count, "with": {"what": "x"}}, sell]}, tools=shop.tools())
