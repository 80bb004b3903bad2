"""Stages: steps of a pipeline through which records flow batch by batch, made as one piece in one thread.

The last step pulls: it asks its stream for a batch, which asks the step before, and so on: one batch at a time is on its way,
and who makes records waits for who takes them. Laws. All steps of a stage start in one commit, and succeed in one. When one of
them fails the others are interrupted, and run again with it, with the same keys. A stage holds one slot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.errors import ToolError
from engine.execute.binding import Toolbox
from engine.execute.calls import Call
from engine.execute.words import Word
from engine.executors.answers import plain, taken
from engine.executors.port import ToolCall
from engine.machine import Instance, Status
from engine.refs import Expression
from engine.tools.jsonable import to_json
from engine.tools.port import CallContext, Records, Result
from engine.tools.records import require_records


def stage_of(instance: Instance) -> list[Instance]:
    """The steps that flow into one another, the instance among them, in order; itself alone where it is in no stage."""
    group = instance.parent
    if group is None or group.kids is None or instance.number >= 0:
        return [instance]
    first = last = instance.plan.position
    while group.kids[first].plan.flows_in:
        first -= 1
    while group.kids[last].plan.flows_on:
        last += 1
    return group.kids[first : last + 1]


def ready_part(instance: Instance) -> list[Instance] | None:
    """The steps of its stage that start together now; None while one of them is still to become ready.

    What has succeeded (under another spec) is not among them: its data was recorded.
    """
    members = [member for member in stage_of(instance) if member.status is not Status.SUCCEEDED]
    return members if all(member.status is Status.READY for member in members) else None


@dataclass(slots=True, eq=False)
class Stage:
    """One attempt of a stage. As a tool it makes all its calls; `results` are theirs, `failed` the place of who failed."""

    toolbox: Toolbox
    scrub: Callable[[Any], Any]
    calls: list[Call] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    failed: int | None = None
    why: str = ""
    """What is told of those that have to run again."""

    @property
    def head(self) -> Call:
        return self.calls[0]

    def add(self, call: Call) -> None:
        """One more step, after those there are. It is stopped with them, and they with it."""
        if self.calls:
            call.context.cancel, call.context._stoppers = (
                self.head.context.cancel,
                self.head.context._stoppers,
            )
        self.calls.append(call)
        call.stage = self

    def answers(self, heard: Call, answer: Any) -> list[tuple[Call, Any]]:
        """What each of the calls is told when one of them has an answer: who failed first, the others None.

        The head hears of the whole; any call may be stopped or be out of time by itself.
        """
        if isinstance(answer, Result) and self.results:
            return list(zip(self.calls, self.results, strict=True))
        failed = heard
        if heard is self.head and isinstance(answer, dict) and self.failed is not None and not heard.stopping:
            failed = self.calls[self.failed]
        self.why = f'it runs again with "{failed.instance.plan.id}"'
        return [(failed, answer), *((call, None) for call in self.calls if call is not failed)]

    def tool_call(self) -> ToolCall:
        """The whole as one call. Its token and its stoppers are those of every call in it."""
        limits = [
            one.binding.timeout_seconds for one in self.calls if one.binding.timeout_seconds is not None
        ]
        return ToolCall(lambda: self, "", {}, "", {}, self.head.context, min(limits, default=None))

    def call(self, operation: str, parameters: Any, context: CallContext) -> Result:
        flowing: list[tuple[Result, str, Records]] = []
        stream: Records | None = None
        try:
            for number, call in enumerate(self.calls[:-1]):
                result, member, records = self._giving(number, call, stream)
                flowing.append((result, member, records))
                stream = Records(self._guarded(number, records, call.context))
            last = self._made(len(self.calls) - 1, stream)
        finally:
            for _, _, records in flowing:
                records.close()
        named = zip(flowing, self.calls[1:], strict=True)
        self.results = [*(_after(*flow, taker.instance.plan.id) for flow, taker in named), last]
        return Result()

    def close(self) -> None:
        return None

    def _giving(self, number: int, call: Call, stream: Records | None) -> tuple[Result, str, Records]:
        result = self._called(number, stream)
        member = call.instance.plan.gives or ""
        data = result.data
        records = data.get(member) if member and isinstance(data, dict) else data
        if not isinstance(records, Records):
            records = Records([self._read(number + 1, data)])
        return result, member, records

    def _read(self, taker: int, data: Any) -> list[Any]:
        """What is given as a list after all, read as any reference reads it: where there is none the taker says so."""
        _, expression = _taken_from_input(self.calls[taker])
        with _Blamed(self, taker):
            with Word("with"):
                value = expression.evaluate({"input": data}.__getitem__)
            return require_records(value, f"$<{expression.text}>")

    def _made(self, number: int, stream: Records | None) -> Result:
        with _Blamed(self, number):
            return taken(self._called(number, stream), self.calls[number].context)

    def _called(self, number: int, stream: Records | None) -> Result:
        call = self.calls[number]
        parameters = call.parameters
        if stream is not None:
            parameters = {**parameters, _taken_from_input(call)[0]: stream}
        with _Blamed(self, number):
            tool = self.toolbox.allowed(call.binding, parameters)
            answer = tool.call(call.binding.operation_name, parameters, call.context)
            result = answer if isinstance(answer, Result) else Result(data=answer)
            if result.errors:
                raise ToolError("; ".join(map(str, result.errors)), data=result.data)
            return result

    def _guarded(self, number: int, records: Records, context: CallContext) -> Iterator[list[Any]]:
        with _Blamed(self, number):
            for batch in records:
                context.check_cancelled()
                yield self.scrub(batch if records.ready else to_json(batch, at="records"))


def _taken_from_input(call: Call) -> tuple[str, Expression]:
    """The parameter that the stream flows into, and how it is written: a stage has exactly one for each step but the first."""
    takes = call.instance.plan.takes.items()
    return next((name, one) for name, one in takes if one.path and one.path[0] == "input")


class _Blamed:
    """Whoever is the first that an error comes out of has failed: those further on only hear of it."""

    def __init__(self, stage: Stage, number: int) -> None:
        self._stage = stage
        self._number = number

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is not None and not isinstance(error, GeneratorExit) and self._stage.failed is None:
            self._stage.failed = self._number


def _after(result: Result, member: str, records: Records, taker: str) -> Result:
    """What a step gave whose records have flowed on: the rest of its data, and where they went."""
    if member:
        result.data = {**result.data, **records.said(), member: None}
    else:
        result.data = None
    result.metadata = {**result.metadata, "flowed_to": taker}
    if result.processed_records is None:
        result.processed_records = records.count
    return plain(result)
