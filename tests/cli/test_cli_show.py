"""What the looking commands say to people: runs, show, graph, tools."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest


def test_runs_lists_the_newest_first_and_can_be_narrowed(weft):
    weft("run", "two.weft.yaml", "--run-id", "one")
    weft("run", "failing.weft.yaml", "--run-id", "two")
    assert [line.split()[0] for line in weft("runs").out.splitlines()[1:]] == ["two", "one"]
    assert [line.split()[0] for line in weft("runs", "--status", "failed").out.splitlines()[1:]] == ["two"]
    assert [line.split()[0] for line in weft("runs", "--workflow", "two").out.splitlines()[1:]] == ["one"]
    assert weft("runs", "--since", "2999-01-01").err == "no runs\n"


def test_show_has_each_step_indented_by_its_group_and_the_same_summary(weft):
    weft("run", "everything.weft.yaml", "--run-id", "r")
    out = weft("show", "r").out
    assert re.search(
        r"^  group +succeeded .*\n    inner +succeeded .*\n    deeper .*\n      innermost ", out, re.MULTILINE
    )
    assert re.search(r"^  loop +succeeded +\d\.\d\ds  3 items, 1 failed$", out, re.MULTILINE)
    assert re.search(
        r"^  fails +failed, handled +\d\.\d\ds  failed: on purpose\n      at everything\.weft\.yaml:\d+$",
        out,
        re.MULTILINE,
    )
    assert "\nsucceeded=5 failed=0 skipped=1 handled=1 " in out


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


TROUBLE = """\
weft: 1
name: trouble
mode: dag
steps:
  - {id: py, tool: python, with: {call: "own:go"}}
  - {id: after, tool: echo, needs: [py], with: {a: 1}}
  - id: each
    foreach: {in: [fr, de], key: item, tolerate: 1}
    tool: shell
    with: {argv: [test, $<item>, '=', de]}
  - id: loop
    foreach: [1]
    steps:
      - {id: inner, tool: echo, with: {x: $<item>}}
"""


def test_show_tells_a_failure_as_the_run_did(weft, project):
    (project / "trouble.weft.yaml").write_text(TROUBLE)
    (project / "own.py").write_text("def go():\n    return {}['nope']\n")
    watched = weft("run", "trouble.weft.yaml", "--run-id", "r").err
    shown = weft("show", "r").out
    below = (
        "      at trouble.weft.yaml:5\n      raised at own.py line 2, in go: return {}['nope']\n"
        "      with:\n        call: own:go\n"
    )
    for text in (watched, shown):
        assert below in text
        assert re.search(r"^  after .*  upstream py failed$", text, re.MULTILINE)
        assert re.search(r"^  each .*  2 items, 1 failed$", text, re.MULTILINE)
        assert re.search(r'^  each\["fr"\] .*\n      at .*:7\n.*\n +argv: \["test", "fr"', text, re.MULTILINE)


def test_an_item_is_shown_by_the_name_the_run_prints(weft, project):
    (project / "trouble.weft.yaml").write_text(TROUBLE)
    weft("run", "trouble.weft.yaml", "--run-id", "r")
    assert '"code": "exit 1"' in weft("show", "r", "--step", 'each["fr"]').out
    assert weft("show", "r", "--step", "loop[0]", "--output", "json").json["data"] == {"inner": {"x": 1}}
    assert weft("show", "r", "--step", "loop[0]/inner", "--output", "json").json["data"] == {"x": 1}
    answer = weft("show", "r", "--step", "loop[7]")
    assert (answer.code, "loop[0]" in answer.err) == (2, True)


def test_a_run_whose_process_is_gone_is_not_shown_as_if_it_went_on(weft):
    """Killed before its end: only a resume goes on with it."""
    script = "import sys; from engine.cli import main; main(['run', 'two.weft.yaml', '--run-id', 'killed'])"
    kill = "import os; from engine.app import session; session.Session.start = lambda self: os._exit(9);"
    subprocess.run([sys.executable, "-c", kill + script], check=False, capture_output=True)
    weft("run", "two.weft.yaml", "--run-id", "a-much-longer-id-than-killed")
    lines = weft("runs").out.splitlines()
    assert re.fullmatch(r"killed +two +running \(no process\) +\S+ \S+ +-", lines[2])
    assert {line.index("two") for line in lines[1:]} == {lines[0].index("workflow")}


def test_a_store_that_is_not_there_is_named_with_its_folder(weft, project):
    answer = weft("runs", "--store", "none.db")
    assert (answer.code, str(project / "none.db") in answer.err) == (5, True)
    assert "go to the folder where you ran, or say --store PATH" in answer.err


def test_a_tool_is_shown_with_values_defaults_nested_keys_results_an_example_and_its_connections(weft):
    http = weft("tools", "http").out
    assert re.search(r'^  method +one of GET, HEAD, .*, default "GET": ', http, re.MULTILINE)
    assert re.search(r"^    token +string$", http, re.MULTILINE)
    assert "\n  gives: status, headers, body, items, count, pages, truncated\n" in http
    assert '\n  example: with: {"url": ' in http
    sql = weft("tools", "sql").out
    assert "columns (name, type)" in sql
    assert re.search(r"^connections \(tool: sql\) take:\n  url +string: ", sql, re.MULTILINE)


def test_a_tool_is_shown_with_what_its_parameters_are_made_of(weft):
    """Nobody can write a `transform` from a page that does not say what `derive` and `measures` take."""
    transform = weft("tools", "transform").out
    assert re.search(r"^    derive +object: ", transform, re.MULTILINE)
    assert re.search(r"^      op +one of const, copy, .*, cast, required: ", transform, re.MULTILINE)
    assert re.search(r"^        op +one of count, sum, .*, last, required: ", transform, re.MULTILINE)


def test_what_a_tool_needs_is_said_only_where_it_is_missing(weft, monkeypatch: pytest.MonkeyPatch):
    from engine.cli import tool_page

    for there in (True, False):
        monkeypatch.setattr(tool_page, "_installed", lambda package, extra, there=there: there)
        assert ("pip install" in weft("tools", "sql").out) is not there


def test_whether_an_extra_is_installed_is_read_from_the_package(monkeypatch: pytest.MonkeyPatch):
    from importlib import metadata

    from engine.cli.tool_page import _installed

    lines = ["pytest>=8; extra == 'good'", "no-such-thing-at-all>=1; extra == 'bad'"]
    monkeypatch.setattr(metadata, "requires", lambda name: lines)
    assert (_installed("weft-engine", "good"), _installed("weft-engine", "bad")) == (True, False)


def test_the_name_of_a_connection_is_told_where_to_look(weft):
    assert "a connection is shown by its tool, as in: weft tools sql" in weft("tools", "warehouse").err
