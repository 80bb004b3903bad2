"""The benchmarks work, and compare like with like. Nothing here looks at how long anything took."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.engine_side import ready, run  # noqa: E402
from benchmarks.limit import run_bare  # noqa: E402
from benchmarks.measure import Pair  # noqa: E402
from benchmarks.shapes import SHAPES, layers  # noqa: E402
from benchmarks.specs import of_graph, realistic  # noqa: E402
from benchmarks.table import Goal, Row, print_table  # noqa: E402


@pytest.mark.slow
def test_every_benchmark_runs_to_its_end(tmp_path):
    """By the one command, as CI and people call it."""
    out = tmp_path / "rows.json"
    command = [
        sys.executable,
        str(ROOT / "benchmarks" / "run.py"),
        "--small",
        "--json",
        str(out),
        "--folder",
        str(tmp_path),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads(out.read_text(encoding="utf-8"))["rows"]
    names = [row["name"] for row in rows]
    assert len(set(names)) == len(names) >= 30
    assert all(row["measured"] > 0 and row["baseline"] > 0 and row["ratio"] > 0 for row in rows)
    assert all(name in done.stdout for name in names)
    assert [path.name for path in tmp_path.iterdir()] == ["rows.json"], "a benchmark left something behind"


@pytest.mark.parametrize("shape", SHAPES)
def test_the_engine_and_the_limit_compute_the_same_values(shape):
    """Else the limit would be measured on another task than the engine's."""
    graph = SHAPES[shape](130)
    expected = [{"n": n, "before": needs} for n, needs in enumerate(graph)]
    assert run_bare(graph) == expected
    seen = {}

    def look(row):
        if getattr(row, "kind", None) == "StepSucceeded":
            seen[row.instance] = row.payload["data"]

    run(ready(of_graph(graph)), observer=look)
    assert seen == {f"s{n}": value for n, value in enumerate(expected)}


@pytest.mark.parametrize("tool", ["async_noop", "blocking_noop"])
def test_the_other_lanes_pass_values_on_too(tool):
    """With an expression and a timeout in every step, as their benchmarks have them."""
    seen = []
    graph = SHAPES["W1 chain"](5)
    checked = ready(of_graph(graph, tool=tool, expression=" + 0", timeout="1h"))
    run(
        checked,
        observer=lambda row: seen.append(row.payload["data"]) if row.kind == "StepSucceeded" else None,
    )
    assert [value["before"] for value in seen] == [[], [0], [1], [2], [3]]


def test_layers_need_one_to_three_of_the_layer_before_and_two_on_average():
    graph = layers(1_000)
    for index, needs in enumerate(graph[100:], 100):
        assert 1 <= len(needs) <= 3
        assert all(need // 100 == index // 100 - 1 for need in needs)
    assert sum(map(len, graph)) / 900 == pytest.approx(2, abs=0.1)
    assert graph == layers(1_000)


def test_a_realistic_step_has_twelve_lines_and_its_spec_no_problem():
    text = realistic(40)
    assert len(text.splitlines()) - len(realistic(0).splitlines()) == 40 * 12
    assert list(ready(text).diagnostics) == []


def test_a_run_that_fails_is_an_error_and_no_figure():
    checked = ready(
        "weft: 1\nname: x\ninputs: {zero: {}}\nsteps:\n  - {id: a, tool: echo, with: {n: $<1 / inputs.zero>}}\n"
    )
    with pytest.raises(RuntimeError, match="ended failed"):
        run(checked, inputs={"zero": 0})


def test_a_spec_that_is_wrong_is_an_error_and_no_figure():
    with pytest.raises(RuntimeError, match="no_such_tool"):
        ready("weft: 1\nname: x\nsteps:\n  - {id: a, tool: no_such_tool}\n")


def test_ratios_are_taken_turn_by_turn():
    """A machine that is slow for one turn is slow for both: the ratio of that turn still holds."""
    pair = Pair(measured=[2.0, 20.0, 2.0], baseline=[1.0, 10.0, 1.0])
    assert pair.times_longer == [2.0, 2.0, 2.0]
    assert pair.shares == [0.5, 0.5, 0.5]
    assert pair.share == 0.5


@pytest.mark.parametrize(
    ("goal", "met"),
    [
        (Goal("ratio", "≤", 3.0), True),
        (Goal("ratio", "≥", 3.1), False),
        (Goal("measured", "≤", 299.0), False),
        (Goal("difference", "≤", 200.0), True),
        (Goal("difference", "≤", 199.0), False),
    ],
)
def test_a_goal_is_about_the_ratio_the_value_or_the_difference(goal, met):
    assert Row("x", 300.0, 100.0, "ms", "bare", [2.0, 3.0, 9.0], goal).met is met


def test_a_row_without_a_goal_is_neither_met_nor_missed():
    lines = []
    print_table([Row("x", 300.0, 100.0, "ms", "bare", [3.0])], lines.append)
    cells = [cell.strip() for cell in lines[-1].strip("|").split("|")]
    assert cells == ["x", "300 ms", "100 ms bare", "3", "3 to 3", "–", "–"]
