"""Where libyaml gave up, and the lines around that place: what `yaml_errors` looks at.

Laws: nothing here costs more than the lines it looks at, however long the file. Refuses to judge.
"""

from __future__ import annotations

import re

import yaml

from engine.diagnostics import Diagnostic, problem
from engine.spec.reading.yaml_references import REFERENCE_REST
from engine.text import Source
from engine.text.snippet import shortened

_ENTRY = re.compile(
    r"[ \t]*(?:-[ \t]+)*(?:(?:\"[^\"]*\"|'[^']*'|[^\s'\"#\[{][^:#]*?)[ \t]*:[ \t]+)?(?P<value>\S.*)?"
)
_BRACED_REST = re.compile(r"""(?:"[^"]*"|'[^']*'|[^"'}])*}""")
_FLOW_OPEN = re.compile(r"expected ',' or '([\]}])'")
_WORD = re.compile(r"\S*")
_LINES_ABOVE_MAX = 50


class Fault:
    """A syntax error. `at` is the offset where libyaml gave up, `since` where the part began that it was reading.

    `what` and `during` are libyaml's words for both; `quoted` is where the last quoted scalar stands; `line` is the
    text of the line of `at`, which begins at `line_start`.
    """

    __slots__ = ("at", "during", "line", "line_start", "quoted", "since", "source", "text", "what")

    def __init__(self, source: Source, error: yaml.MarkedYAMLError, quoted: tuple[int, int]) -> None:
        self.source = source
        self.text = source.text
        self.what = error.problem or "not valid YAML"
        self.during = error.context or ""
        self.quoted = quoted
        self.at = min(error.problem_mark.index if error.problem_mark else 0, len(self.text))
        self.since = min(error.context_mark.index if error.context_mark else self.at, len(self.text))
        self.line_start, self.line = self.line_of(self.at)

    @property
    def indent(self) -> int:
        """How deep the line of `at` is indented."""
        return len(self.line) - len(self.line.lstrip())

    @property
    def flow_close(self) -> str | None:
        """The bracket that was expected inside a flow collection, "]" or "}"; None elsewhere."""
        match = _FLOW_OPEN.search(self.what)
        return match[1] if match else None

    def reference_in(self, start: int, line: str) -> tuple[int, int] | None:
        """The reference of this line that is cut: the last that opens before the error, else the first."""
        before = max(0, self.at - start)
        for opening, rest in (("$<", REFERENCE_REST), ("${", _BRACED_REST)):
            last = line.rfind(opening, 0, before + 1)
            begin = last if last >= 0 else line.find(opening)
            if begin >= 0:
                match = rest.match(self.text, start + begin + 2, start + len(line))
                return start + begin, match.end() if match else start + len(line.rstrip())
        return None

    def value_in(self, start: int, line: str) -> tuple[int, int]:
        """Where the value of this line's entry stands; the whole line where there is none."""
        match = _ENTRY.match(line)
        begin = match.start("value") if match and match["value"] else len(line) - len(line.lstrip())
        return start + begin, start + len(line.rstrip())

    def line_of(self, at: int) -> tuple[int, str]:
        """Where the line of `at` begins, and its text."""
        number, _ = self.source.position(at)
        return self.source.offset(number, 1), self.source.line(number)

    def line_before(self, start: int) -> tuple[int, str]:
        """The nearest line above with something on it."""
        number, _ = self.source.position(start)
        for above in range(number - 1, max(0, number - _LINES_ABOVE_MAX), -1):
            line = self.source.line(above)
            if line.strip() and not line.lstrip().startswith("#"):
                return self.source.offset(above, 1), line
        return start, ""

    def stop(self, at: int) -> int:
        """The end of what stands at `at` on its line."""
        start, line = self.line_of(at)
        return max(min(at + 1, len(self.text)), start + len(line.rstrip()))

    def word_end(self, at: int) -> int:
        match = _WORD.match(self.text, at)
        return match.end() if match else at

    def shown(self, start: int, end: int) -> str:
        return shortened(self.text[start:end])

    def say(
        self, message: str, start: int, end: int, hint: str | None = None, *, code: str = "WF102"
    ) -> Diagnostic:
        return problem(code, message, self.source.span(start, end), hint)
