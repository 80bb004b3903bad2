"""`weft graph --format svg`: nothing overlaps, nothing is lost, nothing of an author is markup."""

from __future__ import annotations

import random
import xml.etree.ElementTree as ET
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from engine.app.checking import check_file, check_text
from engine.graph import Plan
from engine.graph.svg import as_svg
from engine.graph.svg_boxes import Box, boxes
from engine.graph.svg_layers import layered
from engine.graph.svg_text import text_width

ROOT = Path(__file__).resolve().parents[2]
NS = "{http://www.w3.org/2000/svg}"
EXAMPLES = sorted(ROOT.glob("examples/**/*.weft.yaml"))


def plan_of(text: str) -> Plan:
    checked = check_text(f"weft: 1\nname: demo\n{text}", "demo.weft.yaml")
    assert checked.plan is not None
    return checked.plan


def random_dag(seed: int, size: int) -> list[str]:
    """Lines of steps, each needing some of the 30 before it."""
    dice = random.Random(seed)
    lines = []
    for index in range(size):
        needs = sorted(
            {dice.randrange(max(0, index - 30), index) for _ in range(dice.randrange(3))} if index else ()
        )
        lines.append(f"  - {{id: s{index}, tool: echo, needs: [{', '.join(f's{need}' for need in needs)}]}}")
    return lines


def assert_tidy(box: Box) -> None:
    """Inner boxes lie inside and apart; so do theirs."""
    for inner in box.inner:
        (x, y), (width, height) = inner.place, inner.size
        assert x >= 0
        assert y >= 0
        assert x + width <= box.size[0] + 0.5
        assert y + height <= box.size[1] + 0.5
        assert_tidy(inner)
    for a, b in combinations(box.inner, 2):
        beside = a.place[0] + a.size[0] <= b.place[0] or b.place[0] + b.size[0] <= a.place[0]
        above = a.place[1] + a.size[1] <= b.place[1] or b.place[1] + b.size[1] <= a.place[1]
        assert beside or above, (a.step.id, b.step.id)


@pytest.mark.parametrize("spec", EXAMPLES, ids=lambda path: path.name)
def test_every_example_is_drawn_whole_and_tidy(weft, spec: Path) -> None:
    answer = weft("graph", str(spec), "--format", "svg")
    root = ET.fromstring(answer.out)
    plan = check_file(spec).plan
    assert plan is not None
    texts = [element.text for element in root.iter(f"{NS}text")]
    names = {step.id for step in plan.steps[1:] if step.aside is None}
    assert names <= set(texts)
    asides = [step.aside for step in plan.steps if step.aside is not None]
    assert sum(text in ("rescue", "finally") for text in texts) == len(asides)
    assert sum(text in ("on failure", "always") for text in texts) == len(asides)
    assert_tidy(boxes(plan))


@pytest.mark.parametrize("seed", range(5))
def test_steps_of_a_dag_lie_apart_and_every_need_is_an_edge_to_the_right(seed: int) -> None:
    plan = plan_of("mode: dag\nsteps:\n" + "\n".join(random_dag(seed, 60)))
    drawn = boxes(plan)
    assert_tidy(drawn)
    assert len(drawn.edges) == sum(len(step.needs) for step in plan.steps)
    for edge in drawn.edges:
        assert all(a[0] <= b[0] for a, b in pairwise(edge.points))


def test_an_edge_bends_only_between_layers_so_that_it_crosses_no_box() -> None:
    """Where a way is not level, no box stands."""
    plan = plan_of("mode: dag\nsteps:\n" + "\n".join(random_dag(7, 40)))
    drawn = boxes(plan)
    for edge in drawn.edges:
        for (x1, y1), (x2, y2) in pairwise(edge.points):
            if abs(y1 - y2) > 0.5:
                assert not any(
                    one.place[0] < x2 - 1 and x1 + 1 < one.place[0] + one.size[0] for one in drawn.inner
                )


def test_the_picture_is_the_same_for_steps_in_another_order() -> None:
    lines = random_dag(3, 50)
    shuffled = list(lines)
    random.Random(1).shuffle(shuffled)
    assert shuffled != lines
    assert as_svg(plan_of("mode: dag\nsteps:\n" + "\n".join(lines))) == as_svg(
        plan_of("mode: dag\nsteps:\n" + "\n".join(shuffled))
    )


def test_parallel_steps_in_another_order_give_the_same_picture() -> None:
    one = plan_of("mode: parallel\nsteps: [{id: a, tool: echo}, {id: b, tool: shell, with: {command: ls}}]")
    other = plan_of("mode: parallel\nsteps: [{id: b, tool: shell, with: {command: ls}}, {id: a, tool: echo}]")
    assert as_svg(one) == as_svg(other)


def test_sequential_steps_in_another_order_give_another_picture() -> None:
    one = plan_of("steps: [{id: a, tool: echo}, {id: b, tool: echo}]")
    other = plan_of("steps: [{id: b, tool: echo}, {id: a, tool: echo}]")
    assert as_svg(one) != as_svg(other)


def test_what_an_author_wrote_is_never_markup() -> None:
    text = """\
inputs: {a: {type: string}}
steps:
  - id: a
    description: "</title><script>alert(1)</script> & \\u202e"
    when: inputs.a == '<b onload="x">&'
    tool: echo
"""
    svg = as_svg(plan_of(text))
    root = ET.fromstring(svg)
    assert not [element for element in root.iter() if element.tag.endswith(("script", "}b"))]
    assert "\u202e" not in svg
    assert "if inputs.a == '<b onload=\"x\">&'" in [element.text for element in root.iter(f"{NS}text")]


def test_conditions_loops_tries_rules_and_error_handling_are_shown() -> None:
    text = """\
mode: dag
inputs: {a: {type: boolean}}
steps:
  - {id: a, when: inputs.a, tool: echo, retry: {attempts: 4}, on_error: continue}
  - {id: b, needs: [a], trigger_rule: all_done, foreach: {in: [1, 2], concurrency: 2}, tool: echo}
  - id: c
    mode: conditional
    match: first
    steps: [{id: d, when: inputs.a, tool: echo}, {id: e, tool: echo}]
"""
    shown = [element.text for element in ET.fromstring(as_svg(plan_of(text))).iter(f"{NS}text")]
    for words in ("if inputs.a", "4 tries", "on error continue", "all done", "for each, 2 at once", "else"):
        assert words in shown
    assert "conditional, first that holds" in shown


def test_every_text_fits_its_box() -> None:
    """Measured with the widths of the widest common sans-serif (a sample, in ems: DejaVu Sans Bold, size 1)."""
    bold = {
        "m": 1.042,
        "W": 1.103,
        "i": 0.343,
        "e": 0.678,
        "_": 0.5,
        "l": 0.343,
        "a": 0.675,
        "O": 0.85,
        "0": 0.696,
    }
    for char, ems in bold.items():
        assert text_width(char * 20, 10, bold=True) >= 20 * 10 * ems * 0.98, char


def test_three_hundred_steps_stay_of_a_size_that_can_be_read() -> None:
    rows = boxes(plan_of("steps:\n" + "\n".join(f"  - {{id: s{n}, tool: echo}}" for n in range(300))))
    assert rows.size[0] < 1400
    assert rows.size[1] < 5000
    columns = boxes(
        plan_of("mode: dag\nsteps:\n" + "\n".join(f"  - {{id: s{n}, tool: echo}}" for n in range(300)))
    )
    assert columns.size[0] < 3000
    assert columns.size[1] < 1500


def test_the_law_of_layers_is_left_to_right_without_overlap() -> None:
    sizes = {name: (60.0 + 10 * index, 30.0) for index, name in enumerate("abcdef")}
    drawing = layered(sizes, [("a", "b"), ("b", "c"), ("a", "c"), ("d", "c")])
    assert drawing.corners["a"][0] < drawing.corners["b"][0] < drawing.corners["c"][0]
    assert drawing.corners["d"][0] == drawing.corners["b"][0], "a start stands just before what needs it"
    assert len(drawing.ways["a", "c"]) == 3
    assert layered({}, []).size == (0.0, 0.0)


BESIDE = """\
mode: dag
steps:
  - id: load
    tool: echo
    rescue: [{id: help, tool: echo}, {id: note, tool: echo}]
    finally: [{id: close, tool: echo}]
  - id: group
    needs: [load]
    mode: parallel
    steps: [{id: one, tool: echo}, {id: two, tool: echo, finally: [{id: tidy, tool: echo}]}]
    rescue: [{id: again, tool: echo}]
  - {id: other, tool: echo}
finally: [{id: mail, tool: echo}]
"""


def test_rescue_and_finally_hang_below_their_step_in_one_frame_with_it() -> None:
    root = boxes(plan_of(BESIDE))
    assert_tidy(root)
    assert (root.shape, [one.shape for one in root.inner]) == ("frame", ["file", "finally"])
    frames = {one.step.id: one for one in root.inner[0].inner if one.shape == "frame"}
    assert set(frames) == {"load", "group"}
    for frame in frames.values():
        body, *beside = frame.inner
        assert len(frame.edges) == len(beside)
        for aside, edge in zip(beside, frame.edges, strict=True):
            assert aside.place[1] > body.place[1] + body.size[1], "below the body"
            assert edge.points[0][1] == body.place[1] + body.size[1], "from its lower border"
            assert edge.points[-1] == (aside.place[0], aside.place[1] + aside.size[1] / 2)
            assert edge.label == {"rescue": "on failure", "finally": "always"}[aside.shape]


def test_a_label_of_an_edge_stands_between_the_boxes_it_joins() -> None:
    for frame in (boxes(plan_of(BESIDE)), *boxes(plan_of(BESIDE)).inner[0].inner):
        for edge, before, after in zip(frame.edges, frame.inner, frame.inner[1:], strict=False):
            if edge.kind == "aside":
                assert before.place[1] + before.size[1] < edge.label_at[1] - 8
                assert edge.label_at[1] < after.place[1]


def test_edges_to_rescue_and_finally_are_dashed_and_labelled() -> None:
    root = ET.fromstring(as_svg(plan_of(BESIDE)))
    dashed = [path for path in root.iter(f"{NS}path") if "wf-aside" in path.get("class", "")]
    assert len(dashed) == 5
    texts = [element.text for element in root.iter(f"{NS}text")]
    assert (texts.count("on failure"), texts.count("always")) == (2, 3)
    assert ".wf-aside{stroke-dasharray" in as_svg(plan_of(BESIDE))


def test_steps_with_a_rescue_in_another_order_give_the_same_picture() -> None:
    head, *steps = BESIDE.split("  - id: ")
    last, tail = steps[-1].split("  - {id: other", 1)
    moved = head + "  - id: ".join(["", last, steps[0]]) + "  - {id: other" + tail
    assert moved != BESIDE
    assert as_svg(plan_of(BESIDE)) == as_svg(plan_of(moved))


def test_a_spec_without_them_has_no_frame() -> None:
    root = boxes(plan_of("steps: [{id: a, tool: echo}]"))
    assert (root.shape, [one.shape for one in root.inner]) == ("file", ["step"])
    assert "wf-aside" not in as_svg(plan_of("steps: [{id: a, tool: echo}]")).split("</style>")[1]
