"""A wrong address of a database is the author's mistake, told before anything is recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli import main

SPEC = """
weft: 1
name: demo
inputs: {url: {type: string}}
connections:
  shop: {tool: sql, url: $<inputs.url>}
steps:
  - {id: a, tool: shop, with: {sql: select 1}}
"""


@pytest.mark.parametrize(
    ("url", "said"),
    [("postgres://u:p@127.0.0.1/x", 'no database "postgres"'), ("wh.duckdb", "has no scheme")],
)
def test_an_address_from_an_input_that_names_no_database_is_a_wrong_call(
    url: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop.weft.yaml").write_text(SPEC)
    with pytest.raises(SystemExit) as ended:
        main(["run", "shop.weft.yaml", "--input", f"url={url}"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert 'connection "shop": ' in told
    assert said in told
