"""The text of a file, its limits to the last byte and node, and the words of a workflow."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from contract_flow import echo, fail, flow, problems, said, slow, spec, statuses, use

import engine
from engine import CallContext, InputError, SpecError
from engine.spec.load import load, load_text

# -- what a file may hold ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", [".nan", ".NaN", ".inf", "-.inf", "+.Inf"])
def test_yaml_numbers_that_are_not_finite_are_errors(written: str) -> None:
    assert [problem.code for problem in load_text(f"a: {written}\n", "f.yaml")[1]] == ["WF106"]


def test_a_file_of_64_mebibytes_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    """The file is a hole on disk; read, it is NULs, which are refused for what they are."""
    path = tmp_path / "hole.weft.yaml"
    codes = []
    for size in (64 * 2**20, 64 * 2**20 + 1):
        path.touch()
        os.truncate(path, size)
        codes.append([problem.code for problem in load(path)[1]])
    assert codes == [["WF113"], ["WF107"]]


def test_ten_million_nodes_are_allowed_and_one_more_is_not() -> None:
    """Aliases count as what they stand for: a thousand nodes, then a million, then all the rest."""
    thousand = "&a [" + ", ".join("x" * 999) + "]"
    million = "&b [" + ", ".join(["*a"] * 999) + "]"  # 999,001
    rest = 10_000_000 - 1 - 1_000 - 9 * 999_001  # the outer list, the two above, eight more of the second
    more = ["*b"] * 8 + ["*a"] * (rest // 1000) + ["x"] * (rest % 1000)
    tree, found = load_text(f"[{thousand}, {million}, {', '.join(more)}]", "f.yaml")
    assert tree is not None and not found
    tree, found = load_text(f"[{thousand}, {million}, {', '.join(more)}, x]", "f.yaml")
    assert tree is None
    assert [problem.code for problem in found] == ["WF109"]


def test_keys_of_the_author_stand_in_every_mapping_of_the_language() -> None:
    own = {"x-mine": {"any": [1]}}
    told = problems(
        [
            {**echo("a", "$<inputs.i>", foreach={"in": [1], **own}, retry={**own}), **own},
            {**echo("b", repeat={"until": "last.v == 1", "max": 2, **own}), **own},
            {"id": "c", "tool": "db", "with": {"sql": "select 1"}},
            {"id": "d", "steps": [{**echo("e"), **own}], **own},
            {"id": "f", "workflow": "w"},
        ],
        inputs={"i": {"type": "string", **own}},
        connections={"db": {"tool": "sql", "url": "duckdb:///:memory:", **own}},
        defaults={"timeout": "1h", **own},
        workflows={"w": {"steps": [echo("g")], **own}},
        **own,
    )
    assert told == []


UNKNOWN: list[tuple[dict[str, Any], str]] = [
    ({"inptus": {}}, "inputs"),
    ({"defaults": {"timout": 1}}, "timeout"),
    ({"inputs": {"i": {"minimun": 1}}}, "minimum"),
    ({"connections": {"db": {"tool": "sql", "url": "duckdb:///x", "max_row": 1}}}, "max_rows"),
    ({"workflows": {"w": {"steps": [echo("z")], "ouptuts": {}}}}, "outputs"),
    ({"steps": [echo("a", foreach={"in": [1], "tolerat": 1})]}, "tolerate"),
    ({"steps": [echo("a", repeat={"until": "last.v", "maxx": 1})]}, "max"),
    ({"steps": [echo("a", retry={"attemts": 1})]}, "attempts"),
    ({"steps": [echo("a", wen="true")]}, "when"),
    ({"steps": [{"id": "g", "steps": [echo("a", neds=[])]}]}, "needs"),
]


@pytest.mark.parametrize(("words", "meant"), UNKNOWN, ids=[meant for _, meant in UNKNOWN])
def test_an_unknown_key_is_an_error_that_suggests_the_nearest(words: dict[str, Any], meant: str) -> None:
    found = problems(**{"steps": [echo("a", "$<inputs>")], **words})
    assert f'did you mean "{meant}"?' in [hint for _, _, hint in found]
    assert any(one.severity == "error" for one in engine.validate(spec(**{"steps": [echo("a")], **words})))


# -- the words of a file ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("a" * 63, True),
        ("a" * 64, False),
        ("9-a", True),
        ("a-", True),
        ("-a", False),
        ("A", False),
        ("a_b", False),
    ],
)
def test_a_name_is_63_small_letters_digits_and_dashes_at_most(name: str, good: bool) -> None:
    found = engine.validate({**spec([echo("a")]), "name": name})
    assert [one.code for one in found] == ([] if good else ["WF206"])


@pytest.mark.parametrize("missing", ["weft", "name", "steps"])
def test_version_name_and_steps_are_required(missing: str) -> None:
    whole = spec([echo("a")])
    del whole[missing]
    (found,) = engine.validate(whole)
    assert found.code in ("WF201", "WF204")
    assert missing in (found.message + (found.hint or ""))


@pytest.mark.parametrize("version", [2, "1", 1.5])
def test_one_is_the_only_version(version: object) -> None:
    assert [one.code for one in engine.validate({**spec([echo("a")]), "weft": version})] == ["WF211"]


def test_match_belongs_to_conditional_and_is_all_or_first() -> None:
    assert problems([echo("a")], mode="conditional", match="all") == []
    assert problems([echo("a")], mode="conditional", match="first") == []
    assert [code for code, _, _ in problems([echo("a")], mode="conditional", match="some")] == ["WF205"]
    assert [code for code, _, _ in problems([echo("a")], mode="dag", match="first")] == ["WF209"]


def test_without_match_every_step_that_holds_is_run() -> None:
    told = flow([echo("a", when="true"), echo("b", when="false"), echo("c", when="true")], mode="conditional")
    assert statuses(told) == {"a": "succeeded", "b": "skipped", "c": "succeeded"}


@pytest.mark.parametrize("word", ["inputs", "let"])
@pytest.mark.parametrize(
    ("name", "good"), [("A", True), ("a_9", True), ("_a", False), ("9a", False), ("a-b", False), ("ä", False)]
)
def test_inputs_and_named_values_have_names_of_letters_digits_and_underscores(
    word: str, name: str, good: bool
) -> None:
    told = problems([echo("a", f"$<{word}['{name}']>")], **{word: {name: {"default": 1}}})
    assert ("WF206" not in [code for code, _, _ in told]) is good
    assert bool(told) is not good


def test_an_input_is_held_to_its_schema_and_formats_count() -> None:
    inputs: dict[str, Any] = {
        "day": {"type": "string", "format": "date"},
        "n": {"type": "integer", "minimum": 1},
    }
    steps = [echo("a", "$<inputs.day> $<inputs.n>")]
    assert said(flow(steps, inputs=inputs, given={"day": "2026-01-31", "n": 2}), "a") == "2026-01-31 2"
    with pytest.raises(InputError, match='"soon" is not a "date"'):
        flow(steps, inputs=inputs, given={"day": "soon", "n": 2})
    with pytest.raises(InputError, match="n"):
        flow(steps, inputs=inputs, given={"day": "2026-01-31", "n": 0})


def test_an_input_without_a_default_is_required_and_a_default_fills_in() -> None:
    steps = [echo("a", "$<inputs.n>")]
    assert said(flow(steps, inputs={"n": {"type": "integer", "default": 7}}), "a") == 7
    with pytest.raises(InputError, match='input "n" is missing'):
        flow(steps, inputs={"n": {"type": "integer"}})


def test_a_default_takes_no_reference() -> None:
    found = problems([echo("a", "$<inputs.n>")], inputs={"n": {"default": "$<now()>"}})
    assert [(code, message) for code, message, _ in found] == [("WF404", '"default" takes no references')]


def test_named_values_stand_on_the_file_a_group_and_a_step() -> None:
    inner = echo("a", ["$<let.x>", "$<let.y>", "$<let.z>"], let={"z": "$<let.y + 1>"})
    told = flow([{"id": "g", "let": {"y": "$<let.x + 1>"}, "steps": [inner]}], let={"x": 1})
    assert said(told, "a") == [1, 2, 3]


def test_a_named_value_is_made_once() -> None:
    told = flow(
        [echo("a", ["$<let.x>", "$<let.y>"]), echo("b", "$<let.x>")], let={"x": "$<uuid()>", "y": "$<let.x>"}
    )
    assert said(told, "a") == [said(told, "b")] * 2


def test_defaults_hold_for_tool_steps_only() -> None:
    """A group with a default timeout would be cut, with a default retry it would run its steps again."""
    group = {"id": "g", "steps": [{"id": "b", "tool": "fail", "retry": {"attempts": 1}}]}
    defaults = {"timeout": "40ms", "retry": {"attempts": 2, "delay": "1ms", "errors": ["any"]}}
    long = {"id": "h", "steps": [slow("c", 0.08, timeout="1m")]}
    told = flow([fail("a"), group, long, slow("d")], mode="parallel", defaults=defaults)
    assert [told.steps[name].attempts for name in "agb"] == [2, 1, 1]
    assert [told.steps[name].status for name in "hcd"] == ["succeeded", "succeeded", "timed_out"]


def test_a_context_is_handed_to_tools_merged_inwards_from_file_group_and_step() -> None:
    def see(context: CallContext) -> dict[str, Any]:
        return dict(context.context)

    step = use("a", "see", context={"c": 3, "deep": {"z": 3}})
    group = {"id": "g", "context": {"b": 2, "deep": {"y": 2}}, "steps": [step]}
    told = flow([group], context={"a": 1, "b": 1, "deep": {"x": 1, "y": 1}}, tools={"see": see})
    assert told.steps["a"].data == {"a": 1, "b": 2, "c": 3, "deep": {"x": 1, "y": 2, "z": 3}}


@pytest.mark.parametrize(("mode", "wrong"), [("dag", False), ("dag", True), ("sequential", True)])
def test_the_files_rescue_runs_after_a_failure_and_its_finally_always(mode: str, wrong: bool) -> None:
    steps = [fail("a") if wrong else echo("a"), echo("b")]
    told = flow(steps, mode=mode, rescue=[echo("r")], **{"finally": [echo("f")]})
    assert told.success
    assert ("r" in told.steps) is wrong
    assert told.steps["f"].status == "succeeded"


def test_what_is_reserved_is_told_by_validate_and_refused_by_run() -> None:
    whole = spec([echo("a")], triggers=[{"cron": "0 6 * * *"}])
    assert [(one.severity, one.code) for one in engine.validate(whole)] == [("info", "WF212")]
    with pytest.raises(SpecError, match="triggers"):
        engine.run(whole, store="memory")


def test_the_smaller_of_concurrency_and_the_calls_own_limit_holds() -> None:
    seen: list[int] = []
    running = 0

    async def work() -> None:
        nonlocal running
        running += 1
        seen.append(running)
        for _ in range(5):
            await asyncio.sleep(0)
        running -= 1

    steps = [use(f"s{n}", "work") for n in range(6)]
    for concurrency, option, most in ((4, 2, 2), (2, 4, 2), ("all", None, 6), (3, None, 3)):
        seen.clear()
        whole = spec(steps, mode="parallel", concurrency=concurrency)
        assert engine.run(whole, store="memory", tools={"work": work}, max_parallel=option).success
        assert max(seen) == most
