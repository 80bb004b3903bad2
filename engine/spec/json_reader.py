"""JSON text to a position-keeping tree: RFC 8259 exactly, with the tree and the limits that YAML has.

Laws: one regular expression per token, no recursion; a syntax error is one problem that says which habit of
another language it is and how to mend it; duplicate keys and numbers out of range are collected and reading
goes on. Its own reader, because libyaml refuses the surrogate pairs that JSON writes. Refuses to know what
the keys mean.
"""

from __future__ import annotations

import re
from array import array
from typing import Any, NoReturn

from engine.diagnostics import Diagnostic, Diagnostics, Related, problem
from engine.diagnostics.collection import KEPT_AT_MOST
from engine.spec import limits
from engine.spec.tree import DOCUMENT, Tree
from engine.spec.yaml_reader import INVISIBLE, RefusedError
from engine.spec.yaml_scalars import OutOfRangeError, decoded_offsets, floating, integer
from engine.text import Source, nearest
from engine.text.snippet import shortened

_STRING = r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"'
_SPACE = r"[ \t\n\r]*+"
# Group 1 a text, 2 an integer, 3 a number that is none, 4 a word, 5 an opening and 6 a closing bracket,
# 7 what is a number in other languages.
_VALUE = re.compile(
    rf"{_SPACE}(?:({_STRING})|(-?(?:0|[1-9][0-9]*+)(?![\w.+-]))"
    r"|(-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?(?![\w.+-]))"
    r"|(true|false|null)(?!\w)|([\[{])|([\]}])|(NaN|[-+]?Infinity)(?!\w))"
)
_KEY = re.compile(rf"{_SPACE}({_STRING}){_SPACE}:")
_AFTER = re.compile(rf"{_SPACE}([,\]}}])")
_BLANK = re.compile(_SPACE)
_ESCAPE = re.compile(r"\\(?:u([dD][89abAB]..)\\u([dD][c-fC-F]..)|u(....)|(.))")
_SIMPLE = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS = {"true": True, "false": False, "null": None}
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
        self.repeated: list[tuple[str, int, int]] = []


def read_json(source: Source) -> tuple[Tree | None, Diagnostics]:
    """The tree, and every problem found; no tree after a syntax error or a passed limit."""
    reader = _Reader(source)
    try:
        return reader.read(), reader.problems
    except RefusedError as refused:
        if refused.found.code in ("WF108", "WF109"):
            reader.problems.add(refused.found)
            return None, reader.problems
        return None, Diagnostics([refused.found])


class _Reader:
    __slots__ = ("marks", "problems", "source", "text")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.problems = Diagnostics()
        self.marks: dict[int, array[int]] = {}

    def read(self) -> Tree | None:
        if _end_of_blank(self.text, 0) == len(self.text):
            self._say("WF112", "the file is empty", 0, 0, "a workflow needs weft, name and steps")
            return None
        root, start, end = self._document()
        rest = _end_of_blank(self.text, end)
        if rest < len(self.text):
            self._fail(rest, None, after_end=True)
        self.marks[DOCUMENT] = array("I", (start, end))
        return Tree(root, self.source, self.marks)

    def _document(self) -> tuple[Any, int, int]:  # noqa: PLR0915
        # The hot loop: values in place, calls for what is rare. A turn reads a value or a closing bracket.
        text, nodes, nodes_max = self.text, 0, limits.NODES_MAX
        read_value, read_after = _VALUE.match, _AFTER.match
        stack: list[_Frame] = []
        frame: _Frame | None = None
        at = 0
        fresh = False  # just behind an opening bracket, where a closing one may follow
        while True:
            if frame is not None and frame.value.__class__ is dict:
                closing = fresh and read_value(text, at)
                if not (closing and closing[6] == "}"):
                    at = self._key(frame, at)
                    nodes += 1
                    fresh = False
            match = read_value(text, at)
            if match is None:
                self._fail(_end_of_blank(text, at), frame, expected_value=True)
            kind = match.lastindex
            start, end = match.span(kind or 0)
            nodes += kind != 6
            if nodes > nodes_max:
                self._too_many(start)
            value: Any
            if kind == 1:
                value = text[start + 1 : end - 1]
                if "\\" in value:
                    value = self._unescaped(value, start)
            elif kind in (2, 3):
                value = self._number(text[start:end], kind, start, end)
            elif kind == 4:
                value = _WORDS[match[4]]
            elif kind == 5:
                if len(stack) >= limits.DEPTH_MAX:
                    self._too_deep(start)
                frame = _Frame({} if match[5] == "{" else [], start)
                stack.append(frame)
                at, fresh = end, True
                continue
            elif kind == 6:
                if not fresh or frame is None or (match[6] == "}") is not (frame.value.__class__ is dict):
                    self._fail(start, frame)
                start, value = frame.start, frame.value
                frame = self._closed(stack)
            else:
                value = None
                self._not_finite(text[start:end], start, end)
            fresh = False
            at = end
            while True:
                if frame is None:
                    return value, start, at
                self._put(frame, value, start, at)
                match = read_after(text, at)
                if match is None:
                    self._fail(_end_of_blank(text, at), frame, expected_comma=True)
                at = match.end()
                if match[1] == ",":
                    break
                if (match[1] == "}") is not (frame.value.__class__ is dict):
                    self._fail(at - 1, frame, expected_comma=True)
                start, value = frame.start, frame.value
                frame = self._closed(stack)

    def _key(self, frame: _Frame, at: int) -> int:
        match = _KEY.match(self.text, at)
        if match is None:
            self._fail(_end_of_blank(self.text, at), frame, expected_key=True)
        start, end = match.span(1)
        key: Any = self.text[start + 1 : end - 1]
        if "\\" in key:
            key = self._unescaped(key, start)
        if key is None:
            key = _DROPPED
        elif key in frame.value:
            if len(self.problems) + len(frame.repeated) < KEPT_AT_MOST:
                frame.repeated.append((key, start, end))
            else:
                self.problems.left_out += 1
            key = _DROPPED
        elif not key.isascii():
            self._look_for_invisible(key, start, end)
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
        done = stack.pop()
        if done.repeated:
            order = {key: 4 * index for index, key in enumerate(done.value)}
            for key, start, end in done.repeated:
                first = done.marks[order[key]], done.marks[order[key] + 1]
                related = Related(self.source.span(*first), "first here")
                message = f'the key "{shortened(key)}" is repeated'
                self._say("WF103", message, start, end, "remove one of the two", related)
        self.marks[id(done.value)] = done.marks
        return stack[-1] if stack else None

    # Scalars ---------------------------------------------------------------------------------------------

    def _number(self, digits: str, kind: int, start: int, end: int) -> int | float | None:
        try:
            return integer(digits) if kind == 2 else floating(digits)
        except OutOfRangeError as error:
            message = f'the number "{shortened(digits)}" {error}'
            self._say("WF106", message, start, end, "quote it if it is text")
            return None

    def _not_finite(self, word: str, start: int, end: int) -> None:
        message = f'the number "{word}" is not a finite number'
        self._say("WF106", message, start, end, "use null, or quote it if it is text")

    def _unescaped(self, body: str, start: int) -> str | None:
        """The text of a string with escapes; None, and a problem, for NUL and lone surrogates."""
        wrong: re.Match[str] | None = None

        def one(match: re.Match[str]) -> str:
            nonlocal wrong
            high, low, code, simple = match.groups()
            if simple is not None:
                return _SIMPLE[simple]
            if high is not None:
                return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00))
            value = int(code, 16)
            if value == 0 or 0xD800 <= value <= 0xDFFF:
                wrong = wrong or match
                return ""
            return chr(value)

        decoded = _ESCAPE.sub(one, body)
        if wrong is None:
            return decoded
        nul = wrong[0][2:] == "0000"
        message = f'"{wrong[0]}" is {"a NUL" if nul else "half of a surrogate pair"}, not a character of text'
        self._say("WF113", message, start + 1 + wrong.start(), start + 1 + wrong.end(), "remove it")
        return None

    def _look_for_invisible(self, key: str, start: int, end: int) -> None:
        found = INVISIBLE.search(key)
        if found:
            offsets = decoded_offsets(self.text, start, end, key)
            if offsets is not None:
                start, end = offsets(found.start()), offsets(found.start(), after=True)
            message = f'the key "{shortened(key)}" holds the invisible character U+{ord(found[0]):04X}'
            self._say("WF113", message, start, end, "remove it")

    # Problems --------------------------------------------------------------------------------------------

    def _say(
        self, code: str, message: str, start: int, end: int, hint: str | None = None, *related: Related
    ) -> None:
        self.problems.add(problem(code, message, self.source.span(start, end), hint, *related))

    def _too_many(self, at: int) -> NoReturn:
        message = f"more than {limits.NODES_MAX:,} keys and values"
        raise RefusedError(problem("WF109", message, self.source.span(at, at + 1), "split the workflow"))

    def _too_deep(self, at: int) -> NoReturn:
        message = f"nested more than {limits.DEPTH_MAX} levels deep"
        raise RefusedError(problem("WF108", message, self.source.span(at, at + 1), "nest less deeply"))

    def _fail(self, at: int, frame: _Frame | None, **expected: bool) -> NoReturn:
        raise RefusedError(_explained(self.source, at, frame, expected))


def _end_of_blank(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


# A syntax error in the author's words -------------------------------------------------------------------

_TOKEN = re.compile(r"""[^\s,:\[\]{}"]+""")
_BROKEN_NUMBER = re.compile(r"[-+]?\.?[0-9][0-9a-zA-Z_.+-]*")
_OTHER_WORDS = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"} | dict.fromkeys(
    ("None", "Null", "NULL", "nil", "undefined", "~"), "null"
)
_IN_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
_BAD_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,4}|.)?")


def _explained(source: Source, at: int, frame: _Frame | None, expected: dict[str, bool]) -> Diagnostic:
    def say(message: str, start: int, end: int, hint: str | None) -> Diagnostic:
        return problem("WF117", message, source.span(start, end), hint)

    text = source.text
    char = text[at : at + 1]
    if not char:
        if frame is None:
            return say("a value is missing here", at, at, None)
        opened, close = ("{", "}") if isinstance(frame.value, dict) else ("[", "]")
        message = f'the "{opened}" opened here is not closed'
        return say(message, frame.start, frame.start + 1, f'add the closing "{close}"')
    if char == "#" or text[at : at + 2] in ("//", "/*"):
        match = re.compile(r"[^\r\n]*").match(text, at)
        end = match.end() if match else at + 1
        return say("JSON has no comments", at, end, "remove it, or write the spec as YAML")
    if char == "'":
        end = text.find("'", at + 1) + 1 or at + 1
        return say("JSON strings need double quotes", at, end, f'write "{shortened(text[at + 1 : end - 1])}"')
    if char == '"':
        wrong = _string_problem(text, at)
        if wrong is not None:
            return say(*wrong)
    if "after_end" in expected:
        message = f'unexpected "{shortened(_token(text, at))}" after the end of the document'
        return say(message, at, at + 1, "remove what follows the last bracket")
    if "expected_comma" in expected:
        return _after_value(text, at, frame, say)
    return _instead(text, at, char, "expected_key" in expected, say)


def _string_problem(text: str, at: int) -> tuple[str, int, int, str | None] | None:
    """What is wrong inside the string that opens at `at`; None when it is whole."""
    match = _IN_STRING.match(text, at)
    stop = match.end() if match else at + 1
    char = text[stop : stop + 1]
    if char == '"':
        return None
    if char == "\\":
        escape = _BAD_ESCAPE.match(text, stop)
        end = escape.end() if escape else stop + 1
        return f'"{shortened(text[stop:end])}" is not an escape', stop, end, "write the backslash twice"
    if char in ("", "\n", "\r"):
        hint = 'add the closing ", and write line breaks as \\n'
        return 'the quote " opened here is not closed on its line', at, at + 1, hint
    name = "\\t" if char == "\t" else f"\\u{ord(char):04x}"
    return f"a control character U+{ord(char):04X} inside a string", stop, stop + 1, f"write {name}"


def _after_value(text: str, at: int, frame: _Frame | None, say: Any) -> Diagnostic:
    mapping = frame is not None and isinstance(frame.value, dict)
    close = "}" if mapping else "]"
    char = text[at]
    if char in "]}":
        opened = frame.start if frame is not None else at
        found: Diagnostic = say(
            f'"{char}" does not close the "{text[opened]}"', at, at + 1, f'write "{close}"'
        )
    elif char == ":":
        found = say('unexpected ":"', at, at + 1, 'write "," between items, or { } around keys and values')
    else:
        found = say(f'a "," is missing before {_shown(text, at)}', at, at + 1, 'add the ","')
    return found


def _instead(text: str, at: int, char: str, key: bool, say: Any) -> Diagnostic:
    token = _token(text, at)
    end = at + len(token)
    found: Diagnostic
    if char in "]}":
        before = len(text[:at].rstrip(" \t\r\n")) - 1
        if text[before : before + 1] == ",":
            found = say(f'a comma before the closing "{char}"', before, before + 1, "remove the comma")
        else:
            found = say(f'a {"key" if key else "value"} is missing before "{char}"', at, at + 1, None)
    elif char in ",:":
        found = say(f'a {"key" if key else "value"} is missing before "{char}"', at, at + 1, None)
    elif key and char == '"':
        match = _VALUE.match(text, at)
        stop = match.end() if match else at
        behind = _end_of_blank(text, stop)
        message = f'a ":" is missing after the key {shortened(text[at:stop])}'
        found = say(message, behind, behind + 1, 'write "key": value')
    elif key:
        hint = f'write "{shortened(token)}"' if token.isidentifier() else 'write "key": value'
        found = say(f'a key must be a text in double quotes, not "{shortened(token)}"', at, end, hint)
    elif token in _OTHER_WORDS:
        found = say(f'"{token}" is not JSON', at, end, f"write {_OTHER_WORDS[token]}")
    elif _BROKEN_NUMBER.match(token):
        found = say(f'"{shortened(token)}" is not a JSON number', at, end, _mended_number(token))
    else:
        near = nearest(token, _WORDS)
        hint = f"did you mean {near[0]}?" if near else f'write "{shortened(token)}"'
        found = say(f'"{shortened(token)}" is not JSON', at, end, hint)
    return found


def _shown(text: str, at: int) -> str:
    """What begins at `at`, in quotes of its own or ours."""
    match = _IN_STRING.match(text, at)
    return shortened(match[0] + '"') if match else f'"{shortened(_token(text, at))}"'


def _token(text: str, at: int) -> str:
    match = _TOKEN.match(text, at, at + 200)
    return match[0] if match else text[at : at + 1]


def _mended_number(token: str) -> str:
    if token.startswith("+"):
        return f"write {shortened(token[1:])}"
    if token.lstrip("-").startswith("."):
        return f"write {shortened(token.replace('.', '0.', 1))}"
    if token.endswith("."):
        return f"write {shortened(token)}0"
    if token.lstrip("-").isdigit():
        return "remove the leading zeros, or quote it if it is text"
    return "quote it if it is text"
