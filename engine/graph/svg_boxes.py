"""A plan as boxes in boxes, each with its place: what stands in a box, how large it is, and where its edges run.

A group is laid out for itself, inner ones first, for edges join siblings only: `dag` in layers; ordered modes as rows
that are read like text; branches and parallel steps below each other. A rescue and a finally hang below the step they belong
to, in one frame with it: who waits for the step waits for them. Positions are relative to the box around.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from engine.graph.names import call_name
from engine.graph.plan import Plan, PlanStep
from engine.graph.svg_layers import LAYER_GAP, NODE_GAP, Point, Size, layered, natural
from engine.graph.svg_text import cut, text_width
from engine.refs import Expression
from engine.spec.words import ORDERED_MODES

TITLE, SMALL = 13.0, 11.0
PAD, LINE, PILL = 10.0, 16.0, 17.0
HEADER = 32.0
CONDITION_MAX, BODY_MAX = 46, 40
ROW_WIDTH_MAX = 1250.0
STACK_MAX = 14
FRAME, ASIDE_GAP, ASIDE_STEM, ASIDE_INDENT = 8.0, 26.0, 14.0, 32.0
Kind = Literal["need", "turn", "branch", "aside"]
Shape = Literal["step", "group", "file", "frame", "rescue", "finally"]
_WHEN = {"rescue": "on failure", "finally": "always"}


@dataclass(slots=True)
class Edge:
    """`need`: waits for the end of the other; `turn`: only comes after it; `branch`: from a switch to a branch;
    `aside`: from a step to its rescue or finally, with a `label` that begins at `label_at`."""

    kind: Kind
    points: list[Point]
    label: str | None = None
    label_at: Point = (0.0, 0.0)

    def move(self, x: float, y: float) -> None:
        self.points = [(a + x, b + y) for a, b in self.points]
        self.label_at = self.label_at[0] + x, self.label_at[1] + y


@dataclass(slots=True)
class Box:
    """A step. `lines`: small text below the id; `condition` and `badges`: pills. `inner` is placed relative to it.

    A `frame` holds the box of a step and those of its rescue and finally; it stands for the step among its siblings.
    """

    step: PlanStep
    shape: Shape
    lines: list[str]
    condition: str | None
    badges: list[str]
    size: Size = (0.0, 0.0)
    place: Point = (0.0, 0.0)
    inner: list[Box] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)


def boxes(plan: Plan) -> Box:
    """The file's own box with everything in it."""
    made: dict[int, Box] = {}
    for step in reversed(plan.steps):  # what is inside comes after what is around it
        box = Box(step, _shape(step), _lines(step), _condition(plan, step), _badges(step))
        if step.is_group:
            box.inner = [made[kid] for kid in step.children]
            if step.mode not in ORDERED_MODES:  # the order written means nothing: it must not show
                box.inner.sort(key=lambda one: natural(one.step.id))
            _lay_out_group(plan, box)
        else:
            box.size = _leaf_size(box)
        beside = [made[index] for index in (step.rescue, step.finally_) if index is not None]
        made[step.index] = _framed(box, beside) if beside else box
    return made[0]


def title(box: Box) -> str:
    """What a box is called."""
    return box.step.aside or box.step.id


def _shape(step: PlanStep) -> Shape:
    if step.aside is not None:
        return "rescue" if step.aside == "rescue" else "finally"
    return "step" if not step.is_group else "group" if step.index else "file"


def _framed(body: Box, beside: list[Box]) -> Box:
    """The body, and below it what stands beside it, each at the end of a branch from the body's lower left."""
    pad = FRAME if body.step.index else 0.0
    body.place = (pad, pad)
    frame = Box(body.step, "frame", [], None, [], inner=[body, *beside])
    stem, start = pad + ASIDE_STEM, pad + body.size[1]
    width, bottom = body.size[0], start
    for aside in beside:
        aside.place = (pad + ASIDE_INDENT, bottom + ASIDE_GAP)
        middle = aside.place[1] + aside.size[1] / 2
        points = [(stem, start), (stem, middle), (aside.place[0], middle)]
        label_at = (stem + 7, aside.place[1] - 8)
        frame.edges.append(Edge("aside", points, _WHEN[aside.shape], label_at))
        width = max(width, ASIDE_INDENT + aside.size[0])
        bottom = aside.place[1] + aside.size[1]
    frame.size = (width + 2 * pad, bottom + pad)
    return frame


def _lines(step: PlanStep) -> list[str]:
    if step.aside is not None:
        return [""]
    if step.is_group:
        return [f"{step.mode}, first that holds" if step.match_first else step.mode]
    return [cut(call_name(step) or f"workflow {step.workflow or ''}".rstrip(), BODY_MAX)]


def _condition(plan: Plan, step: PlanStep) -> str | None:
    if step.when is None:
        in_switch = step.index and plan.steps[step.parent].match_first and step.position
        return "else" if in_switch else None
    text = step.when.text if isinstance(step.when, Expression) else str(step.when).lower()
    return cut(f"if {' '.join(text.split())}", CONDITION_MAX)


def _badges(step: PlanStep) -> list[str]:
    out = []
    if step.foreach is not None:
        at_once = step.foreach.concurrency
        out.append(
            "for each" + ("" if at_once == 1 else f", {at_once} at once" if at_once else ", all at once")
        )
    if step.repeat is not None:
        out.append(f"repeat, at most {step.repeat.max}")
    if step.retry is not None and step.retry.attempts > 1:
        out.append(f"{step.retry.attempts} tries")
    if step.trigger_rule != "all_success":
        out.append(step.trigger_rule.replace("_", " "))
    if step.on_error != "fail":
        out.append(f"on error {step.on_error}")
    return out


def pill_width(text: str) -> float:
    """A pill with its text."""
    return text_width(text, SMALL) + 14


def _pills_width(box: Box) -> float:
    pills = [*([box.condition] if box.condition else []), *box.badges]
    return sum(map(pill_width, pills)) + 6 * max(0, len(pills) - 1)


def _leaf_size(box: Box) -> Size:
    widths = [text_width(box.step.id, TITLE, bold=True), *(text_width(line, SMALL) for line in box.lines)]
    width = max(*widths, _pills_width(box), 70)
    pills = PILL + 6 if box.condition or box.badges else 0
    return round(width + 2 * PAD), round(2 * PAD + LINE + 15 * len(box.lines) - 4 + pills)


def _header(box: Box) -> Size:
    """What stands above the inner boxes of a group."""
    width = text_width(title(box), TITLE, bold=True) + text_width(box.lines[0], SMALL) + 10
    return max(width, _pills_width(box)) + 2 * PAD, HEADER + (PILL + 6 if box.condition or box.badges else 0)


def _lay_out_group(plan: Plan, box: Box) -> None:
    mode = box.step.mode
    if mode == "dag":
        inside = _as_layers(plan, box)
    elif mode in ORDERED_MODES and mode != "conditional":
        inside = _as_rows(box)
    else:
        inside = _as_stack(box)
    alone = not box.step.index and box.step.rescue is None and box.step.finally_ is None
    width, above = _header(box) if box.step.index else (0.0, 0.0 if alone else PAD + 4)
    pad = 0.0 if alone else PAD + 4
    for one in box.inner:
        one.place = (one.place[0] + pad, one.place[1] + above)
    for edge in box.edges:
        edge.move(pad, above)
    box.size = (round(max(width, inside[0] + 2 * pad)), round(above + inside[1] + pad))


def _as_layers(plan: Plan, box: Box) -> Size:
    """Steps that nothing joins to others stand in columns below the layered ones."""
    joined = [one for one in box.inner if one.step.needs or one.step.dependents]
    loose = [one for one in box.inner if not (one.step.needs or one.step.dependents)]
    by_name = {one.step.id: one for one in joined}
    needs = [(plan.steps[need].id, one.step.id) for one in joined for need in one.step.needs]
    drawing = layered({name: one.size for name, one in by_name.items()}, needs)
    for name, corner in drawing.corners.items():
        by_name[name].place = corner
    for a, b in sorted(drawing.ways, key=lambda e: (natural(e[0]), natural(e[1]))):
        start, end = by_name[a], by_name[b]
        box.edges.append(Edge("need", [_right(start), *drawing.ways[a, b], _left(end)]))
    width, height = drawing.size
    if loose:
        top = height + (NODE_GAP * 1.5 if joined else 0)
        extra = _columns(loose, top)
        width, height = max(width, extra[0]), extra[1]
    return width, height


def _columns(inner: list[Box], top: float) -> Size:
    """Below each other, STACK_MAX to a column."""
    left = right = bottom = 0.0
    for start in range(0, len(inner), STACK_MAX):
        left, y = (right + LAYER_GAP / 2 if start else 0.0), top
        for one in inner[start : start + STACK_MAX]:
            one.place = (left, y)
            y += one.size[1] + NODE_GAP
            right = max(right, left + one.size[0])
        bottom = max(bottom, y - NODE_GAP)
        for one in inner[start : start + STACK_MAX]:
            one.size = (right - left, one.size[1])
    return right, bottom


def _as_rows(box: Box) -> Size:
    """In the order written, read like text; an edge from each to the next, drawn full where the next needs it."""
    rows: list[list[Box]] = [[]]
    used = 0.0
    for one in box.inner:
        if rows[-1] and used + one.size[0] > ROW_WIDTH_MAX:
            rows.append([])
            used = 0.0
        rows[-1].append(one)
        used += one.size[0] + LAYER_GAP
    top = width = 0.0
    gap = NODE_GAP * 2
    for row in rows:
        height = max(one.size[1] for one in row)
        x = 0.0
        for one in row:
            one.place = (x, top + (height - one.size[1]) / 2)
            x += one.size[0] + LAYER_GAP
        width = max(width, x - LAYER_GAP)
        top += height + gap
    shift = 16.0 if len(rows) > 1 else 0.0
    for one in box.inner:
        one.place = (one.place[0] + shift, one.place[1])
    tops = [min(one.place[1] for one in row) for row in rows]
    for a, b in pairwise(box.inner):
        kind: Kind = "need" if a.step.index in b.step.needs or box.step.mode == "pipeline" else "turn"
        points = [_right(a), _left(b)]
        line = next((n for n, row in enumerate(rows) if n and row[0] is b), None)
        if line is not None:  # down through the gap between two rows, and back to the left
            between = tops[line] - gap / 2
            (x, y), (left, end) = points
            points = [
                (x, y),
                (x + 12, y),
                (x + 12, between),
                (left - 16, between),
                (left - 16, end),
                (left, end),
            ]
        box.edges.append(Edge(kind, points))
    return width + shift + (16.0 if len(rows) > 1 else 0.0), top - gap


def _as_stack(box: Box) -> Size:
    """Branches below each other in the order they are looked at; parallel steps in columns, sorted by name."""
    if box.step.mode != "conditional":
        return _columns(box.inner, 0.0)
    y, width = 0.0, 0.0
    fork = 34.0
    for one in box.inner:
        one.place = (fork, y)
        y += one.size[1] + NODE_GAP
        width = max(width, fork + one.size[0])
    height = y - NODE_GAP
    for one in box.inner:
        one.size = (width - fork, one.size[1])
        box.edges.append(Edge("branch", [(6.0, height / 2), _left(one)]))
    return width, height


def _left(box: Box) -> Point:
    return box.place[0], box.place[1] + box.size[1] / 2


def _right(box: Box) -> Point:
    return box.place[0] + box.size[0], box.place[1] + box.size[1] / 2
