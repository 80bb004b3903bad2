"""What a filter or test is called with, read from the function that does the work.

Laws: the parameters an author may write are the function's own, in order, after the evaluation and the value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

REQUIRED: Any = object()


class Signature(NamedTuple):
    """`run(evaluation, value, *arguments)`; `defaults` has one entry per name, REQUIRED where an argument
    must be given.

    `gives`: the static type of the answer, None when it depends on data. `lenient`: the value may be missing.
    """

    run: Callable[..., Any]
    gives: str | None
    names: tuple[str, ...]
    defaults: tuple[Any, ...]
    lenient: bool


def signature(run: Callable[..., Any], gives: str | None = None, *, lenient: bool = False) -> Signature:
    """The signature of a function `(evaluation, value, …)`."""
    code = run.__code__
    names = code.co_varnames[2 : code.co_argcount]
    given = run.__defaults__ or ()
    defaults = (REQUIRED,) * (len(names) - len(given)) + given
    return Signature(run, gives, names, defaults, lenient)
