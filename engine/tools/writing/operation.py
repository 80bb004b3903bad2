"""`@operation`: marks a method of a Tool, or a function, as an operation. Imports nothing heavy, builds nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, overload

Function = TypeVar("Function", bound=Callable[..., Any])
MARK = "__weft_operation__"
TIMEOUT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Marked:
    """What the decorator was told. `name` None: the function's own; `result` None: what its return hint says."""

    name: str | None = None
    result: Any = None
    timeout_seconds: float | None = TIMEOUT_SECONDS
    permissions: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    repeatable: bool = False
    examples: tuple[Mapping[str, Any], ...] = ()


@overload
def operation(function: Function, /) -> Function: ...


@overload
def operation(
    *,
    name: str | None = None,
    result: Any = None,
    timeout_seconds: float | None = TIMEOUT_SECONDS,
    permissions: Collection[str] = (),
    any_of: Collection[str] = (),
    repeatable: bool = False,
    examples: Sequence[Mapping[str, Any]] = (),
) -> Callable[[Function], Function]: ...


def operation(
    function: Any = None,
    /,
    *,
    name: str | None = None,
    result: Any = None,
    timeout_seconds: float | None = TIMEOUT_SECONDS,
    permissions: Collection[str] = (),
    any_of: Collection[str] = (),
    repeatable: bool = False,
    examples: Sequence[Mapping[str, Any]] = (),
) -> Any:
    """Make a method of a `Tool`, or a function, an operation that a step can call.

    Its type hints (pydantic models, Optional, Literal, list[…], Annotated[…, Field(…)]) become the schema of the
    parameters, its docstring their descriptions, its return hint the schema of the data. A parameter called `context`,
    or hinted `CallContext`, receives the call's context. An `async` function is awaited, any other is called in a thread.

    `name`: how steps call it (its own name). `result`: the type of the data where the function returns a `Result`.
    `timeout_seconds`: the limit of one attempt unless the spec says another; None: none. `permissions`: the principal
    must hold every one of them, and one of `any_of`. `repeatable`: running it twice with the same parameters is harmless.
    `examples`: parameters that show how it is used; `weft tools NAME` prints the first.
    """
    for several in (permissions, any_of):
        if isinstance(several, str):
            raise TypeError(f"permissions must be several texts, as in [{several!r}]")
    marked = Marked(
        name, result, timeout_seconds, tuple(permissions), tuple(any_of), repeatable, tuple(examples)
    )

    def mark(target: Any) -> Any:
        if not callable(target):
            raise TypeError(f"@operation stands before a function, not before {type(target).__name__}")
        setattr(target, MARK, marked)
        return target

    return mark if function is None else mark(function)
