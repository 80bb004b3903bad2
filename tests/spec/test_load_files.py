"""What may be opened, and what a file's bytes may be."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.spec import limits
from engine.spec.load import load, load_text, read_source


def test_a_missing_file_names_its_nearest_sibling(tmp_path: Path) -> None:
    (tmp_path / "orders.weft.yaml").write_text("a: 1")
    (tmp_path / "orders.weft.bak").write_text("a: 1")
    with pytest.raises(UsageError) as caught:
        load(tmp_path / "order.weft.yaml")
    assert caught.value.message == f'no such file: "{tmp_path}/order.weft.yaml"'
    assert caught.value.hint == f'did you mean "{tmp_path}/orders.weft.yaml"?'


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path / "gone" / "x.yaml")
    assert caught.value.hint == f'there is no directory "{tmp_path}/gone"'


def test_a_file_used_as_a_folder_is_no_such_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(UsageError, match="no such file"):
        load(tmp_path / "a" / "b.yaml")


def test_a_directory_a_fifo_a_socket_and_a_device_are_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening a FIFO waits for a writer; reading /dev/zero never ends."""
    os.mkfifo(tmp_path / "pipe")
    os.symlink("/dev/zero", tmp_path / "zero")
    with socket.socket(socket.AF_UNIX) as server:
        monkeypatch.chdir(tmp_path)
        server.bind("sock")
        for name, kind in [(".", "directory"), ("pipe", "FIFO"), ("zero", "device"), ("sock", "socket")]:
            with pytest.raises(UsageError) as caught:
                load(name)
            assert caught.value.message == f'"{name}" is a {kind}, not a regular file'


def test_a_fifo_that_takes_the_name_after_the_look_does_not_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    regular = tmp_path / "a.yaml"
    regular.write_text("a: 1")
    os.mkfifo(tmp_path / "pipe")
    seen = os.stat(regular)
    monkeypatch.setattr("engine.spec.load.os.stat", lambda path: seen)
    with pytest.raises(UsageError, match="is a FIFO"):
        load(tmp_path / "pipe")


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "loop"])
def test_paths_that_cannot_be_read_are_usage_errors(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    os.symlink("loop", "loop")
    with pytest.raises(UsageError, match="cannot read"):
        load(path)


def test_an_unreadable_file_is_a_usage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The denial is simulated: root may read everything."""
    (tmp_path / "a.yaml").write_text("a: 1")

    def denied(*args: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("engine.spec.load.os.open", denied)
    with pytest.raises(UsageError, match="permission denied"):
        load(tmp_path / "a.yaml")


def test_a_large_file_is_refused_by_its_size_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "big.yaml"
    with path.open("wb") as file:
        file.truncate(limits.SIZE_MAX_BYTES + 1)
    tree, problems = load(path, name="big.yaml")
    assert tree is None
    assert [(p.code, str(p.span), p.message) for p in problems] == [
        ("WF107", "big.yaml:1:1", "the file is larger than 64 MiB")
    ]


def test_a_file_that_grows_is_read_no_further_than_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files under /proc say they are empty."""
    monkeypatch.setattr(limits, "SIZE_MAX_BYTES", 10)
    assert [p.code for p in load("/proc/self/status")[1]] == ["WF107"]


def test_json_is_known_by_the_name_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.JSON").write_text("{'a': 1}")
    (tmp_path / "a.txt").write_text("{'a': 1}")
    assert [p.code for p in load(tmp_path / "a.JSON")[1]] == ["WF117"]
    tree, problems = load(str(tmp_path / "a.txt"))
    assert tree is not None and not problems
    assert tree.source.name == str(tmp_path / "a.txt")


def test_the_source_is_there_when_the_tree_is_not(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: [")
    source, problems = read_source(tmp_path / "a.yaml", name="a.yaml")
    assert source is not None and not problems
    assert (source.name, source.text) == ("a.yaml", "a: [")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_other_encodings_are_named(encoding: str, form: str) -> None:
    tree, problems = load_text('{"a": 1}'.encode(encoding), "f", form)  # type: ignore[arg-type]
    assert tree is None
    [found] = problems
    assert found.code == "WF101"
    assert found.message == f"the file is {encoding[:6].upper()}, not UTF-8"
    assert found.hint == "save it as UTF-8"


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        (b"a: \xff", 1, 4),
        (b"\xef\xbb\xbfa: \xff", 1, 4),
        ("é: ü\nb: ".encode() + b"\xe9", 2, 4),
        (b"a: \xed\xa0\x80", 1, 4),
        (b"a: \xc0\x80", 1, 4),
        (b"a: \xe2\x82", 1, 4),
    ],
)
def test_a_byte_that_is_not_utf_8_is_shown_where_it_stands(data: bytes, line: int, column: int) -> None:
    tree, problems = load_text(data, "f")
    assert tree is None
    assert [(p.code, p.span.line, p.span.column) for p in problems] == [("WF101", line, column)]


@pytest.mark.parametrize("form", ["yaml", "json"])
@pytest.mark.parametrize("text", ["", "  \n\n", "\ufeff", b"", b"\xef\xbb\xbf"])
def test_an_empty_file_says_so(text: str | bytes, form: str) -> None:
    tree, problems = load_text(text, "f", form)  # type: ignore[arg-type]
    assert tree is None
    assert [p.code for p in problems] == ["WF112"]
