"""Data too large for a row of the journal: kept beside it, read back up to 16 MiB, the same in every store."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from run_weft import echo, run, weft, write_spec

MIB = 1024 * 1024


def _text(name: str, path: str) -> dict[str, Any]:
    return {"id": name, "tool": "file", "with": {"path": path}}


def _size_of_rows(store: Path) -> int:
    with closing(sqlite3.connect(store)) as connection:
        largest = connection.execute("SELECT max(length(payload)) FROM weft_events").fetchone()
    return int(largest[0])


@pytest.mark.slow
@pytest.mark.parametrize("store", ["memory", "w.db"])
def test_a_reference_reads_data_up_to_16_mib(tmp_path: Path, store: str) -> None:
    (tmp_path / "good.txt").write_text("x" * (15 * MIB))
    (tmp_path / "bad.txt").write_text("x" * (16 * MIB + 1))
    steps = [
        _text("good", "good.txt"),
        _text("bad", "bad.txt"),
        echo("a", "$<step_good_result.text | length>"),
        echo("b", "$<step_bad_result.text | length>", on_error="continue"),
        echo("c", "$<step_bad_result.bytes>"),
    ]
    told = run(tmp_path, steps, "--store", store)
    assert told.data("a") == {"v": 15 * MIB}
    assert told.data("c") == {"v": 16 * MIB + 1}, "what is small beside it is read as ever"
    error = told.report["steps"]["b"]["errors"][0]
    assert (error["type"], error["code"]) == ("too_large", "too-large")
    assert "16.0 MiB large, a reference reads up to 16 MiB" in error["message"]


@pytest.mark.slow
def test_large_data_stands_beside_the_rows_and_is_read_back_by_whoever_goes_on(tmp_path: Path) -> None:
    lines = "".join(f"{number}\n" for number in range(60_000))
    (tmp_path / "in.txt").write_text(lines)
    steps = [_text("a", "in.txt"), {"id": "f", "tool": "fail"}, echo("b", "$<step_a_result.text>")]
    told = run(tmp_path, steps, "--store", "w.db")
    assert _size_of_rows(tmp_path / "w.db") < 4096
    steps[1] = echo("f")
    new = write_spec(tmp_path, steps)
    again = weft("retry", told.report["run_id"], "--spec", str(new), "--store", "w.db", "--output", "json")
    assert again.code == 0, again.err
    assert again.report["steps"]["a"]["reused"]
    where = again.report["steps"]["b"]["data"]
    body = Path(where["path"]).read_bytes()
    assert json.loads(body) == {"v": lines}
    assert where["$ref"] == f"sha256:{hashlib.sha256(body).hexdigest()}"


@pytest.mark.slow
def test_what_a_step_is_given_and_the_items_of_a_loop_stand_there_too(tmp_path: Path) -> None:
    items = [{"n": number, "text": "x" * 100} for number in range(2000)]
    (tmp_path / "in.json").write_text(json.dumps(items))
    steps = [
        _text("a", "in.json"),
        echo("b", "$<step_a_result.value>"),
        {**echo("c", "$<item.n>"), "foreach": {"in": "$<step_a_result.value>", "concurrency": 50}},
        echo("d", "$<step_c_result[1999].v>"),
    ]
    told = run(tmp_path, steps, "--store", "w.db")
    assert told.data("d") == {"v": 1999}
    assert _size_of_rows(tmp_path / "w.db") < 64 * 1024


@pytest.mark.slow
def test_large_results_of_the_items_of_a_loop_are_read_together_up_to_the_same_limit(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("x" * MIB)
    loop = {**_text("each", "in.txt"), "foreach": {"in": list(range(20)), "concurrency": 4}}
    steps = [
        loop,
        echo("one", "$<steps.each.status>"),
        echo("all", "$<step_each_result | length>", on_error="continue"),
    ]
    told = run(tmp_path, steps, "--store", "w.db")
    assert told.data("one") == {"v": "succeeded"}
    assert told.report["steps"]["all"]["errors"][0]["type"] == "too_large"


def test_a_run_that_is_cleaned_away_takes_its_large_data_with_it(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("x" * MIB)
    run(tmp_path, [_text("a", "in.txt")], "--store", "w.db")
    with closing(sqlite3.connect(tmp_path / "w.db")) as connection:
        assert connection.execute("SELECT count(*) FROM weft_data").fetchone()[0] > 0
        connection.execute("UPDATE weft_runs SET finished_at = finished_at - 864000")
        connection.commit()
    cleaned = weft("clean", "--older-than", "1d", "--store", "w.db")
    with closing(sqlite3.connect(tmp_path / "w.db")) as connection:
        assert connection.execute("SELECT count(*) FROM weft_data").fetchone()[0] == 0, cleaned.err


def test_an_event_shows_where_its_large_data_is(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("x" * MIB)
    told = run(tmp_path, [_text("a", "in.txt")], "--store", "w.db")
    shown = weft("show", told.report["run_id"], "--store", "w.db", "--events", "--output", "json").out
    event = next(e for e in map(json.loads, shown.splitlines()) if e["kind"] == "StepSucceeded")
    assert event["data"]["text"]["bytes"] == MIB + 2
    assert event["data"]["text"]["$ref"].startswith("sha256:")
    assert "large" not in event


@pytest.mark.parametrize("harm", ["UPDATE weft_data SET body = 'x' WHERE part = 0", "DELETE FROM weft_data"])
def test_large_data_that_is_not_what_was_kept_is_found(tmp_path: Path, harm: str) -> None:
    (tmp_path / "in.txt").write_text("x" * MIB)
    told = run(tmp_path, [_text("a", "in.txt")], "--store", "w.db")
    with closing(sqlite3.connect(tmp_path / "w.db")) as connection:
        connection.execute(harm)
        connection.commit()
    shown = weft("show", told.report["run_id"], "--step", "a", "--store", "w.db")
    assert shown.code == 5, shown
    assert "weft doctor" in shown.err
    looked = weft("doctor", "--store", "w.db")
    assert looked.code == 1
    assert "large data" in looked.out
