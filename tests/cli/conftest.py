"""The command line under test: in this process where that is enough, as a process of its own where it matters."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cli_program import PROGRAM

from engine.cli.parser import run

TWO_STEPS = """\
weft: 1
name: two
inputs:
  who: {type: string, default: world}
steps:
  - id: hello
    tool: echo
    with: {greeting: "hello $<inputs.who>"}
  - id: again
    tool: echo
    with: {said: $<step_hello_result.greeting>}
outputs:
  said: $<step_again_result.said>
"""

FAILING = """\
weft: 1
name: failing
steps:
  - {id: first, tool: echo, with: {a: 1}}
  - id: broken
    tool: shell
    retry: {attempts: 2, delay: 1ms, errors: [failed]}
    with: {command: 'echo one; echo two >&2; exit 3'}
  - {id: never, tool: echo, with: {a: 1}}
"""

EVERYTHING = """\
weft: 1
name: everything
mode: dag
inputs:
  numbers: {type: array, default: [1, 2, 3]}
steps:
  - id: group
    mode: parallel
    steps:
      - {id: inner, tool: echo, with: {a: 1}}
      - id: deeper
        steps:
          - {id: innermost, tool: echo, with: {a: 2}}
    outputs: {a: $<step_inner_result.a>}
  - id: loop
    foreach: {in: $<inputs.numbers>, tolerate: 1}
    tool: shell
    with: {argv: [sh, -c, 'test "$0" != 2', $<item>]}
  - id: nested
    foreach: {in: [a, b], key: item}
    steps:
      - {id: twice, tool: echo, with: {letter: $<item>}}
  - {id: not_wanted, tool: echo, when: 'inputs.numbers == []', with: {a: 1}}
  - {id: fails, tool: fail, on_error: continue, with: {message: on purpose}}
  - {id: after_failure, needs: [fails], tool: echo, with: {a: 1}}
"""


@dataclass
class Answer:
    """What a call gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Weft = Callable[..., Answer]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and none of the settings of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS", "WEFT_STORE"):
        monkeypatch.delenv(name, raising=False)
    for name, text in (("two", TWO_STEPS), ("failing", FAILING), ("everything", EVERYTHING)):
        (tmp_path / f"{name}.weft.yaml").write_text(text)
    return tmp_path


@pytest.fixture
def weft(capsys: pytest.CaptureFixture[str]) -> Weft:
    """Call the command line in this process."""

    def call(*arguments: str) -> Answer:
        capsys.readouterr()
        code = run(list(arguments))
        out, err = capsys.readouterr()
        return Answer(code, out, err)

    return call


@pytest.fixture
def process() -> Weft:
    """Call the command line as a process of its own."""

    def call(*arguments: str, **environment: str) -> Answer:
        done = subprocess.run(
            [*PROGRAM, *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            timeout=30,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    return call
