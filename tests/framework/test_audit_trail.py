"""The audit trail: an entry for each call through a connection, tied into one chain that shows whatever is done to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from watch_place import Place, holds, recorded

from engine import Principal, Tool, operation, run
from engine.app.auditing import audit_entries, verify_audit
from engine.errors import ToolError
from engine.journal import Journal, NewEntry, NewEvent, open_journal

SHOP = """\
weft: 1
name: shop
connections:
  shop: {tool: sql, url: "sqlite:///:memory:"}
  quiet: {tool: sql, url: "sqlite:///:memory:", audit_enabled: false}
steps:
  - {id: plain, tool: echo, with: {n: 1}}
  - {id: unseen, tool: quiet, with: {sql: select 1 as one}}
  - id: each
    foreach: {in: [x, y], key: item}
    steps:
      - {id: q, tool: shop, with: {sql: "select :n as one", params: {n: $<item>}}}
  - {id: wrong, tool: shop, on_error: continue, with: {sql: select nothing from nowhere}}
"""
STORE = ".weft/weft.db"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Place:
    return Place(tmp_path, monkeypatch, capsys)


_MADE: list[bytes] = []


def ran(place: Place) -> None:
    """A store with the trail of one run of SHOP: run once, copied afterwards."""
    place.write("a.weft.yaml", SHOP)
    if not _MADE:
        place.weft("run", "a.weft.yaml", "--run-id", "r")
        _MADE.append((place.folder / STORE).read_bytes())
    else:
        (place.folder / STORE).parent.mkdir()
        (place.folder / STORE).write_bytes(_MADE[0])


def entries(store: str = STORE, **wanted) -> list[dict]:
    return list(audit_entries(store, **wanted))


def ended_calls(journal: Journal, steps: set[str]) -> list[tuple[str, int]]:
    """The events that end a call of one of these steps, as the journal has them: run and number."""
    kinds = {"StepSucceeded", "StepFailed", "StepCancelled", "StepInterrupted", "StepLost"}
    return sorted(
        (row.run_id, event.seq)
        for row in journal.runs(limit=1000)
        for event in journal.events(row.run_id)
        if event.kind in kinds and (event.instance or "").rpartition("/")[2] in steps
    )


def audited(journal: Journal) -> list[tuple[str, int]]:
    found = [json.loads(one.text) for one in journal.watch.entries()]
    return sorted((one["run"], one["seq"]) for one in found)


def test_every_call_through_a_connection_has_its_entry(place: Place) -> None:
    place.write("a.weft.yaml", SHOP)
    assert place.weft("run", "a.weft.yaml", "--run-id", "r").code == 0
    told = place.weft("audit", "--output", "json").json
    holds("audit", told)
    first, second, third = told["entries"]
    assert [one["step"] for one in told["entries"]] == ['each["x"]/q', 'each["y"]/q', "wrong"]
    assert {
        name: first[name] for name in ("number", "event", "call_id", "run", "attempt", "tool", "operation")
    } == {
        "number": 1,
        "event": "tool_execution_success",
        "call_id": 'each["x"]/q#1',
        "run": "r",
        "attempt": 1,
        "tool": "shop",
        "operation": "query",
    }
    assert first["input_params"] == ["params", "sql"]
    assert first["error"] is None
    assert (third["event"], third["error"]["type"]) == ("tool_execution_failure", "invalid")
    assert [first["previous_hash"], second["previous_hash"]] == ["0" * 64, first["hash"]]
    assert all(one["execution_time"] >= 0 for one in told["entries"])


def test_the_trail_is_filtered_by_run_tool_and_time(place: Place) -> None:
    place.write("a.weft.yaml", SHOP)
    for name in ("r1", "r2"):
        place.weft("run", "a.weft.yaml", "--run-id", name)
    assert {one["run"] for one in place.weft("audit", "--run", "r2", "--output", "json").json["entries"]} == {
        "r2"
    }
    assert len(place.weft("audit", "--tool", "shop").out.splitlines()) == 6
    assert place.weft("audit", "--tool", "quiet").err == "no entries\n"
    assert place.weft("audit", "--since", "2999-01-01").err == "no entries\n"
    assert place.weft("audit", "--run", "r").code == 2
    assert place.weft("audit", "--since", "soon").code == 2
    assert place.weft("audit", "verify", "--run", "r1").code == 2
    wrong = place.weft("audit", "verfy")
    assert wrong.code == 2
    assert "verify" in wrong.err


def test_entries_outlive_the_run_that_is_cleaned_away(place: Place) -> None:
    ran(place)
    assert place.weft("clean", "--older-than", "1s", "--force").code == 0
    place.sql("UPDATE weft_runs SET finished_at = 1")
    assert place.weft("clean", "--older-than", "1s", "--force").code == 0
    assert place.weft("runs").out == ""
    assert len(entries(run="r")) == 3
    assert place.weft("audit", "verify").code == 0


def test_a_store_in_memory_keeps_no_trail_and_pays_for_none(place: Place) -> None:
    place.write("a.weft.yaml", SHOP)
    assert place.weft("run", "a.weft.yaml", "--store", "memory").code == 0
    assert not (place.folder / STORE).exists()


class Guarded(Tool):
    """Wants a permission, and counts how often it was called."""

    category = "integration"

    calls = 0

    def configure(self, address: str = "") -> None:
        self.address = address

    @operation(permissions=["vault_read"])
    def open(self, key: str = "") -> str:
        type(self).calls += 1
        return "open"

    @operation
    def refuse(self) -> str:
        raise ToolError("the other side says no", type="permission", code="HTTP 403")


def test_a_refused_call_is_told_as_denied_and_never_tried_again(place: Place) -> None:
    """Not even by a retry of any error; what the other side refuses is a failure like others."""
    spec = {
        "weft": 1,
        "name": "vault",
        "connections": {"vault": {"tool": "guarded"}},
        "defaults": {"retry": {"attempts": 3, "delay": "1ms", "errors": ["any"]}},
        "steps": [
            {"id": "a", "tool": "vault", "operation": "open", "with": {"key": "k"}, "on_error": "continue"},
            {"id": "b", "tool": "vault", "operation": "refuse", "on_error": "continue"},
        ],
    }
    who = Principal("ada", "s1", permissions={"other"})
    run(spec, tools={"guarded": Guarded}, principal=who)
    found = [(one["step"], one["event"], one["attempt"]) for one in entries()]
    assert found == [
        ("a", "tool_execution_denied", 1),
        *(("b", "tool_execution_failure", attempt) for attempt in (1, 2, 3)),
    ]
    assert Guarded.calls == 0
    assert {(one["user_id"], one["session_id"]) for one in entries()} == {("ada", "s1")}
    assert entries()[0]["error"] == {"type": "permission", "code": "permission"}


def test_neither_values_nor_secrets_nor_messages_are_in_the_trail(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEFT_SECRET_PIN", "canary-4711")
    spec = SHOP.replace("select nothing from nowhere", "select $<secrets.PIN> + 'plain-value' from nowhere")
    place.write("a.weft.yaml", spec)
    place.weft("run", "a.weft.yaml")
    assert len(entries()) == 3
    kept = json.dumps(place.sql("SELECT * FROM weft_audit"))
    assert "canary" not in kept
    assert "plain-value" not in kept
    assert "nowhere" not in kept


def test_calls_of_called_workflows_and_undo_are_told_with_their_tool(place: Place) -> None:
    place.write(
        "child.weft.yaml",
        "weft: 1\nname: child\nconnections:\n  own: {tool: sql, url: 'sqlite:///:memory:'}\n"
        "steps:\n  - {id: q, tool: own, with: {sql: select 1 as one}}\n",
    )
    place.write(
        "a.weft.yaml",
        "weft: 1\nname: a\nconnections:\n  shop: {tool: sql, url: 'sqlite:///:memory:'}\nsteps:\n"
        "  - {id: below, workflow: ./child.weft.yaml}\n"
        "  - {id: done, tool: shop, with: {sql: select 2 as two}, undo: {tool: shop, with: {sql: select 3 as three}}}\n"
        "  - {id: stop, tool: fail, with: {message: no}}\n",
    )
    place.weft("run", "a.weft.yaml")
    assert [(one["step"], one["tool"], one["event"][-7:]) for one in entries()] == [
        ("below/q", "own", "success"),
        ("done", "shop", "success"),
        ("done/(undo)", "shop", "success"),
    ]


def test_a_trail_that_nobody_touched_is_whole_and_names_its_head(place: Place) -> None:
    ran(place)
    answer = place.weft("audit", "verify", "--output", "json")
    holds("audit", answer.json)
    assert answer.code == 0
    assert answer.json["damages"] == []
    assert answer.json["head"] == entries()[-1]["hash"]


DAMAGE = {
    "a byte of an entry": (
        "UPDATE weft_audit SET entry = replace(entry, 'wrong', 'wrang') WHERE number = 3",
        3,
    ),
    "a byte of a hash": ("UPDATE weft_audit SET hash = upper(hash) WHERE number = 2", 2),
    "the run it is filed under": ("UPDATE weft_audit SET run_id = 'other' WHERE number = 2", 2),
    "a row from the middle": ("DELETE FROM weft_audit WHERE number = 2", 2),
    "a middle closed up": (
        "UPDATE weft_audit SET number = number - 1 WHERE number > 2 AND 2 NOT IN (SELECT number FROM weft_audit)",
        2,
    ),
    "the tail": ("DELETE FROM weft_audit WHERE number = 3", 3),
    "everything": ("DELETE FROM weft_audit", 1),
    "the head's hash": ("UPDATE weft_audit_head SET hash = 'no'", 3),
    "the head put back": ("UPDATE weft_audit_head SET number = 2", 2),
    "the head": ("DELETE FROM weft_audit_head", None),
    "no JSON": ("UPDATE weft_audit SET entry = 'x' WHERE number = 1", 1),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_found_and_the_entry_named(place: Place, what: str) -> None:
    statement, number = DAMAGE[what]
    ran(place)
    if what == "a middle closed up":
        place.sql("DELETE FROM weft_audit WHERE number = 2")
    place.sql(statement)
    answer = place.weft("audit", "verify", "--output", "json")
    assert answer.code == 1
    holds("audit", answer.json)
    assert answer.json["damages"][0]["number"] == number
    assert f"damage: {answer.json['damages'][0]['message']}" in place.weft("audit", "verify").out
    assert place.weft("audit").code == 0  # what is left can still be looked at


def test_an_entry_made_anew_with_its_own_hash_does_not_follow(place: Place) -> None:
    """Whoever knows how hashes are made has to make all that follow anew, and the head, which can be noted elsewhere."""
    from hashlib import sha256

    ran(place)
    ((text,),) = place.sql("SELECT entry FROM weft_audit WHERE number = 2")
    forged = text.replace("success", "failure")
    place.sql(
        "UPDATE weft_audit SET entry = ?, hash = ? WHERE number = 2",
        forged,
        sha256(forged.encode()).hexdigest(),
    )
    (damage,) = verify_audit(STORE).damages
    assert (damage.number, damage.message) == (3, "entry 3 does not follow the one before it")


def test_a_call_cannot_be_recorded_where_the_head_is_gone(place: Place) -> None:
    """Rather no run than calls that no trail tells."""
    ran(place)
    place.sql("DELETE FROM weft_audit_head")
    answer = place.weft("run", "a.weft.yaml")
    assert answer.code == 5
    assert "the head of the audit trail is missing" in answer.err


def appending(journal: Journal, name: str, times: int) -> None:
    recorded(journal, name, SHOP, [])
    for number in range(times):
        event = NewEvent(1.0, "StepSucceeded", "wrong", number, {})
        journal.append(name, 1, [event], None, None, (), [NewEntry(0, {"run": name, "n": number})])


def several_writers(store: str) -> None:
    journals = [open_journal(store) for _ in range(3)]
    threads = [
        threading.Thread(target=appending, args=(journal, f"r{number}-{half}", 15))
        for number, journal in enumerate(journals)
        for half in (1, 2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [json.loads(one.text) for one in journals[0].watch.entries()]
    for journal in journals:
        journal.close()
    assert len(found) == 90
    assert all(
        [one["n"] for one in found if one["run"] == name] == list(range(15))
        for name in {one["run"] for one in found}
    )
    seen = verify_audit(store)
    assert (seen.entries, seen.damages) == (90, [])


def test_several_writers_make_one_chain(place: Place) -> None:
    several_writers(str(place.folder / "runs.db"))


@pytest.mark.services
def test_several_writers_make_one_chain_on_a_server(postgres_url: str) -> None:
    several_writers(postgres_url)


def test_what_is_refused_leaves_no_entry(tmp_path: Path) -> None:
    journal = open_journal(str(tmp_path / "runs.db"))
    recorded(journal, "r", SHOP, [])
    event = NewEvent(1.0, "StepSucceeded", "wrong", 1, {})
    with pytest.raises(Exception, match="epoch"):
        journal.append("r", 7, [event], None, None, (), [NewEntry(0, {"run": "r"})])
    assert list(journal.watch.entries()) == []
    head = journal.watch.head()
    assert head is not None
    assert head.number == 0


KILLED = ("CP4", "CP5", "CP6:2", "CP7:4", "CP7:5", "CP8:3", "CP10")


def killed_and_resumed(place: Place, at: str) -> None:
    """A process of its own dies at a crash point; this one goes on: each call that ended is told once."""
    place.write("a.weft.yaml", SHOP)
    program = [
        sys.executable,
        "-c",
        "from engine.cli import main; main()",
        "run",
        "a.weft.yaml",
        "--run-id",
        "r",
    ]
    dead = subprocess.run(program, env={**os.environ, "WEFT_CRASH_AT": at}, capture_output=True, check=False)
    assert dead.returncode == -9
    assert place.weft("resume", "r").code in (0, 2)  # 2: it had ended
    journal = open_journal(STORE)
    assert audited(journal) == ended_calls(journal, {"q", "wrong"})
    assert len({one["step"] for one in entries() if one["event"] == "tool_execution_success"}) == 2
    journal.close()
    assert verify_audit(STORE).damages == []


@pytest.mark.slow
@pytest.mark.parametrize("at", KILLED)
def test_no_call_is_lost_or_told_twice_when_the_process_dies(place: Place, at: str) -> None:
    killed_and_resumed(place, at)


@pytest.mark.slow
def test_a_call_whose_process_died_is_told_when_the_run_goes_on(place: Place) -> None:
    killed_and_resumed(place, "CP6:3")
    lost = [one for one in entries() if one["error"] and one["error"]["type"] == "lost"]
    assert [(one["event"], one["execution_time"]) for one in lost] == [("tool_execution_failure", None)]


@pytest.mark.slow
def test_several_processes_make_one_chain(place: Place) -> None:
    place.write("a.weft.yaml", SHOP.replace("[x, y]", json.dumps([f"k{number}" for number in range(40)])))
    program = [
        sys.executable,
        "-c",
        "from engine.cli import main; main()",
        "run",
        "a.weft.yaml",
        "--output",
        "json",
    ]
    going = [
        subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(3)
    ]
    assert [one.wait() for one in going] == [0, 0, 0]
    seen = verify_audit(STORE)
    assert (seen.entries, seen.damages) == (3 * 41, [])
