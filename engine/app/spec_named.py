"""What the SPEC of a command line stands for: a file, or `template:NAME[@hash]`. Opens a store for a template only."""

from __future__ import annotations

from pathlib import Path

from engine.app.checking import Checked, check_file

PREFIX = "template:"


def find_spec(spec: Path, *, store: str | None = None, profile: str | None = None) -> tuple[Checked, Path]:
    """The spec checked, and the path that it is run under.

    Raises UsageError where there is no such file or template, StoreError where a template's store cannot be read.
    """
    if not str(spec).startswith(PREFIX):
        return check_file(spec, profile=profile), spec
    from engine.app.templates import check_template

    return check_template(str(spec), store=store, profile=profile)


def check_spec(spec: Path, *, store: str | None = None, profile: str | None = None) -> Checked:
    """`find_spec` for those who run nothing."""
    return find_spec(spec, store=store, profile=profile)[0]
