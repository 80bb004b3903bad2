"""Values of numpy, pandas, polars and arrow -> plain Python, without importing any of them.

Law: a value can only come from a library that is loaded, so its class's module tells which one it is, and
`sys.modules` holds the library. What comes out may still hold dates, decimals or NaN; `jsonable` goes on with
it. A frame becomes its records (a list of mappings); named levels of a pandas index become columns first, an
unnamed index is left out. A series or array becomes a list.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

NOT_MINE: Any = object()
"""The answer for a value that comes from none of these libraries."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """A value of one of these libraries that has no plain form, and why."""

    message: str
    hint: str | None = None


def plain(value: Any) -> Any:
    """`value` in plain Python, `Unfit`, or NOT_MINE."""
    for base in type(value).__mro__:
        convert = _LIBRARIES.get(base.__module__.partition(".")[0])
        if convert is not None:
            answer = convert(value)
            if answer is not NOT_MINE:
                return answer
    return NOT_MINE


def scalar(value: Any) -> Any:
    """A numpy, pandas or arrow scalar in plain Python; any other value as it is."""
    found = plain(value)
    return value if found is NOT_MINE or isinstance(found, (Unfit, list)) else found


def _numpy(value: Any) -> Any:
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return NOT_MINE
    if isinstance(value, numpy.ma.MaskedArray):
        return value.tolist()
    if isinstance(value, numpy.ndarray):
        if value.dtype.names:
            return [dict(zip(value.dtype.names, row, strict=True)) for row in value.tolist()]
        return _numpy_coarse(numpy, value).tolist()
    if isinstance(value, (numpy.datetime64, numpy.timedelta64)):
        return _numpy_coarse(numpy, value).item()
    if isinstance(value, numpy.floating):
        return float(value)
    if isinstance(value, numpy.generic):
        item = value.item()
        return NOT_MINE if isinstance(item, numpy.generic) else item
    return NOT_MINE


def _numpy_coarse(numpy: Any, value: Any) -> Any:
    """Times no finer than microseconds: below that, numpy gives bare integers for them."""
    if value.dtype.kind in "mM" and numpy.datetime_data(value.dtype)[0] in ("ns", "ps", "fs", "as"):
        return value.astype(f"{value.dtype.kind}8[us]")
    return value


def _pandas(value: Any) -> Any:
    pandas = sys.modules.get("pandas")
    if pandas is None:
        return NOT_MINE
    if value is pandas.NA or value is pandas.NaT:
        return None
    if isinstance(value, pandas.DataFrame):
        return _pandas_records(value)
    if isinstance(value, (pandas.Series, pandas.Index, pandas.api.extensions.ExtensionArray)):
        return value.tolist()
    if isinstance(value, pandas.Period):
        return str(value)
    return NOT_MINE


def _pandas_records(frame: Any) -> Any:
    if any(name is not None for name in frame.index.names):
        unnamed = [i for i, name in enumerate(frame.index.names) if name is None]
        frame = frame.reset_index(level=unnamed, drop=True) if unnamed else frame
        clash = [name for name in frame.index.names if name in frame.columns]
        if clash:
            return Unfit(f"the frame's index and a column are both named {clash[0]!r}", "rename one of them")
        frame = frame.reset_index()
    names = list(frame.columns)
    if len(set(names)) < len(names):
        return _twice(names)
    return frame.to_dict(orient="records")


def _polars(value: Any) -> Any:
    name = type(value).__name__
    if name == "DataFrame":
        return value.to_dicts()
    if name == "Series":
        return value.to_list()
    if name == "LazyFrame":
        return Unfit("a polars LazyFrame holds no rows yet", "return frame.collect()")
    return NOT_MINE


def _pyarrow(value: Any) -> Any:
    names = getattr(getattr(value, "schema", None), "names", None)
    if names is not None and len(set(names)) < len(names):
        return _twice(names)
    for method in ("to_pylist", "as_py"):
        if hasattr(value, method):
            return getattr(value, method)()
    return NOT_MINE


def _twice(names: list[Any]) -> Unfit:
    repeated = next(name for name in names if names.count(name) > 1)
    return Unfit(f"the frame has two columns named {str(repeated)!r}", "rename one of them")


_LIBRARIES: dict[str, Callable[[Any], Any]] = {
    "numpy": _numpy,
    "pandas": _pandas,
    "polars": _polars,
    "pyarrow": _pyarrow,
}
