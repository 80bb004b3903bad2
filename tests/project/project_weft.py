"""A project in a folder of the test's own: files written, commands run in it, everything it leaves behind read."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from engine.cli import main


@dataclass
class Said:
    """What a command said: its exit code, standard output and error."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.out)
        return report

    def data(self, step: str) -> Any:
        return self.report["steps"][step]["data"]


class Desk:
    """`weft` in `folder` with no variable of Weft's but those given; `begin` starts it as a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def spec(self, steps: list[dict[str, Any]], name: str = "flow.weft.json", **file: Any) -> str:
        self.write(name, json.dumps({"weft": 1, "name": "flow", **file, "steps": steps}))
        return name

    def begin(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", "from engine.cli import main; main()", *arguments],
            cwd=self.folder,
            env={**_clean(), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self, process: subprocess.Popen[str]) -> Said:
        out, err = process.communicate(timeout=60)
        self.said += [out, err]
        return Said(process.returncode, out, err)

    def weft(self, *arguments: str, **environment: str) -> Said:
        """One command in this process, as if it had been started in the folder."""
        out, err = io.StringIO(), io.StringIO()
        code: Any = 0
        with contextlib.chdir(self.folder), _only(environment), redirect_stdout(out), redirect_stderr(err):
            try:
                main(list(arguments))
            except SystemExit as left:
                code = left.code
        self.said += [out.getvalue(), err.getvalue()]
        return Said(int(code or 0), out.getvalue(), err.getvalue())

    def wait_for(self, name: str, seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not (self.folder / name).exists():
            assert time.monotonic() < end, f"{name} did not come"
            time.sleep(0.01)

    def everything(self) -> dict[str, bytes]:
        """What the commands said and what they left in stores and state folders, by where it is."""
        found = {f"what was said ({at})": text.encode() for at, text in enumerate(self.said)}
        for path in self.folder.rglob("*"):
            kept = ".weft" in path.parts or ".db" in path.name
            if kept and path.is_file():
                found[str(path.relative_to(self.folder))] = path.read_bytes()
        return found

    def shows(self, *canaries: str) -> list[str]:
        """Where a canary, in any form it may take, can be found."""
        forms = {form.encode() for canary in canaries for form in written(canary)}
        return [where for where, text in self.everything().items() if any(form in text for form in forms)]


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("WEFT_")}


@contextlib.contextmanager
def _only(environment: dict[str, str]) -> Iterator[None]:
    """The variables of this process but Weft's, and those given; afterwards what there was before."""
    before = dict(os.environ)
    wanted = {**_clean(), **environment}
    try:
        os.environ.clear()
        os.environ.update(wanted)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def written(value: str) -> set[str]:
    """The forms of a value that the contract names."""
    once = json.dumps(value)[1:-1]
    return {
        value,
        once,
        json.dumps(once)[1:-1],
        quote(value, safe=""),
        base64.b64encode(value.encode()).decode().rstrip("="),
    }


def echo(name: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"id": name, "tool": "echo", "with": {"v": value}, **more}


def shell(name: str, command: str, *args: Any, **more: Any) -> dict[str, Any]:
    return {"id": name, "tool": "shell", "with": {"command": command, "args": list(args)}, **more}
