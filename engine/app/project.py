"""Where a spec belongs: its project folder, the journal's store, the folder of a run."""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from pathlib import Path

from engine.app.project_file import Project, nearest_project_file, own_folder, project_here
from engine.errors import UsageError

STORE_DEFAULT = ".weft/weft.db"
MEMORY = "memory"


def project_folder(spec: Path) -> Path:
    """The nearest folder upwards from a spec file that holds `weft.toml`, else the file's own."""
    own = own_folder(spec)
    file = nearest_project_file(own)
    return own if file is None else file.parent


def store_name(given: str | None, project: Project | None = None) -> str:
    """The store to use: what was given, else `WEFT_STORE`, else the project's (None: that of the working folder), else
    `.weft/weft.db` in the working folder. Raises UsageError for a project file that is wrong."""
    named = given or os.environ.get("WEFT_STORE")
    return named or (project_here() if project is None else project).store or STORE_DEFAULT


def store_option(store: str) -> str:
    """` --store URL` for a command that is shown to the user; empty for the store that is used without. No password."""
    if _is_usual(store):
        return ""
    return " --store " + shlex.quote(re.sub(r"(://[^:/@]*):[^/]*@", r"\1:***@", store))


def _is_usual(store: str) -> bool:
    try:
        return store == store_name(None)
    except UsageError:
        return (
            False  # the project file of the working folder is wrong: without --store the command would say so
        )


def run_folder(run_id: str, store: str) -> Path:
    """A run's own folder: beside the default store; for a run in memory below the system's temporary folder."""
    if store == MEMORY:
        return Path(tempfile.gettempdir()) / f"weft-{run_id}"
    return Path.cwd() / ".weft" / "runs" / run_id
