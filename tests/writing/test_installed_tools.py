"""Tools of packages of their own: found by entry point, known to every face, and harmless where they are broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from installed_tools import DECLARED, RATES, THINKING, lay_down

import engine.app.checking as checking
from engine import Unavailable, run, validate
from engine.cli.parser import run as command
from engine.testing import contract
from engine.tools.registry import Registry

FLOW = {
    "weft": 1,
    "name": "pay",
    "connections": {"bank": {"tool": "rates", "table": {"usd": 1.5}}},
    "steps": [
        {"id": "sum", "tool": "bank", "with": {"amount": 20}},
        {"id": "read", "tool": "echo", "with": {"n": "$<step_sum_result.amount>"}},
    ],
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages that this process looks into."""
    site = tmp_path / "site"
    lay_down(site, "weft-rates", {"weft_rates.py": RATES}, {"rates": "weft_rates:Rates"})
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(checking, "_REGISTRY", Registry())
    yield site
    for name in [name for name in sys.modules if name.startswith("weft_")]:
        del sys.modules[name]


def _told(flow: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one.code, one.message) for one in validate(flow)]


def test_a_class_by_entry_point_needs_no_declaration_module(site: Path) -> None:
    assert _told(FLOW) == []
    assert run(FLOW, store="memory").steps["read"].data == {"n": 30.0}
    wrong = {**FLOW, "steps": [{"id": "sum", "tool": "bank", "with": {"amuont": 20}}]}
    assert ("WF503", 'tool "bank" has no parameter "amuont"') in _told(wrong)
    fields = {
        **FLOW,
        "steps": [FLOW["steps"][0], {"id": "r", "tool": "echo", "with": {"n": "$<step_sum_result.amont>"}}],
    }  # type: ignore[index]
    assert _told(fields) == [("WF413", '"step_sum_result" (bank) has no "amont"')]
    settings = {**FLOW, "connections": {"bank": {"tool": "rates", "tabel": {}}}}
    assert "WF507" in [code for code, _ in _told(settings)]


def test_it_is_made_in_worker_processes_too(site: Path) -> None:
    result = run(FLOW, store="memory", executor="processes")
    assert result.success, result.error


def test_every_face_shows_it(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*words: str) -> str:
        assert command([*words]) == 0
        return capsys.readouterr().out

    assert "rates        data_access      Exchange rates." in said("tools")
    page = said("tools", "rates")
    assert "amount             number, required" in page
    assert 'example: with: {"amount": 20, "to": "usd"}' in page
    told = json.loads(said("tools", "rates", "--output", "json"))
    assert (told["distribution"], told["priority"]) == ("weft-rates", "normal")
    schema = json.loads(said("schema"))
    names = [one["if"]["properties"]["tool"]["const"] for one in schema["$defs"]["tool_parameters"]["allOf"]]
    assert names[-1] == "rates"
    assert {"echo", "sql"} <= set(names), "and those of the engine"


def test_its_health_and_its_calls_are_counted_as_those_of_the_engine(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The broken one beside it is unhealthy, with the reason."""
    lay_down(site, "weft-broken", {}, {"lost": "weft_broken.gone:X"})
    (tmp_path / "weft.toml").write_text('[connections.bank]\ntool = "rates"\ntable = {usd = 1.5}\n')
    flow = {key: value for key, value in FLOW.items() if key != "connections"}
    (tmp_path / "pay.weft.json").write_text(json.dumps(flow))
    assert command(["run", "pay.weft.json"]) == 0
    capsys.readouterr()
    assert command(["health", "--output", "json"]) == 5
    told = {one["tool_name"]: one for one in json.loads(capsys.readouterr().out)["tools"]}
    assert told["bank"]["health_status"] == "healthy"
    assert told["lost"]["health_status"] == "unhealthy"
    assert "No module named 'weft_broken'" in told["lost"]["detail"]
    assert command(["metrics"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("bank")]
    assert line.split()[1:4] == ["rates", "1", "1"]


def test_the_schema_for_editors_judges_its_parameters(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import jsonschema_rs

    command(["schema"])
    judge = jsonschema_rs.Draft202012Validator(json.loads(capsys.readouterr().out))
    assert judge.is_valid(FLOW)
    for given in ({"amount": "much"}, {"amuont": 1}, {"amount": 1, "to": "eur"}):
        direct = {"weft": 1, "name": "x", "steps": [{"id": "a", "tool": "rates", "with": given}]}
        assert not judge.is_valid(direct), given


def test_an_installed_tool_keeps_the_contract_by_its_name(site: Path) -> None:
    report = contract("rates", config={"table": {"usd": 1.5}})
    assert {
        "examples_run",
        "results_fit",
        "repeatable_repeats",
        "health_check_answers",
        "imports_are_lazy",
    } <= set(report.kept)


def test_a_declaration_module_is_read_without_what_the_tool_needs(site: Path) -> None:
    modules = {
        "weft_deep/__init__.py": "",
        "weft_deep/declare.py": DECLARED,
        "weft_deep/thinking.py": THINKING,
    }
    lay_down(site, "weft-deep", modules, {"deep": "weft_deep.declare:DECLARATION"})
    flow = {"weft": 1, "name": "x", "steps": [{"id": "a", "tool": "deep", "with": {"n": 1}}]}
    assert _told(flow) == []
    with pytest.raises(Unavailable, match="a_heavy_package_that_is_not_there") as refused:
        run(flow, store="memory", executor="threads")
    assert refused.value.hint == "pip install 'weft-deep[heavy]'"


BARE = """\
from engine import Tool, operation


class Bare(Tool):
    @operation
    def go(self) -> int:
        return 1
"""
BROKEN = {
    "lost": ("weft_broken.gone:X", "ModuleNotFoundError: No module named 'weft_broken.gone'"),
    "raises": ("weft_broken.raises:X", "ZeroDivisionError"),
    "quits": ("weft_broken.quits:X", "SystemExit: no"),
    "typo": ("weft_broken.typo:X", "SyntaxError"),
    "nothing": ("weft_broken:nothing", "AttributeError"),
    "number": ("weft_broken:NUMBER", "is no Declaration, no Tool class and no @operation"),
    "bare": ("weft_broken.bare:Bare", "Bare has no category"),
}


def test_a_broken_package_is_named_and_the_others_go_on(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    modules = {
        "weft_broken/__init__.py": "NUMBER = 3\n",
        "weft_broken/raises.py": "1 / 0\n",
        "weft_broken/quits.py": "import sys\nsys.exit('no')\n",
        "weft_broken/typo.py": "class X(:\n",
        "weft_broken/bare.py": BARE,
    }
    lay_down(site, "weft-broken", modules, {name: target for name, (target, _) in BROKEN.items()})
    assert command(["tools"]) == 0
    listed = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    for name, (_, why) in BROKEN.items():
        assert "cannot be used" in listed[name]
        assert why in listed[name]
        (found,) = validate({"weft": 1, "name": "x", "steps": [{"id": "a", "tool": name}]})
        assert (found.code, why in found.message) == ("WF501", True)
    assert run(FLOW, store="memory").success
    connected = {"connections": {"c": {"tool": "lost"}}, "steps": [{"id": "a", "tool": "c"}]}
    assert [code for code, _ in _told({"weft": 1, "name": "x", **connected})] == ["WF501"]


def test_two_packages_with_one_name_are_both_named(site: Path) -> None:
    lay_down(
        site,
        "weft-other",
        {"weft_other.py": RATES},
        {"rates": "weft_other:Rates", "echo": "weft_other:Rates"},
    )
    message = _told(FLOW)[0][1]
    for part in ("weft-other", "weft-rates", "both bring a tool of this name"):
        assert part in message
    assert run({"weft": 1, "name": "x", "steps": [{"id": "a", "tool": "echo"}]}, store="memory").success


@pytest.mark.slow
def test_a_package_that_pip_has_built_and_installed(tmp_path: Path) -> None:
    """The whole way, offline: built from its folder, installed into another, used by a process that only has that."""
    package = tmp_path / "weft-rates"
    package.mkdir()
    (package / "weft_rates.py").write_text(RATES, encoding="utf-8")
    (package / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "weft-rates"\nversion = "1.0"\n'
        '[project.entry-points."weft.tools"]\nrates = "weft_rates:Rates"\n'
        '[tool.hatch.build.targets.wheel]\ninclude = ["weft_rates.py"]\n',
        encoding="utf-8",
    )
    site = tmp_path / "site"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--no-build-isolation",
        "--no-deps",
    ]
    subprocess.run([*pip, "--target", str(site), str(package)], check=True, cwd=tmp_path)
    (tmp_path / "flow.weft.json").write_text(json.dumps(FLOW), encoding="utf-8")

    def weft(*words: str) -> str:
        code = "from engine.cli import main; main()"
        path = os.pathsep.join([str(site), *(entry for entry in sys.path if entry)])
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": path},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "Exchange rates." in weft("tools")
    weft("validate", "flow.weft.json")
    ran = json.loads(weft("run", "flow.weft.json", "--store", "runs.db", "--output", "json"))
    assert ran["steps"]["read"]["data"] == {"n": 30.0}
    assert '"const": "rates"' in weft("schema")
