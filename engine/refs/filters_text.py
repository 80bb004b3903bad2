"""Filters that read or make text.

Laws: a text filter takes text, and numbers and booleans as they would be written; null, lists and mappings
are errors. What is made is paid for before it is made.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import re
from typing import Any
from urllib.parse import quote

from engine.errors import EvaluationError
from engine.refs import regexes
from engine.refs.bounds import INTEGER_MAX, INTEGER_MIN, Evaluation
from engine.refs.operators import truth
from engine.refs.values import json_text, kind, leave, shown, text_of, wrong

_TITLE_WORDS = re.compile(r"([-\s({\[<]+)")
_IDENTIFIER_PART = re.compile(r"\w{1,128}")
_INDENT_MAX = 16


def scalar_text(evaluation: Evaluation, user: str, value: Any) -> str:
    """The text a filter works on, paid for."""
    shape = kind(value)
    if shape not in ("text", "number", "boolean"):
        raise wrong(user, "text", value)
    text = text_of(evaluation, value)
    evaluation.scan(text)
    return text


def whole(user: str, name: str, value: Any, low: int, high: int) -> int:
    """An integer argument within bounds. Raises EvaluationError (`argument`)."""
    if type(value) is not int or not low <= value <= high:
        message = f"{user} takes an integer from {low} to {high} as {name}, got {shown(value)}"
        raise EvaluationError(message, code="argument")
    return value


def string(evaluation: Evaluation, value: Any) -> str:
    return text_of(evaluation, value)


def lower(evaluation: Evaluation, value: Any) -> str:
    text = scalar_text(evaluation, "lower", value)
    evaluation.may_make(len(text))
    return evaluation.made(text.lower())


def upper(evaluation: Evaluation, value: Any) -> str:
    text = scalar_text(evaluation, "upper", value)
    evaluation.may_make(len(text))
    return evaluation.made(text.upper())


def capitalize(evaluation: Evaluation, value: Any) -> str:
    text = scalar_text(evaluation, "capitalize", value)
    evaluation.may_make(len(text))
    return evaluation.made(text.capitalize())


def title(evaluation: Evaluation, value: Any) -> str:
    text = scalar_text(evaluation, "title", value)
    evaluation.may_make(len(text))
    words = _TITLE_WORDS.split(text)
    return evaluation.made("".join(word[0].upper() + word[1:].lower() for word in words if word))


def trim(evaluation: Evaluation, value: Any, chars: Any = None) -> str:
    text = scalar_text(evaluation, "trim", value)
    return evaluation.made(text.strip(None if chars is None else scalar_text(evaluation, "trim", chars)))


def replace(evaluation: Evaluation, value: Any, old: Any, new: Any, count: Any = None) -> str:
    text, old, new = (scalar_text(evaluation, "replace", each) for each in (value, old, new))
    most = -1 if count is None else whole("replace", "count", count, -1, 1 << 31)
    hits = text.count(old)
    hits = hits if most < 0 else min(hits, most)
    evaluation.may_make(len(text) + hits * (len(new) - len(old)))
    return evaluation.made(text.replace(old, new, most))


def truncate(
    evaluation: Evaluation,
    value: Any,
    length: Any = 255,
    killwords: Any = False,
    end: Any = "...",
    leeway: Any = 5,
) -> str:
    text, end = scalar_text(evaluation, "truncate", value), scalar_text(evaluation, "truncate", end)
    length = whole("truncate", "length", length, len(end), 1 << 31)
    leeway = whole("truncate", "leeway", 5 if leeway is None else leeway, 0, 1 << 31)
    if len(text) <= length + leeway:
        return text
    head = text[: length - len(end)]
    return evaluation.made((head if truth(killwords) else head.rsplit(" ", 1)[0]) + end)


def split(evaluation: Evaluation, value: Any, sep: Any = None, maxsplit: Any = -1) -> list[str]:
    text = scalar_text(evaluation, "split", value)
    most = whole("split", "maxsplit", maxsplit, -1, 1 << 31)
    if sep is None:
        evaluation.visit(len(text) // 2 + 1 if most < 0 else min(most, len(text)) + 1)
        return text.split(None, most)
    sep = scalar_text(evaluation, "split", sep)
    if not sep:
        raise EvaluationError(
            "split takes a separator that is not empty", hint="characters: | list", code="argument"
        )
    hits = text.count(sep)
    evaluation.visit((hits if most < 0 else min(hits, most)) + 1)
    return text.split(sep, most)


def tojson(evaluation: Evaluation, value: Any, indent: Any = None) -> str:
    return json_text(
        evaluation, value, None if indent is None else whole("tojson", "indent", indent, 0, _INDENT_MAX)
    )


def fromjson(evaluation: Evaluation, value: Any) -> Any:
    if kind(value) != "text":
        raise wrong("fromjson", "text", value)
    text = str(value)
    evaluation.scan(text)
    # Every element but the first of its container follows one of these; quoted ones only make the price
    # higher.
    evaluation.visit(text.count(",") + text.count("[") + text.count("{"))
    try:
        found = json.loads(text, parse_int=_integer, parse_float=_finite, parse_constant=_no_constant)
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        detail = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise EvaluationError(f"{shown(text)} is not JSON: {detail}", code="format") from error
    return found


def _integer(digits: str) -> int:
    number = int(digits) if len(digits) <= 20 else INTEGER_MAX + 1
    if not INTEGER_MIN <= number <= INTEGER_MAX:
        raise ValueError("an integer beyond 64 bits")
    return number


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number that is not finite")
    return number


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def urlencode(evaluation: Evaluation, value: Any) -> str:
    if kind(value) != "mapping":
        text = scalar_text(evaluation, "urlencode", value)
        evaluation.may_make(len(text))
        return evaluation.made(quote(_bytes(text), safe="/"))
    pairs = leave(value)
    evaluation.visit(len(pairs))
    parts = [f"{_quoted(evaluation, key)}={_quoted(evaluation, item)}" for key, item in pairs.items()]
    evaluation.may_make(sum(map(len, parts)))
    return evaluation.made("&".join(parts))


def _quoted(evaluation: Evaluation, value: Any) -> str:
    text = text_of(evaluation, value)
    evaluation.may_make(len(text))
    return evaluation.made(quote(_bytes(text), safe="").replace("%20", "+"))


def _bytes(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeError as error:
        raise EvaluationError("the text holds a lone surrogate", code="type") from error


def b64encode(evaluation: Evaluation, value: Any) -> str:
    text = scalar_text(evaluation, "b64encode", value)
    evaluation.may_make(len(text))
    return evaluation.made(base64.b64encode(_bytes(text)).decode("ascii"))


def b64decode(evaluation: Evaluation, value: Any) -> str:
    text = scalar_text(evaluation, "b64decode", value)
    evaluation.may_make(len(text) * 3 // 4)
    try:
        return evaluation.made(base64.b64decode(_bytes(text), validate=True).decode())
    except (binascii.Error, UnicodeError) as error:
        raise EvaluationError(f"{shown(value)} is not base64 of UTF-8 text", code="format") from error


def sha256(evaluation: Evaluation, value: Any) -> str:
    return hashlib.sha256(_bytes(scalar_text(evaluation, "sha256", value))).hexdigest()


def regex_search(evaluation: Evaluation, value: Any, pattern: Any, group: Any = 0) -> str | None:
    text = scalar_text(evaluation, "regex_search", value)
    compiled = regexes.prepared(evaluation, scalar_text(evaluation, "regex_search", pattern), text)
    if type(group) is not int and type(group) is not str:
        raise wrong("regex_search", "a group number or name", group)
    number = regexes.group_number(compiled, group)
    match = compiled.search(text)
    found = match.group(number) if match is not None else None
    return evaluation.made(found) if found is not None else None


def regex_replace(evaluation: Evaluation, value: Any, pattern: Any, replacement: Any) -> str:
    text, pattern, replacement = (
        scalar_text(evaluation, "regex_replace", each) for each in (value, pattern, replacement)
    )
    return regexes.replaced(evaluation, pattern, text, replacement)


def ident(evaluation: Evaluation, value: Any) -> str:
    """An SQL identifier, each part in double quotes."""
    if kind(value) != "text":
        raise wrong("ident", "text", value)
    parts = str(value)[:4096].split(".")
    if len(value) > 4096 or not all(_IDENTIFIER_PART.fullmatch(part) for part in parts):
        message = f"{shown(value)} is not an identifier: letters, digits and _, parts joined by a dot"
        raise EvaluationError(message, code="format")
    return evaluation.made(".".join(f'"{part}"' for part in parts))
