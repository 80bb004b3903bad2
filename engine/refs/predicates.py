"""The tests: what may stand after `is`.

Laws: a test answers true or false; null is an answer's subject like any other (false unless the test is about
null), but the four of order compare as the operators do; a missing value is an error except for `defined` and
`undefined`.
"""

from __future__ import annotations

from typing import Any

from engine.errors import EvaluationError
from engine.refs import operators
from engine.refs.bounds import Evaluation
from engine.refs.regexes import found
from engine.refs.signatures import Signature, signature
from engine.refs.values import Missing, is_number, kind, wrong


def _defined(_evaluation: Evaluation, value: Any) -> bool:
    return value is not None and type(value) is not Missing


def _undefined(_evaluation: Evaluation, value: Any) -> bool:
    return value is None or type(value) is Missing


def _none(_evaluation: Evaluation, value: Any) -> bool:
    return value is None


def _true(_evaluation: Evaluation, value: Any) -> bool:
    return value is True


def _false(_evaluation: Evaluation, value: Any) -> bool:
    return value is False


def _boolean(_evaluation: Evaluation, value: Any) -> bool:
    return type(value) is bool


def _integer(_evaluation: Evaluation, value: Any) -> bool:
    return type(value) is int


def _float(_evaluation: Evaluation, value: Any) -> bool:
    return type(value) is float


def _number(_evaluation: Evaluation, value: Any) -> bool:
    return is_number(value)


def _string(_evaluation: Evaluation, value: Any) -> bool:
    return kind(value) == "text"


def _mapping(_evaluation: Evaluation, value: Any) -> bool:
    return kind(value) == "mapping"


def _sequence(_evaluation: Evaluation, value: Any) -> bool:
    return kind(value) in ("list", "text", "mapping")


def _in(evaluation: Evaluation, value: Any, seq: Any) -> bool:
    return operators.contains(evaluation, value, seq)


def _eq(evaluation: Evaluation, value: Any, other: Any) -> bool:
    return operators.equal(evaluation, value, other)


def _ne(evaluation: Evaluation, value: Any, other: Any) -> bool:
    return not operators.equal(evaluation, value, other)


def _lt(evaluation: Evaluation, value: Any, other: Any) -> bool:
    return bool(operators.less(evaluation, value, other))


def _le(evaluation: Evaluation, value: Any, other: Any) -> bool:
    return bool(operators.less_or_equal(evaluation, value, other))


def _gt(evaluation: Evaluation, value: Any, other: Any) -> bool:
    return bool(operators.greater(evaluation, value, other))


def _ge(evaluation: Evaluation, value: Any, other: Any) -> bool:
    return bool(operators.greater_or_equal(evaluation, value, other))


def _whole(name: str, value: Any) -> int:
    if type(value) is not int:
        raise wrong(f'"{name}"', "an integer", value)
    return value


def _even(_evaluation: Evaluation, value: Any) -> bool:
    return value is not None and _whole("even", value) % 2 == 0


def _odd(_evaluation: Evaluation, value: Any) -> bool:
    return value is not None and _whole("odd", value) % 2 == 1


def _divisibleby(_evaluation: Evaluation, value: Any, num: Any) -> bool:
    if _whole("divisibleby", num) == 0:
        raise EvaluationError('"divisibleby" by zero', code="division-by-zero")
    return value is not None and _whole("divisibleby", value) % num == 0


def _text(evaluation: Evaluation, name: str, value: Any) -> str:
    if kind(value) != "text":
        raise wrong(f'"{name}"', "text", value)
    evaluation.scan(value)
    return str(value)


def _lower(evaluation: Evaluation, value: Any) -> bool:
    return value is not None and _text(evaluation, "lower", value).islower()


def _upper(evaluation: Evaluation, value: Any) -> bool:
    return value is not None and _text(evaluation, "upper", value).isupper()


def _startswith(evaluation: Evaluation, value: Any, prefix: Any) -> bool:
    prefix = _text(evaluation, "startswith", prefix)
    return value is not None and _text(evaluation, "startswith", value).startswith(prefix)


def _endswith(evaluation: Evaluation, value: Any, suffix: Any) -> bool:
    suffix = _text(evaluation, "endswith", suffix)
    return value is not None and _text(evaluation, "endswith", value).endswith(suffix)


def _matches(evaluation: Evaluation, value: Any, pattern: Any) -> bool:
    pattern = _text(evaluation, "matches", pattern)
    return value is not None and found(evaluation, pattern, _text(evaluation, "matches", value)) is not None


TESTS: dict[str, Signature] = {
    "defined": signature(_defined, "boolean", lenient=True),
    "undefined": signature(_undefined, "boolean", lenient=True),
    "none": signature(_none, "boolean"),
    "true": signature(_true, "boolean"),
    "false": signature(_false, "boolean"),
    "boolean": signature(_boolean, "boolean"),
    "integer": signature(_integer, "boolean"),
    "float": signature(_float, "boolean"),
    "number": signature(_number, "boolean"),
    "string": signature(_string, "boolean"),
    "mapping": signature(_mapping, "boolean"),
    "sequence": signature(_sequence, "boolean"),
    "in": signature(_in, "boolean"),
    "eq": signature(_eq, "boolean"),
    "ne": signature(_ne, "boolean"),
    "lt": signature(_lt, "boolean"),
    "le": signature(_le, "boolean"),
    "gt": signature(_gt, "boolean"),
    "ge": signature(_ge, "boolean"),
    "even": signature(_even, "boolean"),
    "odd": signature(_odd, "boolean"),
    "divisibleby": signature(_divisibleby, "boolean"),
    "lower": signature(_lower, "boolean"),
    "upper": signature(_upper, "boolean"),
    "startswith": signature(_startswith, "boolean"),
    "endswith": signature(_endswith, "boolean"),
    "matches": signature(_matches, "boolean"),
}
