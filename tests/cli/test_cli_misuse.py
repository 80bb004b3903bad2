"""Misspelt words of a call: quoted, lower case, with the nearest name."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("call", "message", "hint"),
    [
        (["valdate"], 'no command "valdate"', 'did you mean "validate"?'),
        (["run", "--stroe", "x"], 'no option "--stroe"', 'did you mean "--store"?'),
        (["validate", "--format", "jason"], '"jason" is no value of --format', 'did you mean "json"?'),
        (
            ["graph", "two.weft.yaml", "--format", "xml"],
            '"xml" is no value of --format',
            "known: dot, json, mermaid, svg, text",
        ),
        (["tools", "shel"], 'no tool "shel"', 'did you mean "shell"?'),
        (["runs", "--status", "failde"], '"failde" is not a status of a run', 'did you mean "failed"?'),
        (["run", "tow.weft.yaml"], 'no such file: "tow.weft.yaml"', 'did you mean "two.weft.yaml"?'),
        (["run", "two.weft.yaml", "-i", "woh=x"], 'unknown input "woh"', 'did you mean "who"?'),
        (["run"], "SPEC is missing", "try: weft run --help"),
        (["run", "--store"], 'option "--store" needs a value', None),
    ],
)
def test_a_misspelt_word_is_quoted_and_the_nearest_is_named(weft, call, message, hint):
    weft("run", "two.weft.yaml")
    answer = weft(*call)
    lines = [line.strip() for line in answer.err.splitlines()]
    assert answer.code == 2
    assert lines[0] == f"weft: {message}"
    assert hint is None or hint in lines


def test_control_characters_of_a_call_are_shown_not_obeyed(weft):
    answer = weft("run", "\x1b[31mred\x07.weft.yaml")
    assert "\x1b" not in answer.err
    assert "\\x1b[31mred\\x07" in answer.err


def test_an_unknown_run_names_the_latest(weft):
    weft("run", "two.weft.yaml", "--run-id", "known-run")
    assert "known-run" in weft("show", "nowhere").err


def test_the_beginning_of_two_runs_is_refused_with_both(weft):
    weft("run", "two.weft.yaml", "--run-id", "abc-1")
    weft("run", "two.weft.yaml", "--run-id", "abc-2")
    answer = weft("show", "abc")
    assert answer.code == 2
    assert "abc-1, abc-2" in answer.err
