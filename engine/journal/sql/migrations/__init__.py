"""The numbered steps from nothing to the tables of today: each a `NNNN_name` with `apply(connection)`.

A step that was released is never edited: it declares what it needs by itself and imports no table of today.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import NamedTuple

from sqlalchemy import Connection


class Migration(NamedTuple):
    """One step: its number, its name, and what it does inside a transaction that somebody else opened."""

    version: int
    name: str
    apply: Callable[[Connection], None]


def migrations() -> tuple[Migration, ...]:
    """Every step, in order, numbered 1, 2, 3 …"""
    names = sorted(module.name for module in iter_modules(__path__) if re.match(r"\d{4}_", module.name))
    return tuple(
        Migration(int(name[:4]), name[5:], import_module(f"{__name__}.{name}").apply) for name in names
    )
