"""A plan as an SVG picture that stands by itself: no script, font or link; light and dark after the reader's setting.

Boxes and edges come placed from `svg_boxes`; here they become elements. Everything written by an author is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import pairwise

from engine.graph.plan import Plan
from engine.graph.svg_boxes import HEADER, LINE, PAD, PILL, SMALL, TITLE, Box, Edge, boxes, pill_width, title
from engine.graph.svg_layers import Point
from engine.graph.svg_text import text_width
from engine.text.snippet import visible

MARGIN = 20.0
HEAD = 34.0
_BEND = 10.0
_STYLE = """\
.wf-page{fill:#ffffff}
.wf-step{fill:#f6f8fa;stroke:#57606a;stroke-width:1.2}
.wf-group{fill:#818b98;fill-opacity:.09;stroke:#8c959f;stroke-width:1}
.wf-frame{fill:none;stroke:#afb8c1;stroke-width:1}
.wf-rescue{fill:#fff1e5;stroke:#bc4c00;stroke-opacity:.6;stroke-width:1}
.wf-finally{fill:#ddf4ff;fill-opacity:.55;stroke:#0969da;stroke-opacity:.5;stroke-width:1}
.wf-loop{stroke-dasharray:5 3}
.wf-id{fill:#1f2328;font-weight:600}
.wf-small{fill:#57606a}
.wf-pill{fill:#ddf4ff;stroke:#54aeff;stroke-width:.8}
.wf-pill-text{fill:#0a3069}
.wf-if{fill:#fff8c5;stroke:#d4a72c;stroke-width:.8}
.wf-if-text{fill:#4d2d00}
.wf-edge{fill:none;stroke:#57606a;stroke-width:1.4}
.wf-turn{stroke-dasharray:4 4;stroke-width:1.1}
.wf-aside{stroke-dasharray:5 3;stroke-width:1.2}
.wf-label{fill:#57606a;font-style:italic}
.wf-head{fill:#57606a}
@media (prefers-color-scheme:dark){
.wf-page{fill:#0d1117}
.wf-step{fill:#161b22;stroke:#8b949e}
.wf-group{stroke:#6e7681}
.wf-frame{stroke:#484f58}
.wf-rescue{fill:#3d1d05;fill-opacity:.6;stroke:#f0883e}
.wf-finally{fill:#0c2d4d;stroke:#58a6ff}
.wf-label{fill:#9da7b1}
.wf-id{fill:#e6edf3}
.wf-small{fill:#9da7b1}
.wf-pill{fill:#0c2d4d;stroke:#388bfd}
.wf-pill-text{fill:#b6e3ff}
.wf-if{fill:#3b2a04;stroke:#9e6a03}
.wf-if-text{fill:#f8e3a1}
.wf-edge{stroke:#9da7b1}
.wf-head{fill:#9da7b1}
}"""


def as_svg(plan: Plan) -> str:
    """The whole document."""
    root = boxes(plan)
    name, mode = visible(plan.workflow.name), _mode(root)
    heading = text_width(name, TITLE + 2, bold=True) + text_width(mode, SMALL) + 12
    width = round(max(root.size[0], heading) + 2 * MARGIN)
    height = round(root.size[1] + 2 * MARGIN + HEAD)
    steps = sum(1 for step in plan.steps[1:] if step.aside is None)
    about = f"Workflow {name}: {steps} steps, {plan.root.mode}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" font-family="Helvetica, Arial, \'DejaVu Sans\', sans-serif">',
        f"<title>{escape(about)}</title>",
        f"<style>\n{_STYLE}\n</style>",
        '<defs><marker id="wf-arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path class="wf-head" d="M0 0.5 8 4 0 7.5z"/></marker></defs>',
        f'<rect class="wf-page" width="{width}" height="{height}"/>',
        _text(name, MARGIN, MARGIN + 16, TITLE + 2, "wf-id"),
        _text(mode, MARGIN + text_width(name, TITLE + 2, bold=True) + 12, MARGIN + 16, SMALL, "wf-small"),
        *_contents(root, (MARGIN, MARGIN + HEAD)),
        "</svg>",
    ]
    return "\n".join(lines)


def _contents(box: Box, corner: Point) -> Iterator[str]:
    """What is inside a group: edges first, so that they lie under the boxes they end at."""
    for edge in box.edges:
        yield _edge(edge, corner)
    forks = {edge.points[0] for edge in box.edges if edge.kind == "branch"}
    for x, y in sorted(forks):
        x, y = x + corner[0], y + corner[1]
        yield f'<path class="wf-head" d="M{_n(x - 5)} {_n(y)} l5 -5 5 5 -5 5z"/>'
    for inner in box.inner:
        place = (corner[0] + inner.place[0], corner[1] + inner.place[1])
        yield from _box(inner, place)


def _mode(root: Box) -> str:
    return root.lines[0] if root.shape != "frame" else root.inner[0].lines[0]


def _box(box: Box, corner: Point) -> Iterator[str]:
    if box.shape == "frame":
        yield _outline(box, corner, "wf-frame", 9)
    elif box.shape == "file":
        yield _outline(box, corner, "wf-group", 6)
    else:
        yield from _labelled(box, corner)
    yield from _contents(box, corner)


def _outline(box: Box, corner: Point, kind: str, radius: int) -> str:
    (x, y), (width, height) = corner, box.size
    return f'<rect class="{kind}" {_at(x, y)} width="{_n(width)}" height="{_n(height)}" rx="{radius}"/>'


def _labelled(box: Box, corner: Point) -> Iterator[str]:
    (x, y), height = corner, box.size[1]
    loop = " wf-loop" if box.step.foreach is not None or box.step.repeat is not None else ""
    yield f"<g><title>{escape(_hover(box))}</title>"
    yield _outline(box, corner, f"wf-{box.shape}{loop}", 6)
    yield _text(title(box), x + PAD, y + PAD + 11, TITLE, "wf-id")
    if box.step.is_group:
        start = x + PAD + text_width(title(box), TITLE, bold=True) + 10
        if box.lines[0]:
            yield _text(box.lines[0], start, y + PAD + 11, SMALL, "wf-small")
        below = y + HEADER - 4
    else:
        for number, line in enumerate(box.lines):
            yield _text(line, x + PAD, y + PAD + LINE + 11 + 15 * number, SMALL, "wf-small")
        below = y + height - PAD - PILL + 2
    yield from _pills(box, x + PAD, below)
    yield "</g>"


def _pills(box: Box, x: float, y: float) -> Iterator[str]:
    pills = [(box.condition, "wf-if")] if box.condition else []
    for text, kind in [*pills, *((badge, "wf-pill") for badge in box.badges)]:
        width = pill_width(text)
        yield f'<rect class="{kind}" {_at(x, y)} width="{_n(width)}" height="{_n(PILL)}" rx="8.5"/>'
        yield _text(text, x + width / 2, y + 12.5, SMALL, f"{kind}-text", middle=True)
        x += width + 6


def _hover(box: Box) -> str:
    if box.step.aside is not None:
        return {"rescue": "runs when the step failed", "finally": "runs last, whatever happened"}[
            box.step.aside
        ]
    when = box.step.when
    condition = f", if {getattr(when, 'text', when)}" if when is not None else ""
    about = f": {box.step.description}" if box.step.description else ""
    return visible(" ".join(f"{box.step.id}{condition}{about}".split()))


def _text(text: str, x: float, y: float, size: float, kind: str, *, middle: bool = False) -> str:
    anchor = ' text-anchor="middle"' if middle else ""
    return f'<text class="{kind}" {_at(x, y)} font-size="{_n(size)}"{anchor}>{escape(visible(text))}</text>'


def _edge(edge: Edge, corner: Point) -> str:
    points = [(x + corner[0], y + corner[1]) for x, y in edge.points]
    back = len(points) == 6 and edge.kind != "branch" and points[1][0] == points[2][0]
    path = _squared(points) if back or edge.kind == "aside" else _curved(points)
    kind = f"wf-edge wf-{edge.kind}" if edge.kind in ("turn", "aside") else "wf-edge"
    line = f'<path class="{kind}" d="{path}" marker-end="url(#wf-arrow)"/>'
    if edge.label is None:
        return line
    x, y = edge.label_at[0] + corner[0], edge.label_at[1] + corner[1]
    return f"{line}\n{_text(edge.label, x, y, SMALL, 'wf-label')}"


def _curved(points: list[Point]) -> str:
    """Level at each point: a curve between two, a line where they are of one height."""
    path = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for (x1, y1), (x2, y2) in pairwise(points):
        if abs(y1 - y2) < 0.5:
            path.append(f"L{_n(x2)} {_n(y2)}")
        else:
            middle = (x1 + x2) / 2
            path.append(f"C{_n(middle)} {_n(y1)} {_n(middle)} {_n(y2)} {_n(x2)} {_n(y2)}")
    return " ".join(path)


def _squared(points: list[Point]) -> str:
    """Straight lines with rounded corners."""
    path = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        (x1, y1), (x2, y2) = _towards(corner, before), _towards(corner, after)
        path.append(f"L{_n(x1)} {_n(y1)} Q{_n(corner[0])} {_n(corner[1])} {_n(x2)} {_n(y2)}")
    return " ".join([*path, f"L{_n(points[-1][0])} {_n(points[-1][1])}"])


def _towards(start: Point, end: Point) -> Point:
    length = abs(end[0] - start[0]) + abs(end[1] - start[1])
    share = min(_BEND, length / 2) / length if length else 0.0
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _at(x: float, y: float) -> str:
    return f'x="{_n(x)}" y="{_n(y)}"'


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
