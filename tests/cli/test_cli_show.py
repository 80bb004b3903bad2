"""What the looking commands say to people: runs, show, graph, tools."""

from __future__ import annotations

import re


def test_runs_lists_the_newest_first_and_can_be_narrowed(weft):
    weft("run", "two.weft.yaml", "--run-id", "one")
    weft("run", "failing.weft.yaml", "--run-id", "two")
    assert [line.split()[0] for line in weft("runs").out.splitlines()] == ["two", "one"]
    assert [line.split()[0] for line in weft("runs", "--status", "failed").out.splitlines()] == ["two"]
    assert [line.split()[0] for line in weft("runs", "--workflow", "two").out.splitlines()] == ["one"]
    assert weft("runs", "--since", "2999-01-01").err == "no runs\n"


def test_show_has_each_step_indented_by_its_group_and_the_same_summary(weft):
    weft("run", "everything.weft.yaml", "--run-id", "r")
    out = weft("show", "r").out
    assert re.search(
        r"^  group +succeeded .*\n    inner +succeeded .*\n    deeper .*\n      innermost ", out, re.MULTILINE
    )
    assert re.search(r"^  loop +succeeded +\d\.\d\ds  3 items$", out, re.MULTILINE)
    assert re.search(r"^  fails +failed .*\n +failed: on purpose$", out, re.MULTILINE)
    assert "\nsucceeded=5 failed=1 skipped=1 " in out


def test_show_of_one_step_has_its_data_and_why_it_failed(weft):
    weft("run", "failing.weft.yaml", "--run-id", "r")
    assert '"a": 1' in weft("show", "r", "--step", "first").out
    assert '"code": "exit 3"' in weft("show", "r", "--step", "broken").out
    answer = weft("show", "r", "--step", "borken")
    assert (answer.code, 'did you mean "broken"?' in answer.err) == (2, True)


def test_show_of_events_has_a_line_for_each(weft):
    weft("run", "two.weft.yaml", "--run-id", "r")
    lines = weft("show", "r", "--events").out.splitlines()
    assert [line.split()[2] for line in lines] == [
        "RunCreated",
        "StepStarted",
        "StepSucceeded",
        "StepStarted",
        "StepSucceeded",
        "RunFinished",
    ]


def test_mermaid_has_every_step_and_every_edge(weft):
    lines = [
        line.strip() for line in weft("graph", "everything.weft.yaml", "--format", "mermaid").out.splitlines()
    ]
    assert lines[0] == "flowchart TD"
    assert 'subgraph s1_group["group · parallel"]' in lines
    assert 's5_loop["loop<br/>shell<br/>for each"]' in lines
    assert any(re.fullmatch(r"s\d+_fails --> s\d+_after_failure", line) for line in lines)
    assert len([line for line in lines if line.startswith("subgraph")]) == lines.count("end")


def test_dot_is_balanced_and_quotes_every_label(weft):
    out = weft("graph", "everything.weft.yaml", "--format", "dot").out
    assert out.startswith('digraph "everything" {')
    assert out.count("{") == out.count("}")
    assert re.search(r"s\d+_fails -> s\d+_after_failure;", out)
    assert len(re.findall(r'\[label="', out)) == 7


def test_an_edge_of_a_group_ends_at_its_border(weft, project):
    (project / "g.weft.yaml").write_text(
        "weft: 1\nname: g\nmode: dag\nsteps:\n  - id: first\n    steps:\n      - {id: a, tool: echo}\n"
        "      - {id: b, tool: echo}\n  - {id: then, tool: echo, needs: [first]}\n"
    )
    assert (
        '  s3_b -> s4_then [ltail="cluster_s1_first"];' in weft("graph", "g.weft.yaml", "--format", "dot").out
    )


def test_the_graph_of_a_wrong_spec_is_its_problems(weft, project):
    (project / "bad.weft.yaml").write_text("weft: 1\nname: bad\nsteps:\n  - {id: a, tool: ecko}\n")
    answer = weft("graph", "bad.weft.yaml")
    assert (answer.code, answer.out) == (1, "")
    assert "WF501" in answer.err
    assert weft("graph", "bad.weft.yaml", "--format", "json").json["problems"][0]["code"] == "WF501"


def test_tools_names_parameters_with_what_they_take(weft):
    assert re.search(r"^shell +integration ", weft("tools").out, re.MULTILINE)
    assert re.search(
        r"^  seconds +number, required: How long to wait", weft("tools", "sleep").out, re.MULTILINE
    )
