"""Evaluates what belongs to an instance: its condition, its items, its parameters, a group's outputs."""

from __future__ import annotations

import json
from typing import Any

from engine.errors import EvaluationError
from engine.execute.record import record_of
from engine.execute.results import data_of
from engine.execute.values import Scope, Values, secret_names
from engine.execute.weight import check_weight
from engine.graph.plan import PlanStep
from engine.machine import Instance
from engine.refs import Expression, Template
from engine.spec.inputs import bind_inputs

ITEMS_MAX = 1_000_000


def evaluation_error(error: EvaluationError) -> dict[str, Any]:
    """The step's typed error for an expression that could not be evaluated."""
    return {"type": "evaluation", "code": error.code, "message": error.message, "hint": error.hint}


class _Word:
    """Say in which word of the step an expression could not be evaluated."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, EvaluationError):
            told = f"{self.name}: {error.message}"
            raise EvaluationError(told, hint=error.hint, code=error.code) from error


class Evaluator:
    """Evaluates against the values of one run. Every method raises EvaluationError."""

    def __init__(self, values: Values) -> None:
        self.values = values
        values.bind_call = self._bound_again
        self._secretive: dict[int, bool] = {}
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
                with _Word(f"let.{name}"):
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
        with _Word(word):
            value = condition.evaluate(scope or self.values.scope(instance))
        if value is None or isinstance(value, bool):
            return bool(value)
        shown = json.dumps(value, ensure_ascii=False)[:60]
        hint = "compare it with something, as in: … == 3"
        raise EvaluationError(
            f"{word}: a condition must be true or false, not {shown}", hint=hint, code="not-a-boolean"
        )

    def items(self, loop: Instance) -> tuple[list[Any], list[Any] | None]:
        """The items of a foreach and their keys. A mapping gives {key, value} items named by its keys."""
        with _Word("foreach"):
            return self._items(loop)

    def _items(self, loop: Instance) -> tuple[list[Any], list[Any] | None]:
        template = loop.plan.items
        value = template.resolve(self.values.scope(loop)) if template is not None else []
        check_weight(value, "the list of items")
        if isinstance(value, dict):
            items = [{"key": key, "value": item} for key, item in value.items()]
            return items, self._keys(loop, items) or list(value)
        if not isinstance(value, list):
            kind = "null" if value is None else type(value).__name__
            raise EvaluationError(f"items must be a list or a mapping, not {kind}", code="items")
        if len(value) > ITEMS_MAX:
            raise EvaluationError(
                f"{len(value)} items are more than the {ITEMS_MAX} a loop may have", code="items"
            )
        return value, self._keys(loop, value)

    def _keys(self, loop: Instance, items: list[Any]) -> list[Any] | None:
        expression = loop.plan.key
        if expression is None:
            return None
        keys = [self._key(loop, expression, number, item) for number, item in enumerate(items)]
        seen: dict[Any, int] = {}
        for number, key in enumerate(keys):
            if seen.setdefault(key, number) != number:
                message = (
                    f"items {seen[key]} and {number} have the same key {json.dumps(key, ensure_ascii=False)}"
                )
                raise EvaluationError(message, code="duplicate-key")
        return keys

    def _key(self, loop: Instance, expression: Expression, number: int, item: Any) -> Any:
        around = self.values.scope(loop)
        here = {"item": item, "index": number, "key": number}
        value = expression.evaluate(lambda name: here[name] if name in here else around(name))
        if not isinstance(value, (str, int)) or isinstance(value, bool):
            raise EvaluationError(f"the key of item {number} must be text or a whole number", code="items")
        return value

    def parameters(self, instance: Instance) -> tuple[dict[str, Any], dict[str, Any]]:
        """The resolved parameters of a call and what the journal keeps of them.

        Resolved once per instance: later attempts see the same values. A template without references is not recorded
        (the spec is). A secret is recorded as its reference: after a resume it is read anew, all else is as recorded.
        """
        template = instance.plan.with_
        if template is None:
            return {}, {}
        if template.constant:
            return template.resolve(_nothing), {}
        record = record_of(instance)
        reads_secret = self._reads_secret(instance.plan, template)
        if record.parameters is None or (reads_secret and instance not in self._whole):
            with _Word("with"):
                value = template.resolve(self.values.scope(instance))
                check_weight(value, "what the step is given")
                shown = (
                    template.resolve(self.values.scope(instance, show_secrets=False))
                    if reads_secret
                    else value
                )
            if record.parameters is not None:
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
        with _Word("outputs"):
            value = template.resolve(self.values.scope(group)) if template is not None else {}
            check_weight(value, "what the group gives")
        return value


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
