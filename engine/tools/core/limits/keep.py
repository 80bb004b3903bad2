"""Limits read, set on this process for a while, and told where one of them was hit.

Laws: only soft limits are changed here, and put back; none is widened. Memory is address space, as `ulimit -v` counts it. Each
process has memory, processor time and open files for itself; `processes` counts all tasks of the user, and root is not bound.
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from engine.errors import ToolError

_BYTES = {"k": 1024, "m": 1024**2, "g": 1024**3}
_SAID = {  # how programs, of whatever language, tell that the system refused
    "memory": ("memoryerror", "cannot allocate memory", "out of memory", "bad_alloc", "memory exhausted"),
    "open_files": ("too many open files",),
    "processes": ("resource temporarily unavailable", "cannot fork", "can't start new thread"),
}
_ERRNO = {errno.ENOMEM: "memory", errno.EMFILE: "open_files", errno.EAGAIN: "processes"}


class Limits(NamedTuple):
    """`memory` in bytes. None: no limit of the author's."""

    memory: int | None = None
    cpu_seconds: int | None = None
    processes: int | None = None
    open_files: int | None = None

    def settings(self) -> list[tuple[int, int]]:
        """(resource, most) for `resource.setrlimit`, in a process that has used no processor time yet."""
        most = {
            resource.RLIMIT_AS: self.memory,
            resource.RLIMIT_CPU: self.cpu_seconds,
            resource.RLIMIT_NPROC: None if self.processes is None else self.processes + _tasks_of_user(),
            resource.RLIMIT_NOFILE: self.open_files,
        }
        return [(number, value) for number, value in most.items() if value is not None]

    def unkept(self) -> list[str]:
        """What the system does not keep, as warnings."""
        if self.processes is not None and os.geteuid() == 0:
            return ["the limit of processes is not kept: it does not bind root"]
        return []

    def told(self, name: str) -> str:
        """`its limit of 512 MiB of memory`."""
        value = getattr(self, name)
        if name == "memory":
            return f"its limit of {_size(value)} of memory"
        if name == "cpu_seconds":
            return f"its limit of {value:,} s of processor time"
        return f"its limit of {value:,} {name.replace('_', ' ')}"


def read(value: Any) -> Limits:
    """The parameter `limits`. Raises ToolError of type `invalid` for what the schema refuses; None is no limit at all."""
    if value is None:
        return Limits()
    if not isinstance(value, Mapping) or not value.keys() <= set(Limits._fields):
        raise ToolError(f'"limits" has {" ".join(Limits._fields)}', type="invalid", code="limits")
    return Limits(**{name: _number(name, item) for name, item in value.items()})


def _number(name: str, value: Any) -> int:
    text = str(value).lower().replace(" ", "").removesuffix("b").removesuffix("i")
    unit = _BYTES.get(text[-1:], 1) if name == "memory" and isinstance(value, str) else 1
    digits = text[:-1] if unit > 1 else text
    if isinstance(value, bool) or not digits.isdecimal() or not int(digits):
        raise ToolError(f'"{value}" is no limit of {name.replace("_", " ")}', type="invalid", code="limits")
    return int(digits) * unit


@contextlib.contextmanager
def kept(limits: Limits) -> Iterator[None]:
    """Within the block this process has the limits; it must have no other work to do."""
    before: list[tuple[int, tuple[int, int]]] = []
    try:
        for number, most in limits.settings():
            soft, hard = resource.getrlimit(number)
            most += int(time.process_time()) if number == resource.RLIMIT_CPU else 0
            before.append((number, (soft, hard)))
            ceilings = [value for value in (soft, hard) if value != resource.RLIM_INFINITY]
            resource.setrlimit(number, (min([most, *ceilings]), hard))
        yield
    finally:
        for number, pair in before:
            resource.setrlimit(number, pair)


def hit(limits: Limits, error: BaseException) -> str | None:
    """The name of the limit that an exception tells of, if one does."""
    name = None
    if isinstance(error, MemoryError):
        name = "memory"
    elif isinstance(error, OSError):
        name = _ERRNO.get(error.errno or 0)
    elif isinstance(error, RuntimeError) and "start new thread" in str(error):
        name = "processes" if limits.processes is not None else "memory"
    return name if name is not None and getattr(limits, name) is not None else None


def hint(limits: Limits, said: str) -> str | None:
    """What a program that failed may have met, by what it said."""
    lower = said.lower()
    for name, words in _SAID.items():
        if getattr(limits, name) is not None and any(word in lower for word in words):
            return f"it may have reached {limits.told(name)}"
    return None


def _size(count: int) -> str:
    for unit, size in (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024)):
        if count % size == 0:
            return f"{count // size:,} {unit}"
    return f"{count:,} bytes"


def _tasks_of_user() -> int:
    """Processes and their threads that the user has now, as the system counts them."""
    user, count = os.getuid(), 0
    for entry in Path("/proc").iterdir() if os.path.isdir("/proc") else ():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and entry.stat().st_uid == user:
                count += len(os.listdir(entry / "task"))
    return count
