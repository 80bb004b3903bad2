"""Where a spec belongs: its project folder, the journal's store, the folder of a run."""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from pathlib import Path

from engine.spec.shipped import shipped

PROJECT_FILE = "weft.toml"
STORE_DEFAULT = ".weft/weft.db"
MEMORY = "memory"


def project_folder(spec: Path) -> Path:
    """The nearest folder upwards from a spec file that holds `weft.toml`, else the file's own."""
    own = own_folder(spec)
    file = nearest_project_file(own)
    return own if file is None else file.parent


def own_folder(spec: Path) -> Path:
    """The folder a spec file belongs to.

    A spec that ships with the engine works on the files of whoever runs it: it belongs to the working folder.
    """
    own = spec.resolve().parent
    return Path.cwd() if own == shipped("specs").resolve() else own


def nearest_project_file(folder: Path) -> Path | None:
    """The project file of a folder or of the nearest one above it; None where there is none."""
    for around in (folder, *folder.parents):
        if (around / PROJECT_FILE).is_file():
            return around / PROJECT_FILE
    return None


def store_name(given: str | None, project: str | None = None) -> str:
    """The store to use: what was given, else `WEFT_STORE`, else the project's, else `.weft/weft.db` in the working folder."""
    return given or os.environ.get("WEFT_STORE") or project or STORE_DEFAULT


def store_option(store: str) -> str:
    """` --store URL` for a command that is shown to the user; empty for the store that is used without. No password."""
    if store == store_name(None):
        return ""
    return " --store " + shlex.quote(re.sub(r"(://[^:/@]*):[^/]*@", r"\1:***@", store))


def run_folder(run_id: str, store: str) -> Path:
    """A run's own folder: beside the default store; for a run in memory below the system's temporary folder."""
    if store == MEMORY:
        return Path(tempfile.gettempdir()) / f"weft-{run_id}"
    return Path.cwd() / ".weft" / "runs" / run_id
