"""A plan as a diagram that other programs draw: mermaid (in Markdown) and dot (Graphviz)."""

from __future__ import annotations

from engine.graph.plan import Plan, PlanStep


def as_mermaid(plan: Plan) -> str:
    """A `flowchart TD`: groups as subgraphs, an edge from each step to those that need it."""
    lines = ["flowchart TD"]
    _mermaid_group(plan, 0, 1, lines)
    lines += [f"  {_node(plan, a)} --> {_node(plan, b)}" for a, b in _edges(plan)]
    return "\n".join(lines)


def as_dot(plan: Plan) -> str:
    """A `digraph`: groups as clusters. An edge to or from a group ends at its border (`compound`)."""
    lines = [f"digraph {_quoted(plan.workflow.name)} {{", "  compound=true;", "  node [shape=box];"]
    _dot_group(plan, 0, 1, lines)
    lines += [_dot_edge(plan, a, b) for a, b in _edges(plan)]
    return "\n".join([*lines, "}"])


def _edges(plan: Plan) -> list[tuple[int, int]]:
    return [(need, index) for index in plan.order() for need in plan.steps[index].needs]


def _in_order(plan: Plan, group: int) -> list[PlanStep]:
    return [plan.steps[index] for index in plan.steps[group].children]


def _node(plan: Plan, index: int) -> str:
    return f"s{index}_{plan.steps[index].id}"  # an id may be a word of the other language, as `end` is of mermaid


def _label(step: PlanStep) -> list[str]:
    body = step.mode if step.is_group else ".".join(filter(None, (step.tool, step.operation)))
    return [step.id, *([body] if body else []), *(["for each"] if step.foreach else [])]


def _mermaid_group(plan: Plan, group: int, level: int, lines: list[str]) -> None:
    pad = "  " * level
    for step in _in_order(plan, group):
        if step.is_group:
            lines.append(f'{pad}subgraph {_node(plan, step.index)}["{" · ".join(_label(step))}"]')
            _mermaid_group(plan, step.index, level + 1, lines)
            lines.append(f"{pad}end")
        else:
            shape = ("{{", "}}") if step.when is not None else ("[", "]")
            lines.append(f'{pad}{_node(plan, step.index)}{shape[0]}"{"<br/>".join(_label(step))}"{shape[1]}')


def _dot_group(plan: Plan, group: int, level: int, lines: list[str]) -> None:
    pad = "  " * level
    for step in _in_order(plan, group):
        if step.is_group:
            lines.append(f"{pad}subgraph {_quoted(f'cluster_{_node(plan, step.index)}')} {{")
            lines.append(f"{pad}  label={_quoted(' · '.join(_label(step)))};")
            _dot_group(plan, step.index, level + 1, lines)
            lines.append(f"{pad}}}")
        else:
            style = ", style=rounded" if step.when is not None else ""
            label = _quoted("\n".join(_label(step)))
            lines.append(f"{pad}{_node(plan, step.index)} [label={label}{style}];")


def _dot_edge(plan: Plan, start: int, end: int) -> str:
    """Graphviz joins nodes only: a group is stood for by a step inside it, and the line is cut at its border."""
    borders = []
    for name, index in (("ltail", start), ("lhead", end)):
        if plan.steps[index].is_group:
            borders.append(f"{name}={_quoted(f'cluster_{_node(plan, index)}')}")
    attributes = f" [{', '.join(borders)}]" if borders else ""
    return f"  {_node(plan, _leaf(plan, start, last=True))} -> {_node(plan, _leaf(plan, end, last=False))}{attributes};"


def _leaf(plan: Plan, index: int, *, last: bool) -> int:
    while plan.steps[index].is_group:
        index = plan.steps[index].children[-1 if last else 0]
    return index


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
