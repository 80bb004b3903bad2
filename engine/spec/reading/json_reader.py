"""JSON text to a position-keeping tree: RFC 8259 exactly, with the tree and the limits that YAML has.

Laws: one regular expression per token, no recursion; a syntax error is one problem; duplicate keys and numbers
out of range are collected and reading goes on. Its own reader, because libyaml refuses the surrogate pairs that
JSON writes. Refuses to know what the keys mean.
"""

from __future__ import annotations

from array import array
from typing import Any, NoReturn

from engine.diagnostics import Diagnostics
from engine.spec import limits
from engine.spec.reading.findings import Findings
from engine.spec.reading.json_tokens import (
    AFTER,
    CLOSING,
    INTEGER,
    KEY,
    NUMBER,
    OPENING,
    TEXT,
    VALUE,
    WORD,
    WORDS,
    end_of_blank,
    unescaped,
)
from engine.spec.reading.keys import Repeated, say_invisible, say_repeated
from engine.spec.reading.node_bounds import surely_too_many_json
from engine.spec.reading.refused import RefusedError, too_deep, too_many
from engine.spec.reading.yaml_scalars import OutOfRangeError, floating, integer
from engine.spec.tree import DOCUMENT, Tree
from engine.text import Source
from engine.text.snippet import shortened

_DROPPED = object()


class _Frame:
    """An open mapping or list. `key` is the one whose value comes next; `repeated` second occurrences."""

    __slots__ = ("key", "key_end", "key_start", "marks", "repeated", "start", "value")

    def __init__(self, value: Any, start: int) -> None:
        self.value = value
        self.start = start
        self.marks = array("I")
        self.key: Any = None
        self.key_start = self.key_end = start
        self.repeated: list[Repeated] = []


def read_json(source: Source) -> tuple[Tree | None, Diagnostics]:
    """The tree, and every problem found; no tree after a syntax error or a passed limit."""
    findings = Findings(source)
    try:
        return _Reader(findings).read(), findings.problems
    except RefusedError as refused:
        if refused.found.code in ("WF108", "WF109"):
            findings.problems.add(refused.found)
            return None, findings.problems
        return None, Diagnostics([refused.found])


class _Reader:
    __slots__ = ("findings", "marks", "text")

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.text = findings.source.text
        self.marks: dict[int, array[int]] = {}

    def read(self) -> Tree | None:
        if end_of_blank(self.text, 0) == len(self.text):
            self.findings.say("WF112", "the file is empty", 0, 0, "a workflow needs weft, name and steps")
            return None
        if surely_too_many_json(self.text):
            raise too_many(self.findings.source, None, aliases=False)
        root, start, end = self._document()
        rest = end_of_blank(self.text, end)
        if rest < len(self.text):
            self._fail(rest, None, "end")
        self.marks[DOCUMENT] = array("I", (start, end))
        return Tree(root, self.findings.source, self.marks)

    def _document(self) -> tuple[Any, int, int]:  # noqa: PLR0915
        # The hot loop, longer than a function should be: values in place, calls for what is rare. A turn reads a
        # value or a closing bracket, and the inner loop closes whatever ends behind it.
        text, nodes, nodes_max = self.text, 0, limits.NODES_MAX
        read_value, read_after = VALUE.match, AFTER.match
        stack: list[_Frame] = []
        frame: _Frame | None = None
        at = 0
        fresh = False  # just behind an opening bracket, where a closing one may follow
        while True:
            if frame is not None and frame.value.__class__ is dict:
                closing = fresh and read_value(text, at)
                if not (closing and closing[CLOSING] == "}"):
                    at = self._key(frame, at)
                    nodes += 1
                    fresh = False
            match = read_value(text, at)
            if match is None:
                self._fail(end_of_blank(text, at), frame, "value")
            kind = match.lastindex or 0
            start, end = match.span(kind)
            nodes += kind != CLOSING
            if nodes > nodes_max:
                raise too_many(self.findings.source, start, aliases=False)
            value: Any
            if kind == TEXT:
                value = text[start + 1 : end - 1]
                if "\\" in value:
                    value = self._unescaped(value, start)
            elif kind == OPENING:
                if len(stack) >= limits.DEPTH_MAX:
                    raise too_deep(self.findings.source, start)
                frame = _Frame({} if text[start] == "{" else [], start)
                stack.append(frame)
                at, fresh = end, True
                continue
            elif kind == CLOSING:
                if not fresh or frame is None or (text[start] == "}") is not (frame.value.__class__ is dict):
                    self._fail(start, frame, "value")
                start, value = frame.start, frame.value
                frame = self._closed(stack)
            else:
                value = self._scalar(text[start:end], kind, start, end)
            fresh = False
            at = end
            while True:
                if frame is None:
                    return value, start, at
                self._put(frame, value, start, at)
                match = read_after(text, at)
                if match is None:
                    self._fail(end_of_blank(text, at), frame, "comma")
                at = match.end()
                if match[1] == ",":
                    break
                if (match[1] == "}") is not (frame.value.__class__ is dict):
                    self._fail(at - 1, frame, "comma")
                start, value = frame.start, frame.value
                frame = self._closed(stack)

    def _key(self, frame: _Frame, at: int) -> int:
        """Read a key and its colon; returns where they end."""
        match = KEY.match(self.text, at)
        if match is None:
            self._fail(end_of_blank(self.text, at), frame, "key")
        start, end = match.span(1)
        key: Any = self.text[start + 1 : end - 1]
        if "\\" in key:
            key = self._unescaped(key, start)
        if key is None:
            key = _DROPPED
        elif key in frame.value:
            if self.findings.room_for(1 + len(frame.repeated)):
                frame.repeated.append((key, start, end))
            key = _DROPPED
        elif not key.isascii():
            say_invisible(self.findings, key, start, end)
        frame.key, frame.key_start, frame.key_end = key, start, end
        return match.end()

    def _put(self, frame: _Frame, value: Any, start: int, end: int) -> None:
        if frame.value.__class__ is list:
            frame.value.append(value)
            frame.marks.extend((start, end))
        elif frame.key is not _DROPPED:
            frame.value[frame.key] = value
            frame.marks.extend((frame.key_start, frame.key_end, start, end))

    def _closed(self, stack: list[_Frame]) -> _Frame | None:
        """End the innermost frame; returns the one around it."""
        done = stack.pop()
        if done.repeated:
            say_repeated(self.findings, done.value, done.marks, done.repeated)
        if done.marks:
            self.marks[id(done.value)] = done.marks
        else:  # a value that was dropped may have left marks and its id behind
            self.marks.pop(id(done.value), None)
        return stack[-1] if stack else None

    def _scalar(self, written: str, kind: int, start: int, end: int) -> int | float | bool | None:
        """A word or number; null, and a problem, where it is out of range or not finite."""
        if kind == WORD:
            return WORDS[written]
        try:
            if kind == INTEGER:
                return integer(written)
            if kind == NUMBER:
                return floating(written)
        except OutOfRangeError as error:
            wrong, hint = f'"{shortened(written)}" {error}', "quote it if it is text"
        else:
            wrong, hint = f'"{written}" is not a finite number', "use null, or quote it if it is text"
        self.findings.say("WF106", f"the number {wrong}", start, end, hint)
        return None

    def _unescaped(self, body: str, start: int) -> str | None:
        """The text of a string with escapes; None, and a problem, for NUL and lone surrogates."""
        decoded, wrong = unescaped(body)
        if wrong is None:
            return decoded
        what = "a NUL" if wrong[0] == r"\u0000" else "half of a surrogate pair"
        message = f'"{wrong[0]}" is {what}, not a character of text'
        begin, end = start + 1 + wrong.start(), start + 1 + wrong.end()
        self.findings.say("WF113", message, begin, end, "remove it")
        return None

    def _fail(self, at: int, frame: _Frame | None, expected: str) -> NoReturn:
        from engine.spec.reading.json_errors import explained

        opened = None if frame is None else frame.start
        raise RefusedError(explained(self.findings.source, at, opened, expected))
