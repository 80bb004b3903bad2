"""What a program may rely on: the names, that each is documented and typed, and that asking for none costs nothing."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import engine

SURFACE = {
    *("load", "validate", "run", "resume", "retry", "cancel", "signal", "show", "runs", "metrics", "health"),
    *("aload", "avalidate", "arun", "aresume", "aretry", "acancel", "asignal", "ashow", "aruns"),
    *("ametrics", "ahealth"),
    *("Tool", "operation", "register_tool", "Result", "Principal", "CallContext"),
    *("Declaration", "OperationSpec"),
    *("LoadedWorkflow", "WorkflowResult", "StepResult", "IterationResult", "RunEntry", "Diagnostic"),
    *("WeftError", "SpecError", "InputError", "PermissionDenied", "UsageError", "ToolError"),
    *("Unavailable", "StoreError", "RunOwned"),
}
TWINS = (
    *("load", "validate", "run", "resume", "retry", "cancel", "signal", "show", "runs"),
    "metrics",
    "health",
)
PUBLIC = [pytest.param(getattr(engine, name), id=name) for name in sorted(SURFACE)]


def test_the_surface_is_what_is_listed() -> None:
    assert set(engine.__all__) == SURFACE
    assert set(dir(engine)) >= SURFACE


def test_a_name_that_is_not_of_the_surface_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="'rnu'"):
        engine.rnu  # noqa: B018


@pytest.mark.parametrize("public", PUBLIC)
def test_a_public_name_is_documented(public: object) -> None:
    assert len(inspect.getdoc(public) or "") > 15


@pytest.mark.parametrize("public", [one for one in PUBLIC if inspect.isfunction(one.values[0])])
def test_every_parameter_of_a_public_function_is_typed(public: object) -> None:
    signature = inspect.signature(public)  # type: ignore[arg-type]
    assert all(one.annotation is not one.empty for one in signature.parameters.values())
    assert signature.return_annotation is not signature.empty


@pytest.mark.parametrize("name", TWINS)
def test_a_call_and_its_coroutine_take_the_same(name: str) -> None:
    plain, coroutine = getattr(engine, name), getattr(engine, f"a{name}")
    assert inspect.iscoroutinefunction(coroutine)
    assert inspect.signature(plain, eval_str=True) == inspect.signature(coroutine, eval_str=True)


def test_importing_the_package_imports_none_of_its_parts() -> None:
    code = "import sys, engine; print(sorted(name for name in sys.modules if name.startswith('engine')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['engine']"


def test_a_program_that_writes_no_tools_does_not_pay_for_them() -> None:
    code = "import sys; from engine import run, show, runs, load; print('pydantic' in sys.modules, 'sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


PROGRAM = '''\
from collections.abc import Mapping
from typing import Literal, assert_type

from engine import (
    Principal,
    Result,
    SpecError,
    StepResult,
    Tool,
    WorkflowResult,
    arun,
    load,
    operation,
    register_tool,
    run,
    runs,
    validate,
)


class Rates(Tool):
    """Rates."""

    category = "integration"

    def configure(self, table: str = "rates") -> None:
        self.table = table

    @operation
    def convert(self, amount: float, to: Literal["eur", "usd"] = "eur") -> float:
        return amount

    @operation(timeout_seconds=3, permissions=["rates_read"])
    async def fetch(self) -> Result:
        return Result(data=[])


assert_type(Rates().convert(1.0), float)
register_tool("rates", Rates, {"table": "x"})
result = run("flow.yaml", {"day": 1}, tools={"rates": Rates}, principal=Principal("ada"), max_parallel=2)
assert_type(result, WorkflowResult)
assert_type(result.success, bool)
assert_type(result.steps["a"], StepResult)
for entry in runs(status="failed"):
    assert_type(entry.run_id, str)
try:
    loaded = load({"weft": 1})
except SpecError as error:
    print(error.diagnostics)
print([diagnostic.span.line for diagnostic in validate(loaded)])


async def main() -> str:
    return (await arun(loaded)).run_id


run(3)  # wrong
'''


@pytest.mark.slow
def test_a_program_is_checked_by_its_types(tmp_path: Path) -> None:
    """`py.typed` and the lazy names together: mypy knows every one, and refuses a call that is wrong."""
    (tmp_path / "program.py").write_text(PROGRAM)
    root = Path(engine.__file__).parents[1]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--follow-imports=silent",
            "--cache-dir",
            str(tmp_path / "cache"),
            "program.py",
        ],
        cwd=tmp_path,
        env={"MYPYPATH": str(root), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    wrong = PROGRAM.splitlines().index("run(3)  # wrong") + 1
    told = [line for line in done.stdout.splitlines() if "error:" in line]
    assert len(told) == 1, done.stdout + done.stderr
    assert told[0].startswith(f"program.py:{wrong}: error: Argument 1 to")
