"""JSON text and the chain over it."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from generated import over
from hypothesis import strategies as st

from engine.journal import NotJson, canonical_json, content_hash, decode, encode
from engine.journal.chain import GENESIS, Link, chain_problems, link_hash

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@over(JSON, examples=150)
def test_a_value_is_encoded_compactly_and_decoded_equal_or_refused_for_a_surrogate(value: Any) -> None:
    text = encode(value)
    assert decode(text) == value
    assert "\n" not in text, "a line feed would let two events share a hash"
    assert canonical_json(json.loads(text)) == canonical_json(value)


def test_encoding_keeps_the_order_of_keys_and_the_canonical_form_sorts_them() -> None:
    assert encode({"b": 1, "a": {"d": 1, "c": "ä"}}) == '{"b":1,"a":{"d":1,"c":"ä"}}'
    assert canonical_json({"b": 1, "a": {"d": 1, "c": "ä"}}) == '{"a":{"c":"ä","d":1},"b":1}'
    assert content_hash({"b": 1, "a": 2}) == content_hash({"a": 2, "b": 1}) != content_hash({"a": 2, "b": 2})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": [1, float("nan")]}, "it['a'][1] cannot be kept as JSON: nan is not a finite number"),
        ({"a": {"b": b""}}, "it['a']['b'] cannot be kept as JSON: it is a bytes"),
        ({"a": "x\ud800"}, "it['a'] cannot be kept as JSON: the text 'x\\ud800' holds a lone surrogate"),
        ({(1, 2): 1}, "it cannot be kept as JSON: the key (1, 2) is not text"),
        ([10**5000], "it[0] cannot be kept as JSON: the number has more than 14000 bits"),
    ],
)
def test_what_is_not_json_is_told_with_its_place(value: Any, message: str) -> None:
    for refuse in (encode, canonical_json):
        with pytest.raises(NotJson) as caught:
            refuse(value, "it")
        assert str(caught.value) == message


def test_what_was_encoded_can_be_decoded_from_a_deeper_stack() -> None:
    """A result recorded from a shallow stack must not stop the resume that reads it from a deep one."""
    value: Any = 1
    for _ in range(sys.getrecursionlimit() - 200):
        value = [value]
    text = encode(value)

    def deeper(levels: int) -> Any:
        return deeper(levels - 1) if levels else decode(text)

    found = deeper(300)
    depth = 0
    while isinstance(found, list):
        found, depth = found[0], depth + 1
    assert (found, depth) == (1, sys.getrecursionlimit() - 200)


def test_text_that_is_no_json_is_not_decoded() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        decode("{")


FIELDS: dict[str, Any] = {
    "before": GENESIS,
    "run_id": "r1",
    "seq": 1,
    "epoch": 1,
    "at": 1.5,
    "kind": "StepStarted",
    "instance": "a",
    "attempt": 1,
    "payload": "{}",
}


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("before", "1" * 64),
        ("run_id", "r2"),
        ("seq", 2),
        ("epoch", 2),
        ("at", 1.5000000000000002),
        ("kind", "StepFailed"),
        ("instance", None),
        ("instance", ""),
        ("attempt", None),
        ("payload", "{ }"),
    ],
)
def test_every_field_is_under_the_hash(field: str, other: Any) -> None:
    assert link_hash(**FIELDS) != link_hash(**FIELDS | {field: other})


def chain(count: int) -> list[Link]:
    links: list[Link] = []
    for seq in range(1, count + 1):
        fields = ("r1", seq, 1, 1.0, "StepStarted", None, None, "{}")
        links.append(Link(*fields, link_hash(links[-1].hash if links else GENESIS, *fields)))
    return links


def test_a_whole_chain_has_no_problems() -> None:
    links = chain(5)
    assert list(chain_problems(links, 1, 5, links[-1].hash)) == []
    assert list(chain_problems([], 0, 0, GENESIS)) == []


def test_each_break_of_a_chain_is_told_once() -> None:
    links = chain(5)
    last = links[-1].hash
    assert list(chain_problems(links[:1] + links[2:], 1, 5, last)) == [
        "gap: event 2 is missing, the next one found is 3"
    ]
    changed = [*links[:2], links[2]._replace(payload='{"x":1}'), *links[3:]]
    assert list(chain_problems(changed, 1, 5, last)) == [
        "broken chain: event 3 (StepStarted) is not what was written"
    ]
    assert list(chain_problems(links[:4], 1, 5, last)) == [
        "the run's row says event 5 is the last, the last one found is 4"
    ]
    assert list(chain_problems(links, 1, 5, "f" * 64)) == [
        "the run's row holds another hash than its last event, 5"
    ]
    assert next(chain_problems(links, 0, 5, last)) == "event 1 has epoch 1, after 0; the run is at 0"
