"""Every code a diagnostic may carry: its stable name and usual severity. The one list; docs and tests read it.

WF1xx text, YAML, JSON · WF2xx schema · WF3xx graph · WF4xx references and types · WF5xx a tool's own ·
WF6xx security · WF7xx style · WF8xx environment · WF9xx run time.
"""

from __future__ import annotations

from typing import Literal, NamedTuple


class Code(NamedTuple):
    name: str
    severity: Literal["error", "warning", "info"] = "error"


CODES: dict[str, Code] = {
    # text, YAML, JSON
    "WF101": Code("bad-encoding"),
    "WF102": Code("yaml-syntax"),
    "WF103": Code("duplicate-key"),
    "WF104": Code("tag-not-allowed"),
    "WF105": Code("key-not-text"),
    "WF106": Code("number-out-of-range"),
    "WF107": Code("file-too-large"),
    "WF108": Code("too-deep"),
    "WF109": Code("too-many-nodes"),
    "WF110": Code("recursive-alias"),
    "WF111": Code("several-documents"),
    "WF112": Code("empty-file"),
    "WF113": Code("forbidden-character"),
    "WF114": Code("quote-the-value"),
    "WF115": Code("bad-merge"),
    "WF116": Code("unknown-alias"),
    "WF117": Code("json-syntax"),
    # schema
    "WF201": Code("not-a-workflow"),
    "WF202": Code("unknown-key"),
    "WF203": Code("wrong-type"),
    "WF204": Code("missing-key"),
    "WF205": Code("bad-value"),
    "WF206": Code("bad-format"),
    "WF207": Code("out-of-range"),
    "WF208": Code("one-body"),
    "WF209": Code("conflicting-keys"),
    "WF210": Code("other-word"),
    "WF211": Code("unknown-version"),
    "WF212": Code("not-available", "info"),
    "WF213": Code("bad-input-schema"),
    "WF214": Code("bad-default"),
    # graph
    "WF301": Code("duplicate-id"),
    "WF302": Code("cycle"),
    "WF303": Code("unknown-step"),
    "WF304": Code("forbidden-need"),
    "WF305": Code("needs-later-step"),
    "WF306": Code("unreachable-step", "warning"),
    "WF307": Code("early-start", "warning"),
    "WF308": Code("unknown-workflow"),
    "WF309": Code("endless-calls"),
    "WF310": Code("bad-workflow"),
    "WF311": Code("never-both", "warning"),
    # references and types
    "WF401": Code("bad-reference"),
    "WF402": Code("undefined-name"),
    "WF403": Code("forbidden-read"),
    "WF404": Code("reference-not-allowed"),
    "WF405": Code("not-a-condition"),
    "WF406": Code("constant-condition", "warning"),
    "WF407": Code("may-be-skipped", "warning"),
    "WF408": Code("unused-input", "warning"),
    "WF409": Code("not-a-list"),
    "WF410": Code("unused-default", "info"),
    "WF411": Code("unknown-status", "warning"),
    "WF412": Code("duplicate-item-key"),
    "WF413": Code("unknown-result-field"),
    # tools
    "WF501": Code("unknown-tool"),
    "WF502": Code("unknown-operation"),
    "WF503": Code("unknown-parameter"),
    "WF504": Code("wrong-parameter"),
    "WF505": Code("missing-parameter"),
    "WF506": Code("sql-reference"),
    "WF507": Code("bad-connection"),
    # security
    "WF601": Code("secret-would-show"),
    "WF602": Code("reference-in-command"),
    "WF603": Code("secret-in-spec", "warning"),
    "WF604": Code("refused-by-policy"),
    # style
    "WF701": Code("unlikely-error-type", "warning"),
    "WF702": Code("other-template", "warning"),
    # environment
    "WF801": Code("unhealthy-connection"),
}
