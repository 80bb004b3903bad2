"""An engine that is killed in the middle of a load leaves all of it or nothing, on every database."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from desks import Desk, refused

from engine.tools.port import CallContext

PROGRAM = Path(__file__).parent / "load_killed.py"
ROWS = 4_000
pytestmark = pytest.mark.slow  # each starts an engine


def killed(desk: Desk, place: object, **load: object) -> None:
    """Loads the file in a process of its own, which kills itself at that place."""
    lines = "".join(f"{at},new\n" for at in range(ROWS))
    (desk.folder / "rows.csv").write_text("id,v\n" + lines)
    load = {"table": "t", "path": "rows.csv", **load}
    words = [json.dumps(word, default=str) for word in (desk.config, load, place)]
    done = subprocess.run([sys.executable, str(PROGRAM), *words], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def answer(desk: Desk) -> dict[str, int]:
    (row,) = desk.rows("select count(*) as n, sum(case when v = 'new' then 1 else 0 end) as fresh from t")
    return row


@pytest.mark.parametrize("place", [500, 2_000, ROWS])
def test_of_a_load_that_makes_its_table_nothing_is_there(desk: Desk, place: int) -> None:
    killed(desk, place)
    assert 'no table "t"' in str(refused(lambda: desk.query("select * from t")))
    assert desk.load("t", path="rows.csv").data["rows_loaded"] == ROWS
    assert answer(desk) == {"n": ROWS, "fresh": ROWS}


@pytest.mark.parametrize("how", [{"mode": "append"}, {"mode": "replace"}, {"mode": "upsert", "key": ["id"]}])
def test_of_a_load_into_a_table_that_is_there_its_rows_are_as_they_were(
    desk: Desk, how: dict[str, object]
) -> None:
    desk.load("t", records=[{"id": at, "v": "old"} for at in range(10)])
    killed(desk, 2_000, **how)
    assert answer(desk) == {"n": 10, "fresh": 0}
    desk.load("t", path="rows.csv", **how)
    assert answer(desk)["fresh"] == ROWS


@pytest.mark.services
def test_a_table_that_was_made_but_not_yet_named_is_cleared_away_by_the_next_load(mysql: Desk) -> None:
    """MySQL names it after the transaction, in a statement of its own."""
    killed(mysql, "commit")
    assert 'no table "t"' in str(refused(lambda: mysql.query("select * from t")))
    with mysql.unguarded(CallContext()) as reading:
        assert [name for name in reading.tables() if name.startswith("weft_load_")]
    mysql.load("t", path="rows.csv")
    with mysql.unguarded(CallContext()) as reading:
        assert reading.tables() == ["t"]
