"""The shipped workflows that work on files and run programs."""

from __future__ import annotations

import hashlib
import os
import tarfile
import time
from pathlib import Path

import pytest
from specs_project import Run, message

DAY = 86_400


@pytest.fixture
def logs(project: Path) -> Path:
    """Four files, 50, 40, 30 and 0 days old, two with names that are unkind to programs."""
    folder = project / "logs"
    folder.mkdir()
    for name, days in (("-rf.log", 50), ("b c.log", 40), ("d.log", 30), ("new.log", 0)):
        (folder / name).write_text("12345")
        os.utime(folder / name, (time.time() - days * DAY - 60,) * 2)
    return folder


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_nothing_is_removed_unless_that_is_said(run: Run, logs: Path) -> None:
    result = run("clean-old-files", pattern="logs/*.log", days=35)
    assert result["outputs"] == {"old": ["logs/-rf.log", "logs/b c.log"], "bytes": 10, "removed": 0}
    assert len(_names(logs)) == 4


def test_old_files_are_removed(run: Run, logs: Path) -> None:
    result = run("clean-old-files", pattern="logs/*.log", days=35, remove=True)
    assert result["outputs"]["removed"] == 2
    assert _names(logs) == ["d.log", "new.log"]


def test_the_newest_are_kept_however_old(run: Run, logs: Path) -> None:
    result = run("clean-old-files", pattern="logs/*.log", days=1, keep=3, remove=True)
    assert result["outputs"]["old"] == ["logs/-rf.log"]
    assert _names(logs) == ["b c.log", "d.log", "new.log"]


def test_more_files_than_allowed_are_all_left(run: Run, logs: Path) -> None:
    result = run("clean-old-files", code=4, pattern="logs/*.log", days=35, remove=True, max_files=1)
    assert message(result, "too_many") == "2 files would be removed, at most 1 may; raise `max_files`"
    assert len(_names(logs)) == 4


def test_files_outside_of_the_project_are_not_listed(run: Run, logs: Path) -> None:
    result = run("clean-old-files", code=4, pattern="../*", days=1, remove=True)
    assert message(result, "files") == '"../*" leads out of the project folder'


def test_a_folder_becomes_an_archive_with_its_sum(run: Run, project: Path) -> None:
    (project / "data/cache").mkdir()
    (project / "data/cache/a").write_text("a")
    (project / "data/b c.tmp").write_text("b")
    (project / "data/it's").write_text("c")
    outputs = run("backup-folder", folder="data/", to="data/kept", exclude=["*c.tmp", "cache"])["outputs"]
    archive = project / outputs["archive"]
    assert outputs["sha256"] == hashlib.sha256(archive.read_bytes()).hexdigest()
    assert Path(f"{archive}.sha256").read_text() == f"{outputs['sha256']}  {archive.name}\n"
    assert _names(archive.parent) == [archive.name, f"{archive.name}.sha256"]
    with tarfile.open(archive) as packed:
        files = sorted(member.name for member in packed.getmembers() if member.isfile())
    assert files == ["data/it's", "data/orders.csv", "data/torn.csv"]
    assert outputs["files"] == 3


def test_a_backup_that_fails_leaves_nothing(run: Run, project: Path) -> None:
    result = run("backup-folder", code=4, folder="dta")
    assert message(result, "pack") == 'the command ended with exit 1: there is no folder "dta"'
    assert not (project / "backups").exists()


@pytest.mark.parametrize("folder", ["/etc", "../x", "data/../../x", "-rf"])
def test_a_backup_stays_in_the_project(folder: str, run: Run) -> None:
    assert (
        f'input "folder" cannot be "{folder}"'
        in run("backup-folder", code=2, folder=folder)["error"]["message"]
    )


def test_the_fallback_is_left_alone_when_the_first_program_succeeds(run: Run, project: Path) -> None:
    result = run(
        "run-script-with-fallback", argv=["head", "-1", "orders.csv"], cwd="data", fallback=["touch", "x"]
    )
    assert result["outputs"] == {"ran": "first", "stdout": "id,name,amount\n", "because": None}
    assert not (project / "data/x").exists()


def test_the_fallback_takes_the_place_of_a_program_that_is_not_there(run: Run) -> None:
    result = run(
        "run-script-with-fallback", argv=["no-such"], fallback=["sh", "-c", 'printf "%s" "$WEFT_BECAUSE"']
    )
    because = 'no program "no-such"'
    assert result["status"] == "succeeded"
    assert result["outputs"]["ran"] == "fallback"
    assert because in result["outputs"]["because"]
    assert result["outputs"]["stdout"] == result["outputs"]["because"]


@pytest.mark.slow
def test_a_program_is_tried_three_times_before_its_fallback(run: Run, project: Path) -> None:
    result = run(
        "run-script-with-fallback", argv=["sh", "-c", "echo . >> tries; exit 3"], fallback=["echo", "old"]
    )
    assert (project / "tries").read_text() == ".\n" * 3
    assert result["outputs"] == {
        "ran": "fallback",
        "stdout": "old\n",
        "because": "the command ended with exit 3",
    }


def test_the_run_fails_when_both_programs_do(run: Run) -> None:
    result = run("run-script-with-fallback", code=4, argv=["no-such"], fallback=["no-other"])
    assert result["status"] == "failed"
    assert 'no program "no-other"' in message(result, "second")
