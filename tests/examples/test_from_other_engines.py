"""Examples whose idea comes from another engine: each is run, with its exit, its outputs, its steps and its files.

What is expected is written down here by hand. A file that is not listed fails, and so does one that README.md does not
tell of. The server that some of them ask is of this test, on the loopback.
"""

from __future__ import annotations

import json
import shutil
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from engine.cli import main

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = tuple(sorted(path.name for path in EXAMPLES.glob("from-*")))
SCHEMA = "# yaml-language-server: $schema=../../schemas/workflow.schema.json"


@dataclass(frozen=True)
class Case:
    """`steps`: what some of the steps came to, as `id=status`; `files`: what stands in the folder afterwards
    (a value that is no text: what the JSON in it means)."""

    outputs: Any = None
    inputs: dict[str, Any] = field(default_factory=dict)
    status: str = "succeeded"
    steps: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> int:
        return 0 if self.status == "succeeded" else 4


SERVER = {"server": "http://server"}  # stands for the address of this test's server
TITLES = ["Emma", "Ulysses", "Dracula", "Persuasion", "Middlemarch"]

CASES: dict[str, list[Case]] = {
    "from-step-functions/branch-on-data": [
        Case({"goes_to": "the counter", "cents": 125}),
        Case({"goes_to": "the post box", "cents": 95}, {"kind": "letter"}),
        Case(
            {"goes_to": "the scales", "cents": 0}, {"grams": 20000}, steps="post_box=skipped counter=skipped"
        ),
        Case({"goes_to": "the counter", "cents": 3100}, {"grams": 30000}, steps="scales=skipped"),
    ],
    "from-step-functions/pagination": [Case({"titles": TITLES}, SERVER)],
    "from-step-functions/saga": [
        Case(
            {"trip": "booked"},
            data={"entries": ["trip opened", "train booked", "room booked", "paid"]},
            steps="trip=succeeded",
        ),
        Case(
            {},
            {"full": "card"},
            status="failed",
            steps="train=succeeded room=succeeded refused=failed free_the_room=succeeded free_the_train=succeeded",
            data={
                "entries": [
                    "trip opened",
                    "train booked",
                    "room booked",
                    "room given back",
                    "train given back",
                ]
            },
        ),
        Case(
            {},
            {"full": "hotel"},
            status="failed",
            steps="hotel=failed pay=skipped free_the_room=skipped free_the_train=succeeded tell=failed",
            data={"entries": ["trip opened", "train booked", "train given back"]},
        ),
    ],
    "from-step-functions/scatter-gather": [
        Case({"best": {"seller": "Cesar", "cents": 1150}, "asked": 3, "kept": 2}, steps="ask=succeeded"),
        Case(
            {},
            {"sellers": [{"name": "Anton", "cents": None}, {"name": "Berta", "cents": None}]},
            status="failed",
            steps="ask=failed keep=skipped best=skipped",
        ),
    ],
    "from-step-functions/backoff": [
        Case(
            {"price": 12, "attempts": 3},
            SERVER,
            data={"instead": {"price": 0, "because": "not_found, HTTP 404, after 1 attempt"}},
        ),
    ],
    "from-step-functions/rows-of-a-file": [
        Case(
            {"good": 4, "coldest": 260.9},
            files={
                "out/refused.txt": "Nowhere",
                "out/kelvin.ndjson": '{"station": "Bergen", "kelvin": 277.65}\n{"station": "Oslo", "kelvin": 270.15}\n'
                '{"station": "Vardo", "kelvin": 260.9}\n{"station": "Tromso", "kelvin": 273.15}\n',
            },
        ),
    ],
    "from-step-functions/inventory": [
        Case({"ordered": "1 boxes of cups"}, steps="level=succeeded buy=succeeded"),
        Case({"ordered": "2 boxes of cups"}, {"wanted": 18}),
        Case({"ordered": "nothing"}, {"wanted": 7}, steps="buy=skipped"),
    ],
    "from-argo/diamond": [Case({"path": "top > left | top > right"})],
    "from-argo/coin-until-heads": [Case({"side": "heads", "at_least_once": True})],
    "from-argo/exit-handler": [
        Case(
            {},
            status="failed",
            steps="breaks=failed holds=skipped mail=succeeded cheer=skipped sigh=succeeded",
            data={"sigh": {"says": "alas: exit 3"}},
            files={"out/mail.txt": "failed steps: breaks, codes: exit 3"},
        ),
        Case(
            {"said": "done"},
            {"bad": False},
            steps="cheer=succeeded sigh=skipped",
            files={"out/mail.txt": "failed steps: , codes: "},
        ),
    ],
    "from-argo/map-reduce": [
        Case({"total": 20, "files": 4}, files={"out/results/part-3.json": {"part": "part-3", "amount": 6}}),
        Case({"total": 2, "files": 1}, {"parts": 1}),
    ],
    "from-argo/depends": [
        Case(
            {},
            status="partial_failure",
            steps="first=succeeded good=succeeded bad=failed either_way=succeeded one_of_them=succeeded both=skipped "
            "after=succeeded",
        ),
    ],
    "from-argo/output-of-a-branch": [
        Case({"by_switch": "Ada", "by_default": "Ada"}, steps="tails=skipped down=skipped"),
        Case({"by_switch": "Bob", "by_default": "Bob"}, {"side": "tails"}, steps="heads=skipped up=skipped"),
    ],
    "from-argo/retry-by-exit-code": [Case({"code": "exit 2", "attempts": 3, "throws": 3})],
    "from-argo/template-three-times": [Case({"texts": ["HELLO LEFT", "hello right"], "letters": 26})],
    "from-kestra/monthly-report": [
        Case(
            {
                "files": 3,
                "rows": 5,
                "months": [
                    {"month": 2, "cents": 4000},
                    {"month": 1, "cents": 1500},
                    {"month": 3, "cents": 500},
                ],
            },
        ),
    ],
    "from-kestra/loop-until": [
        Case({"result": "index of everything"}, SERVER),
        Case({}, {**SERVER, "work": "nonsense"}, status="failed", steps="look=succeeded well_done=failed"),
    ],
    "from-kestra/for-each-with-if": [
        Case(
            {
                "towns": [
                    {"name": "BER", "mark": "town"},
                    {"name": "OSL", "mark": "capital"},
                    {"name": "VAR", "mark": "town"},
                ]
            }
        ),
    ],
    "from-kestra/allow-failure": [
        Case(
            {"warm_up": "exit 1", "euros": 12.5},
            steps="warm_up=failed fetch=failed parse=skipped yesterday=succeeded exchange_rates=succeeded",
            data={"close": {"failed": 0}},
        ),
    ],
    "from-kestra/etl": [
        Case(
            {"brands": [{"brand": "Glow", "cents": 3000.0}, {"brand": "Lux", "cents": 1200.0}]},
            SERVER,
            files={"out/brands.csv": "brand,cents\nGlow,3000.0\nLux,1200.0\n"},
        ),
        Case({"brands": [{"brand": "Glow", "cents": 4000.0}]}, {**SERVER, "at_least": 30}),
        Case({"brands": []}, {**SERVER, "category": "unicorns"}, steps="some=skipped none_found=succeeded"),
    ],
    "from-kestra/subflow-for-each": [
        Case({"numbers": ["ada-fdee", "bob-81b6"], "opened": 2}, steps="accounts=succeeded"),
        Case({}, {"people": ["nobody", "no one"]}, status="failed", steps="accounts=failed"),
    ],
    "from-kestra/open-account": [
        Case({"number": "ada-fdee"}),
        Case({}, {"person": "nobody"}, status="failed", steps="somebody=failed number=skipped"),
    ],
    "from-dagu/preconditions": [
        Case({"did": "sail", "waxed": False}, steps="winter=skipped wax=skipped home=succeeded"),
        Case({"did": "ski", "waxed": True}, {"season": "winter"}, steps="summer=skipped home=succeeded"),
    ],
    "from-dagu/outputs-of-commands": [
        Case(
            {"text": "hello O'Brien; rm -rf /! (24)"},
            files={"out/greeting.txt": "hello O'Brien; rm -rf /! (24)"},
        ),
        Case({"text": "hello $(id)! (12)"}, {"who": "$(id)"}),
    ],
    "from-dagu/warehouse-day": [Case({"text": "7 pallets, 2 papers"})],
    "from-dagu/parallel-items": [
        Case({"total": 3, "succeeded": 2, "failed": 1, "words": 6}, steps="words=succeeded"),
    ],
    "from-dagu/handlers": [
        Case(
            {"opened": True},
            steps="knock=succeeded on_success=succeeded on_failure=skipped on_exit=succeeded",
        ),
        Case(
            {},
            {"patience": 2},
            status="failed",
            steps="on_success=skipped on_failure=succeeded on_exit=succeeded",
            data={"on_failure": {"says": "patient: ASSERT"}},
        ),
    ],
    "from-dagu/exit-codes": [
        Case({"verdict": "warned"}, steps="check=succeeded"),
        Case({"verdict": "clean"}, {"finds": "nothing", "code": 0}),
        Case({"verdict": "broken, exit 2"}, {"code": 2}, steps="check=failed"),
    ],
    "from-dagu/reports": [
        Case(
            {"paths": ["out/report-2026-01-30.txt", "out/report-2026-01-31.txt"]},
            files={"out/report-2026-01-31.txt": "on 2026-01-31"},
        ),
        Case(
            {"paths": ["out/report-2026-01-31.txt", None]},
            {"first": "2026-01-31"},
            steps="one=succeeded other=succeeded instead=succeeded",
        ),
    ],
    "from-orquesta/two-lists": [
        Case({"lines": ["@ada: build is green", "@bob: lunch", "@cyd: stand-up", "@dan: ship it"]}),
        Case({}, {"messages": ["only one"]}, status="failed", steps="same_length=failed post=skipped"),
    ],
    "from-orquesta/two-of-three": [
        Case({"at": ["north", "south"]}, steps="east=failed enough=succeeded"),
        Case({"at": ["north", "east", "south"]}, {"down": []}),
        Case({}, {"down": ["north", "south"]}, status="failed", steps="enough=skipped too_few=failed"),
    ],
    "from-orquesta/decision": [
        Case({"cents": 100}),
        Case({"cents": 400}, {"size": "large"}, steps="small=skipped large=succeeded"),
        Case({"cents": None}, {"size": "huge"}, steps="unknown=failed way=succeeded"),
    ],
    "from-orquesta/cycles": [Case({"rounds": 3, "laps": 6})],
    "from-orquesta/rollback-and-again": [
        Case({"log": "rolled back\n"}, steps="user=succeeded maker=succeeded")
    ],
    "from-orquesta/log-and-fail": [
        Case(
            {},
            status="failed",
            steps="rows=failed log=succeeded give_up=failed",
            files={"out/error.json": {"step": "rows", "type": "data", "code": "ASSERT"}},
        ),
        Case({"rows": 3}, {"rows": 3}),
    ],
    "from-actions/matrix": [
        Case(
            {
                "passed": ["linux 3.11", "linux 3.13", "mac 3.13"],
                "failed": [
                    {
                        "name": "linux 3.15",
                        "failed": "matrix_job:test raised RuntimeError: 3.15 is not out yet",
                    }
                ],
            }
        ),
        Case(
            {"passed": ["linux 3.11", "linux 3.13", "mac 3.13", "linux 3.14"], "failed": []},
            {"experimental": "3.14"},
        ),
    ],
    "from-actions/job-outputs": [
        Case({"linted": ["app.py", "db.py"]}),
        Case({"linted": []}, {"changed": ["docs/index.md"]}, steps="look=succeeded lint=skipped"),
    ],
    "from-actions/artifacts": [Case({"square": 100}, files={"out/artifacts/number.txt": "10\n"})],
    "from-actions/status-checks": [
        Case(
            {},
            status="partial_failure",
            steps="tests=failed deploy=skipped blame=succeeded report=succeeded",
            data={"blame": {"text": "tests: exit 1"}, "report": {"text": "tests are red"}},
        ),
        Case(
            {"report": "tests are green"},
            {"tests": "green"},
            steps="deploy=succeeded blame=skipped report=succeeded",
        ),
    ],
    "from-actions/reusable": [
        Case({"said": "1.4.0 on staging, 1.4.0 on production"}, steps="alarm=skipped"),
        Case(
            {},
            {"version": "2.0-broken"},
            status="partial_failure",
            steps="staging=failed production=skipped alarm=succeeded",
            data={"alarm": {"code": "exit 7"}},
        ),
    ],
    "from-actions/lint-and-test": [
        Case({"said": "Ran 2 tests", "style": "succeeded"}, {"python": sys.executable}),
    ],
}
NUMBERED = [
    pytest.param(name, case, id=f"{name}-{number}")
    for name, several in CASES.items()
    for number, case in enumerate(several)
]


class _Answers(BaseHTTPRequestHandler):
    """Books in pages, a shaky price, jobs that take a while, products: what the examples ask for."""

    asked: Counter[str]

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.asked[self.path] += 1
        turn = self.asked[self.path]
        if url.path == "/books":
            self._books(int(query.get("after", 0)), turn)
        elif url.path == "/shaky":
            self._answer(*((503, {}) if turn < 3 else (200, {"price": 12})))
        elif url.path.startswith("/jobs/"):
            self._job(url.path.removeprefix("/jobs/"), turn)
        elif url.path == "/products":
            lamps = [("Glow", 20, 1), ("Lux", 12, 2), ("Glow", 40, 3)]
            rows = [{"brand": brand, "price": price, "id": number} for brand, price, number in lamps]
            self._answer(200, {"products": rows if query["category"] == "lamps" else []})
        else:
            self._answer(404, {})

    def do_POST(self) -> None:
        work = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["work"]
        self._answer(202, {"id": work})

    def _books(self, after: int, turn: int) -> None:
        if after == 2 and turn == 1:
            self._answer(503, {})
            return
        more = {"next": after + 2} if after + 2 < len(TITLES) else {}
        self._answer(200, {"titles": TITLES[after : after + 2], **more})

    def _job(self, name: str, turn: int) -> None:
        ended = (
            {"state": "done", "result": f"{name} of everything"} if name == "index" else {"state": "broken"}
        )
        self._answer(200, ended if turn == 3 else {"state": "running"})

    def _answer(self, code: int, body: dict[str, Any]) -> None:
        sent = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on standard error: the run's own report is read from there."""


@pytest.fixture
def server() -> Iterator[str]:
    answers = type("Answers", (_Answers,), {"asked": Counter()})
    with ThreadingHTTPServer(("127.0.0.1", 0), answers) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def _words(inputs: dict[str, Any], server: str) -> list[str]:
    """`-i NAME=VALUE` for each: text as it is, everything else as JSON."""
    words = []
    for name, value in inputs.items():
        shown = value if isinstance(value, str) else json.dumps(value)
        words += ["-i", f"{name}={shown.replace(SERVER['server'], server)}"]
    return words


def _plain(data: Any) -> Any:
    """The rows of a query of one column as a list of its values; anything else as it is."""
    if isinstance(data, dict) and "rows" in data:
        return [value for row in data["rows"] for value in row.values()]
    return data


@pytest.mark.parametrize(("name", "case"), NUMBERED)
def test_an_example_from_another_engine_comes_to_its_end(
    name: str,
    case: Case,
    server: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, _, stem = name.partition("/")
    home = shutil.copytree(
        EXAMPLES / folder,
        tmp_path / folder,
        ignore=shutil.ignore_patterns("out", ".weft", "*db", "__pycache__"),
    )
    monkeypatch.chdir(home)
    with pytest.raises(SystemExit) as left:
        words = ["run", f"{stem}.weft.yaml", "--store", "memory", "--output", "json"]
        main([*words, *_words(case.inputs, server)])
    told = capsys.readouterr()
    assert left.value.code in (None, 0, 4), told.err
    report = json.loads(told.out)
    steps = report["steps"]
    assert (report["status"], left.value.code or 0) == (case.status, case.code), told.err
    assert report["outputs"] == case.outputs
    expected = [one.split("=") for one in case.steps.split()]
    assert {step: steps[step]["status"] for step, _ in expected} == dict(expected)
    assert {step: _plain(steps[step]["data"]) for step in case.data} == case.data
    for path, content in case.files.items():
        text = (home / path).read_text(encoding="utf-8")
        assert (text if isinstance(content, str) else json.loads(text)) == content


def _head(name: str) -> tuple[str, str]:
    """The idea and what is shown, from the lines above the one for editors."""
    lines = (EXAMPLES / f"{name}.weft.yaml").read_text(encoding="utf-8").splitlines()
    head = " ".join(line.removeprefix("# ") for line in lines[: lines.index(SCHEMA)])
    idea, marker, shows = head.partition(" Shows: ")
    assert idea.startswith("Idea: ")
    assert idea.endswith(".")
    assert marker
    return idea.removeprefix("Idea: ").removesuffix("."), shows


def test_every_example_from_another_engine_is_run_here() -> None:
    found = {path for folder in FOLDERS for path in (EXAMPLES / folder).glob("*.weft.yaml")}
    assert {f"{path.parent.name}/{path.name.removesuffix('.weft.yaml')}" for path in found} == set(CASES)


def test_the_readme_tells_of_every_one_what_the_file_itself_tells() -> None:
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for name in CASES:
        idea, shows = _head(name)
        assert f"| [{name.partition('/')[2]}]({name}.weft.yaml) | {idea} | {shows} |" in listed
    assert listed.count("](from-") == len(CASES)
