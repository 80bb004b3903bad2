"""A page of the cookbook, taken apart and acted out: its files are written, its commands are run.

Marks stand as a comment on the line before a block: `file: NAME` (the block is that file), `console` (commands after `$ `
and what they print; `console, any order` where lines come as they come, `console, own process` where the engine is
killed), `variation` (a part that takes the place of one with the same key or id in the page's first spec).
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from engine.cli.parser import run as weft

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "cookbook"
PAGES = sorted(FOLDER.glob("[0-9]*.md"))

SHOP_ON_PAGES = "127.0.0.1:8080"
OWN_SETTINGS = ("WEFT_STORE", "WEFT_PROFILE", "GITHUB_ACTIONS", "FORCE_COLOR")

_BLOCK = re.compile(r"(?:^<!-- (?P<mark>[^\n]+) -->\n)?^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.M | re.S)
_RUN_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?\b")
_TIME = re.compile(r"(?:(?<=\s)|^) *\d+\.\d+s\b")
_MOMENT = re.compile(r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+\d\d:\d\d)?")
_SETTING = re.compile(r"[A-Z_]+=.*")


class Block(NamedTuple):
    """A fenced block: its mark (empty where there is none), its language and its text."""

    mark: str
    kind: str
    body: str

    @property
    def file(self) -> str:
        return self.mark.removeprefix("file: ") if self.mark.startswith("file: ") else ""

    @property
    def console(self) -> bool:
        return self.mark.startswith("console")


def blocks(page: Path) -> list[Block]:
    """Every fenced block of a page, in order."""
    found = _BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [Block(one["mark"] or "", one["kind"], one["body"]) for one in found]


def steady(block: Block, printed: str) -> list[str]:
    """The lines without what differs from run to run: ids, durations, moments, and the order where it means nothing."""
    lines = []
    for line in printed.splitlines():
        line = _MOMENT.sub("MOMENT", _TIME.sub(" TIME", _RUN_ID.sub("ID", line)))
        lines.append(re.sub(r" +(?=TIME|MOMENT)", " ", line).rstrip())
    return sorted(lines) if "any order" in block.mark else lines


@dataclass
class Stage:
    """A folder to act a page out in, with the address of the shop that serves there."""

    folder: Path
    shop: str
    code: int = 0
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        kept = {name: value for name, value in os.environ.items() if name not in OWN_SETTINGS}
        self.environment = {**kept, "PATH": path, "NO_COLOR": "1"}

    def write(self, block: Block) -> None:
        path = self.folder / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.body.replace(SHOP_ON_PAGES, self.shop), encoding="utf-8")

    def printed(self, block: Block) -> str:
        """Run the commands of a console block; give them back, each with what it printed."""
        out = ""
        for line in block.body.splitlines():
            if line.startswith("$ "):
                out += f"{line}\n{self._answer(line[2:], 'own process' in block.mark)}"
                out += "" if out.endswith("\n") else "\n"
        return out.replace(self.shop, SHOP_ON_PAGES).replace(str(self.folder), ".")

    def _answer(self, line: str, apart: bool) -> str:
        if line == "echo $?":
            return f"{self.code}\n"
        line = line.replace(SHOP_ON_PAGES, self.shop)
        words = shlex.split(line)
        settings = [*_leading_settings(words)]
        words = words[len(settings) :]
        if apart:
            return self._in_a_process(words)
        if words[0] != "weft" or re.search(r"[|<>;&]", line):
            return self._in_a_shell(line)
        return self._here(words[1:], dict(one.split("=", 1) for one in settings))

    def _here(self, arguments: list[str], settings: dict[str, str]) -> str:
        out = io.StringIO()
        streams = contextlib.ExitStack()
        with streams:
            streams.enter_context(mock.patch.dict(os.environ, {**self.environment, **settings}, clear=True))
            streams.enter_context(contextlib.redirect_stdout(out))
            streams.enter_context(contextlib.redirect_stderr(out))
            self.code = weft(arguments)
        return out.getvalue()

    def _in_a_shell(self, line: str) -> str:
        return self._in_a_process(["sh", "-c", line])

    def _in_a_process(self, words: list[str]) -> str:
        done = subprocess.run(
            words, cwd=self.folder, env=self.environment, check=False, text=True, timeout=60,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        killed = done.returncode == -signal.SIGKILL
        self.code = done.returncode if done.returncode >= 0 else 128 - done.returncode
        return done.stdout + ("Killed\n" if killed else "")  # what the shell of whoever types it says


def _leading_settings(words: list[str]) -> Iterator[str]:
    for word in words:
        if not _SETTING.fullmatch(word):
            return
        yield word
