"""The class to derive tools from: methods marked `@operation`, and little else to know."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, get_args

from engine.errors import ToolError, UsageError
from engine.spec.toolspec import Category, Declaration, JsonSchema, OperationSpec, Priority
from engine.tools.framework.settings import SETTING_NAMES
from engine.tools.port import CallContext, Cancelled, Result
from engine.tools.writing.operation import MARK, Marked
from engine.tools.writing.signature import Signature

NO_FACTORY = ""  # no import leads to them: they live in this process, and are made by whoever declared them
_OURS = SETTING_NAMES | {"project_dir"}
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
    `required_permissions` and `required_any_of` hold for every operation, beside what each says itself. `close` is called
    when the run ends, for tools the engine has made. One tool serves several calls at once.
    """

    category: ClassVar[Category]
    """Required: data_access, data_processing, monitoring, integration, communication or security."""
    priority: ClassVar[Priority] = "normal"
    default_operation: ClassVar[str | None] = None
    required_permissions: ClassVar[Collection[str]] = ()
    required_any_of: ClassVar[Collection[str]] = ()

    def configure(self) -> None:
        """Take the settings of a connection: override with parameters of your own."""

    def close(self) -> None:
        """Give back what the tool holds. Called once, when the run ends."""

    def is_retryable(self, error: Exception) -> bool:
        """Whether trying again may help after an exception that is no ToolError: its error type is then `unavailable`."""
        return isinstance(error, (ConnectionError, TimeoutError))

    def health_check(self) -> Any:
        """Whether the tool works: true or false, one of healthy, degraded, unhealthy, unknown, or a mapping of `status`,
        `detail` and `metrics`. May be async. What it raises means unhealthy."""
        return {"status": "unknown", "detail": "has no health check"}

    @classmethod
    def of_settings(cls, settings: Mapping[str, Any]) -> Tool:
        """A new tool with the settings of a connection. Raises UsageError where `configure` does not take them."""
        return configured(cls, settings)

    @classmethod
    def declaration(cls, name: str, *, configured: bool = False, factory: str = NO_FACTORY) -> Declaration:
        """What the tool promises under this name. `configured`: it takes no connection, being configured already;
        `factory`: where the class can be imported from, as `module:Class`.

        Raises UsageError where it has no operations, no category, or a signature can be no operation's.
        """
        _require_classed(cls)
        operations = {
            told: _spec(cls, signature, marked, fn) for told, (signature, marked, fn) in _parts(cls).items()
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
            name,
            cls.category,
            about,
            operations,
            factory,
            cls.default_operation,
            connection,
            priority=cls.priority,
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
            if not _worth_another(self, error):
                raise
            message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise ToolError(message, type="unavailable", code=type(error).__name__) from error


def _worth_another(tool: Tool, error: Exception) -> bool:
    """What the tool says of an error; no, where it cannot even say that: the first error is the one to tell."""
    try:
        return bool(tool.is_retryable(error))
    except Exception:
        return False


def _require_classed(cls: type[Tool]) -> None:
    for word, known in (("category", get_args(Category)), ("priority", get_args(Priority))):
        value = getattr(cls, word, None)
        if value not in known:
            said = f"has no {word}" if value is None else f'has the {word} "{value}"'
            raise UsageError(
                f"{cls.__qualname__} {said}",
                hint=f'write, in the class: {word} = "…", one of {", ".join(known)}',
            )


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

    about = {
        "__doc__": function.__doc__,
        "category": "integration",
        "__module__": function.__module__,
        "__qualname__": function.__qualname__,
    }
    made = type(function.__name__, (Tool,), about)
    setattr(made, _PARTS, {name: (Signature(function, result=marked.result), marked, called)})
    return made


def _spec(
    cls: type[Tool], signature: Signature, marked: Marked, function: Callable[..., Any]
) -> OperationSpec:
    parameters = signature.parameters
    if marked.examples:
        parameters = {**parameters, "examples": [dict(example) for example in marked.examples]}
    return OperationSpec(
        description=signature.description,
        parameters=parameters,
        result=signature.result,
        lane="async" if inspect.iscoroutinefunction(function) else "blocking",
        timeout_seconds=marked.timeout_seconds,
        permissions=tuple(dict.fromkeys((*_several(cls, "required_permissions"), *marked.permissions))),
        any_of=tuple(dict.fromkeys((*_several(cls, "required_any_of"), *marked.any_of))),
        repeatable=marked.repeatable,
    )


def _several(cls: type[Tool], word: str) -> tuple[str, ...]:
    value = getattr(cls, word)
    if isinstance(value, str):
        raise UsageError(f"{word} of {cls.__qualname__} is one text", hint=f"write several: ({value!r},)")
    return tuple(value)


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
