"""A plan as a diagram that other programs draw: mermaid (in Markdown) and dot (Graphviz).

A rescue and a finally are groups beside the step they belong to, joined to it by a dashed edge that says when they run.
A file that has one of its own stands in a group, for the edge to begin at.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.graph.draw import RUNS_WHEN, asides
from engine.graph.plan import Plan, PlanStep
from engine.text.snippet import visible


def as_mermaid(plan: Plan) -> str:
    """A `flowchart TD`: groups as subgraphs, an edge from each step to those that need it."""
    lines = ["flowchart TD"]
    _mermaid_file(plan, lines)
    lines += [f"  {_node(plan, a)} --> {_node(plan, b)}" for a, b in _edges(plan)]
    lines += [f"  {_node(plan, a)} -. {label} .-> {_node(plan, b)}" for a, b, label in _aside_edges(plan)]
    return "\n".join(lines)


def as_dot(plan: Plan) -> str:
    """A `digraph`: groups as clusters. An edge to or from a group ends at its border (`compound`)."""
    lines = [f"digraph {_quoted(plan.workflow.name)} {{", "  compound=true;", "  node [shape=box];"]
    _dot_file(plan, lines)
    lines += [_dot_edge(plan, a, b) for a, b in _edges(plan)]
    lines += [_dot_edge(plan, a, b, f"style=dashed, label={_quoted(w)}") for a, b, w in _aside_edges(plan)]
    return "\n".join([*lines, "}"])


def _edges(plan: Plan) -> list[tuple[int, int]]:
    return [(need, index) for index in plan.order() for need in plan.steps[index].needs]


def _aside_edges(plan: Plan) -> Iterator[tuple[int, int, str]]:
    """From a step to its rescue and finally, with what the edge says."""
    for index in (0, *plan.order()):
        for aside in asides(plan, index):
            yield index, aside.index, RUNS_WHEN[aside.aside or ""]


def _in_order(plan: Plan, group: int) -> list[PlanStep]:
    """The steps of a group, each followed by what stands beside it."""
    return [one for index in plan.steps[group].children for one in (plan.steps[index], *asides(plan, index))]


def _node(plan: Plan, index: int) -> str:
    step = plan.steps[index]
    name = step.aside or step.id or "file"
    return f"s{index}_{name}"  # an id may be a word of the other language, as `end` is of mermaid


def _label(step: PlanStep) -> list[str]:
    if step.aside is not None:
        return [step.aside]
    called = f"workflow {step.workflow}" if step.workflow else None
    body = step.mode if step.is_group else called or ".".join(filter(None, (step.tool, step.operation)))
    return [visible(part) for part in (step.id, body, "for each" if step.foreach else None) if part]


def _mermaid_file(plan: Plan, lines: list[str]) -> None:
    beside = asides(plan, 0)
    if beside:
        lines.append(f'  subgraph {_node(plan, 0)}["{_mermaid_text(plan.workflow.name)}"]')
    _mermaid_group(plan, 0, 2 if beside else 1, lines)
    if beside:
        lines.append("  end")
    for aside in beside:
        _mermaid_step(plan, aside, 1, lines)


def _mermaid_group(plan: Plan, group: int, level: int, lines: list[str]) -> None:
    for step in _in_order(plan, group):
        _mermaid_step(plan, step, level, lines)


def _mermaid_step(plan: Plan, step: PlanStep, level: int, lines: list[str]) -> None:
    pad, label = "  " * level, [_mermaid_text(part) for part in _label(step)]
    if step.is_group:
        lines.append(f'{pad}subgraph {_node(plan, step.index)}["{" · ".join(label)}"]')
        _mermaid_group(plan, step.index, level + 1, lines)
        lines.append(f"{pad}end")
    else:
        shape = ("{{", "}}") if step.when is not None else ("[", "]")
        lines.append(f'{pad}{_node(plan, step.index)}{shape[0]}"{"<br/>".join(label)}"{shape[1]}')


def _dot_file(plan: Plan, lines: list[str]) -> None:
    beside = asides(plan, 0)
    if beside:
        lines.append(f"  subgraph {_quoted(f'cluster_{_node(plan, 0)}')} {{")
        lines.append(f"    label={_quoted(plan.workflow.name)};")
    _dot_group(plan, 0, 2 if beside else 1, lines)
    if beside:
        lines.append("  }")
    for aside in beside:
        _dot_step(plan, aside, 1, lines)


def _dot_group(plan: Plan, group: int, level: int, lines: list[str]) -> None:
    for step in _in_order(plan, group):
        _dot_step(plan, step, level, lines)


def _dot_step(plan: Plan, step: PlanStep, level: int, lines: list[str]) -> None:
    pad = "  " * level
    if step.is_group:
        lines.append(f"{pad}subgraph {_quoted(f'cluster_{_node(plan, step.index)}')} {{")
        style = " style=dashed;" if step.aside else ""
        lines.append(f"{pad}  label={_quoted(' · '.join(_label(step)))};{style}")
        _dot_group(plan, step.index, level + 1, lines)
        lines.append(f"{pad}}}")
    else:
        rounded = ", style=rounded" if step.when is not None else ""
        label = _quoted("\n".join(_label(step)))
        lines.append(f"{pad}{_node(plan, step.index)} [label={label}{rounded}];")


def _dot_edge(plan: Plan, start: int, end: int, said: str = "") -> str:
    """Graphviz joins nodes only: a group is stood for by a step inside it, and the line is cut at its border."""
    attributes = [said] if said else []
    for name, index in (("ltail", start), ("lhead", end)):
        if plan.steps[index].is_group:
            attributes.append(f"{name}={_quoted(f'cluster_{_node(plan, index)}')}")
    told = f" [{', '.join(attributes)}]" if attributes else ""
    return f"  {_node(plan, _leaf(plan, start, last=True))} -> {_node(plan, _leaf(plan, end, last=False))}{told};"


def _leaf(plan: Plan, index: int, *, last: bool) -> int:
    while plan.steps[index].is_group:
        index = plan.steps[index].children[-1 if last else 0]
    return index


def _mermaid_text(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
