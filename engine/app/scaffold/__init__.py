"""A project to start from: its files, written into a folder. Never overwrites; writes all of them or none.

The files stand in `files/` as they will be, apart from names that would mean something where they lie (`.gitignore`).
The orders are made here: a thousand rows from a formula, the same every time.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.errors import UsageError
from engine.spec.shipped import shipped

_FILES = Path(__file__).parent / "files"
_SAME = {
    "hello.weft.yaml": "hello.weft.yaml",
    "hello.py": "hello.py",
    "weft.toml": "weft.toml",
    ".gitignore": "gitignore",
    "README.md": "readme.md",
    ".github/workflows/weft.yml": "github/weft.yml",
}
_COUNTRIES = ("de", "fr", "it", "no", "pl", "se")
ORDERS = 1000


def project_files() -> dict[str, bytes]:
    """Every file of a new project by its path."""
    files = {name: (_FILES / source).read_bytes() for name, source in _SAME.items()}
    files["data/orders.csv"] = "".join(_orders()).encode()
    files["schemas/workflow.schema.json"] = (shipped("schemas") / "workflow.schema.json").read_bytes()
    return dict(sorted(files.items()))


def _orders() -> Iterator[str]:
    yield "id,country,amount\n"
    for number in range(1, ORDERS + 1):
        yield f"{number},{_COUNTRIES[number * number % 7 % 6]},{number * 7919 % 100_003 / 100:.2f}\n"


def write_project(folder: Path) -> list[str]:
    """Write the files into `folder`, which is made where it is missing; the paths written, in order.

    Raises UsageError when one of them exists already (naming all that do) or cannot be written; then nothing is left.
    """
    files = project_files()
    taken = [name for name in files if (folder / name).exists() or (folder / name).is_symlink()]
    if taken:
        there = ", ".join(taken)
        raise UsageError(
            f'in "{folder}" there is already {there}', hint="nothing was written; choose another folder"
        )
    made: list[Path] = []
    try:
        for name, content in files.items():
            _make_folders((folder / name).parent, made)
            with (folder / name).open("xb") as file:
                made.append(folder / name)
                file.write(content)
    except OSError as error:
        _take_back(made)
        raise UsageError(f'cannot write to "{folder}": {error.strerror or error}') from None
    return list(files)


def _make_folders(folder: Path, made: list[Path]) -> None:
    """Make a folder and those around it that are missing, and note each."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir()
        made.append(one)


def _take_back(made: list[Path]) -> None:
    """Remove what this call has made, and nothing else."""
    for path in reversed(made):
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()
