"""A process that runs long asks the project's connections, each on its interval, and says what changes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from engine.app.checking import known_tools
from engine.app.health import Checkable
from engine.app.health_rounds import Rounds, rounds
from engine.app.project_file import Project
from engine.tools.framework.health import Health

SQL = known_tools()["sql"]


def connection(name: str, seconds: float) -> Checkable:
    return Checkable(name, SQL, {"url": "sqlite:///:memory:", "health_check_interval_seconds": seconds})


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_each_is_asked_on_its_own_interval() -> None:
    clock, asked = Clock(), []

    def ask(one: Checkable) -> Health:
        asked.append((clock.now, one.name))
        return Health("healthy")

    going = Rounds([connection("often", 10), connection("seldom", 25)], ask, print, clock)
    for _ in range(6):
        clock.now += going.due()
    assert asked == [
        *((0.0, "often"), (0.0, "seldom"), (10.0, "often"), (20.0, "often")),
        *((25.0, "seldom"), (30.0, "often"), (40.0, "often")),
    ]


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        (["healthy", "healthy"], []),
        (["unhealthy", "unhealthy"], ['connection "a" is unhealthy: why']),
        (
            ["healthy", "unhealthy", "healthy"],
            ['connection "a" is unhealthy: why', 'connection "a" is healthy again'],
        ),
        (
            ["unhealthy", "degraded", "healthy"],
            ['connection "a" is unhealthy: why', 'connection "a" is degraded again'],
        ),
        (["unknown", "unhealthy", "unknown"], ['connection "a" is unhealthy: why']),
    ],
)
def test_only_changes_are_said(statuses: list[str], said: list[str]) -> None:
    clock, lines, left = Clock(), [], list(statuses)
    going = Rounds([connection("a", 10)], lambda _one: Health(left.pop(0), "why"), lines.append, clock)
    for _ in statuses:
        clock.now += going.due()
    assert lines == said


def test_they_go_on_beside_the_caller_s_work(tmp_path: Path) -> None:
    said, heard = [], threading.Event()

    def say(line: str) -> None:
        said.append(line)
        heard.set()

    gone = {"tool": "sql", "url": "sqlite:///gone.db"}
    with rounds(Project(folder=tmp_path, connections={"gone": gone}), say):
        assert heard.wait(20)
    assert said == ['connection "gone" is unhealthy: there is no database file "gone.db"']


def test_a_project_without_connections_has_nobody_to_ask() -> None:
    before = threading.active_count()
    with rounds(Project(), print):
        assert threading.active_count() == before
