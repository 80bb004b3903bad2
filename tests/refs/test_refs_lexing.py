"""Finding references in a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.refs import LexProblem, Part, bare, holds_reference, lex, whole_reference
from engine.refs.problems import ExpressionProblem


def shape(text: str) -> list[str]:
    """Pieces in short: references in angle brackets."""
    pieces, problems = lex(text)
    assert not problems
    return [f"<{piece.expression}>" if isinstance(piece, Part) else piece for piece in pieces]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("plain", ["plain"]),
        ("$<a>", ["<a>"]),
        ("x $<a> y", ["x ", "<a>", " y"]),
        ("$<a>$<b>", ["<a>", "<b>"]),
        ("$<a | default('x > y')>", ["<a | default('x > y')>"]),
        ('$<a["b>"]>c', ['<a["b>"]>', "c"]),
        (r"$<a | default('it\'s > 1')>", [r"<a | default('it\'s > 1')>"]),
        ("$< a>", ["<a>"]),
        ("$<a\n| length>", ["<a\n| length>"]),
        ("$<n>5>", ["<n>", "5>"]),
        ("$$<a>", ["$<a>"]),
        ("$$$<a>", ["$$<a>"]),
        ("$$<$<a>", ["$<", "<a>"]),
        ("$", ["$"]),
        ("5$ <b>", ["5$ <b>"]),
        ("${step_a_result.x}", ["<step_a_result.x>"]),
        ("${step_a_b_result}", ["<step_a_b_result>"]),
        ("${steps.a.status}", ["<steps.a.status>"]),
        ("${inputs.x }", ["<inputs.x>"]),
        ("${inputs.x | default('}')}!", ["<inputs.x | default('}')>", "!"]),
        ("$${step_a_result}", ["${step_a_result}"]),
        ("$${inputs.x} $${HOME}", ["${inputs.x} $${HOME}"]),
        ("${HOME} {{ x }} {% y %}", ["${HOME} {{ x }} {% y %}"]),
        ("${ inputs.x}", ["${ inputs.x}"]),
        (
            "${input} ${let.x} ${step_x} ${step__result} ${step_a_results}",
            ["${input} ${let.x} ${step_x} ${step__result} ${step_a_results}"],
        ),
    ],
)
def test_pieces(text: str, pieces: list[str]) -> None:
    assert shape(text) == pieces
    assert holds_reference(text) == any(piece.startswith("<") for piece in pieces)


@pytest.mark.parametrize(
    ("text", "message", "hint", "span"),
    [
        ("a $<b", '"$<" is not closed', 'close it with ">"', (2, 5)),
        ("$<b | default('x>", '"$<" is not closed', "a quote opens and does not close", (0, 17)),
        ("$<b\nnext > line", None, None, None),
        ("${inputs.x", '"${" is not closed', 'close it with "}"', (0, 10)),
        ("x$<>", "the reference is empty", "$<inputs.NAME>", (1, 4)),
        ("$<  >", "the reference is empty", "$<inputs.NAME>", (0, 5)),
        ("$<n > 5>", '">" inside a reference', "`n is gt(5)`", (0, 8)),
        ("$<n >= m.x> z", '">" inside a reference', "`n is ge(m.x)`", (0, 11)),
        ("$<a >", 'white space just before the closing ">"', "write $<a>", (0, 5)),
        ("$<a\n>", 'white space just before the closing ">"', "write $<a>", (0, 5)),
    ],
)
def test_problems(text: str, message: str | None, hint: str | None, span: tuple[int, int] | None) -> None:
    pieces, problems = lex(text)
    assert holds_reference(text)
    if message is None:
        return
    assert [problem.message for problem in problems] == [message]
    assert hint is not None
    assert hint in (problems[0].hint or "")
    assert (problems[0].start, problems[0].end) == span
    assert "".join(piece for piece in pieces if isinstance(piece, str)) == text, "a problem stays in the text"


def test_one_problem_does_not_hide_the_next_reference() -> None:
    pieces, problems = lex("$<n > 5> and $<m> and $<")
    assert [piece.expression for piece in pieces if isinstance(piece, Part)] == ["m"]
    assert len(problems) == 2


def test_offsets_point_into_the_decoded_text() -> None:
    text = "ü $<  inputs.x | length> ${inputs.y}"
    pieces, _ = lex(text)
    first, second = (piece for piece in pieces if isinstance(piece, Part))
    assert text[first.start : first.end] == "$<  inputs.x | length>"
    assert text[first.expr_start :].startswith("inputs.x | length>")
    assert text[second.expr_start :].startswith("inputs.y}")


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("$<a>", True),
        ("$<a>\n", True),
        ("$<a>\n\n", False),
        (" $<a>", False),
        ("$<a> ", False),
        ("$<a>$<b>", False),
        ("${inputs.a}", True),
    ],
)
def test_whole_is_one_reference_and_at_most_its_last_line_break(text: str, whole: bool) -> None:
    assert (whole_reference(lex(text)[0]) is not None) is whole


@given(st.text(alphabet="$<>{}'\"\\ \nabinputs.step__result", max_size=60))
def test_any_text_is_cut_without_losing_a_character(text: str) -> None:
    """References, problems and literals cover the text in order; only the escaping `$` go."""
    pieces, problems = lex(text)
    assert all(
        isinstance(problem, LexProblem) and 0 <= problem.start < problem.end <= len(text)
        for problem in problems
    )
    parts = [piece for piece in pieces if isinstance(piece, Part)]
    assert all(text[part.expr_start :].startswith(part.expression) for part in parts)
    assert [part.start for part in parts] == sorted(part.start for part in parts)
    restored = "".join(piece if isinstance(piece, str) else text[piece.start : piece.end] for piece in pieces)
    assert len(text) - len(restored) == text.count("$") - restored.count("$")
    assert restored.replace("$", "") == text.replace("$", "")
    assert holds_reference(text) == bool(parts or problems)


@given(st.lists(st.sampled_from(["$<", "a", "'", '"', "\\", " "]), max_size=400).map("".join))
def test_unclosed_quotes_are_found_in_linear_time(text: str) -> None:
    lex(text + "$<" * 200 + "'" * 201)


@pytest.mark.parametrize("unit", ["$<", "$<\n", "$<a > ", "$< ' ", "$$<", "${inputs.\n", "$<a >" + " " * 50])
def test_a_text_full_of_openers_is_lexed_in_linear_time(unit: str) -> None:
    """Every opener may look ahead; together they must not read the text again and again."""
    _pieces, problems = lex(unit * 100_000)
    assert len(problems) <= 20


@pytest.mark.parametrize(
    ("text", "expression", "start"),
    [
        ("a > 1", "a > 1", 0),
        ("  a \n", "a", 2),
        ("$<a>", "a", 2),
        (" $< a>\n", "a", 4),
        ("${inputs.a}", "inputs.a", 2),
    ],
)
def test_a_bare_expression_may_stand_in_one_reference(text: str, expression: str, start: int) -> None:
    part = bare(text)
    assert (part.expression, part.expr_start) == (expression, start)
    assert text[part.expr_start :].startswith(expression)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("$<a> and $<b>", "without $<…>"),
        ("$<n > 5>", "write n > 5 without"),
        ("$<a", "without"),
        ("", None),
        ("$HOME", "without"),
    ],
)
def test_anything_else_with_a_reference_in_it_is_refused(text: str, hint: str | None) -> None:
    with pytest.raises(ExpressionProblem) as caught:
        bare(text)
    assert hint is None or hint in (caught.value.hint or "")
