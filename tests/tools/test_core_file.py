"""The `file` tool and the confinement of paths."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from engine.tools import confined
from engine.tools.core.file.tool import File
from engine.tools.port import CallContext, Cancelled, Result, ToolError

RECORDS = [{"id": 1, "name": "a", "paid": True}, {"id": 2, "name": None, "amount": 1.5}]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "outside.txt").write_text("outside")
    inside = tmp_path / "project"
    inside.mkdir()
    return inside


def call(project: Path, operation: str, **parameters: Any) -> Result:
    return File({}).call(operation, parameters, CallContext(project_dir=project))


def read(project: Path, path: str, **parameters: Any) -> Any:
    return call(project, "read", path=path, **parameters).data


def failure(project: Path, operation: str, **parameters: Any) -> ToolError:
    with pytest.raises(ToolError) as caught:
        call(project, operation, **parameters)
    return caught.value


@pytest.mark.parametrize(
    ("name", "content", "field"),
    [
        ("a.json", {"x": [1, None, "é"]}, "value"),
        ("a.ndjson", RECORDS, "records"),
        ("a.jsonl", RECORDS, "records"),
        ("a.txt", "grüße\n", "text"),
        ("a", "no suffix", "text"),
    ],
)
def test_what_is_written_is_read_back(project: Path, name: str, content: Any, field: str) -> None:
    call(project, "write", path=name, content=content)
    assert read(project, name)[field] == content


def test_csv_fields_are_text_unless_types_are_given(project: Path) -> None:
    (project / "a.csv").write_text('id,amount,paid,zip\n1,2.50,TRUE,01234\n2,,false,"a, b"\n')
    assert read(project, "a.csv")["records"][0] == {
        "id": "1",
        "amount": "2.50",
        "paid": "TRUE",
        "zip": "01234",
    }
    types = {"id": "integer", "amount": "number", "paid": "boolean", "zip": "string"}
    assert read(project, "a.csv", types=types)["records"] == [
        {"id": 1, "amount": 2.5, "paid": True, "zip": "01234"},
        {"id": 2, "amount": None, "paid": False, "zip": "a, b"},
    ]


def test_infer_never_takes_an_identifier_for_a_number(project: Path) -> None:
    (project / "a.csv").write_text("a,b,c,d,e,f\n01,1_0,nan,1e999,7,1.5\n02,2,1,2,-8,2\n")
    records = read(project, "a.csv", infer=True)["records"]
    assert records[0] == {"a": "01", "b": "1_0", "c": "nan", "d": "1e999", "e": 7, "f": 1.5}


def test_csv_with_other_delimiters(project: Path) -> None:
    (project / "a.csv").write_text("a;b\n1;2\n")
    (project / "b.tsv").write_text("a\tb\n1\t2\n")
    assert read(project, "a.csv", delimiter=";")["records"] == [{"a": "1", "b": "2"}]
    assert read(project, "b.tsv")["records"] == [{"a": "1", "b": "2"}]


def test_a_csv_that_was_written_reads_back(project: Path) -> None:
    data = call(project, "write", path="out/a.csv", content=RECORDS).data
    assert data == {"path": "out/a.csv", "bytes": os.path.getsize(project / "out/a.csv"), "records": 2}
    assert (project / "out/a.csv").read_text() == "id,name,paid,amount\n1,a,true,\n2,,,1.5\n"
    assert read(project, "out/a.csv", infer=True)["records"][1] == {
        "id": 2,
        "name": "",
        "paid": None,
        "amount": 1.5,
    }


def test_parquet_keeps_columns_that_only_later_records_have(project: Path) -> None:
    call(project, "write", path="a.parquet", content=RECORDS)
    data = read(project, "a.parquet")
    assert data["count"] == 2
    assert data["records"][1] == {"id": 2, "name": None, "paid": None, "amount": 1.5}
    assert data["bytes"] == os.path.getsize(project / "a.parquet")


def test_parquet_that_is_huge_once_decoded_is_too_large(project: Path) -> None:
    call(project, "write", path="a.parquet", content=[{"x": "y" * 1000}] * 20_000)
    small = os.path.getsize(project / "a.parquet") + 1
    assert failure(project, "read", path="a.parquet", max_bytes=small).type == "too_large"


def test_parquet_refuses_a_column_of_mixed_types(project: Path) -> None:
    assert failure(project, "write", path="a.parquet", content=[{"x": 1}, {"x": "y"}]).type == "invalid"
    assert os.listdir(project) == []


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.json", '{"a": 1,}', "line 1"),
        ("a.json", "[" * 100_000, "deep"),
        ("a.ndjson", '{"a": 1}\n[1]\n', "line 2"),
        ("a.ndjson", '{"a": 1}\n\n{"a": \n', "line 3"),
        ("a.csv", "a,b\n1,2\n1\n", "line 3"),
        ("a.csv", "a,a\n1,2\n", "two columns"),
        ("a.csv", 'a,b\n"x"y,2\n', "line 2"),
        ("a.parquet", "PAR1 not really", "parquet"),
    ],
)
def test_broken_content_is_a_data_error_that_says_where(
    project: Path, name: str, content: str, told: str
) -> None:
    (project / name).write_text(content)
    error = failure(project, "read", path=name)
    assert error.type == "data"
    assert told in error.message


def test_nan_in_json_becomes_null_with_a_warning(project: Path) -> None:
    (project / "a.json").write_text('{"a": NaN, "b": 1e999}')
    result = call(project, "read", path="a.json")
    assert result.data["value"] == {"a": None, "b": None}
    assert "null" in result.warnings[0]


def test_text_that_is_not_utf8_is_a_data_error(project: Path) -> None:
    (project / "a.txt").write_bytes(b"ok\n\xff")
    assert "line 2" in failure(project, "read", path="a.txt").message


def test_a_byte_order_mark_is_not_part_of_the_first_column(project: Path) -> None:
    (project / "a.csv").write_bytes("\ufeffid\n1\n".encode())
    assert read(project, "a.csv")["records"] == [{"id": "1"}]


def test_a_wrong_type_names_the_record_and_a_wrong_column_the_nearest(project: Path) -> None:
    (project / "a.csv").write_text("amount\n1\nx\n")
    error = failure(project, "read", path="a.csv", types={"amount": "integer"})
    assert "record 2" in error.message
    assert "'x'" in error.message
    assert '"amount"' in str(failure(project, "read", path="a.csv", types={"amuont": "integer"}).hint)


def test_a_large_file_is_too_large_and_never_loaded(project: Path) -> None:
    with open(project / "big.txt", "wb") as stream:
        stream.truncate(1 << 40)
    assert failure(project, "read", path="big.txt", max_bytes=100).type == "too_large"
    (project / "fits.txt").write_text("x" * 100)
    assert read(project, "fits.txt", max_bytes=100)["bytes"] == 100


@pytest.mark.parametrize("operation", ["read", "write"])
@pytest.mark.parametrize(
    "path",
    ["../outside.txt", "link.txt", "away/outside.txt", "/etc/hostname", "a/../../outside.txt", "up/x", "."],
)
def test_no_path_leads_out_of_the_project(project: Path, operation: str, path: str) -> None:
    (project / "link.txt").symlink_to(project.parent / "outside.txt")
    (project / "away").symlink_to(project.parent)
    (project / "up").symlink_to("..")
    extra = {"content": "changed"} if operation == "write" else {}
    assert failure(project, operation, path=path, **extra).type == "permission"
    assert (project.parent / "outside.txt").read_text() == "outside"


def test_a_folder_beside_whose_name_begins_the_same_is_outside(project: Path) -> None:
    beside = project.parent / "project-other"
    beside.mkdir()
    (beside / "a.txt").write_text("x")
    assert failure(project, "read", path="../project-other/a.txt").type == "permission"


def test_absolute_paths_and_links_inside_the_project_are_fine(project: Path) -> None:
    (project / "real.txt").write_text("x")
    (project / "link.txt").symlink_to("real.txt")
    assert read(project, str(project / "real.txt"))["text"] == "x"
    call(project, "write", path="link.txt", content="y")
    assert (project / "link.txt").is_symlink()
    assert (project / "real.txt").read_text() == "y"


def test_a_link_swapped_in_after_the_look_is_caught(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is asked of the opened file: here the look is made to say yes to a link that leads out."""
    (project / "link.txt").symlink_to(project.parent / "outside.txt")
    monkeypatch.setattr(confined, "confine", lambda path, root: root / path)
    assert failure(project, "read", path="link.txt").type == "permission"


@pytest.mark.parametrize("operation", ["read", "write"])
def test_what_is_no_regular_file_is_refused_without_waiting(project: Path, operation: str) -> None:
    os.mkfifo(project / "fifo.txt")
    (project / "folder.txt").mkdir()
    extra = {"content": "x"} if operation == "write" else {}
    for name, kind in (("fifo.txt", "a FIFO"), ("folder.txt", "a folder")):
        error = failure(project, operation, path=name, **extra)
        assert error.type == "permission"
        assert kind in error.message


@pytest.mark.parametrize("path", ["", "a\0b", "x" * 300])
def test_what_is_no_path_is_invalid(project: Path, path: str) -> None:
    assert failure(project, "read", path=path).type == "invalid"


def test_a_cycle_of_links_is_refused(project: Path) -> None:
    (project / "a").symlink_to("b")
    (project / "b").symlink_to("a")
    assert failure(project, "read", path="a").type == "permission"


def test_a_missing_file_suggests_the_nearest(project: Path) -> None:
    (project / "orders.csv").write_text("a\n")
    error = failure(project, "read", path="order.csv")
    assert error.type == "not_found"
    assert "orders.csv" in str(error.hint)


def test_a_hidden_file_is_suggested_only_for_a_hidden_one(project: Path) -> None:
    """The engine's own `.weft` is in most folders, and what nobody meant."""
    (project / ".weft").mkdir()
    (project / ".env").write_text("A=1\n")
    assert failure(project, "read", path="seen.json").hint is None
    assert ".env" in str(failure(project, "read", path=".emv").hint)


def test_a_write_that_fails_leaves_the_old_file_and_no_other(project: Path) -> None:
    (project / "a.txt").write_text("old")
    assert failure(project, "write", path="a.txt", content={"not": "text"}).type == "invalid"
    assert os.listdir(project) == ["a.txt"]
    assert (project / "a.txt").read_text() == "old"


def test_a_cancelled_write_leaves_the_old_file(project: Path) -> None:
    (project / "a.txt").write_text("old")
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        File({}).call(
            "write", {"path": "a.txt", "content": "new"}, CallContext(project_dir=project, cancel=cancel)
        )
    assert os.listdir(project) == ["a.txt"]
    assert (project / "a.txt").read_text() == "old"


def test_a_reader_sees_the_old_file_or_the_new_one(project: Path) -> None:
    """The open file keeps the old content, so the new one was put in its place, not written over it."""
    (project / "a.txt").write_text("old")
    with open(project / "a.txt") as before:
        call(project, "write", path="a.txt", content="new")
        assert before.read() == "old"
    assert (project / "a.txt").read_text() == "new"


def test_permissions_of_a_replaced_file_are_kept(project: Path) -> None:
    (project / "a.sh").write_text("old")
    (project / "a.sh").chmod(0o750)
    call(project, "write", path="a.sh", content="new", format="text")
    assert (project / "a.sh").stat().st_mode & 0o777 == 0o750


def test_a_file_where_a_folder_is_needed_is_invalid(project: Path) -> None:
    (project / "a").write_text("x")
    assert failure(project, "write", path="a/b.txt", content="x").type == "invalid"


def test_list_matches_and_sorts(project: Path) -> None:
    for name in ("b/2.csv", "b/c/1.csv", "a.csv", "x.txt", ".hidden/h.csv", "b/.h.csv"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("12345")

    def names(pattern: str) -> list[str]:
        return [file["path"] for file in call(project, "list", pattern=pattern).data["files"]]

    assert names("**/*.csv") == ["a.csv", "b/2.csv", "b/c/1.csv"]
    assert names("*.csv") == ["a.csv"]
    assert names("b/*") == ["b/2.csv"]
    assert names("b/**") == ["b/2.csv", "b/c/1.csv"]
    assert names("*/*/?.csv") == ["b/c/1.csv"]
    assert names(".hidden/*") == [".hidden/h.csv"]
    assert names("nothing*") == []
    data = call(project, "list", pattern="x.txt").data
    assert data["count"] == 1
    assert data["files"][0]["bytes"] == 5
    assert data["files"][0]["modified"].endswith("Z")


def test_list_leaves_out_what_leads_away_and_survives_cycles(project: Path) -> None:
    (project / "away.txt").symlink_to(project.parent / "outside.txt")
    (project / "loop").symlink_to(".")
    (project / "dead.txt").symlink_to("nowhere")
    os.mkfifo(project / "fifo.txt")
    (project / "real.txt").write_text("x")
    (project / "good.txt").symlink_to("real.txt")
    files = call(project, "list", pattern="**/*.txt").data["files"]
    assert [file["path"] for file in files] == ["good.txt", "real.txt"]


@pytest.mark.parametrize("pattern", ["../*", "/etc/*", "a/../../*"])
def test_list_refuses_patterns_that_lead_out(project: Path, pattern: str) -> None:
    assert failure(project, "list", pattern=pattern).type == "permission"


def test_list_has_a_limit(project: Path) -> None:
    for n in range(3):
        (project / f"{n}.txt").write_text("")
    assert failure(project, "list", pattern="*", max_files=2).type == "too_large"


def test_no_descriptor_is_left_open(project: Path) -> None:
    (project / "a.txt").write_text("x")
    before = sorted(os.listdir("/proc/self/fd"))
    for path in ("a.txt", "gone.txt", "../outside.txt"):
        for operation, extra in (("read", {}), ("write", {"content": 1})):
            with pytest.raises(ToolError):
                call(
                    project,
                    operation,
                    path=path,
                    **extra,
                    **({"max_bytes": 0} if operation == "read" else {}),
                )
    assert sorted(os.listdir("/proc/self/fd")) == before


def test_json_is_written_readable(project: Path) -> None:
    call(project, "write", path="a.json", content={"ü": [1]})
    assert (project / "a.json").read_text() == json.dumps({"ü": [1]}, indent=2, ensure_ascii=False) + "\n"


def test_an_encoded_path_is_a_name_like_any_other(project: Path) -> None:
    """Nobody decodes it, so it leads nowhere."""
    assert failure(project, "read", path="%2e%2e/outside.txt").type == "not_found"
    call(project, "write", path="%2e%2e%2foutside.txt", content="x")
    assert [path.name for path in project.iterdir()] == ["%2e%2e%2foutside.txt"]
    assert (project.parent / "outside.txt").read_text() == "outside"


@pytest.mark.parametrize("operation", ["read", "write"])
@pytest.mark.parametrize("path", ["a/" * 3000 + "b.txt", "x" * 5000, "../" * 3000 + "etc/passwd"])
def test_a_path_too_deep_or_too_long_is_refused(project: Path, operation: str, path: str) -> None:
    given = {"content": "x"} if operation == "write" else {}
    assert failure(project, operation, path=path, **given).type in ("invalid", "permission", "not_found")
    assert list(project.iterdir()) == []


@pytest.mark.parametrize("path", ["link.csv", "fifo.csv", "folder.csv", "../outside.csv"])
def test_a_file_that_is_streamed_is_held_to_the_same_rules(project: Path, path: str) -> None:
    (project.parent / "outside.csv").write_text("a\n1\n")
    (project / "link.csv").symlink_to("../outside.csv")
    os.mkfifo(project / "fifo.csv")
    (project / "folder.csv").mkdir()
    with pytest.raises(ToolError) as caught:
        File({}).call("read", {"path": path}, CallContext(project_dir=project, streams=True))
    assert caught.value.type == "permission"


@pytest.mark.parametrize("path", ["weft.toml", "sub/weft.toml", "./Weft.TOML", "link.txt"])
def test_no_step_writes_a_project_file(project: Path, path: str) -> None:
    (project / "weft.toml").write_text("")
    (project / "link.txt").symlink_to("weft.toml")
    assert failure(project, "write", path=path, content="[policy]").type == "permission"
    assert (project / "weft.toml").read_text() == ""
