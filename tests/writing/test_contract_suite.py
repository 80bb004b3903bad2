"""The published contract: our own tools keep it, and it finds what it says it finds."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from engine import CallContext, Tool, ToolError, UsageError, operation
from engine.spec.toolspec import Declaration, OperationSpec
from engine.testing import ContractBroken, Example, ToolContract, contract
from engine.tools.port import Result
from engine.tools.registry import BUILT_IN

EXPECT = [{"check": "not_null", "column": "id"}]
OURS: dict[str, list[Example]] = {
    "echo": [Example(None, {"a": [1]}, data={"a": [1]})],
    "fail": [
        Example(None, {"type": "conflict"}, fails="conflict"),
        Example(None, {"times": 0, "data": 1}, data=1),
    ],
    "sleep": [
        Example(None, {"seconds": 0}, data={"slept": 0}),
        Example(None, {"seconds": 60}, blocks=True),
        Example(None, {"seconds": "soon"}, fails="invalid"),
    ],
    "assert": [
        Example(None, {"data": [{"id": 1}], "expect": EXPECT}),
        Example(None, {"data": [{"id": None}], "expect": EXPECT}, fails="data"),
    ],
    "python": [Example(None, {"call": "json:dumps", "args": [[1]]}, data="[1]")],
    "shell": [
        Example(None, {"argv": ["echo", "hi"]}, data={"exit_code": 0, "stdout": "hi\n", "stderr": ""}),
        Example(None, {"argv": ["sleep", "60"]}, blocks=True),
        Example(None, {"command": "exit 3"}, fails="failed"),
    ],
    "file": [
        Example("read", {"path": "in.json"}),
        Example("list", {"pattern": "*.json"}),
        Example("write", {"path": "out.csv", "content": [{"id": 1}]}),
        Example("read", {"path": "gone.json"}, fails="not_found"),
    ],
    "http": [Example(None, {"url": "SERVER/"}), Example(None, {"url": "SERVER/slow"}, blocks=True)],
    "render": [
        Example(
            None,
            {"template": "Dear {{ n }},", "values": {"n": "Ada"}},
            data={"text": "Dear Ada,", "bytes": 9},
        ),
        Example(None, {"template": "{{ n }}"}, fails="data"),
        Example(
            None,
            {"template": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"},
            blocks=True,
        ),
    ],
    "transform": [
        Example(
            None, {"records": [{"id": 1}], "steps": [{"limit": 1}]}, data={"records": [{"id": 1}], "count": 1}
        )
    ],
    "sql": [
        Example("load", {"table": "t", "records": [{"id": 1}, {"id": 2}], "mode": "replace"}),
        Example("query", {"sql": "select id from t"}),
        Example("execute", {"sql": "insert into t values (3)"}),
        Example("describe_table", {"table_name": "t"}),
        Example("table_statistics", {"table_name": "t"}),
        Example("data_quality_report", {"table_name": "t"}),
        Example("check", {"table_name": "t", "expect": EXPECT}),
        Example("check", {"table_name": "t", "expect": [{"check": "row_count", "max": 1}]}, fails="data"),
        Example("query_performance_analysis", {"sql": "select id from t"}, varies=True),
        Example("query", {"sql": "drop table t"}, fails="permission"),
    ],
    "wait": [],
}
CONFIG: dict[str, Any] = {"sql": {"url": "sqlite:///w.db", "writable": True}}


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/slow":
            self.server.let_go.wait(30)  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Any:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    server.daemon_threads = True
    server.let_go = threading.Event()  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.let_go.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_our_own_tools_keep_the_contract(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    (tmp_path / "in.json").write_text(json.dumps([{"id": 1}]), encoding="utf-8")
    examples = OURS[name]
    if name == "http":
        url = request.getfixturevalue("server")
        examples = [
            Example(
                None,
                {"url": str(one.parameters["url"]).replace("SERVER", url)},
                blocks=one.blocks,
                varies=True,
            )
            for one in examples
        ]
    report = contract(name, examples, folder=tmp_path, config=CONFIG.get(name), declared=False)
    shown = {"schemas_round_trip", "examples_fit", "imports_are_lazy"}
    if examples:
        shown |= {"examples_run", "results_fit", "close_twice"}
    if any(one.blocks for one in examples):
        shown.add("cancel_ends_a_call")
    assert shown <= set(report.kept)


def test_every_tool_of_ours_has_examples() -> None:
    assert set(OURS) == set(BUILT_IN)


class Liar(Tool):
    """Breaks most promises there are."""

    category = "integration"

    def configure(self, password: str = "hunter22") -> None:
        self.password = password

    def __repr__(self) -> str:
        return f"Liar({self.password})"

    @operation(repeatable=True, examples=[{"n": "one"}])
    def count(self, n: int) -> int:
        self.n = getattr(self, "n", 0) + n
        return self.n

    @operation
    def tell(self) -> str:
        raise ToolError(f"no access with {self.password}", type="permission")

    @operation
    def hang(self) -> None:
        time.sleep(60)

    def is_retryable(self, error: Exception) -> Any:
        return error.args[0] == 1 or "yes"

    def health_check(self) -> Any:
        raise RuntimeError("no idea")

    def close(self) -> None:
        self.closed = 1 // (1 - getattr(self, "closed", 0))


EXAMPLES = [
    Example("count", {"n": 2}, data=3),
    Example("count", {"n": 2}, fails="data"),
    Example("tell", fails="permission"),
    Example("tell", fails="not_found"),
    Example("hang", blocks=True),
]


def test_it_finds_what_it_says_it_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every clause is shown to fail: a promise that nothing can break promises nothing."""
    monkeypatch.setattr("engine.testing.clauses.CANCEL_SECONDS_MAX", 0.1)
    monkeypatch.setattr("engine.testing.clauses.HEAVY", ["json"])
    with pytest.raises(ContractBroken) as broken:
        contract(Liar, EXAMPLES, config={"password": "hunter22"})
    problems = broken.value.problems
    assert set(problems) == {
        *("examples_fit", "examples_run", "cancel_ends_a_call", "repeatable_repeats", "close_twice"),
        *("no_secret_in_errors", "is_retryable_is_total", "health_check_answers", "imports_are_lazy"),
    }
    told = str(broken.value)
    assert 'examples_fit: count: declared example 1: "n" must be a whole number, not the text "one"' in told
    assert "gave 2, expected 3" in told
    assert "failed: permission: no access" in told
    assert "goes on 0.1 s after it was cancelled" in told
    assert "gave 4 when it was called again" in told
    assert "repr() of the tool holds a secret" in told
    assert "is_retryable(TimeoutError) raised IndexError" in told
    assert "health_check() raised RuntimeError: no idea" in told


class _Declared:
    """A tool of plain declarations that gives what it was told to give."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        pass

    def call(self, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Result:
        return Result(data=parameters["gives"])

    def close(self) -> None:
        pass


_ITEMS = {"type": "array", "items": {"type": "object", "properties": {"a": {}}}}
_RESULT = {"type": "object", "properties": {"n": {"type": "integer"}, "of": _ITEMS}}
LYING = Declaration(
    "lying",
    "integration",
    "",
    {"go": OperationSpec("", result=_RESULT, lane="inline")},
    "test_contract_suite:_Declared",
)


@pytest.mark.parametrize(
    ("gives", "told"),
    [
        ({"n": "1"}, '"n" must be a whole number, not the text "1"'),
        ({"n": 1, "m": 2}, "data.m is not declared"),
        ({"of": [{"a": 1}, {"a": 1, "b": 2}]}, "data.of[1].b is not declared"),
    ],
)
def test_a_declared_result_is_what_is_given_and_all_of_it(gives: Any, told: str) -> None:
    with pytest.raises(ContractBroken) as broken:
        contract(LYING, [Example("go", {"gives": gives})])
    assert told in str(broken.value)
    assert set(broken.value.problems) == {"results_fit"}
    assert "results_fit" in contract(LYING, [Example("go", {"gives": {"n": 1, "of": []}})]).kept


def test_a_schema_that_is_none_is_told() -> None:
    wrong = Declaration(
        "wrong",
        "odd",  # type: ignore[arg-type]
        "",
        {"go": OperationSpec("", parameters={"type": "objct"}, lane="threads")},  # type: ignore[arg-type]
        "test_contract_suite:_Declared",
        default_operation="og",
    )
    with pytest.raises(ContractBroken) as broken:
        contract(wrong)
    told = str(broken.value)
    for part in (
        'category "odd"',
        'default operation "og"',
        'lane "threads"',
        "no JSON Schema",
        '"type": "object"',
    ):
        assert part in told


def test_what_is_no_tool_is_refused() -> None:
    with pytest.raises(UsageError, match='no tool "ecoh" is installed'):
        contract("ecoh")
    with pytest.raises(UsageError, match="an example names the operation"):
        contract("echo", [Example("eco")])


@operation(repeatable=True, examples=[{"word": "hey"}])
def shout(word: str) -> str:
    """Louder."""
    return word.upper()


class TestShout(ToolContract):
    """The class for pytest, used as a third party would; the clauses are its tests."""

    tool = shout
    examples = [Example(None, {"word": "a"}, data="A")]
