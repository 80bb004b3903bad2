"""Checking never raises, whatever stands where: mutations of a spec that uses every word, and of a few small ones."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from generated import over
from hypothesis import HealthCheck, example
from hypothesis import strategies as st

from engine.app.checking import Checked, check_text
from engine.diagnostics import CODES, as_text
from engine.spec.load import load
from engine.spec.words import FILE_WORDS, STEP_WORDS

GOLDEN = Path(__file__).parent.parent / "golden"
UNBUILT = {
    "weft": 1,
    "name": "unbuilt",
    "triggers": [{"cron": "0 6 * * *"}],
    "let": {"a": "$<inputs.x>", "b": "$<let.a>"},
    "inputs": {"x": {"type": "string", "default": "x"}},
    "context": {"on_miss": "warn"},
    "workflows": {"child": {"inputs": {}, "steps": [{"id": "c", "tool": "echo"}], "outputs": {}}},
    "steps": [
        {
            "id": "a",
            "tool": "echo",
            "let": {"n": 1},
            "cache": {"ttl": "1h", "key": "$<inputs.x>"},
            "rate_limit": "10/s",
        },
        {
            "id": "b",
            "steps": [{"id": "b1", "tool": "echo"}],
            "repeat": {"until": "last.ok", "max": 3, "every": "1s"},
        },
        {
            "id": "c",
            "workflow": "child",
            "with": {},
            "priority": "high",
            "undo": {"tool": "echo", "with": {"x": 1}},
        },
        {
            "id": "d",
            "tool": "fail",
            "rescue": [{"id": "d1", "tool": "echo", "with": {"m": "$<error.message>"}}],
            "finally": [{"id": "d2", "tool": "echo", "with": {"m": "$<errors>"}}],
        },
    ],
    "rescue": [{"id": "r", "tool": "echo"}],
    "finally": [{"id": "f", "tool": "echo"}],
}


def roots() -> list[Any]:
    """Every golden spec that has a tree, and one with the words that are not available yet."""
    trees = [load(path)[0] for path in sorted(GOLDEN.rglob("*.weft.yaml")) if "WF10" not in path.parent.name]
    return [UNBUILT, *(tree.root for tree in trees if tree is not None and isinstance(tree.root, dict))]


ROOTS = roots()
WORDS = sorted(FILE_WORDS | STEP_WORDS)
STRANGE: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 10**18, "", " ", "x", "$<", "$<x>", "$<step_a_result>", "$<steps.a>", "$<inputs>"),
    *("${steps.a}", "a\nb", "\u202e", "yes", "1h", "5%", "y" * 2000),
    *([], {}, [None], [[]], {"": ""}, {"a": {"a": {}}}, ["a", 1], [{"id": "a"}], {"in": 1}),
]  # fmt: skip


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at]
    if isinstance(value, dict):
        for key, item in value.items():
            found += places(item, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += places(item, (*at, index))
    return found


def mutate(root: Any, draw: Any) -> Any:
    path = draw(st.sampled_from(places(root)))
    if not path:
        return copy.deepcopy(draw(st.sampled_from(STRANGE)))
    holder = root
    for step in path[:-1]:
        holder = holder[step]
    how = draw(st.sampled_from(["remove", "strange", "rename", "swap", "copy", "add"]))
    last = path[-1]
    if how == "remove":
        del holder[last]
    elif how == "strange":
        holder[last] = copy.deepcopy(draw(st.sampled_from(STRANGE)))
    elif how == "rename" and isinstance(last, str):
        holder[draw(st.sampled_from([*WORDS, last + "s", last[1:], "x-" + last]))] = holder.pop(last)
    elif how == "swap":
        other = draw(st.sampled_from(places(root)[1:]))
        value: Any = root
        for step in other:
            value = value[step]
        holder[last] = copy.deepcopy(value)
    elif how == "copy" and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[last]))
    elif isinstance(holder, dict):
        holder[draw(st.sampled_from(WORDS))] = copy.deepcopy(draw(st.sampled_from(STRANGE)))
    return root


@st.composite
def mutated(draw: Any) -> Any:
    root = copy.deepcopy(draw(st.sampled_from(ROOTS)))
    for _ in range(draw(st.integers(1, 4))):
        if isinstance(root, dict) and root:
            root = mutate(root, draw)
    return root


def checked(root: Any) -> Checked:
    return check_text(json.dumps(root, indent=1), "spec.weft.json", "json")


@over(mutated(), examples=150, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
@example({"steps": [{"id": "a", "tool": "echo", "with": {"x": "$<step_a_result.x>"}, "when": "inputs.x"}]})
@example({})
@example([])
@example({"steps": [None]})
@example({"steps": [[{"id": "a"}]]})
@example({"weft": 1, "steps": [{"id": "a", "steps": [{"id": "a", "steps": []}]}]})
@example({"inputs": {"": None, "a": []}, "steps": [{}], "connections": {"": {"tool": ""}}})
def test_checking_a_mutated_spec_gives_known_codes_in_the_file(root: Any) -> None:
    found = checked(root)
    assert found.tree is not None
    lines = found.tree.source.line_count
    for problem in found.diagnostics:
        assert problem.code in CODES
        assert 1 <= problem.span.line <= problem.span.end_line <= lines, problem
        assert problem.message
        assert "\n" not in problem.message, problem
        assert len(problem.message) < 500, problem
    assert as_text(found.diagnostics, {"spec.weft.json": found.tree.source}).count("\n") >= len(
        found.diagnostics
    )
    if not isinstance(root, dict) or "weft" not in root or not root.get("steps"):
        assert found.diagnostics.errors


@pytest.mark.slow
@pytest.mark.parametrize("index", range(len(ROOTS)))
def test_every_key_of_a_spec_may_be_missing(index: int) -> None:
    """Each entry of each golden spec is taken away once: a crash here is one a misindented line would bring."""
    root = ROOTS[index]
    for path in places(root)[1:]:
        less = copy.deepcopy(root)
        holder = less
        for step in path[:-1]:
            holder = holder[step]
        del holder[path[-1]]
        assert all(problem.code in CODES for problem in checked(less).diagnostics)
