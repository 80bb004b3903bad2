"""A disk that is really full: a file system of two megabytes in memory, which only root may mount."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from owned_runs import Place, Told

pytestmark = [pytest.mark.services, pytest.mark.slow]  # it needs the rights that CI has

BIG = "y" * 15_000
GROWING = [
    {
        "id": "each",
        "foreach": {"in": "$<inputs.items>", "concurrency": 1},
        "tool": "echo",
        "with": {"value": BIG, "item": "$<item>"},
    },
    {"id": "last", "tool": "echo"},
]
ITEMS = {"inputs": {"items": {"type": "array", "default": list(range(150))}}}


class SmallDisk(Place):
    """A place whose store lies on a disk of its own; `fill` leaves no byte on it."""

    def __init__(self, folder: Path, disk: Path) -> None:
        super().__init__(folder, str(disk / "runs.db"))
        self.disk = disk

    def in_a_process_of_its_own(self, *arguments: str) -> Told:
        """One that is gone when it has answered: it could not write that it lets go of the run."""
        process = self.begin(*arguments)
        out, err = process.communicate(timeout=60)
        return Told(process.returncode, out, err)

    def fill(self) -> None:
        with (
            pytest.raises(OSError, match="No space left"),
            (self.disk / "fill").open("wb", buffering=0) as file,
        ):
            while file.write(b"\0" * 1024):
                continue

    def enlarge(self) -> None:
        (self.disk / "fill").unlink(missing_ok=True)
        _mount("-o", "remount,size=64m", str(self.disk))


def _mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"a small disk cannot be mounted: {done.stderr.strip()}", pytrace=False)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallDisk]:
    monkeypatch.chdir(tmp_path)
    disk = tmp_path / "disk"
    disk.mkdir()
    _mount("-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk))
    yield SmallDisk(tmp_path, disk)
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.mark.parametrize("tried_too_early", [True, False])
def test_a_run_that_fills_its_disk_is_left_and_ends_when_there_is_room(
    small: SmallDisk, tried_too_early: bool
) -> None:
    spec = str(small.spec(GROWING, **ITEMS))
    told = small.in_a_process_of_its_own("run", spec, "--run-id", "it", "--output", "json")
    assert told.code == 5
    assert told.report["error"]["code"] == "RunLeft"
    assert told.report["error"]["message"] == f'run "it" is left: the store {small.store!r} has no room left'
    assert told.err.splitlines()[-1] == f"weft resume it --store {small.store}"
    kept = small.kinds()
    assert kept.count("StepSucceeded") > 10
    assert small.weft("show", "it").code == 0, "it can still be looked at"
    if tried_too_early:
        small.fill()
        again = small.in_a_process_of_its_own("resume", "it")
        assert again.code == 5
        assert f"the store {small.store!r} has no room left" in again.err
        assert small.kinds()[: len(kept)] == kept
    small.enlarge()
    assert small.weft("resume", "it", "--output", "json").code == 0
    ends = small.kinds()
    assert ends[: len(kept)] == kept
    assert (ends.count("StepSucceeded"), ends.count("RunFinished")) == (151, 1)
    assert small.weft("doctor", "--deep").code == 0


def test_a_disk_without_a_byte_is_told_whatever_is_asked_for(small: SmallDisk) -> None:
    """SQLite needs some bytes even to read a file that nobody has open, and says only that something failed."""
    waiting = [{"id": "a", "tool": "wait", "with": {"signal": "go"}}]
    small.leave(waiting)
    spec = str(small.spec(waiting))
    small.fill()
    for command in (["show", "it"], ["resume", "it"], ["doctor"], ["run", spec], ["signal", "it", "go"]):
        told = small.weft(*command)
        assert told.code == 5, (command, told)
        assert told.err.splitlines()[0] == f"weft: the store {small.store!r} has no room left"
        assert "free some space on its disk" in told.err
    small.store, old = str(small.disk / "new.db"), small.store
    told = small.weft("run", spec)
    assert (told.code, told.err.splitlines()[0]) == (5, f"weft: the store {small.store!r} has no room left")
    small.store = old
    small.enlarge()
    assert small.weft("signal", "it", "go").code == 0
    assert small.row().status == "succeeded", "the signal has woken it"
    assert small.weft("doctor", "--deep").code == 0
