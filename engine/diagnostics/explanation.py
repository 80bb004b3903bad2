"""The long text of each code: what it means, why it is a problem, how to put it right, a bad and a good example.

One file a code in `explained/`; `weft explain` and `docs/checks.md` are made of them, so there is one text for both.
A file is Markdown: a paragraph, then the four sections of `_SECTIONS`. An example is a spec, or (`sh`) the command
that makes one where the problem cannot be shown as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.diagnostics.codes import CODES

FOLDER = Path(__file__).parent / "explained"
Language = Literal["yaml", "json", "sh"]

_SECTIONS = ("Why it is a problem", "How to put it right", "Bad", "Good")
_HEADING = re.compile(r"^## (.+)\n", re.MULTILINE)
_BLOCK = re.compile(r"```(yaml|json|sh)\n(.*)```\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Example:
    """A spec as text, or the shell command that writes `spec.weft.yaml`. `text` ends with a line break."""

    language: Language
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is to be said of one code. Texts are Markdown, wrapped, without a line break at the end."""

    code: str
    name: str
    severity: str
    means: str
    why: str
    fix: str
    bad: Example
    good: Example


def code_of(text: str) -> str | None:
    """The code that a code or a name stands for, case ignored; None: there is none."""
    folded = text.strip().lower()
    return next((code for code, about in CODES.items() if folded in (code.lower(), about.name)), None)


def explanation(code: str) -> Explanation:
    """The text of one of `CODES`. Raises FileNotFoundError or ValueError where the package's own file is not right."""
    text = (FOLDER / f"{code}.md").read_text(encoding="utf-8")
    means, *parts = _HEADING.split(text)
    if tuple(parts[::2]) != _SECTIONS:
        raise ValueError(f"{code}.md must have the sections {', '.join(_SECTIONS)}, in this order")
    why, fix, bad, good = (part.strip() for part in parts[1::2])
    about = CODES[code]
    return Explanation(
        code, about.name, about.severity, means.strip(), why, fix, _example(code, bad), _example(code, good)
    )


def _example(code: str, section: str) -> Example:
    block = _BLOCK.fullmatch(section)
    if block is None:
        raise ValueError(f"an example in {code}.md is not one block of yaml, json or sh")
    return Example(block[1], block[2])  # type: ignore[arg-type]
