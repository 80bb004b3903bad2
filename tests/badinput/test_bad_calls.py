"""Calls that cannot be followed: a path that is no spec file, inputs that do not fit. Exit 2, nothing is started."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SPEC = """weft: 1
name: demo
inputs:
  n: {type: integer, minimum: 1, default: 1}
  s: {type: string, maxLength: 10, default: x}
  list: {type: array, default: []}
  day: {type: string, format: date, default: "2026-01-31"}
  token: {type: string, secret: true, pattern: "^(.{8,})?$", default: ""}
steps:
  - {id: a, tool: echo, with: {n: $<inputs.n>, s: $<inputs.s>, list: $<inputs.list>}}
  - {id: b, tool: echo, with: {day: $<inputs.day>, t: $<inputs.token>}}
"""


@pytest.fixture
def spec(folder: Path) -> str:
    (folder / "demo.weft.yaml").write_text(SPEC, encoding="utf-8")
    return "demo.weft.yaml"


def make_loop(folder: Path) -> str:
    (folder / "one.weft.yaml").symlink_to("two.weft.yaml")
    (folder / "two.weft.yaml").symlink_to("one.weft.yaml")
    return "one.weft.yaml"


def make_fifo(folder: Path) -> str:
    os.mkfifo(folder / "pipe.weft.yaml")
    return "pipe.weft.yaml"


def make_socket(folder: Path) -> str:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("sock.weft.yaml")
    return "sock.weft.yaml"


def make_link_to_fifo(folder: Path) -> str:
    os.mkfifo(folder / "pipe")
    (folder / "link.weft.yaml").symlink_to("pipe")
    return "link.weft.yaml"


def make_broken_link(folder: Path) -> str:
    (folder / "broken.weft.yaml").symlink_to("nowhere.yaml")
    return "broken.weft.yaml"


PATHS: dict[str, tuple[Callable[[Path], str], str]] = {
    "missing": (lambda _: "missing.weft.yaml", "no such file"),
    "missing-above": (lambda _: "../../nowhere/missing.weft.yaml", "no such file"),
    "below-a-file": (lambda _: "demo.weft.yaml/inner.weft.yaml", "no such file"),
    "symlink-loop": (make_loop, "cannot read"),
    "broken-link": (make_broken_link, "no such file"),
    "fifo": (make_fifo, "is a FIFO"),
    "link-to-fifo": (make_link_to_fifo, "is a FIFO"),
    "socket": (make_socket, "is a socket"),
    "device": (lambda _: "/dev/zero", "is a device"),
    "process-memory": (lambda _: "/proc/self/mem", "cannot read"),
    "too-long": (lambda _: "a" * 300 + ".weft.yaml", "cannot read"),
    "empty-name": (lambda _: "", "director"),
    "terminal-codes": (lambda _: "\x1b[31mred.weft.yaml", "no such file"),
}


@pytest.mark.parametrize("command", ["validate", "run"])
@pytest.mark.parametrize("case", PATHS)
def test_a_path_that_is_no_spec_file_is_a_wrong_call(
    case: str, command: str, spec: str, folder: Path, call: Callable[..., Any]
) -> None:
    make, expected = PATHS[case]
    if case == "empty-name" and command == "validate":
        expected = "checked"  # an empty path is this folder, as `.` is
    told = call(command, make(folder))
    assert told.code == (0 if expected == "checked" else 2), told
    assert expected in told.out + told.err


def test_a_missing_file_names_the_nearest_one(spec: str, call: Callable[..., Any]) -> None:
    told = call("validate", "dmo.weft.yaml")
    assert told.code == 2
    assert 'did you mean "demo.weft.yaml"?' in told.err


def test_a_file_that_may_not_be_read_is_a_wrong_call(
    spec: str, call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The permission is refused by hand: the test may run as a user who is refused nothing."""
    really = os.open

    def refuse(path: Any, *rest: Any, **named: Any) -> int:
        if str(path) == spec:
            raise PermissionError(13, "Permission denied")
        return really(path, *rest, **named)

    monkeypatch.setattr(os, "open", refuse)
    told = call("validate", spec)
    assert told.code == 2
    assert "permission denied" in told.err


def test_a_folder_cannot_be_run(folder: Path, spec: str, call: Callable[..., Any]) -> None:
    told = call("run", ".")
    assert told.code == 2
    assert "is a directory" in told.err


def test_a_folder_without_specs_is_a_wrong_call(folder: Path, call: Callable[..., Any]) -> None:
    (folder / "empty").mkdir()
    (folder / "empty" / "other.yaml").write_text("a: 1\n", encoding="utf-8")
    told = call("validate", "empty")
    assert told.code == 2
    assert "no specs in empty (1 yaml and json files passed over)" in told.err


def test_a_folder_that_links_to_itself_is_searched_once(
    folder: Path, spec: str, call: Callable[..., Any]
) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "again").symlink_to("..")
    told = call("validate", ".")
    assert told.code == 0
    assert told.out.startswith("1 file checked")


def test_special_files_in_a_folder_are_passed_over(folder: Path, spec: str, call: Callable[..., Any]) -> None:
    make_fifo(folder)
    make_broken_link(folder)
    make_loop(folder)
    assert call("validate", ".").out.startswith("1 file checked")


INPUTS = {
    "text-for-a-number": (["-i", "n=abc"], 'input "n" must be integer as JSON, not "abc"'),
    "nothing-for-a-number": (["-i", "n="], 'input "n" must be integer as JSON, not ""'),
    "underscore": (["-i", "n=1_000"], 'not "1_000"'),
    "hexadecimal": (["-i", "n=0x10"], 'not "0x10"'),
    "boolean-for-a-number": (["-i", "n=true"], 'input "n" cannot be true'),
    "quoted-number": (["-i", 'n="1"'], 'input "n" cannot be'),
    "fraction": (["-i", "n=1.5"], 'input "n" cannot be 1.5'),
    "too-small": (["-i", "n=0"], "less than the minimum of 1"),
    "sixty-five-bits": (["-i", "n=18446744073709551616"], "does not fit in 64 bits"),
    "five-thousand-digits": (["-i", "n=" + "9" * 5000], 'input "n" must be integer'),
    "not-a-number": (["-i", "n=NaN"], "is not a finite number"),
    "not-json": (["-i", "list=[1,"], 'input "list" must be array as JSON'),
    "repeated-key": (["-i", 'list=[{"a": 1, "a": 2}]'], 'the key "a" is repeated'),
    "deep": (["-i", "list=" + "[" * 30_000 + "]" * 30_000], "nested more than 100 levels deep"),
    "surrogate-in-json": (["-i", 'list=["\\ud800"]'], "surrogate"),
    "nul-in-json": (["-i", 'list=["\\u0000"]'], "NUL"),
    "nul-in-text": (["-i", "s=a\0b"], "holds a character that no text may hold"),
    "bytes-that-are-no-text": (["-i", "s=a\udcff"], "holds a character that no text may hold"),
    "unknown": (["-i", "m_ax=1"], 'unknown input "m_ax"'),
    "nearest": (["-i", "lst=1"], 'did you mean "list"?'),
    "repeated": (["-i", "n=1", "-i", "n=2"], 'input "n" is given twice'),
    "no-value": (["-i", "n"], '"n" is no input'),
    "no-name": (["-i", "=3"], 'unknown input ""'),
    "too-long": (["-i", "s=" + "a" * 100_000], 'input "s" cannot be "aaa'),
    "impossible-date": (["-i", "day=2026-02-30"], 'is not a "date"'),
    "terminal-codes": (["-i", "n=\x1b[31m"], '"\\x1b[31m"'),
    "missing-file": (["-i", "s=@nowhere.txt"], 'no such file: "nowhere.txt"'),
    "folder-as-file": (["-i", "s=@."], "is a directory"),
    "device-as-file": (["-i", "s=@/dev/zero"], "is a device"),
    "fifo-as-file": (["-i", "s=@pipe.weft.yaml"], "is a FIFO"),
    "file-that-is-no-text": (["-i", "s=@latin.txt"], "is not UTF-8"),
    "missing-inputs-file": (["--inputs", "nowhere.yaml"], "no such file"),
    "inputs-file-of-a-list": (["--inputs", "list.yaml"], "must hold a mapping of inputs"),
    "inputs-file-with-a-mistake": (["--inputs", "broken.yaml"], "broken.yaml:2:1"),
    "inputs-file-with-unknown-names": (["--inputs", "unknown.yaml"], 'unknown input "other"'),
    "inputs-file-is-not-coerced": (["--inputs", "text.yaml"], 'input "n" cannot be "7"'),
}


@pytest.mark.parametrize("case", INPUTS)
def test_a_bad_input_is_a_wrong_call_and_starts_nothing(
    case: str, spec: str, folder: Path, call: Callable[..., Any]
) -> None:
    make_fifo(folder)
    (folder / "latin.txt").write_bytes(b"caf\xe9")
    (folder / "list.yaml").write_text("- 1\n")
    (folder / "broken.yaml").write_text("n: 1\nn: 2\n")
    (folder / "unknown.yaml").write_text("other: 1\n")
    (folder / "text.yaml").write_text('n: "7"\n')
    arguments, expected = INPUTS[case]
    told = call("run", spec, *arguments)
    assert told.code == 2, told
    assert expected in told.err, told.err


def test_a_missing_input_is_named_with_its_type(folder: Path, call: Callable[..., Any]) -> None:
    (folder / "demo.weft.yaml").write_text(
        SPEC.replace(', default: "2026-01-31"', ", description: which day")
    )
    told = call("run", "demo.weft.yaml")
    assert told.code == 2
    assert 'input "day" is missing (string, which day)' in told.err


@pytest.mark.parametrize("given", ["short", "n\0ul", "\udcff"])
def test_the_value_of_a_secret_input_is_never_shown(given: str, spec: str, call: Callable[..., Any]) -> None:
    told = call("run", spec, "-i", f"token={given}")
    assert told.code == 2
    assert given not in told.err + told.out


def test_an_input_from_the_environment_is_held_to_the_same_rules(
    spec: str, call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEFT_INPUT_n", "many")
    told = call("run", spec)
    assert told.code == 2
    assert 'input "n" must be integer as JSON, not "many"' in told.err


def test_every_bad_input_is_told_at_once(spec: str, call: Callable[..., Any]) -> None:
    told = call("run", spec, "-i", "n=0", "-i", "day=today")
    assert told.code == 2
    assert 'input "n"' in told.err
    assert 'input "day"' in told.err
