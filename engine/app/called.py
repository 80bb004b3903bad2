"""The files that a spec calls: found beside it on disk, or as they were stored with a run.

A key is a file's path from the folder of the spec that was asked for, with `/` and without `.`: the same on disk and in a
store, so a run goes on with the texts it began with. Opens nothing outside the project.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from engine.diagnostics import Diagnostics
from engine.errors import UsageError
from engine.spec.load import read_source, spec_names
from engine.text import Source


class Texts(Protocol):
    """Where the texts of called files come from."""

    def read(self, key: str) -> tuple[Source | None, Diagnostics]:
        """The text of a file, and what is wrong with its form. Raises UsageError where there is none."""

    def beside(self, key: str) -> list[str]:
        """The keys of the specs in the folder where that one was looked for."""


class DiskTexts:
    """Files beside a spec. `shown` is how diagnostics name the spec's folder, `around` the folders they may lie in."""

    def __init__(self, folder: Path, shown: str, around: list[Path]) -> None:
        self._folder = folder
        self._shown = shown
        self._around = [one.resolve() for one in (folder, *around)]

    def read(self, key: str) -> tuple[Source | None, Diagnostics]:
        path = self._folder / key
        real = path.resolve()
        if not any(real.is_relative_to(around) for around in self._around):
            hint = "a project is the folder of weft.toml, else of the spec"
            raise UsageError(f'"{key}" lies outside of the project', hint=hint)
        name = os.path.normpath(os.path.join(self._shown, key))
        if not path.exists() and path.parent.is_dir():
            raise UsageError(f'no such file: "{name}"')
        return read_source(path, name=name)

    def beside(self, key: str) -> list[str]:
        folder = posixpath.dirname(key)
        try:
            names = spec_names((self._folder / key).parent)
        except OSError:
            return []
        return [posixpath.join(folder, name) for name in names]


class StoredTexts:
    """Texts by key, as a run or a template keeps them."""

    def __init__(self, texts: Mapping[str, str], shown: str = "") -> None:
        self._texts = texts
        self._shown = shown

    def read(self, key: str) -> tuple[Source | None, Diagnostics]:
        text = self._texts.get(key)
        if text is None:
            raise UsageError(f'no such file: "{key}"')
        return Source(os.path.normpath(os.path.join(self._shown, key)), text), Diagnostics()

    def beside(self, key: str) -> list[str]:
        return list(self._texts)


def key_from(caller: str, written: str) -> str:
    """The key of the file that `written` means in the file `caller`."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(caller), written))


def is_path(written: str) -> bool:
    """Whether a step's `workflow` means a file; else it is a name from `workflows`."""
    return "/" in written or written.lower().endswith((".yaml", ".yml", ".json"))
