"""Jinja's own parser makes the tree of an expression. Imports jinja2; import this module only when a tree is
needed.

Laws: Jinja never generates code and never evaluates here; the line numbers of its nodes are our offsets,
because its parser is fed our tokens.
"""

from __future__ import annotations

from copy import copy

from jinja2 import nodes
from jinja2.environment import Environment
from jinja2.exceptions import TemplateSyntaxError
from jinja2.lexer import Token as JinjaToken
from jinja2.lexer import TokenStream
from jinja2.parser import Parser

from engine.refs.problems import ExpressionProblem
from engine.refs.tokens import Token, Tokens

_ENVIRONMENT = Environment(autoescape=False)
_FRESH = Parser(_ENVIRONMENT, "", state="variable")  # copied, since making one lexes a text first
_EXPECTED = {
    "end of print statement": "the end of the expression",
    "end of template": "the end of the expression",
    "begin of template": "the expression",
}


def parsed(text: str, tokens: Tokens) -> nodes.Expr:
    """The tree of an expression; `lineno` of a node is an offset in `text`. Raises ExpressionProblem."""
    parser = copy(_FRESH)
    stream = TokenStream((JinjaToken(each.start, each.type, each.value) for each in tokens.all), None, None)  # type: ignore[arg-type]
    parser.stream = stream
    try:
        tree = parser.parse_expression()
    except TemplateSyntaxError as error:
        raise _problem(text, tokens, error, stream.eos) from error
    except RecursionError as error:
        raise ExpressionProblem(
            "the expression is nested too deeply", None, 0, len(text), code="bounds"
        ) from error
    if not stream.eos:
        raise _leftover(tokens, stream.current.lineno)
    return tree


def _problem(text: str, tokens: Tokens, error: TemplateSyntaxError, at_end: bool) -> ExpressionProblem:
    message = (error.message or "syntax error").strip().rstrip(".")
    for theirs, ours in _EXPECTED.items():
        message = message.replace(f"'{theirs}'", ours)
    message = message.replace("'", '"')
    message = message[:1].lower() + message[1:]
    if at_end:
        last = tokens.all[-1]
        return ExpressionProblem(
            f'something is missing after "{_raw(text, last)}"', None, last.start, last.end
        )
    token = _at(tokens, error.lineno)
    return ExpressionProblem(message, _hint(tokens, token), token.start, token.end)


def _leftover(tokens: Tokens, offset: int) -> ExpressionProblem:
    token = _at(tokens, offset)
    return ExpressionProblem(f'unexpected "{token.value}"', _hint(tokens, token), token.start, token.end)


def _hint(tokens: Tokens, token: Token) -> str | None:
    index = tokens.all.index(token)
    before = tokens.all[index - 1] if index else None
    if [each.type for each in tokens.all[:2]] == ["lbrace", "lbrace"]:
        return "write it without {{ }}"
    if token.type == "assign":
        return "compare with =="
    if token.type == "comma" and not tokens.closed_at:
        return "an expression is one value; a list is written [a, b]"
    if before is not None and before.type == "name" and before.value in ("if", "in", "not", "is"):
        return "put the test before it in parentheses"
    if token.type == "pipe" and before is not None and before.type == "pipe":
        return "write `or`"
    return None


def _at(tokens: Tokens, offset: int) -> Token:
    return next((each for each in tokens.all if each.start >= offset), tokens.all[-1])


def _raw(text: str, token: Token) -> str:
    return text[token.start : token.end]
