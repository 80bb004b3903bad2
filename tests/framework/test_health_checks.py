"""Health: connections and tools are asked, at once and bounded, and what they say is read without trusting it."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from watch_place import Place, holds

from engine import Tool, UsageError, health, operation, run
from engine.tools.framework.health import Health, HealthBoard, asked, read

TOML = """\
[connections.kept]
tool = "sql"
url = "sqlite:///:memory:"
category = "monitoring"
priority = "high"
timeout_seconds = 12
max_retries = 2
[connections.gone]
tool = "sql"
url = "sqlite:///gone.db"
[connections.off]
tool = "sql"
url = "sqlite:///gone.db"
health_check_enabled = false
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Place:
    return Place(tmp_path, monkeypatch, capsys)


def test_every_connection_of_the_project_is_asked(place: Place) -> None:
    place.write("weft.toml", TOML)
    answer = place.weft("health", "--output", "json")
    holds("health", answer.json)
    found = {one["tool_name"]: one for one in answer.json["tools"]}
    assert {name: one["health_status"] for name, one in found.items()} == {
        "kept": "healthy",
        "gone": "unhealthy",
        "off": "unknown",
    }
    assert answer.code == 5
    assert 'no database file "gone.db"' in found["gone"]["detail"]
    assert "switched off" in found["off"]["detail"]
    assert found["kept"]["configuration"] == {
        "category": "monitoring",
        "priority": "high",
        "timeout": 12.0,
        "max_retries": 2,
    }
    assert found["gone"]["configuration"] == {
        "category": "data_access",
        "priority": "normal",
        "timeout": 600.0,
        "max_retries": 0,
    }
    assert all(one["last_health_check"] for one in found.values())


def test_only_what_is_named_is_asked(place: Place) -> None:
    place.write("weft.toml", TOML)
    answer = place.weft("health", "kept")
    assert answer.code == 0
    assert [line.split()[:3] for line in answer.out.splitlines()[1:]] == [["kept", "sql", "healthy"]]
    assert place.weft("health", "off", "echo").code == 0
    wrong = place.weft("health", "kpet")
    assert wrong.code == 2
    assert 'did you mean "kept"' in wrong.err


def test_a_folder_without_connections_says_so(place: Place) -> None:
    answer = place.weft("health")
    assert (answer.code, answer.out) == (0, "")
    assert "weft.toml" in answer.err
    assert place.weft("health", "--output", "json").json == {"tools": []}


def test_the_figures_of_the_calls_stand_beside_the_check(place: Place) -> None:
    place.write("weft.toml", TOML)
    place.write(
        "a.weft.yaml", "weft: 1\nname: a\nsteps:\n  - {id: q, tool: kept, with: {sql: select 1 as one}}\n"
    )
    assert place.weft("run", "a.weft.yaml").code == 0
    (kept,) = place.weft("health", "kept", "--output", "json").json["tools"]
    assert (kept["metrics"]["total_calls"], kept["metrics"]["successful_calls"]) == (1, 1)
    assert kept["metrics"]["check_seconds"] >= 0
    assert len(place.weft("audit").out.splitlines()) == 1  # a check is no call


def test_a_missing_secret_and_a_secret_in_an_answer(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.write("weft.toml", '[connections.far]\ntool = "sql"\nurl = "sqlite:///no/$<secrets.PLACE>/x.db"\n')
    (far,) = place.weft("health", "--output", "json").json["tools"]
    assert far["health_status"] == "unhealthy"
    assert 'no secret "PLACE"' in far["detail"]
    monkeypatch.setenv("WEFT_SECRET_PLACE", "canary-4711")
    answer = place.weft("health")
    assert answer.code == 5
    assert "canary" not in answer.out + answer.err


class Answering(Tool):
    """Says of itself what a test wants."""

    category = "integration"

    answer: Any = None

    @operation
    def nothing(self) -> None:
        """Does nothing."""

    def health_check(self) -> Any:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer() if callable(self.answer) else self.answer


def told(answer: Any, **words: Any) -> dict[str, Any]:
    tool = type("One", (Answering,), {"answer": answer})
    found = health("one", tools={"one": tool}, **words)
    holds("health", found)
    return found["tools"][0]


async def fine() -> str:
    await asyncio.sleep(0)
    return "healthy"


@pytest.mark.parametrize(
    ("answer", "status", "detail"),
    [
        ("healthy", "healthy", ""),
        (True, "healthy", ""),
        (False, "unhealthy", ""),
        ({"status": "degraded", "detail": "slow today"}, "degraded", "slow today"),
        ({"health_status": "unhealthy"}, "unhealthy", ""),
        (staticmethod(fine), "healthy", ""),
        ("Healthy", "unknown", "gave the status 'Healthy'"),
        ("very well", "unknown", "expected one of healthy, degraded, unhealthy, unknown"),
        (None, "unknown", "gave None"),
        (42, "unknown", "gave 42"),
        ({"detail": "?"}, "unknown", "gave the status None"),
        ({"status": ["healthy"]}, "unknown", "gave the status ['healthy']"),
        (ConnectionError("no route"), "unhealthy", "ConnectionError: no route"),
        (SystemExit(3), "unhealthy", "SystemExit: 3"),
        (KeyboardInterrupt(), "unhealthy", "KeyboardInterrupt"),
    ],
)
def test_an_answer_is_taken_for_no_more_than_it_says(
    place: Place, answer: Any, status: str, detail: str
) -> None:
    found = told(answer)
    assert found["health_status"] == status
    assert detail in found["detail"]


def test_a_check_that_hangs_is_unhealthy_and_keeps_nobody(place: Place) -> None:
    never = threading.Event()
    found = told(staticmethod(never.wait), timeout_seconds=0.05)
    assert (found["health_status"], found["detail"]) == ("unhealthy", "no answer within 0.05 s")
    never.set()


def test_all_are_asked_at_once(place: Place) -> None:
    """Each waits for the other: asked one after the other, neither would answer."""
    both = threading.Barrier(2, timeout=5)

    def meet() -> str:
        both.wait()
        return "healthy"

    tools = {name: type(name, (Answering,), {"answer": staticmethod(meet)}) for name in ("one", "two")}
    found = health(tools=tools)["tools"]
    assert [(one["tool_name"], one["health_status"]) for one in found] == [
        ("one", "healthy"),
        ("two", "healthy"),
    ]


def test_an_instance_is_asked_itself_and_not_closed(place: Place) -> None:
    closed = []

    class Own(Answering):
        answer = "degraded"

        def close(self) -> None:
            closed.append(self)

    assert health(tools={"own": Own()})["tools"][0]["health_status"] == "degraded"
    assert closed == []
    health(tools={"own": Own})
    assert len(closed) == 1


def test_a_tool_that_cannot_be_made_is_unhealthy(place: Place) -> None:
    class Broken(Answering):
        def __init__(self) -> None:
            raise RuntimeError("no licence")

    assert health(tools={"one": Broken})["tools"][0]["detail"] == "RuntimeError: no licence"


def test_what_is_no_metric_is_left_out() -> None:
    lied = {"status": "healthy", "metrics": {"n": 1, "ok": True, "deep": {"a": 1}, "nan": float("nan")}}
    assert read(lied) == Health("healthy", "", {"n": 1, "ok": True})
    assert read({"status": "healthy", "metrics": 7}).metrics == {}


def test_a_detail_without_end_is_cut() -> None:
    assert len(read({"status": "healthy", "detail": "x" * 10_000}).detail) == 500


def test_what_cannot_even_be_shown_is_named() -> None:
    class Odd:
        def __repr__(self) -> str:
            raise ValueError

    assert "a Odd" in read(Odd()).detail
    assert asked(Odd).status == "unknown"


def test_a_wrong_timeout_is_refused(place: Place) -> None:
    with pytest.raises(UsageError, match="timeout_seconds cannot be 0"):
        health("echo", timeout_seconds=0)
    assert place.weft("health", "--timeout", "0").code == 2


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_answer_is_good_for_its_interval() -> None:
    clock, answers = Clock(), iter(["healthy", "unhealthy"])
    board = HealthBoard(lambda _name: Health(next(answers)), lambda _name: 60.0, clock)
    assert board.known("a") is None
    assert board.look("a").status == "healthy"
    clock.now = 59.9
    assert board.look("a").status == "healthy"
    clock.now = 60.0
    assert board.known("a") is None
    assert board.look("a").status == "unhealthy"


def test_of_many_who_ask_one_asks_the_tool() -> None:
    asked_times = []

    def check(name: str) -> Health:
        asked_times.append(name)
        time.sleep(0.02)
        return Health("healthy")

    board = HealthBoard(check)
    threads = [threading.Thread(target=board.look, args=("a",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked_times == ["a"]


def test_a_call_waits_for_what_its_connection_depends_on(place: Place) -> None:
    """Asked live, in the folder of the spec; unknown health is no reason to fail."""
    spec = {
        "weft": 1,
        "name": "a",
        "connections": {
            "base": {"tool": "sql", "url": "sqlite:///gone.db"},
            "unsure": {"tool": "sql", "url": "sqlite:///gone.db", "health_check_enabled": False},
            "shop": {"tool": "sql", "url": "sqlite:///:memory:", "dependencies": ["base"]},
            "inn": {"tool": "sql", "url": "sqlite:///:memory:", "dependencies": ["unsure"]},
        },
        "steps": [
            {"id": "a", "tool": "shop", "with": {"sql": "select 1 as one"}, "on_error": "continue"},
            {"id": "b", "tool": "inn", "with": {"sql": "select 1 as one"}},
        ],
    }
    result = run(spec, store="memory")
    assert result.steps["b"].success
    (error,) = result.steps["a"].errors
    assert error["type"] == "unhealthy"
    assert '"base"' in error["message"]


def test_validate_live_tells_each_place_and_exits_5(place: Place) -> None:
    place.write("weft.toml", TOML)
    spec = "weft: 1\nname: a\nsteps:\n  - {id: q, tool: NAME, with: {sql: select 1 as one}}\n"
    place.write("a.weft.yaml", spec.replace("NAME", "gone"))
    place.write("b.weft.yaml", spec.replace("NAME", "gone"))
    place.write("c.weft.yaml", spec.replace("NAME", "kept"))
    assert place.weft("validate").code == 0
    answer = place.weft("validate", "--live", "--format", "json")
    assert answer.code == 5
    found = [(one["file"], one["line"], one["code"]) for one in answer.json["problems"]]
    assert found == [("a.weft.yaml", 4, "WF801"), ("b.weft.yaml", 4, "WF801")]
    place.write("d.weft.yaml", spec.replace("NAME", "unheard"))
    assert place.weft("validate", "--live").code == 1
    assert place.weft("validate", "--live", "c.weft.yaml").code == 0


def test_validate_live_asks_a_connection_once_however_many_use_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.app import health as asking

    asked_for = []
    monkeypatch.setattr(
        asking.Checker, "ask", lambda self, one: asked_for.append(one.name) or Health("degraded", "tired")
    )
    place.write("weft.toml", TOML)
    spec = "weft: 1\nname: a\nsteps:\n  - {id: q, tool: kept, with: {sql: select 1 as one}}\n"
    place.write("a.weft.yaml", spec)
    place.write("b.weft.yaml", spec)
    answer = place.weft("validate", "--live")
    assert asked_for == ["kept"]
    assert answer.code == 0
    assert answer.out.count('warning: connection "kept" is degraded: tired [WF801') == 2
    assert place.weft("validate", "--live", "--strict").code == 5


def test_validate_live_leaves_a_connection_alone_that_reads_inputs(place: Place) -> None:
    place.write(
        "a.weft.yaml",
        "weft: 1\nname: a\ninputs: {file: {type: string}}\nconnections:\n"
        "  shop: {tool: sql, url: 'sqlite:///$<inputs.file>'}\n"
        "steps:\n  - {id: q, tool: shop, with: {sql: select 1 as one}}\n",
    )
    assert place.weft("validate", "--live").code == 0


@pytest.mark.services
def test_a_server_tells_the_use_of_its_pool(postgres_url: str, place: Place) -> None:
    place.write(
        "weft.toml",
        f'[connections.pg]\ntool = "sql"\nurl = "{postgres_url}"\nallow_superuser = true\npool_size = 3\n',
    )
    (pg,) = place.weft("health", "--output", "json").json["tools"]
    assert pg["health_status"] == "healthy"
    assert (pg["metrics"]["pool_size"], pg["metrics"]["pool_in_use"]) == (3, 0)
