"""The shipped workflows around a warehouse, on real databases of every kind that they are for."""

from __future__ import annotations

import csv
import html.parser
import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from desks import Desk

from engine.cli import main
from engine.spec.shipped import shipped

Run = Callable[..., dict[str, Any]]
pytestmark = pytest.mark.slow  # each runs several workflows


@pytest.fixture
def run(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a shipped workflow in the desk's folder; gives its whole result."""
    monkeypatch.chdir(desk.folder)

    def running(name: str, *, code: int = 0, **inputs: Any) -> dict[str, Any]:
        shutil.copy(shipped("specs") / f"{name}.weft.yaml", desk.folder)
        words = [
            word
            for key, value in inputs.items()
            for word in ("-i", f"{key}={value if isinstance(value, str) else json.dumps(value)}")
        ]
        with pytest.raises(SystemExit) as left:
            main(["run", f"{name}.weft.yaml", "--store", "memory", "--output", "json", *words])
        shown = capsys.readouterr()
        assert left.value.code == code, shown.err
        result: dict[str, Any] = json.loads(shown.out)
        return result

    return running


@pytest.fixture
def url(desk: Desk) -> str:
    """The desk's database as the workflow's user writes it. The desk's own connection is closed: DuckDB has one writer."""
    found: str = desk.config["url"]
    return found


@pytest.fixture
def source(desk: Desk) -> Desk:
    """Another database, in a file of SQLite, to copy from."""
    return Desk("sqlite", desk.folder, url="sqlite:///source.db")


def said(result: dict[str, Any]) -> str:
    return " ".join(
        str(error["message"]) for step in result["steps"].values() for error in step.get("errors", ())
    )


def test_a_csv_written_in_any_way_is_loaded_and_measured(desk: Desk, run: Run, url: str) -> None:
    (desk.folder / "k.csv").write_bytes("id;näme;plz\n1;Zoë;01234\n2;-;9\n".encode("windows-1252"))
    given = {"path": "k.csv", "table": "k", "database": url, "delimiter": ";", "encoding": "windows-1252"}
    result = run("csv-to-warehouse", **given, null_values=["-"])
    told = result["outputs"]
    assert (told["rows_loaded"], told["rows_in_table"], told["duplicate_rows"]) == (2, 2, 0)
    assert told["score"] == pytest.approx(5 / 6, abs=1e-5)
    assert desk.rows("select plz from k order by id") == [{"plz": "01234"}, {"plz": "9"}]
    again = run("csv-to-warehouse", **given, null_values=["-"], min_completeness=0.9, code=4)
    assert "0.8333" in said(again)


def test_a_csv_changes_the_rows_whose_key_it_has(desk: Desk, run: Run, url: str) -> None:
    (desk.folder / "o.csv").write_text("id,v\n1,a\n2,b\n")
    run("csv-to-warehouse", path="o.csv", table="o", database=url, mode="upsert", key=["id"])
    (desk.folder / "o.csv").write_text("id,v\n2,c\n3,d\n")
    result = run("csv-to-warehouse", path="o.csv", table="o", database=url, mode="upsert", key=["id"])
    assert result["outputs"]["rows_in_table"] == 3
    assert desk.rows("select v from o where id = 2") == [{"v": "c"}]


class _Page(html.parser.HTMLParser):
    """What is on a page, and whether its elements are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.links: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in ("meta", "!doctype"):
            self._open.append(tag)
        if tag in ("td", "th", "dd"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th", "dd"} & set(self._open):
            self.cells[-1] += data


def test_a_tables_quality_becomes_a_page_that_shows_hostile_names_and_values_as_they_are(
    desk: Desk, run: Run, url: str
) -> None:
    hostile = "<script>alert('&amp;')</script>"
    twice = {"id": 1, "name": hostile, "a<b": None}
    desk.load("t", records=[twice, twice, {"id": 2, "name": "x", "a<b": 1}])
    desk.tool.close()
    result = run("warehouse-quality-report", database=url, table="t")
    told = result["outputs"]
    assert (told["rows"], told["duplicate_rows"], told["missing"]) == (3, 1, 2)
    text = (desk.folder / told["page"]).read_text(encoding="utf-8")
    page = _Page(text)
    assert "<script" not in text and page.links == []
    assert any(cell.startswith("a<b") for cell in page.cells)
    assert any("<script>alert('&amp;')" in cell for cell in page.cells)
    figures = json.loads((desk.folder / told["figures"]).read_text())
    assert figures["score"] == told["score"]
    assert (
        run("warehouse-quality-report", database=url, table="t", min_score=0.9, code=4)["status"] == "failed"
    )


def test_an_empty_table_has_a_page_too(desk: Desk, run: Run, url: str) -> None:
    desk.load("t", records=[], columns={"a": "integer"})
    desk.tool.close()
    told = run("warehouse-quality-report", database=url, table="t")["outputs"]
    assert (told["rows"], told["score"]) == (0, None)
    assert "–" in (desk.folder / told["page"]).read_text(encoding="utf-8")


ORDERS = [
    {"id": 1, "name": "ann", "at": "2026-01-01"},
    {"id": 2, "name": "bob", "at": "2026-01-02"},
    {"id": 3, "name": None, "at": "2026-01-02"},
]


def test_only_what_is_new_is_copied_and_nothing_twice(desk: Desk, source: Desk, run: Run, url: str) -> None:
    source.load("orders", records=ORDERS)
    given = {"from": "sqlite:///source.db", "to": url, "table": "orders", "column": "at", "key": ["id"]}
    first = run("incremental-load", **given)["outputs"]
    assert first == {"table": "orders", "rows_copied": 3, "rows_in_table": 3, "reached": "2026-01-02"}
    source.call("execute", sql="update orders set name = 'BOB' where id = 2")
    source.call("execute", sql="update orders set name = 'unseen' where id = 1")
    source.load(
        "orders",
        records=[{"id": 4, "name": "dy", "at": "2026-01-02"}, {"id": 5, "name": "eve", "at": "2026-02-01"}],
    )
    second = run("incremental-load", **given)["outputs"]
    assert second == {"table": "orders", "rows_copied": 4, "rows_in_table": 5, "reached": "2026-02-01"}
    names = {row["id"]: row["name"] for row in desk.rows("select id, name from orders")}
    assert names == {1: "ann", 2: "BOB", 3: None, 4: "dy", 5: "eve"}
    desk.tool.close()
    assert run("incremental-load", **given)["outputs"]["rows_copied"] == 1
    assert run("incremental-load", **given, again=True)["outputs"]["rows_copied"] == 5
    assert not list((desk.folder / "out").glob("*.parquet"))


def test_a_number_is_a_watermark_too_and_a_table_of_no_rows_moves_none(
    desk: Desk, source: Desk, run: Run, url: str
) -> None:
    source.load(
        "e", records=[{"id": 7, "n": 100}, {"id": 8, "n": None}], columns={"id": "integer", "n": "integer"}
    )
    given = {"from": "sqlite:///source.db", "to": url, "table": "e", "column": "n", "key": ["id"]}
    assert run("incremental-load", **given)["outputs"]["reached"] == 100
    source.load("e", records=[{"id": 9, "n": 20}, {"id": 10, "n": 1000}])
    assert run("incremental-load", **given)["outputs"]["rows_in_table"] == 2


def test_differences_of_two_databases_are_counted_and_written_down(
    desk: Desk, source: Desk, run: Run, url: str
) -> None:
    source.load(
        "t",
        records=[{"k": 1, "l": "a", "v": "x"}, {"k": 2, "l": "a", "v": "x"}, {"k": 3, "l": "b", "v": None}],
    )
    desk.load(
        "other",
        records=[{"k": 2, "l": "a", "v": "y"}, {"k": 3, "l": "b", "v": None}, {"k": 3, "l": "c", "v": "z"}],
    )
    desk.tool.close()
    given = {"left": "sqlite:///source.db", "right": url, "table": "t", "other": "other", "key": ["k", "l"]}
    told = run("table-diff", **given)["outputs"]
    assert told == {"left_only": 1, "right_only": 1, "changed": 1, "rows": 3, "report": "out/table-diff.csv"}
    with (desk.folder / "out/table-diff.csv").open(newline="") as file:
        rows = {row["which"]: row for row in csv.DictReader(file)}
    assert (
        json.loads(rows["changed"]["left"])["v"] == "x" and json.loads(rows["changed"]["right"])["v"] == "y"
    )
    assert (rows["left"]["key"], rows["right"]["key"]) == ("[1, a]", "[3, c]")
    assert run("table-diff", **given, tolerate=2, code=4)["status"] == "failed"
    assert run("table-diff", **given, tolerate=3)["status"] == "succeeded"
    assert '"kk"' in said(run("table-diff", **{**given, "key": ["kk"]}, code=4))


def test_tables_with_two_rows_of_one_key_are_not_compared(
    desk: Desk, source: Desk, run: Run, url: str
) -> None:
    source.load("t", records=[{"k": 1}, {"k": 1}])
    desk.load("t", records=[{"k": 1}])
    desk.tool.close()
    result = run("table-diff", left="sqlite:///source.db", right=url, table="t", key=["k"], code=4)
    assert result["steps"]["one_row_a_key"]["status"] == "failed"


def test_a_tables_history_is_kept(desk: Desk, source: Desk, run: Run, url: str) -> None:
    given = {"from": "sqlite:///source.db", "to": url, "table": "people", "key": "id"}
    days = ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"]
    taken = [
        [{"id": 1, "city": "Oslo"}, {"id": 2, "city": "Bonn"}, {"id": 3, "city": None}],
        [{"id": 1, "city": "Rome"}, {"id": 2, "city": "Bonn"}],
        [{"id": 1, "city": "Rome"}, {"id": 2, "city": "Bonn"}, {"id": 3, "city": None}],
    ]
    told = []
    for day, rows in zip(days, taken, strict=False):
        source.load("people", records=rows, mode="replace")
        found = run("snapshot-scd2", **given, at=day)["outputs"]
        told.append((found["closed"], found["opened"], found["current"]))
    assert told == [(0, 3, 3), (2, 1, 2), (0, 1, 3)]
    same = run("snapshot-scd2", **given, at=days[3])["outputs"]
    assert (same["closed"], same["opened"], same["rows"]) == (0, 0, 5)
    found = desk.rows(
        "select id, city, valid_from, valid_to, is_current from people_history order by id, valid_from"
    )
    assert [tuple(row.values()) for row in found] == [
        (1, "Oslo", days[0], days[1], 0),
        (1, "Rome", days[1], None, 1),
        (2, "Bonn", days[0], None, 1),
        (3, None, days[0], days[1], 0),
        (3, None, days[2], None, 1),
    ]
    with desk.unguarded() as reading:
        assert set(reading.tables()) == {"people_history", "weft_executed"}


def test_no_history_is_kept_of_a_table_whose_key_names_no_row(
    desk: Desk, source: Desk, run: Run, url: str
) -> None:
    source.load("people", records=[{"id": 1, "city": "a"}, {"id": 1, "city": "b"}])
    result = run("snapshot-scd2", code=4, to=url, table="people", key="id", **{"from": "sqlite:///source.db"})
    assert result["steps"]["one_row_a_key"]["status"] == "failed"
