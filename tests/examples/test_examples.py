"""Every small example, run as a user runs it: how it ends, what it gives, and the state of each of its steps.

What is expected is written down here by hand, from what the language promises; nothing is copied from a run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main

EXAMPLES = Path(__file__).parents[2] / "examples"
WEFT = str(Path(sys.executable).with_name("weft"))
FOLDERS = ("modes", "modifiers")


@dataclass(frozen=True)
class Expected:
    """`states`: `id=status` of every step, in the file's order; a handled failure is written `failed!`."""

    states: str
    outputs: dict[str, Any] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    status: str = "succeeded"
    code: int = 0
    reasons: dict[str, str] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    iterations: dict[str, str] = field(default_factory=dict)
    """Loop -> `key=status` of every iteration, in item order."""


FALSE = "condition is false"
OTHER = "another branch was taken"
DAY = ("-i", "day=2026-01-31")

EXPECTED: dict[str, list[Expected]] = {
    "modes/sequential": [
        Expected("price=succeeded taxed=succeeded label=succeeded", {"text": "net 80, gross 100.0"}),
    ],
    "modes/parallel": [
        Expected(
            "ask=succeeded lisbon=succeeded oslo=succeeded cairo=succeeded warmest=succeeded",
            {
                "all": {"lisbon": {"degrees": 24}, "oslo": {"degrees": 9}, "cairo": {"degrees": 31}},
                "warmest": 31,
            },
        ),
    ],
    "modes/conditional": [
        Expected(
            "review=succeeded large=succeeded abroad=skipped filed=succeeded",
            {
                "review": {
                    "large": {"note": "second signature for 1200"},
                    "abroad": None,
                    "filed": {"note": "filed"},
                }
            },
            reasons={"abroad": FALSE},
        ),
        Expected(
            "review=succeeded large=skipped abroad=succeeded filed=succeeded",
            {
                "review": {
                    "large": None,
                    "abroad": {"note": "customs form for DK"},
                    "filed": {"note": "filed"},
                }
            },
            ("-i", "amount=999.5", "-i", "country=DK"),
            reasons={"large": FALSE},
        ),
    ],
    "modes/conditional-first": [
        Expected(
            "carrier=succeeded letter=skipped parcel=succeeded freight=skipped",
            {"by": "van", "price": 5.0},
            reasons={"letter": FALSE, "freight": OTHER},
        ),
        Expected(
            "carrier=succeeded letter=succeeded parcel=skipped freight=skipped",
            {"by": "post", "price": 2},
            ("-i", "kilos=0.2"),
            reasons={"parcel": OTHER, "freight": OTHER},
        ),
        Expected(
            "carrier=succeeded letter=skipped parcel=skipped freight=succeeded",
            {"by": "truck", "price": 41},
            ("-i", "kilos=21"),
            reasons={"letter": FALSE, "parcel": FALSE},
        ),
    ],
    "modes/pipeline": [
        Expected(
            "invoices=succeeded source=succeeded in_dollars=skipped per_customer=succeeded",
            {"rows": [{"customer": "ada", "total": 65}, {"customer": "bob", "total": 15}]},
            reasons={"in_dollars": FALSE},
        ),
        Expected(
            "invoices=succeeded source=succeeded in_dollars=succeeded per_customer=succeeded",
            {"rows": [{"customer": "ada", "total": 130}, {"customer": "bob", "total": 30}]},
            ("-i", "currency=USD"),
        ),
    ],
    "modes/dag": [
        Expected("total=succeeded orders=succeeded refunds=succeeded connect=succeeded", {"sum": 100}),
    ],
    "modes/nested-groups": [
        Expected(
            "gather=succeeded north=succeeded north_raw=succeeded north_sum=succeeded south=succeeded "
            "south_raw=succeeded south_sum=succeeded verdict=succeeded north_leads=skipped south_leads=succeeded",
            {
                "gathered": {"north": {"value": 7}, "south": {"value": 11}},
                "verdict": {"leader": "south", "by": 4},
            },
            reasons={"north_leads": FALSE},
        ),
    ],
    "modifiers/needs": [
        Expected("fill=succeeded empty=succeeded look=succeeded", {"rows": [1, 2, 3]}),
    ],
    "modifiers/when": [
        Expected(
            "build=succeeded upload=skipped announce=skipped log=succeeded",
            {"uploaded": None},
            reasons={"upload": FALSE, "announce": "upstream_skipped"},
        ),
        Expected(
            "build=succeeded upload=succeeded announce=succeeded log=succeeded",
            {"uploaded": 7},
            ("-i", "publish=true"),
        ),
    ],
    "modifiers/trigger-rules": [
        Expected(
            "good=succeeded bad=failed left_out=skipped all_success=skipped none_failed=succeeded "
            "all_done=succeeded one_success=succeeded one_failed=succeeded all_failed=succeeded",
            status="partial_failure",
            code=4,
            reasons={"left_out": FALSE, "all_success": "upstream_failed"},
        ),
    ],
    "modifiers/foreach-list": [
        Expected(
            "stations=succeeded ask=succeeded",
            {"texts": ["1: BERGEN", "2: OSLO", "3: TRONDHEIM"]},
            iterations={"ask": "0=succeeded 1=succeeded 2=succeeded"},
        ),
    ],
    "modifiers/foreach-mapping": [
        Expected(
            "convert=succeeded",
            {"texts": ["twice ten is 20", "twice twelve is 24"]},
            iterations={"convert": "ten=succeeded twelve=succeeded"},
        ),
    ],
    "modifiers/foreach-long": [
        Expected(
            "files=succeeded load=succeeded",
            {"loaded": [{"loaded": "jan"}, None, {"loaded": "mar"}, {"loaded": "apr"}], "missing": 1},
            iterations={"load": "jan=succeeded feb=failed mar=succeeded apr=succeeded"},
        ),
    ],
    "modifiers/retry": [
        Expected(
            "shaky=succeeded busy=succeeded hopeless=failed! not_worth_it=failed!",
            {"shaky": 5, "busy": 7, "attempts": [3, 2, 2, 1]},
            attempts={"shaky": 3, "busy": 2, "hopeless": 2, "not_worth_it": 1},
        ),
    ],
    "modifiers/timeout": [
        Expected(
            "slow=timed_out! slow_group=timed_out! quick=succeeded long=cancelled never=skipped in_time=succeeded",
            {"slow": "timeout"},
            reasons={"long": "timeout", "never": "timeout"},
        ),
    ],
    "modifiers/on-error-continue": [
        Expected(
            "weather=failed! forecast=succeeded",
            {"degrees": 15, "because": "the service is down"},
        ),
    ],
    "modifiers/on-error-stop": [
        Expected(
            "guard=failed bystander=cancelled branch=cancelled first=cancelled second=skipped",
            status="failed",
            code=4,
            reasons={"bystander": "stopped", "branch": "stopped", "first": "stopped", "second": "stopped"},
        ),
    ],
    "modifiers/concurrency": [
        Expected(
            "tidy=succeeded work=succeeded a=succeeded b=succeeded c=succeeded d=succeeded most=succeeded",
            {"most": 2},
        ),
    ],
    "modifiers/outputs": [
        Expected(
            "customers=succeeded raw=succeeded active=succeeded bare=succeeded one=succeeded",
            {"customers": {"active": 1, "all": 2}, "share": 0.5, "bare": {"one": {"n": 1}}, "text": "1 of 2"},
        ),
    ],
    "modifiers/inputs": [
        Expected("show=succeeded", {"text": "2026-01-31: 100 rows of north", "limit": 100}, DAY),
        Expected(
            "show=succeeded",
            {"text": "2026-01-31: 5 rows of south and north", "limit": 5},
            (*DAY, "-i", "limit=5", "-i", 'regions=["south", "north"]'),
        ),
    ],
    "modifiers/connections": [
        Expected(
            "fill=succeeded total=succeeded refused=failed!",
            {"total": 30.0, "refused": "permission"},
        ),
    ],
    "modifiers/defaults": [
        Expected(
            "takes_the_default=succeeded has_its_own=failed! too_slow=timed_out!",
            {"attempts": [3, 1, 2]},
        ),
    ],
    "modifiers/let": [
        Expected(
            "load=succeeded archive=succeeded move=succeeded parts=succeeded",
            {
                "loaded": "orders_2026_01_31",
                "archived": "archive.orders_2026_01_31",
                "parts": ["orders_2026_01_31/part-1", "orders_2026_01_31/part-2"],
            },
            iterations={"parts": "0=succeeded 1=succeeded"},
        ),
    ],
    "modifiers/context": [
        Expected(
            "enough=succeeded few=succeeded too_few=failed!",
            {
                "warned": ["min_records: records is 2, wanted at least 3"],
                "failed": ["data", "requirements"],
                "silent": [],
            },
        ),
    ],
    "modifiers/priority": [
        Expected(
            "tidy=succeeded work=succeeded cleanup=succeeded report=succeeded alarm=succeeded payment=succeeded "
            "order=succeeded",
            {"order": ["alarm", "payment", "report", "cleanup"]},
        ),
    ],
    "modifiers/repeat": [
        Expected(
            "pages=succeeded halve=succeeded never=succeeded endless=failed!",
            {"pages": 3, "half": 6, "never": None, "endless": "max_iterations"},
            iterations={
                "pages": "0=succeeded 1=succeeded 2=succeeded",
                "halve": "0=succeeded 1=succeeded 2=succeeded 3=succeeded",
                "never": "",
                "endless": "0=succeeded 1=succeeded",
            },
        ),
    ],
}
CASES = [
    pytest.param(name, expected, id=f"{name}-{number}")
    for name, several in EXPECTED.items()
    for number, expected in enumerate(several)
]


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples somewhere else: they write files beside themselves."""
    root = tmp_path_factory.mktemp("examples")
    for folder in FOLDERS:
        shutil.copytree(EXAMPLES / folder, root / folder, ignore=shutil.ignore_patterns("out", ".weft"))
    return root


@pytest.fixture
def at_home(copies: Path) -> Iterator[Path]:
    before = Path.cwd()
    os.chdir(copies)
    yield copies
    os.chdir(before)


def _command(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """`weft WORDS` in this process: exit code, standard output, standard error."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main(list(words))
    shown = capsys.readouterr()
    return int(left.value.code or 0), shown.out, shown.err


def _states(steps: dict[str, Any]) -> str:
    return " ".join(
        f"{name}={step['status']}{'!' if step['handled'] else ''}" for name, step in steps.items()
    )


@pytest.mark.parametrize(("name", "expected"), CASES)
def test_an_example_does_what_it_says(
    name: str, expected: Expected, at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("run", f"{name}.weft.yaml", "--store", "memory", "--output", "json", *expected.arguments)
    code, out, err = _command(capsys, *arguments)
    result = json.loads(out)
    steps = result["steps"]
    assert (code, result["status"]) == (expected.code, expected.status), err
    assert _states(steps) == expected.states
    assert result["outputs"] == expected.outputs
    assert {n: s["reason"] for n, s in steps.items() if s["reason"]} == expected.reasons
    for step, attempts in expected.attempts.items():
        assert steps[step]["attempts"] == attempts
    loops = {n: s["iterations"] for n, s in steps.items() if "iterations" in s}
    assert {
        n: " ".join(f"{i['key']}={i['status']}" for i in its) for n, its in loops.items()
    } == expected.iterations


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), '"day"'),
        (("-i", "day=31.01.2026"), '"day"'),
        ((*DAY, "-i", "limit=0"), '"limit"'),
        ((*DAY, "-i", "limit=ten"), '"limit"'),
        ((*DAY, "-i", "regions=[]", "-i", "limt=3"), 'did you mean "limit"?'),
        ((*DAY, "-i", 'regions=["west"]'), '"regions'),
    ],
)
def test_a_wrong_input_is_refused_before_anything_runs(
    arguments: tuple[str, ...], said: str, at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = _command(capsys, "run", "modifiers/inputs.weft.yaml", "--store", "memory", *arguments)
    assert code == 2
    assert out == ""
    assert said in err


def test_the_list_of_examples_is_whole_and_says_what_each_file_says() -> None:
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for name in EXPECTED:
        first, second, *_ = (EXAMPLES / f"{name}.weft.yaml").read_text(encoding="utf-8").splitlines()
        shows = f"{first[2:]} {second[2:]}"
        assert f"| [{name.partition('/')[2]}]({name}.weft.yaml) | {shows} |" in listed


def test_every_small_example_is_in_the_table() -> None:
    files = [path for folder in FOLDERS for path in (EXAMPLES / folder).glob("*.weft.yaml")]
    assert {f"{path.parent.name}/{path.name.removesuffix('.weft.yaml')}" for path in files} == set(EXPECTED)


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.weft.yaml")), ids=lambda path: path.stem)
def test_an_example_validates_without_a_word_and_begins_with_what_it_shows(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = _command(capsys, "validate", "--strict", "--format", "json", str(path))
    assert (code, json.loads(out)["problems"]) == (0, [])
    first, second, third, *_ = path.read_text(encoding="utf-8").splitlines()
    if path.parent.name in FOLDERS:
        assert first.startswith("# ")
        assert second.startswith("# ")
        assert third == "# yaml-language-server: $schema=../../schemas/workflow.schema.json"


def test_the_command_itself_runs_an_example(copies: Path) -> None:
    """What the tests above do in their own process, once as a user does it."""
    command = [WEFT, "run", "modes/conditional-first.weft.yaml", "--store", "memory", "-i", "kilos=0.2"]
    done = subprocess.run(command, cwd=copies, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"by": "post", "price": 2}
    assert "succeeded=1 failed=0 skipped=2" in done.stderr


def test_the_flights_readme_shows_the_real_diagnostics_of_its_mistakes(tmp_path: Path) -> None:
    """The last block of the README is run: its edit, its command, its output."""
    block = (
        (EXAMPLES / "flights" / "README.md")
        .read_text(encoding="utf-8")
        .split("```console\n")[-1]
        .split("```")[0]
    )
    edit, command, *shown = block.splitlines()
    shutil.copy(EXAMPLES / "flights" / "flights.weft.yaml", tmp_path)
    subprocess.run(["sh", "-c", edit.removeprefix("$ ")], cwd=tmp_path, check=True)
    words = command.removeprefix("$ ").split()
    done = subprocess.run([WEFT, *words[1:]], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.splitlines() == shown
