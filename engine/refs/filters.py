"""The list of filters, exactly the contract's. The five that take another filter or a test are called by the
compiler.

A name that is not here does not exist.
"""

from __future__ import annotations

from engine.refs import filters_lists as lists
from engine.refs import filters_numbers as numbers
from engine.refs import filters_text as text
from engine.refs import filters_time as time
from engine.refs.signatures import Signature, signature

FILTERS: dict[str, Signature] = {
    "abs": signature(numbers.absolute, "number"),
    "round": signature(numbers.rounded, "number"),
    "int": signature(numbers.to_int),
    "float": signature(numbers.to_float),
    "string": signature(text.string, "text"),
    "length": signature(lists.length, "number"),
    "count": signature(lists.length, "number"),
    "default": signature(lists.default, lenient=True),
    "first": signature(lists.first),
    "last": signature(lists.last),
    "min": signature(lists.smallest),
    "max": signature(lists.largest),
    "sum": signature(lists.total),
    "sort": signature(lists.sort, "list"),
    "unique": signature(lists.unique, "list"),
    "reverse": signature(lists.reverse),
    "list": signature(lists.listed, "list"),
    "items": signature(lists.items, "list"),
    "keys": signature(lists.keys, "list"),
    "values": signature(lists.values, "list"),
    "join": signature(lists.join, "text"),
    "split": signature(text.split, "list"),
    "lower": signature(text.lower, "text"),
    "upper": signature(text.upper, "text"),
    "title": signature(text.title, "text"),
    "capitalize": signature(text.capitalize, "text"),
    "trim": signature(text.trim, "text"),
    "replace": signature(text.replace, "text"),
    "truncate": signature(text.truncate, "text"),
    "slice": signature(lists.sliced, "list"),
    "batch": signature(lists.batch, "list"),
    "tojson": signature(text.tojson, "text"),
    "fromjson": signature(text.fromjson),
    "urlencode": signature(text.urlencode, "text"),
    "b64encode": signature(text.b64encode, "text"),
    "b64decode": signature(text.b64decode, "text"),
    "sha256": signature(text.sha256, "text"),
    "regex_search": signature(text.regex_search),
    "regex_replace": signature(text.regex_replace, "text"),
    "plus": signature(time.plus, "text"),
    "date": signature(time.written_as, "text"),
    "ident": signature(text.ident, "text"),
}
TAKING_A_FILTER = frozenset({"map"})
TAKING_A_TEST = frozenset({"select", "reject", "selectattr", "rejectattr"})
FILTER_NAMES = frozenset(FILTERS) | TAKING_A_FILTER | TAKING_A_TEST
