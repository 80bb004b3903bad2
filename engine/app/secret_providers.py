"""Where secrets are kept besides the environment: a dotenv file, a folder with a file for each. Read when first asked.

A dotenv file is `NAME=VALUE` lines, nothing else: `export` before it, comments, single quotes (as it stands), double
quotes (`\\n \\r \\t \\" \\\\ \\$` are escapes, several lines may stand in them). Nothing is interpolated. A file or
folder that is not there holds nothing; one that cannot be read, or a line that is none, raises UsageError. No message
shows a value.
"""

from __future__ import annotations

import re
import stat
from pathlib import Path

from engine.errors import UsageError

BYTES_MAX = 1024 * 1024
_NAME = re.compile(r"[A-Za-z0-9_]+")
_KEY = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*")
_EMPTY = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SINGLE = re.compile(r"'([^']*)'")
_BARE = re.compile(r"[^\n]*")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$"}


class DotenvSecrets:
    """The secrets of one dotenv file, under their own names."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, str] | None = None
        self._there = True

    def get(self, name: str) -> str | None:
        if self._values is None:
            text = _text(self._path)
            self._there = text is not None
            self._values = dotenv_values(text or "", str(self._path))
        return self._values.get(name)

    def told(self, name: str) -> str:
        return str(self._path) + ("" if self._there else " (no such file)")

    def way(self, name: str) -> str:
        return f"add a line {name}=VALUE to {self._path}"


class FolderSecrets:
    """A file for each secret, named as the secret; one line break at its end is not part of the value."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> str | None:
        text = _text(self._folder / name) if _NAME.fullmatch(name) else None
        if text is None:
            return None
        return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text

    def told(self, name: str) -> str:
        return str(self._folder / name) + ("" if self._folder.is_dir() else " (no such folder)")

    def way(self, name: str) -> str:
        return f"write it into the file {self._folder / name}"


def dotenv_values(text: str, name: str) -> dict[str, str]:
    """The values of a dotenv text; `name` is what messages call it. The last of several lines for a key holds."""
    text = text.replace("\r\n", "\n")
    values: dict[str, str] = {}
    at = 0
    while at < len(text):
        empty = _EMPTY.match(text, at)
        if empty is not None and empty.end() > at:
            at = empty.end()
            continue
        key = _KEY.match(text, at)
        if key is None:
            raise _refused(text, at, name, "a line must be NAME=VALUE, a comment, or empty")
        values[key[1]], at = _value(text, key.end(), name)
    return values


def _value(text: str, at: int, name: str) -> tuple[str, int]:
    """The value that begins at `at`, and where the next line begins."""
    mark = text[at : at + 1]
    if mark not in ('"', "'"):
        bare = _BARE.match(text, at)
        assert bare is not None
        return re.split(r"(?:^|[ \t])#", bare[0], maxsplit=1)[0].strip(), bare.end() + 1
    quoted = (_DOUBLE if mark == '"' else _SINGLE).match(text, at)
    if quoted is None:
        raise _refused(text, at, name, f"a value that begins with {mark} must end with it")
    rest = _EMPTY.match(text, quoted.end())
    if rest is None:
        raise _refused(text, at, name, "nothing but a comment may stand behind the closing quote")
    if mark == "'":
        return quoted[1], rest.end()
    return re.sub(
        r"\\(.)", lambda found: _escape(found, text, at, name), quoted[1], flags=re.DOTALL
    ), rest.end()


def _escape(found: re.Match[str], text: str, at: int, name: str) -> str:
    if found[1] not in _ESCAPES:
        known = " ".join("\\" + letter for letter in _ESCAPES)
        raise _refused(
            text, at, name, f"an escape in double quotes must be one of {known}; use single quotes"
        )
    return _ESCAPES[found[1]]


def _refused(text: str, at: int, name: str, why: str) -> UsageError:
    line = text.count("\n", 0, at) + 1
    return UsageError(f"{name}:{line}: {why}", hint="the line is not shown: it may hold a secret")


def _text(path: Path) -> str | None:
    """The text of a regular file, None where there is no such file. Raises UsageError where it cannot be read."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise UsageError(f'the secrets in "{path}" cannot be read: it is not a file')
        if about.st_size > BYTES_MAX:
            raise UsageError(f'the secrets in "{path}" cannot be read: it is larger than 1 MiB')
        return path.read_bytes().decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UsageError(
            f'the secrets in "{path}" cannot be read: {(error.strerror or "").lower()}'
        ) from None
    except UnicodeDecodeError:
        raise UsageError(f'the secrets in "{path}" cannot be read: it is not UTF-8') from None
