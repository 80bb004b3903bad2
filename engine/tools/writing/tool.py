"""The class to derive tools from: methods marked `@operation`, and little else to know."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from engine.errors import ToolError, UsageError
from engine.spec.toolspec import Category, Declaration, JsonSchema, OperationSpec
from engine.tools.port import CallContext, Cancelled, Result
from engine.tools.writing.operation import MARK, Marked
from engine.tools.writing.signature import Signature

NO_FACTORY = ""  # no import leads to them: they live in this process, and are made by whoever declared them
_OURS = ("name", "project_dir", "timeout")
"""Settings of a connection that are the engine's; handed to `configure` only if it takes them."""


class Tool:
    """A tool: derive a class, mark its methods with `@operation`.

    class Rates(Tool):
        \"\"\"Exchange rates.\"\"\"

        @operation
        def convert(self, amount: float, to: Literal["eur", "usd"] = "eur") -> float:
            \"\"\"Converts an amount.\"\"\"
            return amount * 1.08

    The docstring's first paragraph is the description. `category` says what kind of tool it is; `default_operation`
    which operation a step means that names none (a tool with one needs none). A `configure` method takes the settings
    of a connection as its parameters: its hints become their schema; it is called once, before the first operation.
    `close` is called when the run ends, for tools the engine has made. One tool serves several calls at once.
    """

    category: ClassVar[Category] = "integration"
    default_operation: ClassVar[str | None] = None

    def configure(self) -> None:
        """Take the settings of a connection: override with parameters of your own."""

    def close(self) -> None:
        """Give back what the tool holds. Called once, when the run ends."""

    def is_retryable(self, error: Exception) -> bool:
        """Whether trying again may help after an exception that is no ToolError: its error type is then `unavailable`."""
        return isinstance(error, (ConnectionError, TimeoutError))

    @classmethod
    def declaration(cls, name: str, *, configured: bool = False) -> Declaration:
        """What the tool promises under this name. `configured`: it takes no connection, being configured already.

        Raises UsageError where it has no operations, or a signature can be no operation's.
        """
        operations = {
            told: _spec(signature, marked, fn) for told, (signature, marked, fn) in _parts(cls).items()
        }
        if not operations:
            raise UsageError(f"{cls.__qualname__} has no operations", hint="mark its methods with @operation")
        if cls.default_operation is not None and cls.default_operation not in operations:
            raise UsageError(
                f'{cls.__qualname__} has no operation "{cls.default_operation}"',
                hint="see its default_operation",
            )
        about = " ".join((inspect.getdoc(cls) or "").split("\n\n")[0].split()) if cls.__doc__ else ""
        connection = None if configured else connection_schema(cls)
        return Declaration(
            name, cls.category, about, operations, NO_FACTORY, cls.default_operation, connection
        )

    def call(self, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Any:
        """Called by the engine: a Result, or of an async operation something that is awaited for one."""
        signature, _, function = _parts(type(self))[operation]
        if inspect.iscoroutinefunction(function):
            return self._awaited(signature, function, parameters, context)
        with self._telling():
            return signature.given(function(self, **_arguments(signature, parameters, context)))

    async def _awaited(
        self,
        signature: Signature,
        function: Callable[..., Awaitable[Any]],
        parameters: Mapping[str, Any],
        context: CallContext,
    ) -> Result:
        with self._telling():
            return signature.given(await function(self, **_arguments(signature, parameters, context)))

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except (ToolError, Cancelled):
            raise
        except Exception as error:
            if not self.is_retryable(error):
                raise
            message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise ToolError(message, type="unavailable", code=type(error).__name__) from error


Part = tuple[Signature, Marked, Callable[..., Any]]
_PARTS = "__weft_parts__"


def _parts(cls: type[Tool]) -> dict[str, Part]:
    """Operations by the name steps call them by; found once a class."""
    if _PARTS not in vars(cls):
        found: dict[str, Part] = {}
        for name in dict.fromkeys(name for base in reversed(cls.__mro__) for name in vars(base)):
            function = inspect.getattr_static(cls, name)
            marked = getattr(getattr(function, "__func__", function), MARK, None)
            if marked is None:
                continue
            if not inspect.isfunction(function):
                raise UsageError(
                    f"{cls.__qualname__}.{name} is no plain method",
                    hint="put @operation before a plain method",
                )
            told = marked.name or name
            if told in found:
                raise UsageError(f'{cls.__qualname__} has two operations "{told}"')
            found[told] = (Signature(function, bound=False, result=marked.result), marked, function)
        setattr(cls, _PARTS, found)
    parts: dict[str, Part] = vars(cls)[_PARTS]
    return parts


def of_function(function: Callable[..., Any]) -> type[Tool]:
    """A tool class whose one operation is a function. Raises UsageError where its signature can be no operation's."""
    marked = getattr(function, MARK, Marked())
    name = marked.name or (function.__name__ if function.__name__.isidentifier() else "call")
    if inspect.iscoroutinefunction(function):

        async def called(_self: Tool, **arguments: Any) -> Any:
            return await function(**arguments)
    else:

        def called(_self: Tool, **arguments: Any) -> Any:  # type: ignore[misc]  # one of the two is made
            return function(**arguments)

    made = type(function.__name__, (Tool,), {"__doc__": function.__doc__})
    setattr(made, _PARTS, {name: (Signature(function, result=marked.result), marked, called)})
    return made


def _spec(signature: Signature, marked: Marked, function: Callable[..., Any]) -> OperationSpec:
    return OperationSpec(
        description=signature.description,
        parameters=signature.parameters,
        result=signature.result,
        lane="async" if inspect.iscoroutinefunction(function) else "blocking",
        timeout_seconds=marked.timeout_seconds,
        permissions=marked.permissions,
        repeatable=marked.repeatable,
    )


def _arguments(signature: Signature, parameters: Mapping[str, Any], context: CallContext) -> dict[str, Any]:
    arguments = signature.arguments(parameters)
    return {**arguments, signature.context: context} if signature.context else arguments


def connection_schema(cls: type[Tool]) -> JsonSchema | None:
    """JSON Schema of what `configure` takes; None for a tool that has none of its own."""
    return None if cls.configure is Tool.configure else Signature(cls.configure, bound=False).parameters


def configured(cls: type[Tool], settings: Mapping[str, Any]) -> Tool:
    """A new tool with the settings of a connection. Raises UsageError where `configure` does not take them."""
    tool = cls()
    if cls.configure is Tool.configure:
        return tool
    signature = Signature(cls.configure, bound=False)
    known = signature.parameters.get("properties", {})
    own = {name: value for name, value in settings.items() if name in known or name not in _OURS}
    try:
        tool.configure(**signature.arguments(own))
    except ToolError as error:
        raise UsageError(f"{cls.__qualname__}.configure: {error.message}", hint=error.hint) from error
    return tool
