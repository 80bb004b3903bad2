"""What the operators mean on JSON values.

Laws: booleans are not numbers; arithmetic and order never take null; integers stay within 64 bits, other
numbers finite; equality is JSON's (`1 == 1.0`, never `1 == true`). Every function takes the evaluation first
and pays there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from engine.errors import EvaluationError
from engine.refs.bounds import EXPONENT_MAX, INTEGER_MAX, INTEGER_MIN, Evaluation
from engine.refs.values import is_number, kind, leave, need, shown, text_of, wrong

Binary = Callable[[Evaluation, Any, Any], Any]


def checked(value: Any) -> Any:
    """A number that was computed. Raises EvaluationError (`overflow`) beyond 64 bits or when it is not
    finite."""
    if type(value) is int:
        if INTEGER_MIN <= value <= INTEGER_MAX:
            return value
        raise EvaluationError("the result does not fit into 64 bits", code="overflow")
    if type(value) is float and math.isfinite(value):
        return value
    raise EvaluationError("the result is not a finite number", code="overflow")


def _numbers(symbol: str, left: Any, right: Any, expected: str = "two numbers") -> None:
    for value in (left, right):
        if not is_number(value):
            raise wrong(f'"{symbol}"', expected, value)
        if type(value) is int and value.bit_length() > 64:
            raise EvaluationError(f'"{symbol}" takes integers of at most 64 bits', code="overflow")


def add(evaluation: Evaluation, left: Any, right: Any) -> Any:
    """Two numbers, two lists, two texts."""
    if type(left) is str and type(right) is str:
        evaluation.may_make(len(left) + len(right))
        return evaluation.made(left + right)
    if type(left) is list and type(right) is list:
        evaluation.visit(len(left) + len(right))
        return left + right
    kinds = {kind(left), kind(right)}
    if len(kinds) > 1 and not kinds & {"null", "boolean", "mapping"}:
        hint = "join anything as text with ~" if "text" in kinds else None
        message = f'"+" takes two numbers, two lists or two texts, got {shown(left)} and {shown(right)}'
        raise EvaluationError(message, hint=hint, code="type")
    _numbers("+", left, right, "two numbers, two lists or two texts")
    return checked(left + right)


def subtract(_evaluation: Evaluation, left: Any, right: Any) -> Any:
    _numbers("-", left, right)
    return checked(left - right)


def multiply(_evaluation: Evaluation, left: Any, right: Any) -> Any:
    _numbers("*", left, right)
    return checked(left * right)


def _dividing(symbol: str, compute: Callable[[Any, Any], Any]) -> Binary:
    def divide(_evaluation: Evaluation, left: Any, right: Any) -> Any:
        _numbers(symbol, left, right)
        if right == 0:
            raise EvaluationError(f'"{symbol}" by zero', code="division-by-zero")
        try:
            return checked(compute(left, right))
        except OverflowError as error:
            raise EvaluationError("the result is not a finite number", code="overflow") from error

    return divide


divide = _dividing("/", lambda left, right: left / right)
divide_whole = _dividing("//", lambda left, right: left // right)
remainder = _dividing("%", lambda left, right: left % right)


def power(_evaluation: Evaluation, left: Any, right: Any) -> Any:
    """`left ** right`, the exponent at most 64."""
    _numbers("**", left, right)
    if right > EXPONENT_MAX:
        raise EvaluationError(f"the exponent {shown(right)} is above {EXPONENT_MAX}", code="bounds")
    if left == 0 and right < 0:
        raise EvaluationError('"**" divides by zero', code="division-by-zero")
    try:
        return checked(left**right)
    except OverflowError as error:
        raise EvaluationError("the result is not a finite number", code="overflow") from error


def negative(_evaluation: Evaluation, value: Any) -> Any:
    _numbers("-", value, 0, "a number")
    return checked(-value)


def positive(_evaluation: Evaluation, value: Any) -> Any:
    _numbers("+", value, 0, "a number")
    return value


def joined(evaluation: Evaluation, values: list[Any]) -> str:
    """`~`: every value written as text."""
    texts = [text_of(evaluation, need(value)) for value in values]
    evaluation.may_make(sum(map(len, texts)))
    return evaluation.made("".join(texts))


def truth(value: Any) -> bool:
    """As in Jinja: null, false, 0, and whatever is empty are false. A missing value is an error."""
    if value is True or value is False:
        return value
    return bool(need(value))


def equal(evaluation: Evaluation, left: Any, right: Any) -> bool:
    """JSON equality, at any depth; every element compared is paid for."""
    verdict = _scalars_equal(evaluation, left, right)
    if verdict is not None:
        return verdict
    pending = [(leave(left), leave(right))]
    while pending:
        left, right = pending.pop()
        verdict = _scalars_equal(evaluation, left, right)
        if verdict is False:
            return False
        if verdict is None:
            if type(left) is not type(right) or len(left) != len(right):
                return False
            evaluation.visit(len(left))
            if type(left) is dict:
                if left.keys() != right.keys():
                    return False
                pending.extend((item, right[key]) for key, item in left.items())
            else:
                pending.extend(zip(left, right, strict=True))
    return True


def _scalars_equal(evaluation: Evaluation, left: Any, right: Any) -> bool | None:
    """None when both are containers."""
    one, other = type(left), type(right)
    if one is str and other is str:
        if len(left) != len(right):
            return False
        evaluation.scan(left)
        return bool(left == right)
    if left is None or right is None or one is bool or other is bool:
        return need(left) is need(right)
    if is_number(left) and is_number(right):
        return bool(left == right)
    kinds = {kind(left), kind(right)}
    if len(kinds) > 1:
        return False
    return None if kinds & {"list", "mapping"} else bool(left == right)


def different(evaluation: Evaluation, left: Any, right: Any) -> bool:
    return not equal(evaluation, left, right)


def contains(evaluation: Evaluation, item: Any, holder: Any) -> bool:
    """`item in holder`: an item of a list, a key of a mapping, a part of a text. Nothing is in null."""
    need(item)
    shape = kind(holder)
    if shape == "null":
        return False
    if shape == "mapping":
        return isinstance(item, str) and item in holder
    if shape == "text":
        if item is None:
            return False
        if kind(item) != "text":
            raise wrong('"in" on text', "text", item)
        evaluation.scan(holder)
        return item in holder
    if shape != "list":
        raise wrong('"in"', "a list, a mapping or text", holder)
    if type(item) is str or item is None:
        evaluation.visit(len(holder))
        return item in holder
    evaluation.visit(len(holder))
    return any(equal(evaluation, item, each) for each in holder)


def contains_not(evaluation: Evaluation, item: Any, holder: Any) -> bool:
    return not contains(evaluation, item, holder)


def _ordering(symbol: str, compare: Callable[[Any, Any], bool]) -> Binary:
    def order(_evaluation: Evaluation, left: Any, right: Any) -> bool:
        if not (is_number(left) and is_number(right)) and not (type(left) is str and type(right) is str):
            raise _unordered(symbol, left, right)
        return compare(left, right)

    return order


def _unordered(symbol: str, left: Any, right: Any) -> EvaluationError:
    for value in (left, right):
        if not is_number(value) and kind(value) != "text":
            return wrong(f'"{symbol}"', "two numbers or two texts", value)
    message = f'"{symbol}" takes two numbers or two texts, got {shown(left)} and {shown(right)}'
    return EvaluationError(message, hint="turn text into a number with | int or | float", code="type")


less = _ordering("<", lambda left, right: bool(left < right))
less_or_equal = _ordering("<=", lambda left, right: bool(left <= right))
greater = _ordering(">", lambda left, right: bool(left > right))
greater_or_equal = _ordering(">=", lambda left, right: bool(left >= right))
