"""`weft graph` as text, JSON, mermaid and dot: what stands beside a step is drawn beside it."""

from __future__ import annotations

import json
import re

import jsonschema

from engine.app.checking import check_text
from engine.graph import Plan, draw
from engine.graph.diagrams import as_dot, as_mermaid
from engine.spec.shipped import shipped

TEXT = """\
weft: 1
name: demo
steps:
  - id: load
    tool: echo
    rescue: [{id: help, tool: echo}, {id: note, tool: echo}]
    finally: [{id: close, tool: echo}]
  - id: group
    steps: [{id: inner, tool: echo}]
    rescue: [{id: again, tool: echo}]
rescue: [{id: page, tool: echo}]
finally: [{id: mail, when: error == none, tool: echo}]
"""


def plan_of(text: str = TEXT) -> Plan:
    checked = check_text(text, "demo.weft.yaml")
    assert checked.good
    assert checked.plan is not None
    return checked.plan


def test_as_text_they_are_indented_below_their_step() -> None:
    assert draw.as_text(plan_of()) == "\n".join(
        [
            "demo (sequential)",
            "  load  [echo]",
            "    rescue, on failure:",
            "      help  [echo]",
            "      note  [echo]",
            "    finally, always:",
            "      close  [echo]",
            "  group  [group, sequential]",
            "    inner  [echo]",
            "    rescue, on failure:",
            "      again  [echo]",
            "  rescue, on failure:",
            "    page  [echo]",
            "  finally, always:",
            "    mail  [echo]  when: error == none",
        ]
    )


def test_as_json_their_parent_is_the_step_they_belong_to() -> None:
    graph = draw.as_json(plan_of())
    places = {node["id"]: (node["parent"], node["aside"]) for node in graph["nodes"]}
    assert places == {
        "load": (None, None),
        "help": ("load", "rescue"),
        "note": ("load", "rescue"),
        "close": ("load", "finally"),
        "group": (None, None),
        "inner": ("group", None),
        "again": ("group", "rescue"),
        "page": (None, "rescue"),
        "mail": (None, "finally"),
    }
    schema = json.loads((shipped("schemas") / "graph.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(graph)


def test_in_mermaid_they_are_subgraphs_joined_by_dashed_edges() -> None:
    lines = [line.strip() for line in as_mermaid(plan_of()).splitlines()]
    dashed = [re.fullmatch(r"s\d+_(\w+) -\. (.+) \.-> s\d+_(\w+)", line) for line in lines]
    assert [found.groups() for found in dashed if found] == [
        ("file", "on failure", "rescue"),
        ("file", "always", "finally"),
        ("load", "on failure", "rescue"),
        ("load", "always", "finally"),
        ("group", "on failure", "rescue"),
    ]
    assert sum(line.startswith("subgraph ") for line in lines) == lines.count("end") == 7
    assert lines[1] == 'subgraph s0_file["demo"]', "the file's own begin at a group of its steps"


def test_in_dot_they_are_clusters_joined_by_dashed_edges_between_borders() -> None:
    dot = as_dot(plan_of())
    dashed = re.findall(r'-> \S+ \[style=dashed, label="(.+?)"(?:, ltail="(\w+)")?, lhead="(\w+)"\];', dot)
    shown = [(label, re.sub(r"\d+", "", start), re.sub(r"\d+", "", end)) for label, start, end in dashed]
    assert shown == [
        ("on failure", "cluster_s_file", "cluster_s_rescue"),
        ("always", "cluster_s_file", "cluster_s_finally"),
        ("on failure", "", "cluster_s_rescue"),
        ("always", "", "cluster_s_finally"),
        ("on failure", "cluster_s_group", "cluster_s_rescue"),
    ]
    assert dot.count("{") == dot.count("}")


def test_a_spec_without_them_has_no_group_around_the_file() -> None:
    plan = plan_of("weft: 1\nname: demo\nsteps: [{id: a, tool: echo}, {id: b, tool: echo}]\n")
    assert "subgraph" not in as_mermaid(plan) + as_dot(plan)
    assert "-." not in as_mermaid(plan)
