"""Evaluates what belongs to an instance: its conditions, its named values, its parameters, a group's outputs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.errors import EvaluationError
from engine.execute.kept import Kept, whole
from engine.execute.listing import Lister
from engine.execute.parameters import Parameters, Unfit
from engine.execute.record import record_of
from engine.execute.results import data_of
from engine.execute.values import Scope, Values, secret_names
from engine.execute.weight import check_weight
from engine.execute.words import Word
from engine.graph.plan import PlanStep
from engine.machine import Instance, Status
from engine.refs import Expression, Template
from engine.spec.inputs import bind_inputs
from engine.tools.port import Records

FLOWS = "flows"


def evaluation_error(error: EvaluationError) -> dict[str, Any]:
    """The step's typed error for an expression that could not be evaluated, or that gave what the tool does not take."""
    kind = "invalid" if isinstance(error, Unfit) else error.type
    return {"type": kind, "code": error.code, "message": error.message, "hint": error.hint}


class Evaluator:
    """Evaluates against the values of one run. Every method raises EvaluationError."""

    def __init__(self, values: Values, fitting: Parameters | None = None) -> None:
        """`fitting`: what the steps' tools take; None: whatever they are given."""
        self.values = values
        self._fitting = fitting
        values.bind_call = self._bound_again
        self._secretive: dict[int, bool] = {}
        self.lister = Lister(values)
        self._whole: set[Instance] = (
            set()
        )  # whose parameters stand in their records with secrets, not with references

    def bind_let(self, instance: Instance) -> dict[str, Any]:
        """Evaluate the `let` of a step, group or file, in order, once; what the journal keeps of it (empty without any).

        An iteration has none of its own: the loop's were evaluated before its items.
        """
        named = instance.plan.let
        record = record_of(instance)
        if not named or instance.number >= 0 or record.let is not None:
            return {}
        values: dict[str, Any] = {}
        record.let = values  # each value may read those before it
        scope = self.values.scope(instance)
        try:
            for name, template in named:
                with Word(f"let.{name}"):
                    values[name] = template.resolve(scope)
                    check_weight(values, "what is named")
        except EvaluationError:
            record.let = None
            raise
        return {"let": values, **({"calls": record.calls} if record.calls else {})}

    def condition(self, instance: Instance) -> bool:
        """The step's `when`: true or false; null counts as false, anything else is an error."""
        return self._boolean("when", instance.plan.when, instance)

    def test(self, loop: Instance) -> bool:
        """The condition of a repeat: its `until` or `while`."""
        repeat = loop.plan.repeat
        word = "while" if repeat is not None and repeat.while_ is not None else "until"
        return self._boolean(word, loop.plan.test, loop)

    def breaks(self, iteration: Instance) -> bool:
        """The `break_when` of the loop around an iteration that has ended; `last` is what the iteration gave."""
        around = self.values.scope(iteration)
        data = data_of(iteration)
        scope = lambda name: data if name == "last" else around(name)  # noqa: E731
        return self._boolean("break_when", iteration.plan.break_when, iteration, scope)

    def _boolean(
        self,
        word: str,
        condition: Expression | bool | None,
        instance: Instance,
        scope: Scope | None = None,
    ) -> bool:
        if isinstance(condition, bool) or condition is None:
            return condition is not False
        with Word(word):
            value = condition.evaluate(scope or self.values.scope(instance))
        if value is None or isinstance(value, bool):
            return bool(value)
        shown = json.dumps(value, ensure_ascii=False)[:60]
        hint = "compare it with something, as in: … == 3"
        raise EvaluationError(
            f"{word}: a condition must be true or false, not {shown}", hint=hint, code="not-a-boolean"
        )

    def parameters(self, instance: Instance) -> tuple[dict[str, Any], dict[str, Any]]:
        """The resolved parameters of a call and what the journal keeps of them.

        Resolved once per instance: later attempts see the same values. A template without references is not recorded
        (the spec is). A secret is recorded as its reference: after a resume it is read anew, all else is as recorded.
        A stream is not recorded either: it is kept where it was made. Raises Unfit where the tool does not take them.
        """
        template = instance.plan.with_
        if template is None:
            return {}, {}
        if template.constant:
            return template.resolve(_nothing), {}
        if instance.plan.takes:
            return self._with_streams(instance, template)
        return self._resolved(instance, template, ())

    def _with_streams(self, call: Instance, template: Template) -> tuple[dict[str, Any], dict[str, Any]]:
        """As `parameters`, with a fresh Records for each that takes a stream; one that flows in is left out here."""
        taken = {name: self._taken(call, expression) for name, expression in call.plan.takes.items()}
        streams = {name: records for name, records in taken.items() if records is not None}
        given, payload = self._resolved(call, _without(template, call.plan, streams), tuple(streams))
        return {**given, **{name: one for name, one in streams.items() if isinstance(one, Records)}}, payload

    def _taken(self, call: Instance, expression: Expression) -> Records | str | None:
        """The stream a parameter takes, FLOWS where it comes from the call before as it is made; None: no stream at all."""
        path = expression.path or ()
        giver = self.values.before(call) if path[:1] == ("input",) else None
        if call.plan.flows_in and giver is not None and giver.status is not Status.SUCCEEDED:
            return FLOWS
        held = self.values.held(call, path)
        return Records(held.batches()) if type(held) is Kept and held.items is not None else None

    def _resolved(
        self, instance: Instance, template: Template, streams: tuple[str, ...]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        record = record_of(instance)
        record.parameters = whole(record.parameters)  # a resume finds large ones beside the journal
        reads_secret = self._reads_secret(instance.plan, template)
        if record.parameters is None or (reads_secret and instance not in self._whole):
            with Word("with"):
                value = template.resolve(self.values.scope(instance))
                check_weight(value, "what the step is given")
                shown = (
                    template.resolve(self.values.scope(instance, show_secrets=False))
                    if reads_secret
                    else value
                )
            if record.parameters is None and self._fitting is not None:
                whole_of_it = {**value, **{name: [] for name in streams}} if streams else value
                self._fitting.check(instance.plan, whole_of_it, self.values.secrets.scrub)
            elif record.parameters is not None:
                value, shown = _as_recorded(record.parameters, shown, value), record.parameters
            if reads_secret:
                self._whole.add(instance)
            record.parameters = value
            return value, {"with": shown, **({"calls": record.calls} if record.calls else {})}
        return record.parameters, {}

    def call_inputs(self, call: Instance) -> dict[str, Any]:
        """Bind the inputs of the workflow a step calls; what the journal keeps of them.

        Raises EvaluationError, and UsageError that names every unknown, missing and wrong input.
        """
        assert call.plan.callee is not None
        declared = call.plan.callee.workflow.inputs
        given, payload = self.parameters(call)
        record_of(call).inputs = bound = bind_inputs(declared, given)
        for name in secret_names(call.plan.callee.workflow):
            self.values.secrets.know(bound.get(name))
        return payload

    def _bound_again(self, call: Instance) -> dict[str, Any]:
        self.call_inputs(call)
        return record_of(call).inputs or {}

    def _reads_secret(self, step: PlanStep, template: Template) -> bool:
        """Whether the parameters of a step read a secret; looked up once a step."""
        found = self._secretive.get(step.index)
        if found is None:
            reads = (read.path for expression in template.expressions for read in expression.reads)
            found = self._secretive[step.index] = any(self._is_secret(path, step.space) for path in reads)
        return found

    def _is_secret(self, path: tuple[str | int, ...], space: int) -> bool:
        inputs = self.values.secret_inputs[space]
        return path[0] == "secrets" or (path[0] == "inputs" and len(path) > 1 and path[1] in inputs)

    def outputs(self, group: Instance) -> Any:
        """The declared outputs of a group (or of the file) by name."""
        template = group.plan.outputs
        with Word("outputs"):
            value = template.resolve(self.values.scope(group)) if template is not None else {}
            check_weight(value, "what the group gives")
        return value


def _without(template: Template, step: PlanStep, streams: Mapping[str, Any]) -> Template:
    """The template of a step's parameters without those that are streams."""
    rest = step.rest
    assert rest is not None
    plain = {name: one.evaluate for name, one in step.takes.items() if name not in streams}

    def resolve(scope: Scope) -> Any:
        return {**rest.resolve(scope), **{name: evaluate(scope) for name, evaluate in plain.items()}}

    return Template(resolve, constant=False, expressions=template.expressions)


def _as_recorded(recorded: Any, shown: Any, value: Any) -> Any:
    """Parameters as they were recorded, with secrets for their references.

    `shown` and `value` are the same parameters evaluated anew, without and with secrets. A text that joins a secret
    with something that has changed since cannot be put together again: it is the new one.
    """
    if recorded == shown:
        return value
    if isinstance(recorded, dict) and isinstance(shown, dict) and recorded.keys() == shown.keys():
        return {key: _as_recorded(recorded[key], shown[key], value[key]) for key in recorded}
    if isinstance(recorded, list) and isinstance(shown, list) and len(recorded) == len(shown):
        return [_as_recorded(*each) for each in zip(recorded, shown, value, strict=True)]
    return recorded if shown == value else value


def _nothing(name: str) -> Any:
    raise KeyError(name)
