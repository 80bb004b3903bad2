"""The reference language: `$<…>` in texts and bare expressions, from text to value.

Comes in: decoded texts and JSON values of a spec, and a scope that answers names. Goes out: what an
expression reads, and JSON values. Refuses to know: workflows, steps, secrets, files, clocks. Importing it
imports neither Jinja nor RE2.
"""

from engine.refs.bounds import Scope
from engine.refs.conditions import bare, compile_bare, condition, verdict
from engine.refs.expressions import Expression, compile_expression
from engine.refs.lexer import LexProblem, Part, holds_reference, lex, whole_reference
from engine.refs.problems import ExpressionProblem
from engine.refs.reading import Read
from engine.refs.templates import Site, Template, compile_value, sites, texts
from engine.refs.values import LazyMapping

__all__ = [
    "Expression",
    "ExpressionProblem",
    "LazyMapping",
    "LexProblem",
    "Part",
    "Read",
    "Scope",
    "Site",
    "Template",
    "bare",
    "compile_bare",
    "compile_expression",
    "compile_value",
    "condition",
    "holds_reference",
    "lex",
    "sites",
    "texts",
    "verdict",
    "whole_reference",
]
