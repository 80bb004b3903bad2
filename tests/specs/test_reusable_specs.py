"""The workflows that ship with the package, on files of their users: copied into a project, run, checked."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from specs_project import NAMES, Run, message

from engine.cli import main
from engine.spec.load import load
from engine.spec.parse import parse
from engine.spec.shipped import shipped


def _rows(database: Path) -> list[tuple[Any, ...]]:
    with sqlite3.connect(database) as connection:
        return connection.execute("select * from orders").fetchall()


def _load(run: Run, **inputs: Any) -> dict[str, Any]:
    wanted = {"path": "data/orders.csv", "table": "orders", "database": "sqlite:///shop.db", **inputs}
    return run("load-and-check-csv", **wanted)


def test_a_csv_file_becomes_a_table(run: Run, project: Path) -> None:
    result = _load(run, key=["id"])
    assert result["status"] == "succeeded"
    assert {name: result["outputs"][name] for name in ("table", "rows_loaded", "rows_in_table")} == {
        "table": "orders",
        "rows_loaded": 3,
        "rows_in_table": 3,
    }
    assert [column["name"] for column in result["outputs"]["columns"]] == ["id", "name", "amount"]
    assert _rows(project / "shop.db") == [(1, "ada", 4.0), (2, "bob", 5.5), (3, None, 6.0)]


def test_the_default_database_is_a_duckdb_file_of_the_project(run: Run, project: Path) -> None:
    result = run("load-and-check-csv", path="data/orders.csv", table="orders")
    assert result["outputs"]["rows_in_table"] == 3
    assert (project / "warehouse.duckdb").is_file()


def test_a_second_load_replaces_and_append_adds(run: Run, project: Path) -> None:
    _load(run)
    assert _load(run)["outputs"]["rows_in_table"] == 3
    assert _load(run, mode="append")["outputs"]["rows_in_table"] == 6


@pytest.mark.parametrize(
    ("inputs", "step", "said"),
    [
        ({"key": ["id"]}, "key_holds", r"regex\(id\): 1 of 3 rows failed .*unique\(id\): 1 of 3 rows failed"),
        ({"filled": ["nam"]}, "columns_filled", r'no column "nam", did you mean "name"\?'),
        (
            {"path": "data/orders.csv", "filled": ["name"]},
            "columns_filled",
            r"regex\(name\): 1 of 3 rows failed",
        ),
        ({"min_rows": 4}, "enough_rows", "expected at least 4, found 3"),
        ({"max_bytes": 10}, "enough_rows", "10"),
        ({"path": "data/torm.csv"}, "enough_rows", 'no file "data/torm.csv"'),
        ({"path": "../torn.csv"}, "enough_rows", "leads out of the project folder"),
    ],
)
def test_a_failed_check_says_why_and_leaves_the_table_as_it_was(
    inputs: dict[str, Any], step: str, said: str, run: Run, project: Path
) -> None:
    _load(run)
    before = _rows(project / "shop.db")
    result = _load(run, code=4, **{"path": "data/torn.csv", **inputs})
    assert result["status"] == "failed"
    assert result["steps"]["load"]["status"] == "skipped"
    assert re.search(said, message(result, step))
    assert _rows(project / "shop.db") == before


def test_a_key_may_be_several_columns(run: Run, project: Path) -> None:
    (project / "data/pairs.csv").write_text("day,shop,n\n1,a,1\n1,b,2\n2,a,3\n")
    assert _load(run, path="data/pairs.csv", key=["day", "shop"])["outputs"]["rows_loaded"] == 3
    result = _load(run, code=4, path="data/pairs.csv", key=["day"])
    assert "unique(day): 1 of 3 rows failed" in message(result, "key_holds")


def _results(project: Path, path: str = "out/fan-out-files.json") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((project / path).read_text())
    return found


def test_a_program_runs_once_per_file(run: Run, project: Path) -> None:
    result = run("fan-out-files", pattern="data/*.csv", argv=["head", "-1"])
    assert result["outputs"] == {"files": 2, "failed": [], "results": "out/fan-out-files.json"}
    assert _results(project) == [
        {"path": "data/orders.csv", "ok": True, "stdout": "id,name,amount\n", "error": None},
        {"path": "data/torn.csv", "ok": True, "stdout": "id,name\n", "error": None},
    ]


def test_a_path_is_one_argument_whatever_stands_in_it(run: Run, project: Path) -> None:
    """Names of files are data, also in a shell."""
    name = "a b; echo 'gone' $(id) $<inputs.x>.txt"
    (project / "data" / name).write_text("here")
    run("fan-out-files", pattern="data/*.txt", argv=["sh", "-c", 'cat "$1"', "sh"], results="out/seen.json")
    assert _results(project, "out/seen.json") == [
        {"path": f"data/{name}", "ok": True, "stdout": "here", "error": None}
    ]


def test_one_more_failure_than_tolerated_fails_the_run_after_every_file_was_tried(
    run: Run, project: Path
) -> None:
    argv = ["grep", "-c", "bob"]
    good = run("fan-out-files", pattern="data/*.csv", argv=argv, tolerate=1)
    assert good["outputs"]["failed"] == ["data/torn.csv"]
    bad = run("fan-out-files", code=4, pattern="data/*.csv", argv=argv)
    assert bad["status"] == "failed"
    assert "expected at most 0, found 1" in message(bad, "few_failed")
    assert _results(project) == [
        {"path": "data/orders.csv", "ok": True, "stdout": "1\n", "error": None},
        {"path": "data/torn.csv", "ok": False, "stdout": None, "error": '"grep" ended with exit 1'},
    ]


def test_a_pattern_without_files_fails_unless_that_is_allowed(run: Run, project: Path) -> None:
    result = run("fan-out-files", code=4, pattern="data/*.tsv", argv=["cat"])
    assert result["steps"]["each"]["status"] == "skipped"
    assert run("fan-out-files", pattern="data/*.tsv", argv=["cat"], min_files=0)["outputs"]["files"] == 0
    assert _results(project) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_workflow_validates_without_a_word(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["validate", "--strict", "--format", "json", str(shipped("specs") / f"{name}.weft.yaml")])
    assert (left.value.code, json.loads(capsys.readouterr().out)["problems"]) == (0, [])


def test_every_shipped_workflow_and_each_of_its_inputs_is_in_the_readme() -> None:
    folder = shipped("specs")
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| \[`([\w-]+)`\]\(\1\.weft\.yaml\)", readme, re.MULTILINE)) == NAMES
    for name in NAMES:
        section = readme.split(f"\n## {name}\n")[1].split("\n## ")[0]
        shown = dict(re.findall(r"^\| `(\w+)` \|.*\| (.+) \|$", section, re.MULTILINE))
        tree, _ = load(folder / f"{name}.weft.yaml")
        assert tree is not None
        workflow, _ = parse(tree)
        assert workflow is not None
        assert list(shown) == list(workflow.inputs)
        assert tree.root["description"]
        assert tree.root["outputs"]
        assert all(schema["type"] and schema["description"] for schema in workflow.inputs.values())
        for word, schema in workflow.inputs.items():
            assert shown[word] == _default(schema), (name, word)


def _default(schema: dict[str, Any]) -> str:
    """How the readme tells a default."""
    if "default" not in schema:
        return "required"
    default = schema["default"]
    if isinstance(default, int) and default >= 1 << 20:
        return f"{default >> 20} MiB" if default % (1 << 20) == 0 else f"`{default}`"
    return "empty" if default == "" else f"`{default if isinstance(default, str) else json.dumps(default)}`"
