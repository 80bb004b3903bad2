"""Reads the references of each step: compiles them into the plan and says what is wrong, each at its place.

Reads are handed on as (step, span) pairs; what the mode makes of them is `edges.py`'s business.
"""

from __future__ import annotations

import re
from typing import Any

from engine.diagnostics import Diagnostic, Related, problem
from engine.graph.edges import StepRead
from engine.graph.names import step_name
from engine.graph.places import Place
from engine.graph.plan import Plan, PlanStep
from engine.graph.scopes import (
    BOOLEAN_WORDS,
    ELSEWHERE,
    RUN_FIELDS,
    STEP_FIELDS,
    known_roots,
    named_values,
)
from engine.graph.sql_text import bind_references
from engine.refs import (
    Expression,
    ExpressionProblem,
    LexProblem,
    Template,
    compile_expression,
    compile_value,
    lex,
    texts,
)
from engine.spec.tree import Tree
from engine.spec.workflow import Path, StepSpec
from engine.text import Span, nearest, suggestion
from engine.text.snippet import shortened

_ANCHOR = re.compile(r"(&[^\s,\[\]{}]+)\s+$")


class ReferenceReader:
    """Compiles the templates of every step of a plan. `inputs_read` collects the names of inputs that are used."""

    def __init__(self, plan: Plan, tree: Tree, problems: list[Diagnostic]) -> None:
        self.plan = plan
        self.tree = tree
        self.problems = problems
        self.step_reads: list[list[StepRead]] = [[] for _ in plan.steps]
        self.inputs = plan.workflow.inputs

    def compile_step(self, step: PlanStep, spec: StepSpec) -> None:
        if spec.let:
            self._let(step, spec)
        if spec.with_:
            step.with_ = self._with(step, spec)
        if spec.when is not None:
            step.when = self.bare(step, "when", spec.when, (*spec.path, "when"))
        if step.foreach:
            step.items = self.template(step, "foreach", step.foreach.items, step.foreach.path)
            if step.foreach.key is not None:
                key = self.bare(step, "key", step.foreach.key, (*spec.path, "foreach", "key"))
                step.key = key if isinstance(key, Expression) else None
            if (value := step.foreach.break_when) is not None:
                step.break_when = self.bare(step, "break_when", value, (*spec.path, "foreach", "break_when"))
        if spec.repeat is not None:
            word = "until" if spec.repeat.until is not None else "while"
            value = spec.repeat.until if word == "until" else spec.repeat.while_
            step.test = self.bare(step, word, value, (*spec.repeat.path, word)) if value is not None else None
        if spec.cache is not None and spec.cache.key is not None:
            step.cache_key = self.template(step, "cache", spec.cache.key, (*spec.cache.path, "key"))
        if spec.outputs is not None:
            step.outputs = self.template(step, "outputs", spec.outputs, (*spec.path, "outputs"))

    def _let(self, step: PlanStep, spec: StepSpec) -> None:
        """Named values in order: each may read those before it."""
        step.let_names = []
        for name, value in spec.let.items():
            template = self.template(step, "let", value, (*spec.path, "let", name))
            step.let_names.append(name)
            if template is not None:
                step.let.append((name, template))

    def _with(self, step: PlanStep, spec: StepSpec) -> Template | None:
        path = (*spec.path, "with")
        value: Any = spec.with_
        bound = _marked(step, "sql")
        if bound and isinstance(value.get(bound), str):
            self.template(step, "with", value, path)  # names and problems are told at the author's own text
            text, params, problems = bind_references(value[bound], _mapping(value.get("params")))
            for p in problems:
                self._say("WF506", p.message, self.tree.text_span((*path, bound), p.start, p.end), p.hint)
            if problems:
                return None
            value = {**value, bound: text, **({"params": params} if params else {})}
            return _compiled(value)
        return self.template(step, "with", value, path)

    def template(self, step: PlanStep, word: str, value: Any, path: Path) -> Template | None:
        """The compiled template of a value; None when something in it is wrong (and told)."""
        good = True
        for at, text in texts(value):
            pieces, problems = lex(text)
            here = (*path, *at)
            self._tell_lexing(problems, here)
            good &= not problems
            for part in pieces:
                if not isinstance(part, str):
                    good &= self._expression(step, word, here, part.expression, part.expr_start) is not None
        return _compiled(value) if good else None

    def _tell_lexing(self, problems: list[LexProblem], path: Path) -> None:
        for p in problems:
            self._say("WF401", p.message, self.tree.text_span(path, p.start, p.end), p.hint)

    def bare(self, step: PlanStep, word: str, value: Any, path: Path) -> Expression | bool | None:
        """A bare expression (one `$<…>` around the whole is accepted, a YAML boolean too); None when it is wrong."""
        if isinstance(value, bool):
            return value
        if not isinstance(value, str):
            return None
        text, offset = _unwrapped(value)
        if text is None:
            if problems := lex(value)[1]:
                self._tell_lexing(problems, path)
                return None
            hint = "a condition is a bare expression: write it without $<…>"
            self._say("WF401", "references inside a condition", self.tree.span(path), hint)
            return None
        return self._expression(step, word, path, text, offset)

    def _expression(self, step: PlanStep, word: str, path: Path, text: str, offset: int) -> Expression | None:
        try:
            expression = compile_expression(text)
        except ExpressionProblem as wrong:
            span = self.tree.text_span(path, offset + wrong.start, offset + wrong.end)
            self._say("WF401", wrong.message, span, wrong.hint or self._anchored(path))
            return None
        good = True
        for read in expression.reads:
            place = Place(self.tree, path, offset + read.start, offset + read.end)
            good &= self._read(step, word, read.path, place)
        return expression if good else None

    def _anchored(self, path: Path) -> str | None:
        """That YAML has taken the first word of a text for an anchor, where it begins with `&`."""
        span = self.tree.span(path)
        before = self.tree.source.line(span.line)[: span.column - 1]
        anchor = _ANCHOR.search(before)
        return f'quote the whole value: YAML takes "{anchor[1]}" for an anchor' if anchor else None

    def _read(self, step: PlanStep, word: str, path: tuple[str | int, ...], place: Place) -> bool:
        target = step_name(path)
        if target is not None:
            return self._read_step(step, word, target, path, place)
        root = str(path[0])
        if root == "inputs":
            return self._read_input(path, place)
        roots = known_roots(self.plan, step, word)
        if root == "run" and len(path) > 1 and path[1] not in RUN_FIELDS:
            return self._unknown_field("run", str(path[1]), RUN_FIELDS, place)
        if root in roots:
            return root != "let" or self._read_let(step, word, path, place)
        return self._undefined(root, roots, place)

    def _read_step(
        self, step: PlanStep, word: str, name: str, path: tuple[str | int, ...], place: Place
    ) -> bool:
        by_steps = path[0] == "steps"
        target = self.plan.by_id.get(name)
        shown = f"steps.{name}" if by_steps else f"step_{name}_result"
        if target is None:
            near = nearest(name, self.plan.by_id)
            hint = suggestion(name, self.plan.by_id)
            if near:
                hint = f'did you mean "{shown.replace(name, near[0])}"?'
            self._say("WF402", f'no step "{name}" to read', place.of(shown), hint)
            return False
        if word == "connections":
            hint = "a connection sees inputs and secrets"
            self._say(
                "WF403",
                f'a connection cannot read the result of step "{name}"',
                place.of(shown),
                hint,
            )
            return False
        self.step_reads[step.index].append(StepRead(target, place, word))
        if by_steps and len(path) > 2 and path[2] not in STEP_FIELDS:
            return self._unknown_field(f"steps.{name}", str(path[2]), STEP_FIELDS, place)
        return True

    def _read_input(self, path: tuple[str | int, ...], place: Place) -> bool:
        self.plan.inputs_read.add(str(path[1]) if len(path) > 1 else "*")
        if len(path) > 1 and path[1] not in self.inputs:
            self._undeclared(str(path[1]), place)
            return False
        return True

    def _undeclared(self, name: str, place: Place) -> None:
        near = nearest(name, self.inputs)
        declared = [Related(self.tree.key_span(("inputs", one)), "declared here") for one in near[:1]]
        hint = suggestion(name, self.inputs) or f"declare it: inputs: {{{shortened(name)}: {{type: string}}}}"
        self._say(
            "WF402",
            f'input "{shortened(name)}" is not declared',
            place.of(f"inputs.{name}"),
            hint,
            *declared,
        )

    def _unknown_field(self, holder: str, name: str, known: tuple[str, ...], place: Place) -> bool:
        message = f'"{holder}" has no "{shortened(name)}"'
        hint = 'did you mean "data"?' if name in ("output", "outputs", "result") else suggestion(name, known)
        self._say("WF402", message, place.of(f"{holder}.{name}"), hint)
        return False

    def _read_let(self, step: PlanStep, word: str, path: tuple[str | int, ...], place: Place) -> bool:
        known = named_values(self.plan, step, word)
        if len(path) < 2 or path[1] in known:
            return True
        name = str(path[1])
        if name in step.let_names:
            message, hint = (
                f'"let.{shortened(name)}" is not known yet',
                "named values are made in order, after `when`",
            )
        else:
            message = f'there is no named value "{shortened(name)}"'
            hint = suggestion(name, known) or "name it: let: {" + shortened(name) + ": …}"
        self._say("WF402", message, place.of(f"let.{name}"), hint)
        return False

    def _undefined(self, name: str, roots: frozenset[str], place: Place) -> bool:
        hint = ELSEWHERE.get(name) or self._meant(name)
        near = nearest(name, roots)
        if name not in ELSEWHERE and hint is None and near:
            hint = f'did you mean "{near[0]}"?'
        elif name == "input" and self.inputs:
            hint = 'did you mean "inputs"? (`input` is known only in a pipeline)'
        if hint is None:
            steps = [f"step_{step}_result" for step in self.plan.by_id]
            hint = suggestion(name, [*sorted(roots - {"let", "secrets"}), *steps])
        self._say("WF402", f'"{shortened(name)}" is not known here', place.of(name), hint)
        return False

    def _meant(self, name: str) -> str | None:
        """What a name stands for that is not known here but plain: an id, an input, a word of the older language."""
        if name in BOOLEAN_WORDS:
            return f"{name} is text in YAML 1.2: write {BOOLEAN_WORDS[name]}"
        if name in self.inputs:
            return f'did you mean "inputs.{name}"?'
        if name == "global_context":
            return 'did you mean "inputs"?'
        step, _, part = name.rpartition("_") if name not in self.plan.by_id else (name, "", "")
        if step in self.plan.by_id and part in ("", "output", "result", "metadata"):
            meant = f"steps.{step}.metadata" if part == "metadata" else f"step_{step}_result"
            return f'did you mean "{meant}"?'
        return None

    def _say(self, code: str, message: str, span: Span, hint: str | None, *related: Related) -> None:
        self.problems.append(problem(code, message, span, hint, *related))


def _compiled(value: Any) -> Template | None:
    try:
        return compile_value(value)
    except ExpressionProblem:
        return None  # told already, expression by expression


def _unwrapped(text: str) -> tuple[str | None, int]:
    """The expression of a condition and where it begins; (None, 0) when references stand inside other text."""
    if "$" not in text:
        return text, 0
    pieces, problems = lex(text)
    if problems:
        return None, 0
    parts = [piece for piece in pieces if not isinstance(piece, str)]
    if not parts:
        return text, 0
    around = "".join(piece for piece in pieces if isinstance(piece, str))
    return (parts[0].expression, parts[0].expr_start) if len(parts) == 1 and not around.strip() else (None, 0)


def _marked(step: PlanStep, mark: str) -> str | None:
    """The parameter of the step's operation whose schema says `x-weft: mark`."""
    operation = step.declaration.operation(step.operation) if step.declaration else None
    properties = operation.parameters.get("properties", {}) if operation else {}
    return next((name for name, schema in properties.items() if schema.get("x-weft") == mark), None)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
