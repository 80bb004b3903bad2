"""A file's bytes to a tree: what may be opened, how it is decoded, which reader reads it.

Laws: only regular files are opened; a wrong call (no such file, a folder) is a UsageError, everything wrong
with the content is a Diagnostic; the collector rests while a tree is built. Refuses to know what a workflow
is.
"""

from __future__ import annotations

import codecs
import gc
import os
import re
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

from engine.diagnostics import Diagnostic, Diagnostics, problem
from engine.errors import UsageError
from engine.spec import limits
from engine.spec.tree import Tree
from engine.text import Source, Span, suggestion

Form = Literal["yaml", "json"]

_SIBLINGS_MAX = 1000
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SURROGATES = range(0xD800, 0xE000)
_NOT_JSON = re.compile("[\0\ud800-\udfff]")
_BOMS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_KINDS = (
    (stat.S_ISDIR, "directory"),
    (stat.S_ISFIFO, "FIFO"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISBLK, "device"),
    (stat.S_ISCHR, "device"),
)


def load(path: Path | str, *, name: str | None = None) -> tuple[Tree | None, Diagnostics]:
    """Read and load a file; `name` is what diagnostics show. `.json` is JSON, everything else YAML.

    Raises UsageError when the file cannot be opened as a regular file.
    """
    source, problems = read_source(path, name=name)
    if source is None:
        return None, problems
    return load_source(source, form_of(path))


def load_text(text: str | bytes, name: str, form: Form = "yaml") -> tuple[Tree | None, Diagnostics]:
    """Load a text that is already here; bytes are decoded as a file's would be."""
    source, problems = _decoded(text, name)
    if source is None:
        return None, problems
    return load_source(source, form)


def form_of(path: Path | str) -> Form:
    return "json" if str(path).lower().endswith(".json") else "yaml"


def read_source(path: Path | str, *, name: str | None = None) -> tuple[Source | None, Diagnostics]:
    """The decoded text of a file, which shows its lines under a problem even where there is no tree."""
    shown = str(path) if name is None else name
    data = _read(path)
    return (None, _too_large(shown)) if data is None else _decoded(data, shown)


def load_source(source: Source, form: Form) -> tuple[Tree | None, Diagnostics]:
    """The tree of a text, with every problem of its form."""
    wrong = (_NOT_JSON if form == "json" else _NOT_YAML).search(source.text)
    if wrong:
        code = ord(wrong[0])
        kind = "character" if code not in _SURROGATES else "lone surrogate"
        message = f"the {kind if code else 'NUL'} U+{code:04X} is not allowed in a {form.upper()} file"
        return None, Diagnostics([problem("WF113", message, source.span(*wrong.span()), "remove it")])
    resting = gc.isenabled()
    gc.disable()  # hundreds of thousands of new containers, none of them garbage
    try:
        return _reader(form)(source)
    finally:
        if resting:
            gc.enable()


def _reader(form: Form) -> Callable[[Source], tuple[Tree | None, Diagnostics]]:
    if form == "json":
        from engine.spec.reading.json_reader import read_json

        return read_json
    from engine.spec.reading.yaml_reader import read_yaml

    return read_yaml


def _read(path: Path | str) -> bytes | None:
    """The bytes of a regular file; None when there are too many."""
    shown = str(path)
    try:
        _refuse_irregular(shown, os.stat(path).st_mode)
        # Another file may have taken the name since: O_NONBLOCK keeps a FIFO from hanging, fstat looks again.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            _refuse_irregular(shown, status.st_mode)
            if status.st_size > limits.SIZE_MAX_BYTES:
                return None
            data = file.read(limits.SIZE_MAX_BYTES + 1)  # it may grow, and /proc tells no size
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(f'no such file: "{shown}"', hint=_siblings_like(Path(path))) from error
    except (OSError, ValueError) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        raise UsageError(f'cannot read "{shown}": {reason.lower()}') from error
    return data if len(data) <= limits.SIZE_MAX_BYTES else None


def _refuse_irregular(shown: str, mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    kind = next((name for test, name in _KINDS if test(mode)), "special file")
    raise UsageError(f'"{shown}" is a {kind}, not a regular file', hint="name a .yaml or .json file")


def _siblings_like(path: Path) -> str | None:
    try:
        specs = spec_names(path.parent)
    except OSError:
        return f'there is no directory "{path.parent}"'
    return file_suggestion(path.name, specs, lambda name: str(path.parent / name))


def file_suggestion(name: str, known: Iterable[str], shown: Callable[[str], str]) -> str | None:
    """A hint for a misspelt file: only what stands before the endings is compared, which are alike in all of them."""
    stems = {one.partition(".")[0]: one for one in known}
    return suggestion(name.partition(".")[0], stems, lambda stem: shown(stems[stem]))


def spec_names(folder: Path) -> list[str]:
    """The names of a folder's first files that may hold specs. Raises OSError."""
    with os.scandir(folder) as entries:
        names = [entry.name for _, entry in zip(range(_SIBLINGS_MAX), entries, strict=False)]
    return [name for name in names if name.lower().endswith((".yaml", ".yml", ".json"))]


def _decoded(text: str | bytes, name: str) -> tuple[Source | None, Diagnostics]:
    if isinstance(text, str):
        # Code points are at most four bytes, so only a text near the limit is encoded to be measured.
        if (
            len(text) * 4 > limits.SIZE_MAX_BYTES
            and len(text.encode("utf-8", "replace")) > limits.SIZE_MAX_BYTES
        ):
            return None, _too_large(name)
        return Source(name, text.removeprefix("\ufeff")), Diagnostics()
    if len(text) > limits.SIZE_MAX_BYTES:
        return None, _too_large(name)
    other = _other_encoding(text)
    if other:
        message = f"the file is {other}, not UTF-8"
        return None, Diagnostics([problem("WF101", message, Span(name, 1, 1, 1, 1), "save it as UTF-8")])
    try:
        return Source(name, text.decode("utf-8").removeprefix("\ufeff")), Diagnostics()
    except UnicodeDecodeError as error:
        return None, Diagnostics([_bad_byte(text, error, name)])


def _other_encoding(data: bytes) -> str | None:
    for mark, name in _BOMS:
        if data.startswith(mark):
            return name
    # Without a mark, the zeros of the first ASCII characters tell.
    zeros = tuple(byte == 0 for byte in data[:4])
    if zeros in ((True, True, True, False), (False, True, True, True)):
        return "UTF-32"
    return "UTF-16" if zeros in ((True, False, True, False), (False, True, False, True)) else None


def _bad_byte(data: bytes, error: UnicodeDecodeError, name: str) -> Diagnostic:
    before = Source(name, data[: error.start].decode("utf-8").removeprefix("\ufeff"))
    line, column = before.position(len(before.text))
    message = f"byte 0x{data[error.start]:02x} is not UTF-8"
    return problem("WF101", message, Span(name, line, column, line, column + 1), "save the file as UTF-8")


def _too_large(name: str) -> Diagnostics:
    size = f"{limits.SIZE_MAX_BYTES // (1024 * 1024)} MiB"
    return Diagnostics(
        [problem("WF107", f"the file is larger than {size}", Span(name, 1, 1, 1, 1), "split it")]
    )
