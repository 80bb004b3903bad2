"""Paths that a spec names, kept inside the project folder: how every tool opens, lists and writes files.

Laws: a path is relative to the root, and what it leads to after every symlink lies inside the root; only
regular files are read or replaced, so a FIFO or a device can never hold a step up. The answer to "is it
inside" is asked of the file already opened, not of its name, so a link swapped in between changes nothing.
Knows no file format.

Refusals are ToolError: `permission` for what lies outside or is no regular file, `not_found` with the nearest
names.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NoReturn

from engine.errors import ToolError
from engine.text.nearest import suggestion

PROJECT_FILE = "weft.toml"
"""What no step replaces: its policy would be worth nothing if those it binds could write it."""
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def confine(path: str, root: Path) -> Path:
    """Where `path` leads, absolute and free of symlinks; it need not exist. Raises ToolError if outside
    `root`."""
    if not path or "\0" in path:
        raise ToolError(f"{path!r} is not a path", type="invalid", code="path")
    home = os.path.realpath(root)
    target = os.path.realpath(os.path.join(home, path))
    if not _inside(target, home):
        _refuse_outside(path)
    return Path(target)


def confine_folder(path: str, root: Path) -> Path:
    """As `confine`, for a folder that must exist."""
    target = confine(path, root)
    with translated(path, target):
        mode = target.stat().st_mode
    if not stat.S_ISDIR(mode):
        raise ToolError(f'"{path}" is not a folder', type="invalid", code="path")
    return target


@contextlib.contextmanager
def open_to_read(path: str, root: Path) -> Iterator[IO[bytes]]:
    """A regular file inside `root`, open for reading bytes. Raises ToolError."""
    target = confine(path, root)
    with translated(path, target):
        _require_regular(path, target.stat().st_mode)  # opening some devices has effects: look before
        descriptor = os.open(target, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        _require_regular(path, os.fstat(descriptor).st_mode)
        _require_still_inside(descriptor, path, root)
        yield stream


@contextlib.contextmanager
def replace_atomically(path: str, root: Path) -> Iterator[IO[bytes]]:
    """A file to write that takes the place of `path` when the block ends well, and vanishes when it does not.

    Missing folders are made. Whoever reads `path` meanwhile sees the old file or the new one, never a part;
    once the block is left the new one is on the disk. An existing file's permissions are kept. Raises
    ToolError.
    """
    target = confine(path, root)
    if target.name.lower() == PROJECT_FILE:
        hint = "it says what steps may do; write it yourself"
        raise ToolError(f'"{path}" is a project file', type="permission", code="path", hint=hint)
    with translated(path, target):
        mode = _mode_to_keep(path, target)
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _require_still_inside(folder, path, root)
        with translated(path, target):
            yield from _write_beside(folder, target.name, mode)
    finally:
        os.close(folder)


def _write_beside(folder: int, name: str, mode: int | None) -> Iterator[IO[bytes]]:
    """Writes a temporary file in the open folder, then renames it to `name`; syncs both.

    Where the file system can, the temporary file has no name until it is complete: killed in the middle, nothing is left.
    """
    temporary = f".weft-{secrets.token_hex(8)}.tmp"
    descriptor, named = _open_temporary(folder, temporary)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            if mode is not None:
                os.fchmod(descriptor, mode)
            yield stream
            stream.flush()
            os.fsync(descriptor)
            if not named:  # open(2), O_TMPFILE: a name is given through /proc
                os.link(f"/proc/self/fd/{descriptor}", temporary, dst_dir_fd=folder, follow_symlinks=True)
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
        raise
    os.fsync(folder)


def _open_temporary(folder: int, name: str) -> tuple[int, bool]:
    """A new file in the folder for writing, and whether it has the name already."""
    unnamed = getattr(os, "O_TMPFILE", None)
    if unnamed is not None and os.path.exists("/proc/self/fd"):
        try:
            return os.open(".", os.O_WRONLY | unnamed | os.O_CLOEXEC, 0o666, dir_fd=folder), False
        except OSError as error:
            if error.errno not in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT):
                raise
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(name, flags, 0o666, dir_fd=folder), True


@contextlib.contextmanager
def translated(path: str, target: Path) -> Iterator[None]:
    """Turns what the operating system says about `target` into ToolError, in the author's words."""
    try:
        yield
    except OSError as error:
        _translate(error, path, target)


def _translate(error: OSError, path: str, target: Path) -> NoReturn:
    code = errno.errorcode.get(error.errno or 0, "OSError")
    said = (error.strerror or str(error)).lower()
    if isinstance(error, FileNotFoundError):
        hint = suggestion(target.name, _names_beside(target))
        raise ToolError(f'there is no file "{path}"', type="not_found", code=code, hint=hint) from error
    if isinstance(error, (PermissionError, IsADirectoryError)) or error.errno in (errno.ELOOP, errno.EROFS):
        raise ToolError(f'"{path}" cannot be opened: {said}', type="permission", code=code) from error
    if error.errno in (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EEXIST):
        raise ToolError(f'"{path}" is not a usable path: {said}', type="invalid", code=code) from error
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        raise ToolError(f'"{path}" cannot be written: {said}', type="unavailable", code=code) from error
    raise ToolError(f'"{path}": {said}', type="failed", code=code) from error


def _names_beside(target: Path) -> list[str]:
    """What may have been meant: hidden names only for a hidden one, so that `.weft` is not offered."""
    hidden = target.name.startswith(".")
    try:
        names = os.listdir(target.parent)
        return sorted(name for name in names if hidden or not name.startswith("."))[:1000]
    except OSError:
        return []  # the folder is not there either: no name to suggest


def _mode_to_keep(path: str, target: Path) -> int | None:
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    _require_regular(path, mode)
    return stat.S_IMODE(mode)


def _require_regular(path: str, mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = next((name for test, name in _KINDS if test(mode)), "a special file")
        raise ToolError(f'"{path}" is {kind}, expected a regular file', type="permission", code="path")


def _require_still_inside(descriptor: int, path: str, root: Path) -> None:
    """The file that was opened, by the kernel's own word where it gives one (Linux), lies inside the root."""
    try:
        opened = os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        return  # no /proc: what `confine` saw a moment ago is what there is to go by
    if not _inside(opened, os.path.realpath(root)):
        _refuse_outside(path)


def _inside(target: str, home: str) -> bool:
    return target == home or target.startswith(home.rstrip("/") + "/")


def _refuse_outside(path: str) -> NoReturn:
    raise ToolError(
        f'"{path}" leads out of the project folder',
        type="permission",
        code="path",
        hint="name a path inside the project folder, relative to it",
    )
