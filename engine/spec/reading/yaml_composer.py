"""libyaml's events to a tree, with a stack of our own.

Laws: nothing is built before its depth and size are counted, aliases expanded; no recursion; structural mistakes
are all collected and the bad parts dropped or made null. The order of a mapping is the order written. Refuses to
know what the keys mean.
"""

from __future__ import annotations

from array import array
from typing import Any

from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from engine.spec import limits
from engine.spec.reading.findings import Findings
from engine.spec.reading.keys import say_repeated
from engine.spec.reading.refused import RefusedError, too_deep, too_many
from engine.spec.reading.yaml_anchors import Anchored, Anchors, alias_target, behind_properties
from engine.spec.reading.yaml_frames import DROP, ITEM, KEY, MERGE, Frame, Merge, Place
from engine.spec.reading.yaml_merge import merge_into, take_sources
from engine.spec.reading.yaml_references import is_cut, passes_over
from engine.spec.reading.yaml_scalars import NUMBER_STARTS, WORDS
from engine.spec.reading.yaml_values import checked_number, new_key, say_nul, say_odd_key
from engine.spec.tree import DOCUMENT, Tree


class Composer:
    """Builds values from events. `quoted` is where the last quoted scalar stands, to explain a syntax error.

    `restored`: characters that were exchanged before parsing, to be put back (a table for `str.translate`).
    """

    __slots__ = (
        "anchors", "end", "findings", "frame", "marks", "merging",
        "nodes", "quoted", "restored", "stack", "text",
    )  # fmt: skip

    def __init__(self, findings: Findings, restored: dict[int, str]) -> None:
        self.findings = findings
        self.text = findings.source.text
        self.restored = restored
        self.anchors: Anchors = {}
        self.marks: dict[int, array[int]] = {}
        self.quoted = (0, 0)
        self.merging: list[Merge] = []  # in the order they closed, done when the whole file was counted
        self.stack: list[Frame] = []
        self.frame = Frame([], ITEM, 0, 0, 0)
        self.nodes = 0
        self.end = 0  # of the last scalar, alias or flow collection: where a block collection ends

    def compose(self, parser: Any) -> Tree | None:
        """The tree of the one document; None, and a problem, where there is none. Raises RefusedError, YAMLError."""
        next_event = parser.get_event
        event: Any = next_event()
        while event.__class__ is not DocumentStartEvent:
            if event.__class__ is StreamEndEvent:
                self._say_empty()
                return None
            event = next_event()
        self._document(next_event)
        root, marks = self.frame.value[0], self.frame.marks
        second = next_event()
        if isinstance(second, DocumentStartEvent):
            at = second.start_mark.index if second.start_mark else 0
            hint = "keep one workflow per file"
            self.findings.say("WF111", "a second document begins here", at, at + 3, hint)
        elif root is None and marks[0] == marks[1] and not self.findings.problems:
            self._say_empty()
            return None
        for merge in self.merging:
            merge_into(merge, self.marks)
        self.marks[DOCUMENT] = marks
        return Tree(root, self.findings.source, self.marks)

    def _say_empty(self) -> None:
        self.findings.say("WF112", "the file is empty", 0, 0, "a workflow needs weft, name and steps")

    def _document(self, next_event: Any) -> None:  # noqa: PLR0915
        # The hot loop, longer than a function should be: the 400,000 events of a large spec pass here, so ordinary
        # scalars are handled in place (a call would cost as much as the rest) and calls are for what is rarer.
        known: dict[str, str] = {}  # keys that were looked at before and are good when plain
        nodes, nodes_max, restored = 0, limits.NODES_MAX, self.restored
        findings, frame = self.findings, self.frame
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
                start = behind_properties(findings, event, start)
            key = frame.key
            if frame.muted and passes_over(frame, text):
                continue
            if key is KEY:
                if event.anchor is not None:
                    self.anchors[event.anchor] = Anchored(text, 1, 0, start, end)
                name: Any = known.get(text)
                if name is None:
                    name = new_key(findings, frame, text, style, start, end)
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
                    value = checked_number(findings, text, start, end)
                elif "$<" in text and is_cut(findings, frame, text, start, end):
                    value = None
                    findings.blamed.add(start)
            elif style in "|>":
                self.end = end = start + len(self.text[start:end].rstrip())
            else:
                self.quoted = (start, end)
                if "\0" in text:
                    value = None
                    say_nul(findings, start, end)
            if event.anchor is not None:
                self.anchors[event.anchor] = Anchored(value, 1, 0, start, end)
            if key.__class__ is str:
                frame.value[key] = value
                frame.marks.extend((frame.key_start, frame.key_end, start, end))
                frame.key = KEY
            elif key is ITEM:
                frame.value.append(value)
                frame.marks.extend((start, end))
            else:
                self._put(frame, value, start, end)

    # --- containers and aliases

    def _open(self, event: Any, mapping: bool) -> None:
        start = event.start_mark.index
        self._count(1, start)
        if len(self.stack) >= limits.DEPTH_MAX:
            raise too_deep(self.findings.source, start)
        if event.tag is not None or event.anchor is not None:
            start = behind_properties(self.findings, event, start)
        self.stack.append(self.frame)
        value: Any = {} if mapping else []
        frame = Frame(value, KEY if mapping else ITEM, start, self.nodes - 1, len(self.stack))
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
            say_repeated(self.findings, done.value, done.marks, done.repeated)
        if done.merge is not None and done.merge.sources:
            self.merging.append(done.merge)
        if done.marks:
            self.marks[id(done.value)] = done.marks
        else:  # a value that was dropped may have left marks and its id behind
            self.marks.pop(id(done.value), None)
        self.frame = frame = self.stack.pop()
        frame.deepest = max(frame.deepest, done.deepest)
        if done.anchor is not None and self.anchors[done.anchor] is done:
            size, height = self.nodes - done.first_node, done.deepest - len(self.stack)
            self.anchors[done.anchor] = Anchored(done.value, size, height, start, end)
        self._put(frame, done.value, start, end)

    def _alias(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        self.end = end
        target = alias_target(self.findings, self.anchors, event.anchor, start, end)
        self._count(target.size, start)
        frame = self.frame
        frame.deepest = max(frame.deepest, len(self.stack) + target.height)
        if frame.deepest > limits.DEPTH_MAX:
            raise too_deep(self.findings.source, start)
        if isinstance(target.value, dict | list):
            self._put(frame, target.value, start, end)
        else:  # a text's characters stand where it was written
            self._put(frame, target.value, target.start, target.end)

    def _put(self, frame: Frame, value: Any, start: int, end: int) -> None:
        """Give the frame what it waits for."""
        key = frame.key
        if frame.muted and key is not DROP:
            frame.key = DROP if key is KEY else key
        elif key is ITEM:
            frame.value.append(value)
            frame.marks.extend((start, end))
        elif key is KEY:
            frame.key_start, frame.key_end = start, end
            frame.key = self._odd_key(frame, value, start, end)
        elif key is DROP or key is MERGE:
            if key is MERGE and frame.merge is not None:
                take_sources(self.findings, frame.merge, value, self.marks, start, end)
            frame.key = KEY
        else:
            frame.value[key] = value
            frame.marks.extend((frame.key_start, frame.key_end, start, end))
            frame.key = KEY

    # --- keys and counts

    def _odd_key(self, frame: Frame, value: Any, start: int, end: int) -> str | Place:
        """A key that is an alias or a container: an alias of a text may stand, nothing else."""
        if isinstance(value, str):
            return self._repeat(frame, value, start, end) if value in frame.value else value
        say_odd_key(self.findings, frame, value, start, end)
        return DROP

    def _repeat(self, frame: Frame, name: str, start: int, end: int) -> Place:
        """Keep a second occurrence, to be told when the mapping ends."""
        if frame.repeated is None:
            frame.repeated = []
        if self.findings.room_for(1 + len(frame.repeated)):
            frame.repeated.append((name, start, end))
        return DROP

    def _count(self, size: int, at: int) -> None:
        self.nodes += size
        if self.nodes > limits.NODES_MAX:
            raise self._too_many(at)

    def _too_many(self, at: int) -> RefusedError:
        return too_many(self.findings.source, at, aliases=True)
