"""Writes `docs/checks.md` from the explanations that `weft explain` prints.

Run after changing one: `python .ci/make_checks.py`. A test fails when the page and its sources differ.
"""

from pathlib import Path

from engine.diagnostics.codes import CODES
from engine.diagnostics.explanation import Example, explanation

TARGET = Path(__file__).resolve().parent.parent / "docs" / "checks.md"

FAMILIES = {
    "WF1": "Text, YAML, JSON",
    "WF2": "Schema",
    "WF3": "Graph",
    "WF4": "References and types",
    "WF5": "Tools and connections",
    "WF6": "Security",
    "WF7": "Style",
    "WF8": "Environment",
    "WF9": "Run time",
}
HEAD = """\
# Checks

Every problem that `weft validate` can tell, by its stable code and name. Both are accepted wherever one is asked
for: `weft explain WF302` and `weft explain cycle` print the same text, offline. Every example is checked by a test: the
bad one gives its code, the good one gives none.
"""


def checks_page() -> str:
    """The page's content."""
    lines = [HEAD, "| code | name | severity |", "|---|---|---|"]
    lines += [
        f"| [{code}](#{_anchor(code)}) | {about.name} | {about.severity} |" for code, about in CODES.items()
    ]
    family = ""
    for code in CODES:
        if code[:3] != family:
            family = code[:3]
            lines.append(f"\n## {FAMILIES[family]}")
        lines.append(_section(code))
    return "\n".join(lines) + "\n"


def _anchor(code: str) -> str:
    return f"{code} {CODES[code].name}".lower().replace(" ", "-")


def _section(code: str) -> str:
    about = explanation(code)
    parts = [f"\n### {code} {about.name}", about.means, f"**Why it is a problem.** {about.why}"]
    parts += [f"**How to put it right.** {about.fix}"]
    parts += [
        f"{name}{_maker(one)}:\n\n{_block(one)}" for name, one in (("Bad", about.bad), ("Good", about.good))
    ]
    return "\n\n".join(parts)


def _maker(example: Example) -> str:
    return ", what this command writes" if example.language == "sh" else ""


def _block(example: Example) -> str:
    return f"```{example.language}\n{example.text}```"


if __name__ == "__main__":
    TARGET.write_text(checks_page(), encoding="utf-8")
