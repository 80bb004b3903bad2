"""YAML text to a position-keeping tree: the parser, the composer, and what is said where they stop.

Laws: the parser is libyaml where PyYAML has it; a syntax error is one problem, told in the author's words.
Refuses to know what the keys mean.
"""

from __future__ import annotations

import yaml

from engine.diagnostics import Diagnostics
from engine.spec.reading.findings import Findings
from engine.spec.reading.node_bounds import surely_too_many_yaml
from engine.spec.reading.refused import RefusedError, too_many
from engine.spec.reading.yaml_composer import Composer
from engine.spec.tree import Tree
from engine.text import Source

try:
    from yaml.cyaml import CSafeLoader as _Parser
except ImportError:  # PyYAML was built without libyaml: the same events, slower
    from yaml import SafeLoader as _Parser  # type: ignore[assignment]

_FOREIGN_BREAKS = "\x85\u2028\u2029"


def read_yaml(source: Source) -> tuple[Tree | None, Diagnostics]:
    """The tree of one document, and every problem found; no tree after a syntax error or a passed limit."""
    text, restored = _without_foreign_breaks(source.text)
    findings = Findings(source)
    composer = Composer(findings, restored)
    try:
        if surely_too_many_yaml(text, _Parser):
            raise too_many(source, None, aliases=True)
        return composer.compose(_Parser(text)), findings.problems
    except RefusedError as refused:
        findings.problems.add(refused.found)
        return None, findings.problems
    except yaml.MarkedYAMLError as error:
        return None, _one_problem(findings, error, composer.quoted)


def _one_problem(findings: Findings, error: yaml.MarkedYAMLError, quoted: tuple[int, int]) -> Diagnostics:
    """A reference that was cut on that line or beside it is why YAML stopped; else what the error says."""
    from engine.spec.reading.yaml_errors import explained

    found = explained(findings.source, error, quoted)
    near = [d for d in findings.problems if d.code == "WF114" and abs(d.span.line - found.span.line) <= 1]
    return Diagnostics([near[0] if near else found])


def _without_foreign_breaks(text: str) -> tuple[str, dict[int, str]]:
    """NEL, LS and PS end a line for libyaml, not in YAML 1.2: exchange each for a character not in use."""
    if text.isascii() or not any(char in text for char in _FOREIGN_BREAKS):
        return text, {}
    free = (chr(code) for code in range(0xE000, 0xF900) if chr(code) not in text)
    exchange: dict[str, str | int | None] = dict(zip(_FOREIGN_BREAKS, free, strict=False))
    return text.translate(str.maketrans(exchange)), {ord(str(new)): old for old, new in exchange.items()}
