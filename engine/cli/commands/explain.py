"""`weft explain`: the long text of a problem, offline."""

from __future__ import annotations

from typing import Any

import click

from engine.cli.options import output_option
from engine.cli.printing import print_json, tell
from engine.diagnostics import CODES
from engine.diagnostics.explanation import Example, Explanation, code_of, explanation
from engine.errors import UsageError
from engine.text import suggestion
from engine.text.snippet import shortened

EPILOG = """\b
Examples:
  weft explain WF302
  weft explain undefined-name
"""


@click.command(epilog=EPILOG)
@click.argument("problem", metavar="CODE|NAME")
@output_option("text", "json", about="How to print it.")
def command(problem: str, output: str) -> int:
    """Say what a problem means, why it is one, and how to put it right, with a bad and a good example."""
    code = code_of(problem)
    if code is None:
        known = [*CODES, *(about.name for about in CODES.values())]
        hint = (
            suggestion(problem.strip(), known)
            or "codes stand at the end of each problem, as in [WF402 undefined-name]"
        )
        raise UsageError(f'no problem is called "{shortened(problem)}"', hint=hint)
    about = explanation(code)
    if output == "json":
        print_json(as_json(about))
    else:
        tell(as_text(about))
    return 0


def as_json(about: Explanation) -> dict[str, Any]:
    """The shape of `weft explain CODE --output json`."""
    return {
        "version": 1,
        "code": about.code,
        "name": about.name,
        "severity": about.severity,
        "means": about.means,
        "why": about.why,
        "fix": about.fix,
        "bad": {"language": about.bad.language, "text": about.bad.text},
        "good": {"language": about.good.language, "text": about.good.text},
    }


def as_text(about: Explanation) -> str:
    """For a terminal: sections with a heading, examples indented."""
    parts = [f"{about.code} {about.name} ({about.severity})", about.means]
    parts += [f"Why it is a problem\n{_indented(about.why)}", f"How to put it right\n{_indented(about.fix)}"]
    parts += [
        f"{_title(name, one)}\n{_indented(one.text)}"
        for name, one in (("Bad", about.bad), ("Good", about.good))
    ]
    return "\n\n".join(parts)


def _title(name: str, example: Example) -> str:
    return f"{name} (what this command writes)" if example.language == "sh" else name


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.rstrip("\n").split("\n"))
