"""A spec with a PostgreSQL connection: checked without a server, run against one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli import main

SPEC = """
weft: 1
name: shop
inputs: {url: {type: string}, names: {type: array, items: {type: string}, default: [b, c]}}
connections:
  shop: {tool: sql, url: $<inputs.url>, writable: true}
steps:
  - id: fill
    tool: shop
    operation: load
    with: {table: people, records: [{id: 1, name: a}, {id: 2, name: b}, {id: 3, name: c}], mode: replace}
  - id: age
    tool: shop
    operation: execute
    needs: [fill]
    with: {sql: "update people set id = id + 10 where name in ($<inputs.names>)"}
  - id: ask
    tool: shop
    needs: [age]
    with: {sql: "select id, name from $<'people' | ident> where name in ($<inputs.names>) order by id"}
  - id: quality
    tool: shop
    operation: data_quality_report
    needs: [age]
    with: {table_name: people}
    context: {quality_requirements: {min_completeness: 1.0}}
outputs: {rows: $<step_ask_result.rows>, changed: $<step_age_result.rows_affected>, score: $<step_quality_result.score>}
"""


def ended(*words: str) -> int:
    with pytest.raises(SystemExit) as told:
        main([*words])
    return int(told.value.code or 0)


@pytest.mark.services
def test_a_spec_loads_changes_asks_and_measures_a_server(
    warehouse_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop.weft.yaml").write_text(SPEC)
    assert ended("run", "shop.weft.yaml", "--input", f"url={warehouse_url}", "--output", "json") == 0
    told = json.loads(capsys.readouterr().out)
    found = told["outputs"]
    assert found["rows"] == [{"id": 12, "name": "b"}, {"id": 13, "name": "c"}]
    assert (found["changed"], found["score"]) == (2, 1.0)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://reader@db.example:5432/shop?sslmode=require", None),
        ("postgresql+psycopg://reader@db.example/shop", None),
        ("postgres://reader@db.example/shop", "postgresql://reader@db.example/shop"),
        ("postgresql://reader@db.example", "pattern"),
    ],
)
def test_an_address_of_a_server_is_checked_without_it(
    url: str,
    said: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop.weft.yaml").write_text(SPEC.replace("$<inputs.url>", url))
    code = ended("validate", "shop.weft.yaml")
    told = "".join(capsys.readouterr())
    assert code == (1 if said else 0), told
    assert said in ("pattern", None) or said in told
