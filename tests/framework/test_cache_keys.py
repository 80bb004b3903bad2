"""Which calls are the same, and the parts of the cache that know no run: keys, memory, one computation at a time."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from calls_of import Counting

from engine import ToolError
from engine.tools.framework.cache_key import CacheKey, canonical
from engine.tools.framework.cached import DAMAGED, YOURS, Cache, Found
from engine.tools.framework.flights import LEFT, Flights
from engine.tools.framework.version import named_code, tool_version
from engine.tools.registry import Registry, make_tool

SALT = b"s" * 32


def test_the_order_of_keys_says_nothing_and_every_value_does() -> None:
    assert canonical({"a": 1, "b": [True]}) == canonical({"b": [True], "a": 1})
    values = [1, 1.0, True, "1", None, [], {}, "", 0, False, [1], [[1]], {"a": 1}, {"a": {"a": 1}}, -0.0, 0.0]
    assert len({canonical(value) for value in values}) == len(values)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object(), b"x"])
def test_what_is_no_json_has_no_key_and_a_typed_error(value: Any) -> None:
    with pytest.raises(ToolError) as told:
        canonical({"n": value})
    assert (told.value.type, told.value.code) == ("invalid", "cache-key")


def test_parts_of_a_key_cannot_be_taken_for_each_other() -> None:
    keys = [
        CacheKey(SALT, "a", "b").of("c"),
        CacheKey(SALT, "a").of("b", "c"),
        CacheKey(SALT, "ab").of("c"),
        CacheKey(SALT, "a", "b", "c").of(),
        CacheKey(b"other" * 8, "a", "b").of("c"),
    ]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 64 for key in keys)


def test_a_lone_surrogate_and_any_text_have_a_key() -> None:
    assert CacheKey(SALT).of({"t": "\ud800"}) != CacheKey(SALT).of({"t": "é"})


def test_the_engines_own_tools_have_its_version_and_others_that_of_their_file(tmp_path: Path) -> None:
    assert tool_version(make_tool(Registry()["echo"], {})).startswith("weft-engine ")
    assert tool_version(Counting()).startswith("calls_of:Counting ")
    file = tmp_path / "flows.py"
    file.write_text("x = 1\n")
    before = named_code(("call",), {"call": "flows:f"}, tmp_path)
    file.write_text("x = 22\n")
    assert named_code(("call",), {"call": "flows:f"}, tmp_path) != before
    assert named_code(("call",), {"call": "nowhere.at.all:f"}, tmp_path) == [""]


def test_a_module_of_a_package_is_found_without_importing_it(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("raise RuntimeError\n")
    (tmp_path / "pack" / "part.py").write_text("x = 1\n")
    assert named_code(("call",), {"call": "pack.part:f"}, tmp_path) != [""]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _keep(cache: Cache, key: str, payload: Any, **more: Any) -> None:
    usual: dict[str, Any] = {"holder": "me", "space": "here", "size": 1, "ttl_seconds": 10.0, "most": 3}
    given = {**usual, **more}
    cache.keep(
        key, given["holder"], given["space"], payload, given["size"], given["ttl_seconds"], given["most"]
    )


@pytest.mark.parametrize("payload", [None, 0, "", False, [], {}])
def test_a_falsy_result_is_a_result(payload: Any) -> None:
    cache = Cache()
    _keep(cache, "k", payload)
    assert cache.look("k", 10, "me") == Found("hit", payload)


def test_a_result_is_given_again_for_its_time_and_the_askers() -> None:
    clock = Clock()
    cache = Cache(clock)
    _keep(cache, "k", 1)
    clock.now = 5.0
    assert cache.look("k", 5.0, "me") == YOURS
    assert cache.look("k", 5.1, "me") == Found("hit", 1)
    clock.now = 9.999
    assert cache.look("k", 100.0, "me") == Found("hit", 1)
    clock.now = 10.0
    assert cache.look("k", 100.0, "me") == YOURS


def test_the_least_recently_used_leaves_first_and_only_of_its_own_space() -> None:
    cache = Cache()
    _keep(cache, "other", 0, space="there")
    for key in "abc":
        _keep(cache, key, key)
    cache.look("a", 10, "me")
    _keep(cache, "d", "d")
    assert [cache.look(key, 10, "me").what for key in ("a", "b", "c", "d", "other")] == [
        "hit",
        "yours",
        "hit",
        "hit",
        "hit",
    ]


def test_memory_is_bounded_over_all_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.tools.framework.cached.MEMORY_BYTES_MAX", 10)
    cache = Cache()
    _keep(cache, "a", 1, size=6, space="one")
    _keep(cache, "b", 1, size=6, space="two")
    assert [cache.look(key, 10, "me").what for key in "ab"] == ["yours", "hit"]


def test_the_same_key_again_replaces_and_counts_once() -> None:
    cache = Cache()
    for payload in range(10):
        _keep(cache, "k", payload, most=1)
    assert cache.look("k", 10, "me") == Found("hit", 9)
    assert DAMAGED != YOURS


def test_one_makes_a_result_and_all_others_get_it() -> None:
    flights, told = Flights(), []
    assert flights.board("k", "a", told.append)
    assert not flights.board("k", "b", told.append)
    assert not flights.board("k", "c", told.append)
    assert flights.board("other", "b", told.append)
    flights.land("k", "b", "not its own")
    assert told == []
    flights.land("k", "a", None)
    assert told == [None, None]
    assert flights.board("k", "d", told.append)


def test_where_nobody_makes_it_the_next_in_line_does() -> None:
    flights, told = Flights(), []
    flights.board("k", "a", told.append)
    for who in "bcd":
        flights.board("k", who, lambda what, who=who: told.append((who, what)))
    flights.leave("k", "c")
    flights.leave("k", "a")
    assert told == [("b", LEFT)]
    flights.leave("k", "b")
    assert told == [("b", LEFT), ("d", LEFT)]
    flights.leave("k", "d")
    assert flights.board("k", "e", told.append)


def test_of_many_threads_one_makes_the_result() -> None:
    flights, makers, barrier = Flights(), [], threading.Barrier(8)

    def ask(who: int) -> None:
        barrier.wait()
        if flights.board("k", who, lambda _: None):
            makers.append(who)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(makers) == 1
