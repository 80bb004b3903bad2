"""A tool under test: what was given as one, made and called as the engine does, without a run."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import UsageError
from engine.executors.answers import answered, error_of, plain
from engine.spec.fitting import fit
from engine.spec.toolspec import Declaration, OperationSpec
from engine.tools.port import CallContext, Cancelled, Result, Tool
from engine.tools.registry import Registry, make_tool


class NotShown(Exception):
    """The examples do not put a promise to the test."""


ANY: Any = object()
"""The data of an example that says nothing of it."""


@dataclass(frozen=True, slots=True)
class Example:
    """A call and what comes of it.

    `data`: what it gives, exactly; left out: whatever fits the schema. `fails`: the type of error it ends with. `blocks`: it
    does not end by itself, so that it shows how the tool is cancelled. `varies`: called again it may give something else.
    `operation` None: the tool's default, or its only one.
    """

    operation: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    data: Any = ANY
    fails: str | None = None
    blocks: bool = False
    varies: bool = False


Answer = Result | dict[str, Any] | None
"""A result, a typed error, or None: it was cancelled."""


@dataclass(slots=True)
class Tried:
    """A tool and how it is tried. `declared`: whether the examples of the declaration are called too, beside those given;
    `secrets` may stand in no error; `given` is what the test gave as the tool."""

    declaration: Declaration
    make: Callable[[Mapping[str, Any]], Tool]
    config: Mapping[str, Any]
    folder: Path
    examples: Sequence[Example] = ()
    secrets: Sequence[str] = ()
    declared: bool = True
    given: Any = None

    def operation(self, example: Example) -> tuple[str, OperationSpec]:
        """The operation an example means. Raises UsageError where there is none."""
        name = self.declaration.operation_name(example.operation)
        if name is None or name not in self.declaration.operations:
            raise UsageError(
                f'an example names the operation "{example.operation}", which is none of the tool'
            )
        return name, self.declaration.operations[name]

    def shown(self, *, blocking: bool = False) -> list[Example]:
        """The examples to call: those that end by themselves, or those that do not."""
        own = [one for one in self.examples if one.blocks == blocking]
        if blocking or not self.declared:
            return own
        known = [(one.operation, dict(one.parameters)) for one in own]
        return own + [
            Example(name, parameters)
            for name, operation in self.declaration.operations.items()
            for parameters in operation.parameters.get("examples", ())
            if operation.lane != "wait" and (name, parameters) not in known
        ]

    @contextmanager
    def living(self) -> Iterator[Tool]:
        """A tool as a run would make it."""
        if all(operation.lane == "wait" for operation in self.declaration.operations.values()):
            raise NotShown("the tool is never made: a run waits by itself")
        named = {"name": self.declaration.name, "project_dir": str(self.folder)}
        tool = self.make({**named, **self.config} if self.declaration.connection is not None else {})
        try:
            prepare = getattr(tool, "prepare", None)
            if prepare is not None:
                prepare()
            yield tool
        finally:
            with suppress(Exception):  # that it cannot be closed is told by the promise about that
                tool.close()

    def context(self) -> CallContext:
        """What a call is told; `project_dir` is the folder of the test."""
        return CallContext(
            "contract", "step", "step", 1, "key", self.folder, self.folder / ".weft", cancel=threading.Event()
        )

    def call(self, tool: Tool, example: Example) -> Answer:
        """Call an example as the engine does: parameters checked first, everything that goes wrong a typed error."""
        name, operation = self.operation(example)
        misfits = fit(operation.parameters).misfits(dict(example.parameters), "with")
        if misfits:
            return {
                "type": "invalid",
                "code": "parameters",
                "message": "; ".join(one.message for one in misfits),
            }
        parameters, context = dict(example.parameters), self.context()
        if operation.lane == "async":
            return asyncio.run(awaited(tool, name, parameters, context))
        return answered(lambda: tool, name, parameters, context)


async def awaited(tool: Tool, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Answer:
    """A call of an operation that is awaited."""
    try:
        return plain(await tool.call(operation, parameters, context))
    except (Cancelled, asyncio.CancelledError):
        return None
    except BaseException as error:
        return error_of(error)


def tried(
    tool: Any,
    examples: Sequence[Example] = (),
    *,
    folder: Path,
    config: Mapping[str, Any] | None = None,
    name: str | None = None,
    secrets: Sequence[str] = (),
    declared: bool = True,
) -> Tried:
    """What was given as a tool: a Tool class, an instance, a function, a Declaration, or the name of an installed tool.

    Raises UsageError for anything else.
    """
    rest = (
        dict(config or {}),
        folder,
        tuple(examples),
        (*secrets, *_secret_values(config or {})),
        declared,
        tool,
    )
    if isinstance(tool, str):
        tool = Registry().get(tool) or _no_such(tool)
    if isinstance(tool, Declaration):
        declaration = tool
        return Tried(declaration, lambda settings: make_tool(declaration, settings), *rest)
    from engine.tools.writing.given import given

    made = given(name or getattr(tool, "__name__", type(tool).__name__).lower(), tool)
    return Tried(made.declaration, made.make, *rest)


def _no_such(name: str) -> Any:
    raise UsageError(f'no tool "{name}" is installed', hint="is its package installed, with an entry point?")


_SECRET_WORDS = ("password", "passwd", "secret", "token", "api_key", "apikey", "private_key")


def _secret_values(config: Mapping[str, Any]) -> Iterator[str]:
    """The settings whose names say that they are secret."""
    for name, value in config.items():
        if isinstance(value, str) and any(word in name.lower() for word in _SECRET_WORDS):
            yield value
        elif isinstance(value, Mapping):
            yield from _secret_values(value)
