"""YAML text to a position-keeping tree, from libyaml's events with a stack of our own.

Laws: nothing is built before its depth and size are counted, aliases expanded; no recursion; structural
mistakes are all collected and the bad parts dropped or made null; a syntax error is one problem, told in
the author's words. The order of a mapping is the order written, merged keys stand where their `<<` stands
and lose to own keys. Refuses to know what the keys mean.
"""

from __future__ import annotations

import re
from array import array
from typing import Any, Final, NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from engine.diagnostics import Diagnostic, Diagnostics, Related, problem
from engine.diagnostics.collection import KEPT_AT_MOST
from engine.spec import limits
from engine.spec.tree import DOCUMENT, Tree
from engine.spec.yaml_scalars import NUMBER_STARTS, WORDS, OutOfRangeError, decoded_offsets, number
from engine.text import Source, suggestion
from engine.text.snippet import shortened

try:
    from yaml.cyaml import CSafeLoader as _Parser
except ImportError:  # PyYAML was built without libyaml: the same events, slower
    from yaml import SafeLoader as _Parser  # type: ignore[assignment]

QUOTE = "quote the whole value"
INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_FOREIGN_BREAKS = "\x85\u2028\u2029"
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*(?:\s+|(?=[,\]}])|\Z)|#[^\r\n]*\s*)*")
_REFERENCE = re.compile(r"""(?:"[^"]*"|'[^']*'|[^"'>])*>""")
_COMMENT = re.compile(r"[ \t]+#")
_ANCHORS_COMPARED = 200
_SHOWN_AT_MOST = 4096
_LINE_END = re.compile(r"[\r\n]")
_NUL_ESCAPE = re.compile(r"\\(?:(0|x00|u0000|U00000000)|.)", re.DOTALL)
KINDS: dict[type, str] = {
    **{type(None): "null", bool: "a boolean", int: "a number", float: "a number"},
    **{str: "text", list: "a list", dict: "a mapping"},
}


class _Place:
    """What a frame waits for, where that is not the value of a key."""

    __slots__ = ()


_ITEM: Final = _Place()  # the next item of a list
_KEY: Final = _Place()  # the next key of a mapping
_MERGE: Final = _Place()  # the value of `<<`
_DROP: Final = _Place()  # a value whose key was refused


class _Frame:
    """A mapping or list whose end has not been read. `key` is a _Place, or the key whose value comes next."""

    __slots__ = (
        "anchor", "deepest", "first_node", "flow", "key", "key_end", "key_start",
        "marks", "merge_at", "merge_key", "merged", "muted", "repeated", "start", "value",
    )  # fmt: skip

    def __init__(self, value: Any, key: Any, start: int, first_node: int, depth: int) -> None:
        self.value = value
        self.key = key
        self.start = start
        self.flow = False
        self.first_node = first_node
        self.deepest = depth
        self.marks = array("I")
        self.key_start = self.key_end = start
        self.anchor: str | None = None
        self.merged: list[dict[str, Any]] | None = None
        self.merge_at = 0
        self.merge_key = (start, start)
        self.muted = (
            False  # inside a flow collection: passing over the rest of a reference that was cut at a comma
        )
        self.repeated: list[tuple[str, int, int]] | None = None


class _Anchored(NamedTuple):
    value: Any
    size: int
    height: int
    start: int
    end: int


class RefusedError(Exception):
    """A limit is passed: reading stops at once. Carries the problem; never leaves the readers."""

    def __init__(self, found: Diagnostic) -> None:
        super().__init__(found.message)
        self.found = found


def read_yaml(source: Source) -> tuple[Tree | None, Diagnostics]:
    """The tree of one document, and every problem found; no tree after a syntax error or a passed limit."""
    text, restored = _without_foreign_breaks(source.text)
    composer = _Composer(source, restored)
    try:
        return composer.compose(_Parser(text)), composer.problems
    except RefusedError as refused:
        composer.problems.add(refused.found)
        return None, composer.problems
    except yaml.MarkedYAMLError as error:
        found = _Mistake(source, error, composer.quoted).told()
        near = [d for d in composer.problems if d.code == "WF114" and abs(d.span.line - found.span.line) <= 1]
        return None, Diagnostics([near[0] if near else found])


def _without_foreign_breaks(text: str) -> tuple[str, dict[int, str]]:
    """NEL, LS and PS end a line for libyaml, not in YAML 1.2: exchange each for a character not in use."""
    if text.isascii() or not any(char in text for char in _FOREIGN_BREAKS):
        return text, {}
    free = (chr(code) for code in range(0xE000, 0xF900) if chr(code) not in text)
    exchange: dict[str, str | int | None] = dict(zip(_FOREIGN_BREAKS, free, strict=False))
    return text.translate(str.maketrans(exchange)), {ord(str(new)): old for old, new in exchange.items()}


class _Composer:
    """Builds values from events. `quoted` is where the last quoted scalar stands, to explain an error."""

    __slots__ = (
        "anchors", "blamed", "end", "frame", "marks", "merges", "nodes",
        "problems", "quoted", "restored", "source", "stack", "text",
    )  # fmt: skip

    def __init__(self, source: Source, restored: dict[int, str]) -> None:
        self.source = source
        self.text = source.text
        self.restored = restored
        self.problems = Diagnostics()
        self.anchors: dict[str, _Anchored | _Frame] = {}
        self.marks: dict[int, array[int]] = {}
        self.blamed: set[int] = set()  # starts of values that were refused and became null
        self.quoted = (0, 0)
        self.merges: list[_Frame] = []  # in the order they closed, done when the whole file was counted
        self.stack: list[_Frame] = []
        self.frame = _Frame([], _ITEM, 0, 0, 0)
        self.nodes = 0
        self.end = 0  # of the last scalar, alias or flow collection: where a block collection ends

    def compose(self, parser: Any) -> Tree | None:
        next_event = parser.get_event
        event: Any = next_event()
        while event.__class__ is not DocumentStartEvent:
            if event.__class__ is StreamEndEvent:
                self._empty()
                return None
            event = next_event()
        self._document(next_event)
        root, marks = self.frame.value[0], self.frame.marks
        second = next_event()
        if isinstance(second, DocumentStartEvent):
            at = second.start_mark.index if second.start_mark else 0
            self._say("WF111", "a second document begins here", at, at + 3, "keep one workflow per file")
        elif root is None and marks[0] == marks[1] and not self.problems:
            self._empty()
            return None
        for frame in self.merges:
            _merge(frame, self.marks)
        self.marks[DOCUMENT] = marks
        return Tree(root, self.source, self.marks)

    def _document(self, next_event: Any) -> None:  # noqa: PLR0915
        # The hot loop: the 400,000 events of a large spec pass here, so ordinary scalars are handled in place
        # and calls are kept for what is rarer.
        known: dict[str, str] = {}  # keys that were looked at before and are good when plain
        nodes, nodes_max, restored = 0, limits.NODES_MAX, self.restored
        frame = self.frame
        while True:
            event = next_event()
            kind = event.__class__
            if kind is not ScalarEvent:
                if kind is DocumentEndEvent:
                    return
                self.nodes = nodes
                if kind is AliasEvent:
                    self._alias(event)
                elif kind is MappingStartEvent or kind is SequenceStartEvent:
                    self._open(event, kind is MappingStartEvent)
                else:
                    self._close(event)
                nodes, frame = self.nodes, self.frame
                continue
            start, end = event.start_mark.index, event.end_mark.index
            text, style = event.value, event.style
            nodes += 1
            if nodes > nodes_max:
                raise self._too_many(start)
            self.end = end
            if restored:
                text = text.translate(restored)
            if event.tag is not None or event.anchor is not None:
                start = self._properties(event, start)
            key = frame.key
            if frame.muted and self._passes_over(frame, text):
                continue
            if key is _KEY:
                if event.anchor is not None:
                    self.anchors[event.anchor] = _Anchored(text, 1, 0, start, end)
                name: Any = known.get(text)
                if name is None:
                    name = self._new_key(frame, text, style, start, end)
                    if name is text and not style and text.isascii():
                        known[text] = text
                if name in frame.value:
                    name = self._repeat(frame, name, start, end)
                frame.key, frame.key_start, frame.key_end = name, start, end
                continue
            value: Any = text
            if not style:
                if text in WORDS:
                    value = WORDS[text]
                elif text[0] in NUMBER_STARTS:
                    value = self._number(text, start, end)
                elif "$<" in text:
                    value = self._reference(frame, text, start, end)
            elif style in "|>":
                self.end = end = start + len(self.text[start:end].rstrip())
            else:
                self.quoted = (start, end)
                if "\0" in text:
                    value = None
                    self._nul(start, end)
            if event.anchor is not None:
                self.anchors[event.anchor] = _Anchored(value, 1, 0, start, end)
            if key.__class__ is str:
                frame.value[key] = value
                frame.marks.extend((frame.key_start, frame.key_end, start, end))
                frame.key = _KEY
            elif key is _ITEM:
                frame.value.append(value)
                frame.marks.extend((start, end))
            else:
                self._put(frame, value, start, end)

    # Containers and aliases ------------------------------------------------------------------------------

    def _open(self, event: Any, mapping: bool) -> None:
        start = event.start_mark.index
        self.nodes += 1
        if self.nodes > limits.NODES_MAX:
            raise self._too_many(start)
        if len(self.stack) >= limits.DEPTH_MAX:
            raise self._too_deep(start)
        if event.tag is not None or event.anchor is not None:
            start = self._properties(event, start)
        self.stack.append(self.frame)
        value: Any = {} if mapping else []
        frame = _Frame(value, _KEY if mapping else _ITEM, start, self.nodes - 1, len(self.stack))
        frame.flow = event.flow_style
        if event.anchor is not None:
            frame.anchor = event.anchor
            self.anchors[event.anchor] = frame
        self.end = start
        self.frame = frame

    def _close(self, event: Any) -> None:
        done, start = self.frame, self.frame.start
        if done.flow:
            self.end = event.end_mark.index
        end = max(self.end, start)
        if done.repeated:
            self._say_repeated(done, done.repeated)
        if done.merged:
            self.merges.append(done)
        self.marks[id(done.value)] = done.marks
        self.frame = frame = self.stack.pop()
        frame.deepest = max(frame.deepest, done.deepest)
        if done.anchor is not None and self.anchors[done.anchor] is done:
            height = done.deepest - len(self.stack)
            self.anchors[done.anchor] = _Anchored(
                done.value, self.nodes - done.first_node, height, start, end
            )
        self._put(frame, done.value, start, end)

    def _alias(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        self.end = end
        target = self._target(event.anchor, start, end)
        self.nodes += target.size
        if self.nodes > limits.NODES_MAX:
            raise self._too_many(start)
        frame = self.frame
        frame.deepest = max(frame.deepest, len(self.stack) + target.height)
        if frame.deepest > limits.DEPTH_MAX:
            raise self._too_deep(start)
        if isinstance(target.value, dict | list):
            self._put(frame, target.value, start, end)
        else:  # a text's characters stand where it was written
            self._put(frame, target.value, target.start, target.end)

    def _target(self, name: str, start: int, end: int) -> _Anchored:
        target = self.anchors.get(name)
        if isinstance(target, _Anchored):
            return target
        shown = shortened(self.text[start:end])
        if target is None:
            hint = suggestion(name, self.anchors) if len(self.anchors) <= _ANCHORS_COMPARED else None
            if hint is None or not hint.startswith("did you mean"):
                hint = f"set it before with &{shortened(name)}, or {QUOTE} if it is text"
            self._say("WF116", f'alias "{shown}" has no anchor before it', start, end, hint)
        else:
            related = Related(self.source.span(target.start, target.start), "it stands inside this value")
            hint = "name a value that is complete before this line"
            self._say("WF110", f'alias "{shown}" stands inside the value it names', start, end, hint, related)
        self.blamed.add(start)
        return _Anchored(None, 1, 0, start, end)

    def _properties(self, event: Any, start: int) -> int:
        """Where the value itself begins, behind its anchor and tag; a tag is refused."""
        match = _PROPERTIES.match(self.text, start, max(start, event.end_mark.index))
        begin = match.end() if match else start
        if event.tag is not None:
            at = start + max(0, self.text[start:begin].find("!"))
            tag = self.text[at:begin].split(maxsplit=1)[0] if begin > at else "!"
            hint = f"remove it, or {QUOTE} if it is text"
            self._say("WF104", f'the tag "{shortened(tag)}" is not allowed', at, at + len(tag), hint)
        return begin

    def _put(self, frame: _Frame, value: Any, start: int, end: int) -> None:
        key = frame.key
        if frame.muted and key is not _DROP:
            frame.key = _DROP if key is _KEY else key
        elif key is _ITEM:
            frame.value.append(value)
            frame.marks.extend((start, end))
        elif key is _KEY:
            frame.key_start, frame.key_end = start, end
            frame.key = self._odd_key(frame, value, start, end)
        elif key is _DROP or key is _MERGE:
            if key is _MERGE:
                self._begin_merge(frame, value, start, end)
            frame.key = _KEY
        else:
            frame.value[key] = value
            frame.marks.extend((frame.key_start, frame.key_end, start, end))
            frame.key = _KEY

    # Keys ------------------------------------------------------------------------------------------------

    def _new_key(self, frame: _Frame, text: str, style: str | None, start: int, end: int) -> Any:
        """The key, or the _Place that says what to do with its value."""
        if not style:
            if text == "<<":
                if frame.merged is None:
                    frame.merged, frame.merge_at, frame.merge_key = [], len(frame.value), (start, end)
                    return _MERGE
                related = Related(self.source.span(*frame.merge_key), "first here")
                hint = "merge several as a list: <<: [*a, *b]"
                self._say("WF103", 'the key "<<" is repeated', start, end, hint, related)
                return _DROP
            if text in WORDS or text[0] in NUMBER_STARTS:
                kind = _kind_of_plain(text)
                if kind != "text":
                    hint = f'quote it: "{shortened(text)}"' if text else "write the key before the colon"
                    shown = f'"{shortened(text)}"' if text else "empty key"
                    self._say("WF105", f"a key must be text, {shown} is {kind}", start, end, hint)
                    return _DROP
            if self._cut(frame, text, end, key=True):
                self._say_cut(text, start)
                frame.muted = frame.flow
                return _DROP
        elif "\0" in text:
            self._nul(start, end)
            return _DROP
        self._look_for_invisible(text, start, end)
        return text

    def _odd_key(self, frame: _Frame, value: Any, start: int, end: int) -> Any:
        """A key that is an alias or a container: an alias of a text may stand, nothing else."""
        if isinstance(value, str):
            return value if value not in frame.value else self._repeat(frame, value, start, end)
        if start in self.blamed:
            return _DROP
        kind = (
            "a mapping"
            if isinstance(value, dict)
            else "a list"
            if isinstance(value, list)
            else _kind_of_value(value)
        )
        template = self.text.startswith("{{", start - 1) and frame.flow
        hint = (
            f"references are written $<...>; {QUOTE} if it is text"
            if template
            else "write a text before the colon"
        )
        shown = shortened(self.text[start:end])
        self._say("WF105", f'a key must be text, "{shown}" is {kind}', start, end, hint)
        return _DROP

    def _repeat(self, frame: _Frame, name: str, start: int, end: int) -> _Place:
        """Told when the mapping ends, when the place of the first one is looked up once for all."""
        if frame.repeated is None:
            frame.repeated = []
        if len(self.problems) + len(frame.repeated) < KEPT_AT_MOST:
            frame.repeated.append((name, start, end))
        else:
            self.problems.left_out += 1
        return _DROP

    def _say_repeated(self, frame: _Frame, repeated: list[tuple[str, int, int]]) -> None:
        order = {key: 4 * index for index, key in enumerate(frame.value)}
        for name, start, end in repeated:
            at = order[name]
            related = Related(self.source.span(frame.marks[at], frame.marks[at + 1]), "first here")
            message = f'the key "{shortened(name)}" is repeated'
            self._say("WF103", message, start, end, "remove one of the two", related)

    def _look_for_invisible(self, text: str, start: int, end: int) -> None:
        found = None if text.isascii() else INVISIBLE.search(text)
        if found:
            offsets = decoded_offsets(self.text, start, end, text)
            if offsets is not None:
                start, end = offsets(found.start()), offsets(found.start(), after=True)
            message = f'the key "{shortened(text)}" holds the invisible character U+{ord(found[0]):04X}'
            self._say("WF113", message, start, end, "remove it")

    # Merges ----------------------------------------------------------------------------------------------

    def _begin_merge(self, frame: _Frame, value: Any, start: int, end: int) -> None:
        merged: list[dict[str, Any]] = [] if frame.merged is None else frame.merged
        hint = "merge a mapping or a list of mappings: <<: *name or <<: [*a, *b]"
        if isinstance(value, dict):
            merged.append(value)
        elif isinstance(value, list):
            marks = self.marks[id(value)]
            for index, item in enumerate(value):
                if isinstance(item, dict):
                    merged.append(item)
                elif marks[2 * index] not in self.blamed:
                    kind = _kind_of_value(item)
                    self._say(
                        "WF115", f'"<<" cannot merge {kind}', marks[2 * index], marks[2 * index + 1], hint
                    )
        elif start not in self.blamed:
            self._say("WF115", f'"<<" cannot merge {_kind_of_value(value)}', start, end, hint)

    # Scalars ---------------------------------------------------------------------------------------------

    def _number(self, text: str, start: int, end: int) -> int | float | str | None:
        try:
            return number(text)
        except OutOfRangeError as error:
            hint = "quote it if it is text"
            self._say("WF106", f'the number "{shortened(text)}" {error}', start, end, hint)
            self.blamed.add(start)
            return None

    def _nul(self, start: int, end: int) -> None:
        at = self.text.find("\\", start, end)
        for match in _NUL_ESCAPE.finditer(self.text, at, end):
            if match[1]:
                start, end = match.span(1)
                break
        self._say("WF113", "the escape of a NUL character is not allowed", start, end, "remove it")
        self.blamed.add(start)

    def _reference(self, frame: _Frame, text: str, start: int, end: int) -> str | None:
        if not self._cut(frame, text, end):
            return text
        self._say_cut(text, start)
        frame.muted = frame.flow
        self.blamed.add(start)
        return None

    def _cut(self, frame: _Frame, text: str, end: int, key: bool = False) -> bool:
        """Whether a plain scalar ends inside a reference: at a comma or bracket, at `: `, or at ` #`."""
        return open_reference(text) is not None and (
            frame.flow or key or _COMMENT.match(self.text, end) is not None
        )

    def _say_cut(self, text: str, start: int) -> None:
        if len(self.problems) >= KEPT_AT_MOST:
            self.problems.left_out += 1
            return
        begin = start + (open_reference(text) or 0)
        match = _REFERENCE.match(self.text, begin + 2, self._line_end(begin))
        stop = match.end() if match else self._line_end(begin)
        shown = shortened(self.text[begin:stop])
        self._say("WF114", f'YAML cuts the reference "{shown}" in pieces', begin, stop, QUOTE)

    def _passes_over(self, frame: _Frame, text: str) -> bool:
        """Inside a cut reference: whether this scalar is one of its pieces, up to the one with its end."""
        key = frame.key
        if ">" in text:
            frame.muted = False
        if key is _KEY:
            frame.key = _DROP
        elif key is _DROP:
            frame.key = _KEY
        return key is _KEY or key is _DROP or key is _ITEM

    # Problems --------------------------------------------------------------------------------------------

    def _empty(self) -> None:
        self._say("WF112", "the file is empty", 0, 0, "a workflow needs weft, name and steps")

    def _line_end(self, at: int) -> int:
        """The end of the line, or of as much of it as a problem looks at: a file may be one line."""
        match = _LINE_END.search(self.text, at, at + _SHOWN_AT_MOST)
        return match.start() if match else min(len(self.text), at + _SHOWN_AT_MOST)

    def _say(
        self, code: str, message: str, start: int, end: int, hint: str | None = None, *related: Related
    ) -> None:
        if len(self.problems) < KEPT_AT_MOST:
            self.problems.add(problem(code, message, self.source.span(start, end), hint, *related))
        else:
            self.problems.left_out += 1

    def _too_many(self, at: int) -> RefusedError:
        message = (
            f"more than {limits.NODES_MAX:,} keys and values, counted with every alias and merge expanded"
        )
        return RefusedError(
            problem(
                "WF109", message, self.source.span(at, at + 1), "split the workflow, or use fewer aliases"
            )
        )

    def _too_deep(self, at: int) -> RefusedError:
        message = f"nested more than {limits.DEPTH_MAX} levels deep"
        return RefusedError(problem("WF108", message, self.source.span(at, at + 1), "nest less deeply"))


def _merge(frame: _Frame, marks: dict[int, array[int]]) -> None:
    """Put what is merged where `<<` stands: own keys win, then the earlier mapping."""
    own, places = frame.value, frame.marks
    entries = list(own.items())
    own_keys = set(own)
    own.clear()
    frame.marks = places[: 4 * frame.merge_at]
    own.update(entries[: frame.merge_at])
    for source in frame.merged or ():
        source_marks = marks[id(source)]
        for index, (key, value) in enumerate(source.items()):
            if key not in own_keys and key not in own:
                own[key] = value
                frame.marks.extend(source_marks[4 * index : 4 * index + 4])
    own.update(entries[frame.merge_at :])
    frame.marks.extend(places[4 * frame.merge_at :])
    marks[id(own)] = frame.marks


def open_reference(text: str) -> int | None:
    """Where a reference opens in `text` that does not close; `$$<` opens none."""
    at = 0
    while (at := text.find("$<", at)) >= 0:
        if at and text[at - 1] == "$":
            at += 2
            continue
        match = _REFERENCE.match(text, at + 2)
        if match is None:
            return at
        at = match.end()
    return None


def _kind_of_plain(text: str) -> str:
    try:
        return _kind_of_value(WORDS[text] if text in WORDS else number(text))
    except OutOfRangeError:
        return "a number"


def _kind_of_value(value: Any) -> str:
    return KINDS[type(value)]


# A syntax error in the author's words -------------------------------------------------------------------

_MISSING_SPACE = re.compile(r"[ \t]*(?:-[ \t]+)*(?P<key>[A-Za-z_][\w.-]*):(?P<value>[^\s:/][^\r\n]*)")
_ENTRY = re.compile(
    r"[ \t]*(?:-[ \t]+)*(?:(?:\"[^\"]*\"|'[^']*'|[^\s'\"#\[{][^:#]*?)[ \t]*:[ \t]+)?(?P<value>\S.*)?"
)
_ESCAPE_SHAPE = re.compile(r"\\(?:x[0-9a-fA-F]{0,2}|u[0-9a-fA-F]{0,4}|U[0-9a-fA-F]{0,8}|.)?")
_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_BRACED = re.compile(r"""(?:"[^"]*"|'[^']*'|[^"'}])*}""")
_CUTTING = re.compile(r"[,\[\]{}]|:(?=\s)|\s#")
_KEY_LENGTH_MAX = 1024
_FLOW_OPEN = re.compile(r"expected ',' or '([\]}])'")


class _Mistake:
    """Finds the likely cause of libyaml's error: `at` is where it gave up, `since` where that part began."""

    def __init__(self, source: Source, error: yaml.MarkedYAMLError, quoted: tuple[int, int]) -> None:
        self.source = source
        self.text = source.text
        self.what = error.problem or "not valid YAML"
        self.during = error.context or ""
        self.quoted = quoted
        self.at = min(error.problem_mark.index if error.problem_mark else 0, len(self.text))
        self.since = min(error.context_mark.index if error.context_mark else self.at, len(self.text))
        self.line_start, self.line = self._line_of(self.at)

    def told(self) -> Diagnostic:
        """The one problem; the tests are in order, the surest first."""
        return (
            self._tab()
            or self._tag_or_directive()
            or self._escape()
            or self._unclosed_quote()
            or self._block_header()
            or self._cut_value()
            or self._missing_space()
            or self._first_character()
            or self._flow()
            or self._colon()
            or self._indentation()
            or self._say("WF102", f"not valid YAML: {self.what}", self.at, self.at + 1)
        )

    def _tab(self) -> Diagnostic | None:
        if "tab" not in self.what and self.text[self.at : self.at + 1] != "\t":
            return None
        if "tab" not in self.what and "cannot start any token" not in self.what:
            return None
        hint = "indent with spaces"
        return self._say("WF102", "a tab is used for indentation", self.at, self.at + 1, hint)

    def _tag_or_directive(self) -> Diagnostic | None:
        if "tag" in self.what or "tag" in self.during:
            end = self._word_end(self.since)
            message = f'the tag "{self._shown(self.since, end)}" is not allowed'
            return self._say("WF104", message, self.since, end, f"remove it, or {QUOTE} if it is text")
        if "directive" in self.during or "directive" in self.what or "incompatible" in self.what:
            start, line = self._line_of(min(self.since, self.at))
            message = f'"{shortened(line)}" is not a directive that is known'
            return self._say(
                "WF102", message, start, start + len(line), "remove the line; a line cannot begin with %"
            )
        return None

    def _escape(self) -> Diagnostic | None:
        if "escape" not in self.what and "hexdec" not in self.what:
            return None
        at = self.text.rfind("\\", self.since, self.at + 1)
        at = self.at if at < 0 else at
        match = _ESCAPE_SHAPE.match(self.text, at)
        end = match.end() if match else at + 2
        shown = self._shown(at, end)
        if shown[:3].lower() in ("\\ud",) and len(shown) == 6:
            pair = _PAIR.match(self.text, at)
            if pair:
                char = chr(0x10000 + ((int(pair[1], 16) - 0xD800) << 10) + (int(pair[2], 16) - 0xDC00))
                hint = f'write the character itself, or "\\U{ord(char):08X}"'
                return self._say(
                    "WF113",
                    f'"{pair[0]}" is a surrogate pair, which YAML does not know',
                    at,
                    pair.end(),
                    hint,
                )
            return self._say(
                "WF113", f'"{shown}" is half of a surrogate pair, not a character', at, end, "remove it"
            )
        hint = "write the backslash twice, or use single quotes"
        return self._say("WF102", f'"{shown}" is not an escape', at, end, hint)

    def _unclosed_quote(self) -> Diagnostic | None:
        opened = self.since
        if "quoted" not in self.during:
            opened, closed = self.quoted
            lines = self.text.count("\n", opened, closed)
            if not (
                lines
                and self.text[closed : self.at].strip(" \t") == ""
                and self.line[: closed - self.line_start].strip()
            ):
                return None
        quote = self.text[opened : opened + 1]
        return self._say(
            "WF102",
            f"the quote {quote} opened here is not closed",
            opened,
            opened + 1,
            f"add the closing {quote}",
        )

    def _block_header(self) -> Diagnostic | None:
        if "block scalar" not in self.during:
            return None
        mark = self.text[self.since : self.since + 1]
        message = f'unexpected text after "{mark}"'
        hint = f'begin the text on the next line, or {QUOTE} if it begins with "{mark}"'
        return self._say("WF102", message, self.at, self._stop(self.at), hint)

    def _cut_value(self) -> Diagnostic | None:
        """A value to be quoted whole: a reference in pieces, or text behind a closing quote or bracket."""
        start, line = self.line_start, self.line
        if "could not find expected ':'" in self.what:
            start, line = self._line_of(self.since)
        elif not line[: self.at - start].strip() and self.text[self.at : self.at + 1] not in (
            "@",
            "`",
            "%",
            "*",
            "&",
        ):
            return None
        in_flow = _FLOW_OPEN.search(self.what) is not None
        reference = self._reference_in(start, line)
        if reference is not None and (in_flow or open_reference(line[: max(0, self.at - start)]) is not None):
            begin, stop = reference
            if _CUTTING.search(self.text, begin + 2, stop):
                message = f'YAML cuts the reference "{self._shown(begin, stop)}" in pieces'
                return self._say("WF114", message, begin, stop, QUOTE)
        elif reference is not None:
            begin, stop = self._value_in(start, line)
            message = f'YAML cannot read "{self._shown(begin, stop)}" as one value'
            return self._say("WF114", message, begin, stop, QUOTE)
        return None if in_flow or "mapping values" in self.what else self._behind_closing(start, line)

    def _behind_closing(self, start: int, line: str) -> Diagnostic | None:
        begin, stop = self._value_in(start, line)
        before = self.text[begin : self.at].rstrip()
        if begin < self.at and before[-1:] in ("'", '"', "]", "}") and before[:1] in ("'", '"', "[", "{"):
            rest = self.text[self.at : stop]
            if not rest:
                return None
            if not rest.strip("]} "):
                char = rest[0]
                return self._say(
                    "WF102", f'unexpected "{char}", nothing is open', self.at, self.at + 1, "remove it"
                )
            message = f'unexpected text after the closing {before[-1]} in "{self._shown(begin, stop)}"'
            return self._say("WF114", message, begin, stop, QUOTE)
        return None

    def _missing_space(self) -> Diagnostic | None:
        lines = [self._line_of(self.since if "could not find" in self.what else self.at)]
        if "mapping values" in self.what:
            lines = [self._line_before(self.line_start)]
        elif "could not find" not in self.what:
            return None
        for start, line in lines:
            match = _MISSING_SPACE.match(line)
            if match:
                at = start + match.end("key")
                hint = f'write "{match["key"]}: {shortened(match["value"], 30)}"'
                return self._say("WF102", 'a space is missing after ":"', at, at + 1, hint)
        return None

    def _first_character(self) -> Diagnostic | None:
        if "cannot start any token" in self.what or "node content" in self.what:
            at = self.at
        elif "alphabetic or numeric" in self.what:
            at = self.since
        elif "keys are not allowed" in self.what:
            at = self.at
        else:
            return None
        char = self.text[at : at + 1]
        if not char.strip():
            return self._say("WF102", "a value is missing here", at, at + 1)
        message = f'a value cannot begin with "{char}"'
        return self._say("WF102", message, at, self._stop(at), QUOTE)

    def _flow(self) -> Diagnostic | None:
        match = _FLOW_OPEN.search(self.what)
        if match is None:
            if "<document start>" in self.what:
                message = "unexpected text after the end of the document"
                return self._say(
                    "WF102", message, self.at, self._stop(self.at), "remove it, or check the indentation"
                )
            return None
        close = match[1]
        opened = "[" if close == "]" else "{"
        if "\n" in self.text[self.since : self.at] or self.at >= len(self.text):
            message = f'the "{opened}" opened here is not closed'
            return self._say("WF102", message, self.since, self.since + 1, f'add the closing "{close}"')
        message = f'expected "," or "{close}" before "{self._shown(self.at, self._stop(self.at))}"'
        return self._say("WF102", message, self.at, self.at + 1, f"add it, or {QUOTE}")

    def _colon(self) -> Diagnostic | None:
        if "could not find" in self.what:
            start, line = self._line_of(self.since)
            begin = start + len(line) - len(line.lstrip())
            message = f'"{shortened(line.strip())}" has no ":"'
            return self._say("WF102", message, begin, start + len(line.rstrip()), 'write "key: value"')
        if "mapping values" not in self.what:
            return None
        head = self.text[self.line_start : self.at]
        if len(head) > _KEY_LENGTH_MAX:
            message = f"a key longer than {_KEY_LENGTH_MAX:,} characters"
            return self._say("WF102", message, self.line_start, self.at, "shorten it")
        begin, stop = self._value_in(self.line_start, self.line)
        if begin < self.at and begin > self.line_start + len(self.line) - len(self.line.lstrip()):
            hint = f"{QUOTE}, or begin a nested mapping on the next line"
            message = f'": " inside the plain value "{self._shown(begin, stop)}"'
            return self._say("WF102", message, begin, stop, hint)
        return None

    def _indentation(self) -> Diagnostic | None:
        first = self.line_start + len(self.line) - len(self.line.lstrip())
        if "sequence entries are not allowed" in self.what and self.at > first:
            hint = f"begin the list on the next line, or {QUOTE} if it is text"
            return self._say(
                "WF102", "a list cannot begin on the line of its key", self.at, self._stop(self.at), hint
            )
        if self.at > first and "mapping values" not in self.what:
            shown = self._shown(self.at, self._stop(self.at))
            return self._say(
                "WF102", f'unexpected "{shown}" behind a complete value', self.at, self._stop(self.at), QUOTE
            )
        if self.text.startswith(":", first):
            return self._say("WF102", 'a key is missing before ":"', first, first + 1, 'write "key: value"')
        start, before = self._line_before(self.line_start)
        deep, above = first - self.line_start, len(before) - len(before.lstrip())
        shown = shortened(self.line.strip(), 40)
        end = self.line_start + len(self.line.rstrip())
        if "'-' indicator" in self.what or ("collection" in self.during and deep == 0):
            hint = 'begin the line with "- ", or indent it as deep as what it belongs to'
            return self._say(
                "WF102", f'"{shown}" stands where an item of the list was expected', first, end, hint
            )
        if self.line.lstrip().startswith("- ") and deep <= above:
            hint = "indent it deeper than the key of the list"
            return self._say(
                "WF102", f'the list item "{shown}" stands among the keys of a mapping', first, end, hint
            )
        if "mapping values" in self.what or "sequence entries" in self.what:
            if deep > above:
                hint = "indent it as deep as the line before, or give that line no value"
                message = f'"{shown}" is indented deeper than the line before, which already has a value'
                return self._say("WF102", message, first, end, hint)
            begin = start + above
            message = f'"{shortened(before.strip(), 40)}" has no ":"'
            return self._say("WF102", message, begin, start + len(before.rstrip()), 'write "key: value"')
        hint = "indent it exactly as deep as the other keys of its mapping"
        return self._say("WF102", f'the indentation of "{shown}" fits no line above it', first, end, hint)

    def _reference_in(self, start: int, line: str) -> tuple[int, int] | None:
        """The reference of this line that is cut: the last that opens before the error, else the first."""
        before = max(0, self.at - start)
        for opening, pattern in (("$<", _REFERENCE), ("${", _BRACED)):
            last = line.rfind(opening, 0, before + 1)
            begin = last if last >= 0 else line.find(opening)
            if begin >= 0:
                match = pattern.match(self.text, start + begin + 2, start + len(line))
                return start + begin, match.end() if match else start + len(line.rstrip())
        return None

    def _value_in(self, start: int, line: str) -> tuple[int, int]:
        match = _ENTRY.match(line)
        begin = match.start("value") if match and match["value"] else len(line) - len(line.lstrip())
        return start + begin, start + len(line.rstrip())

    def _line_of(self, at: int) -> tuple[int, str]:
        number_of_line, _ = self.source.position(at)
        return self.source.offset(number_of_line, 1), self.source.line(number_of_line)

    def _line_before(self, start: int) -> tuple[int, str]:
        """The nearest line above with something on it."""
        number_of_line, _ = self.source.position(start)
        for above in range(number_of_line - 1, max(0, number_of_line - 50), -1):
            line = self.source.line(above)
            if line.strip() and not line.lstrip().startswith("#"):
                return self.source.offset(above, 1), line
        return start, ""

    def _stop(self, at: int) -> int:
        """The end of what stands at `at` on its line."""
        start, line = self._line_of(at)
        return max(min(at + 1, len(self.text)), start + len(line.rstrip()))

    def _word_end(self, at: int) -> int:
        match = re.compile(r"\S*").match(self.text, at)
        return match.end() if match else at

    def _shown(self, start: int, end: int) -> str:
        return shortened(self.text[start:end])

    def _say(self, code: str, message: str, start: int, end: int, hint: str | None = None) -> Diagnostic:
        return problem(code, message, self.source.span(start, end), hint)
