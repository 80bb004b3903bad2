"""Syntax errors in how lines and brackets belong together: brackets, colons, indentation."""

from __future__ import annotations

from engine.diagnostics import Diagnostic
from engine.spec.reading.yaml_fault import Fault
from engine.spec.reading.yaml_references import QUOTE_IT
from engine.text.snippet import shortened

_KEY_LENGTH_MAX = 1024  # libyaml's
_LINE_SHOWN = 40
_TEXT_SHOWN = 60


def unclosed_bracket(fault: Fault) -> Diagnostic | None:
    """A flow collection that does not end, or not there; text behind the document."""
    close = fault.flow_close
    if close is None:
        return _after_the_document(fault)
    if "\n" in fault.text[fault.since : fault.at] or fault.at >= len(fault.text):
        opened = "[" if close == "]" else "{"
        message = f'the "{opened}" opened here is not closed'
        return fault.say(message, fault.since, fault.since + 1, f'add the closing "{close}"')
    shown = fault.shown(fault.at, fault.stop(fault.at))
    message = f'expected "," or "{close}" before "{shown}"'
    return fault.say(message, fault.at, fault.at + 1, f"add it, or {QUOTE_IT}")


def _after_the_document(fault: Fault) -> Diagnostic | None:
    if "<document start>" not in fault.what:
        return None
    message, hint = "unexpected text after the end of the document", "remove it, or check the indentation"
    return fault.say(message, fault.at, fault.stop(fault.at), hint)


def missing_colon(fault: Fault) -> Diagnostic | None:
    """A line without a colon among keys, or a plain value with one too many."""
    if "could not find" in fault.what:
        return _no_colon(fault, *fault.line_of(fault.since))
    if "mapping values" not in fault.what:
        return None
    if fault.at - fault.line_start > _KEY_LENGTH_MAX:
        message = f"a key longer than {_KEY_LENGTH_MAX:,} characters"
        return fault.say(message, fault.line_start, fault.at, "shorten it")
    begin, stop = fault.value_in(fault.line_start, fault.line)
    if fault.line_start + fault.indent < begin < fault.at:
        hint = f"{QUOTE_IT}, or begin a nested mapping on the next line"
        return fault.say(f'": " inside the plain value "{fault.shown(begin, stop)}"', begin, stop, hint)
    return None


def wrong_indentation(fault: Fault) -> Diagnostic:
    """The last explanation: it always has one."""
    if fault.at > fault.line_start + fault.indent:
        found = _behind_something(fault)
        if found is not None:
            return found
    return _line_alone(fault)


def _behind_something(fault: Fault) -> Diagnostic | None:
    """The error stands behind other text of its line."""
    stop = fault.stop(fault.at)
    if "sequence entries are not allowed" in fault.what:
        hint = f"begin the list on the next line, or {QUOTE_IT} if it is text"
        return fault.say("a list cannot begin on the line of its key", fault.at, stop, hint)
    if "mapping values" in fault.what:
        return None
    message = f'unexpected "{fault.shown(fault.at, stop)}" behind a complete value'
    return fault.say(message, fault.at, stop, QUOTE_IT)


def _line_alone(fault: Fault) -> Diagnostic:
    """The whole line stands where it cannot."""
    deep, first = fault.indent, fault.line_start + fault.indent
    if fault.text.startswith(":", first):
        return fault.say('a key is missing before ":"', first, first + 1, 'write "key: value"')
    start, before = fault.line_before(fault.line_start)
    above = len(before) - len(before.lstrip())
    shown, end = shortened(fault.line.strip(), _LINE_SHOWN), fault.line_start + len(fault.line.rstrip())
    if "'-' indicator" in fault.what or ("collection" in fault.during and deep == 0):
        message = f'"{shown}" stands where an item of the list was expected'
        hint = 'begin the line with "- ", or indent it as deep as what it belongs to'
    elif fault.line.lstrip().startswith("- ") and deep <= above:
        message = f'the list item "{shown}" stands among the keys of a mapping'
        hint = "indent it deeper than the key of the list"
    elif "mapping values" not in fault.what and "sequence entries" not in fault.what:
        message = f'the indentation of "{shown}" fits no line above it'
        hint = "indent it exactly as deep as the other keys of its mapping"
    elif deep > above:
        message = f'"{shown}" is indented deeper than the line before, which already has a value'
        hint = "indent it as deep as the line before, or give that line no value"
    else:
        return _no_colon(fault, start, before, _LINE_SHOWN)
    return fault.say(message, first, end, hint)


def _no_colon(fault: Fault, start: int, line: str, shown_at_most: int = _TEXT_SHOWN) -> Diagnostic:
    begin, end = start + len(line) - len(line.lstrip()), start + len(line.rstrip())
    message = f'"{shortened(line.strip(), shown_at_most)}" has no ":"'
    return fault.say(message, begin, end, 'write "key: value"')
