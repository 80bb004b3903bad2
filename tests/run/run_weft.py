"""Runs specs through the command line: in this process, or in one of its own where signals and kills are the matter."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.cli import main


@dataclass
class Told:
    """What the command said: its exit code, standard output and error."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.out)
        return report

    @property
    def statuses(self) -> dict[str, str]:
        return {name: step["status"] for name, step in self.report["steps"].items()}

    def data(self, step: str) -> Any:
        return self.report["steps"][step]["data"]


def weft(*arguments: str) -> Told:
    """One command, in this process."""
    out, err = io.StringIO(), io.StringIO()
    code: Any = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(list(arguments))
        except SystemExit as left:
            code = left.code
    return Told(int(code or 0), out.getvalue(), err.getvalue())


def write_spec(folder: Path, steps: list[dict[str, Any]], **file: Any) -> Path:
    """A spec as JSON (which is YAML), so that tests write it as Python values."""
    path = folder / "flow.weft.json"
    path.write_text(json.dumps({"weft": 1, "name": "flow", **file, "steps": steps}))
    return path


def run(folder: Path, steps: list[dict[str, Any]], *arguments: str, **file: Any) -> Told:
    """`weft run` of these steps, in a store in memory unless the arguments name one."""
    path = write_spec(folder, steps, **file)
    store = () if "--store" in arguments else ("--store", "memory")
    told = weft("run", str(path), *store, "--output", "json", *arguments)
    assert told.code in (0, 4), f"exit {told.code}: {told.out}\n{told.err}"
    return told


def echo(name: str, value: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": name, "tool": "echo", **({"with": {"v": value}} if value is not None else {}), **more}


def fail(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "tool": "fail", **more}


def python(name: str, function: str, *args: Any, **more: Any) -> dict[str, Any]:
    return {"id": name, "tool": "python", "with": {"call": f"flow_{function}", "args": list(args)}, **more}


def shell(name: str, command: str, *args: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "tool": "shell",
        "with": {"command": command, **({"args": list(args)} if args else {})},
        **more,
    }


def begin(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """`weft` in a process of its own, working in `folder`."""
    return subprocess.Popen(
        [sys.executable, "-c", "from engine.cli import main; main()", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(path: Path, lines: int = 1, seconds: float = 20.0) -> list[str]:
    """Wait until a file has that many lines: how a test knows that a step is under way."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        told = path.read_text().splitlines() if path.exists() else []
        if len(told) >= lines:
            return told
        time.sleep(0.01)
    raise AssertionError(f"{path.name} did not get {lines} lines")
