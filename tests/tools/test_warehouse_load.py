import gzip
import json
import shutil
import signal
import subprocess
import sys
import zipfile

import pyarrow as pa
import pyarrow.parquet
import pytest
from warehouse_cases import DIALECTS, Desk, flights_folder, refused

from engine.tools.port import CallContext, Cancelled
from engine.tools.warehouse import csv_files, sources

CSV = "id,name,day\n1,ann,2024-01-31\n2,bob,NA\n3,,2024-02-01\n"
ROWS = [
    {"id": 1, "name": "ann", "day": "2024-01-31"},
    {"id": 2, "name": "bob", "day": None},
    {"id": 3, "name": None, "day": "2024-02-01"},
]


@pytest.fixture(params=DIALECTS)
def desk(request, tmp_path):
    return Desk(request.param, tmp_path)


def write(folder, name, text):
    path = folder / name
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(text.encode()))
    elif name.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("inner.csv", text)
    elif name.endswith(".parquet"):
        pa.parquet.write_table(pa.Table.from_pylist(ROWS), path)
    else:
        path.write_text(text)
    return name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", CSV),
        ("t.CSV", CSV),
        ("bom.csv", "\ufeff" + CSV),
        ("crlf.csv", CSV.replace("\n", "\r\n")),
        ("t.csv.gz", CSV),
        ("t.csv.zip", CSV),
        ("t.ndjson", "\n".join(map(json.dumps, ROWS)) + "\n\n"),
        ("t.json", json.dumps(ROWS)),
        ("t.parquet", ""),
    ],
)
def test_every_kind_of_file_gives_the_same_rows(desk, name, text):
    result = desk.load("t", path=write(desk.folder, name, text))
    assert result.data["table"] == "t"
    assert (result.data["rows_loaded"], result.data["mode"], result.processed_records) == (3, "append", 3)
    assert [column["name"] for column in result.data["columns"]] == ["id", "name", "day"]
    assert desk.rows("select id, name, day from t order by id") == ROWS


def test_records_make_a_table_of_their_types(desk):
    records = [{"a": 1, "b": "x", "c": True}, {"a": 2.5, "d": {"k": [1]}}]
    desk.load("t", records=records)
    truth = True if desk.dialect == "duckdb" else 1
    assert desk.rows("select a, b, c, d from t order by a") == [
        {"a": 1.0, "b": "x", "c": truth, "d": None},
        {"a": 2.5, "b": None, "c": None, "d": '{"k": [1]}'},
    ]


def test_append_adds_replace_replaces_and_twice_is_as_once(desk):
    for expected, mode in ((1, "append"), (2, "append"), (1, "replace"), (1, "replace")):
        desk.load("t", records=[{"a": 1}], mode=mode)
        assert desk.rows("select count(*) as c from t") == [{"c": expected}]


def test_replace_keeps_the_tables_own_types_and_keys(desk):
    desk.load("t", records=[{"k": 1, "v": "a"}, {"k": 2, "v": "b"}], mode="upsert", key=["k"])
    desk.load("t", records=[{"k": 1, "v": "c"}], mode="replace")
    assert desk.rows("select k, v from t") == [{"k": 1, "v": "c"}]
    assert refused(lambda: desk.load("t", records=[{"k": 1, "v": "d"}])).type == "conflict"


def test_replace_with_no_rows_empties_the_table(desk):
    desk.load("t", records=[{"a": 1}])
    assert desk.load("t", records=[], mode="replace").data["rows_loaded"] == 0
    assert desk.rows("select a from t") == []


def test_upsert_changes_what_is_there_and_adds_what_is_not(desk):
    desk.load("t", records=[{"k": 1, "v": "a", "w": 1}, {"k": 2, "v": "b", "w": 2}])
    result = desk.load("t", records=[{"k": 2, "v": "B"}, {"k": 3, "v": "c"}], mode="upsert", key=["k"])
    assert result.data["rows_loaded"] == 2
    assert desk.rows("select k, v, w from t order by k") == [
        {"k": 1, "v": "a", "w": 1},
        {"k": 2, "v": "B", "w": 2},
        {"k": 3, "v": "c", "w": None},
    ]


def test_upsert_by_two_columns(desk):
    key = ["a", "b"]
    desk.load("t", records=[{"a": 1, "b": "x", "v": 1}, {"a": 1, "b": "y", "v": 2}], mode="upsert", key=key)
    desk.load("t", records=[{"a": 1, "b": "y", "v": 3}], mode="upsert", key=key)
    assert desk.rows("select v from t order by v") == [{"v": 1}, {"v": 3}]


def test_of_rows_with_one_key_the_last_one_holds_also_over_batches(desk, monkeypatch):
    monkeypatch.setattr(sources, "BATCH_ROWS", 2)
    records = [{"k": 1, "v": value} for value in range(5)] + [{"k": 2, "v": 9}]
    result = desk.load("t", records=records, mode="upsert", key=["k"])
    assert desk.rows("select k, v from t order by k") == [{"k": 1, "v": 4}, {"k": 2, "v": 9}]
    assert result.warnings == ["4 rows had the key of a later row, which holds"]


def test_an_upsert_of_keys_alone_adds_the_new_ones(desk):
    desk.load("t", records=[{"k": 1}])
    desk.load("t", records=[{"k": 1}, {"k": 2}], mode="upsert", key=["k"])
    assert desk.rows("select k from t order by k") == [{"k": 1}, {"k": 2}]


def test_a_row_without_its_key_is_refused_and_nothing_is_loaded(desk):
    desk.load("t", records=[{"k": 1, "v": 1}])
    error = refused(lambda: desk.load("t", records=[{"k": 2}, {"v": 3}], mode="upsert", key=["k"]))
    assert (error.type, error.code) == ("data", "key")
    assert desk.rows("select count(*) as c from t") == [{"c": 1}]


def test_a_table_need_not_be_made(desk):
    desk.load("orders", records=[{"a": 1}])
    error = refused(lambda: desk.load("ordres", records=[{"a": 1}], create=False))
    assert (error.type, error.hint) == ("not_found", 'did you mean "orders"?')


def test_a_column_the_table_does_not_have_is_refused_by_name(desk):
    desk.load("t", records=[{"amount": 1}])
    error = refused(lambda: desk.load("t", records=[{"ammount": 1}]))
    assert (error.type, error.hint) == ("invalid", 'did you mean "amount"?')


def test_columns_are_matched_by_name_not_by_place(desk):
    desk.load("t", records=[{"a": 1, "b": "x"}])
    desk.load("t", path=write(desk.folder, "t.csv", "B,A\ny,2\n"))
    assert desk.rows("select a, b from t order by a") == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]


def test_odd_names_are_quoted_never_pasted(desk):
    name = 'a"b; drop table t --'
    desk.load("t", records=[{name: 1, "select": 2}], mode="upsert", key=[name])
    (row,) = desk.query("select * from t").data["rows"]
    assert row == {name: 1, "select": 2}


def test_types_the_author_gives_hold(desk):
    write(desk.folder, "t.csv", "zip,price\n01234,1.10\n")
    result = desk.load("t", path="t.csv", columns={"zip": "varchar(5)", "price": "decimal(10, 2)"})
    assert desk.rows("select zip from t") == [{"zip": "01234"}]
    kinds = {column["name"]: column["type"].upper() for column in result.data["columns"]}
    assert "DECIMAL(10" in kinds["price"] or "REAL" in kinds["price"]


def test_what_looks_like_a_number_keeps_its_zeros_in_a_text_column(desk):
    desk.load("t", records=[{"zip": "90210"}])
    desk.load("t", path=write(desk.folder, "t.csv", "zip\n01234\n"))
    assert desk.rows("select zip from t order by zip") == [{"zip": "01234"}, {"zip": "90210"}]


def test_numbers_with_leading_zeros_make_a_text_column(desk):
    """As the file tool reads them: `01` is a code, 0, 0.5 and -0.25 are numbers."""
    desk.load("t", path=write(desk.folder, "t.csv", "zip,n,x\n01,0,0.5\n10,2,-0.25\n"))
    assert desk.rows("select zip, n, x from t order by n") == [
        {"zip": "01", "n": 0, "x": 0.5},
        {"zip": "10", "n": 2, "x": -0.25},
    ]


@pytest.mark.parametrize(
    "text", ["int); drop table t; --", "int primary key", "nonsense nonsense", "", "(select 1)"]
)
def test_a_type_is_only_ever_a_type(desk, text):
    error = refused(lambda: desk.load("t", records=[{"a": 1}], columns={"a": text}))
    assert error.type == "invalid"


def test_a_typed_column_that_is_not_there_is_a_mistake(desk):
    error = refused(lambda: desk.load("t", records=[{"amount": 1}], columns={"amuont": "int"}))
    assert error.hint == 'did you mean "amount"?'


def test_no_rows_make_a_table_only_of_given_types(desk):
    error = refused(lambda: desk.load("t", records=[]))
    assert (error.type, error.hint) == ("data", "give `columns` (name -> SQL type)")
    desk.load("t", records=[], columns={"a": "integer"})
    assert desk.query("select a from t").data["row_count"] == 0


def test_null_values_can_be_chosen_and_quoted_text_is_text(desk):
    write(desk.folder, "t.csv", 'a,b\n-,"NA"\n"-",NA\n')
    desk.load("t", path="t.csv", null_values=["-"])
    assert desk.rows("select a, b from t") == [{"a": None, "b": "NA"}, {"a": "-", "b": "NA"}]


def test_a_later_row_may_widen_a_column(desk, monkeypatch):
    """The types are told by the file's beginning; what comes later must neither fail nor be lost."""
    monkeypatch.setattr(csv_files, "BLOCK_BYTES", 64)
    lines = [f"{i},{i},2024-01-31,NA" for i in range(100)]
    text = "\n".join(["a,b,c,d", *lines, "1.5,x,soon,7", ""])
    desk.load("t", path=write(desk.folder, "t.csv", text))
    (last,) = desk.rows("select a, b, c, d from t where d is not null")
    assert last == {"a": 1.5, "b": "x", "c": "soon", "d": 7}
    assert desk.rows("select count(*) as c, count(d) as d from t") == [{"c": 101, "d": 1}]


def test_quoted_line_breaks_survive_the_borders_of_blocks(desk, monkeypatch):
    monkeypatch.setattr(csv_files, "BLOCK_BYTES", 64)
    text = "a,b\n" + "".join(f'{i},"x\ny{i}"\n' for i in range(50))
    assert desk.load("t", path=write(desk.folder, "t.csv", text)).data["rows_loaded"] == 50
    assert desk.rows("select b from t where a = 49") == [{"b": "x\ny49"}]


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("ragged.csv", b"a,b\n1,2\n3\n", "data"),
        ("empty.csv", b"", "data"),
        ("latin.csv", b"a\n\xff\xfe\n", "data"),
        ("twice.csv", b"a,A\n1,2\n", "data"),
        ("not.csv.gz", b"plain", "data"),
        ("not.csv.zip", b"plain", "data"),
        ("not.parquet", b"plain", "data"),
        ("not.json", b"{", "data"),
        ("mapping.json", b'{"a": 1}', "data"),
        ("numbers.json", b"[1]", "data"),
        ("not.ndjson", b'{"a": 1}\n{"a"\n', "data"),
        ("numbers.ndjson", b"1\n", "data"),
        ("book.xlsx", b"x", "invalid"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_leaves_nothing(desk, name, content, kind):
    (desk.folder / name).write_bytes(content)
    error = refused(lambda: desk.load("t", path=name))
    assert error.type == kind
    assert "no table" in str(refused(lambda: desk.query("select * from t")))


def test_a_zip_of_two_files_is_refused(desk):
    with zipfile.ZipFile(desk.folder / "t.csv.zip", "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
        archive.writestr("b.csv", "a\n1\n")
    assert "2 files" in str(refused(lambda: desk.load("t", path="t.csv.zip")))


def test_a_file_outside_the_project_is_not_read(desk):
    (desk.folder / "link.csv").symlink_to("/etc/passwd")
    for path in ("../x.csv", "/etc/passwd.csv", "link.csv"):
        assert refused(lambda path=path: desk.load("t", path=path)).type == "permission"
    assert refused(lambda: desk.load("t", path="missing.csv")).type == "not_found"


def test_a_load_that_fails_in_its_last_row_leaves_what_was_there(desk, monkeypatch):
    monkeypatch.setattr(sources, "BATCH_ROWS", 2)
    desk.load("t", records=[{"k": 1, "v": "kept"}], mode="upsert", key=["k"])
    for mode in ("append", "replace"):
        records = [{"k": key, "v": "new"} for key in (5, 6, 7, 8, 5)]
        assert (
            refused(lambda mode=mode, records=records: desk.load("t", records=records, mode=mode)).type
            == "conflict"
        )
        assert desk.rows("select k, v from t") == [{"k": 1, "v": "kept"}]


def test_a_cancelled_load_leaves_nothing(desk, monkeypatch):
    monkeypatch.setattr(sources, "BATCH_ROWS", 10)
    context = CallContext(project_dir=desk.folder)
    context.progress = lambda done, total, unit: context.cancel_now()
    with pytest.raises(Cancelled):
        desk.load("t", records=[{"a": i} for i in range(100)], context=context)
    assert "no table" in str(refused(lambda: desk.query("select * from t")))


KILLED = """
import os, signal, sys
from engine.tools.port import CallContext
from engine.tools.warehouse import csv_files
from engine.tools.warehouse.tool import Warehouse

csv_files.BLOCK_BYTES = 10_000
def die(done, total, unit):
    if done >= 15_000:
        os.kill(os.getpid(), signal.SIGKILL)

tool = Warehouse({"url": sys.argv[1] + ":///w.db", "writable": True, "project_dir": "."})
call = {"table": "t", "path": "new.csv", "mode": sys.argv[2]}
if sys.argv[2] == "upsert":
    call["key"] = ["k"]
tool.call("load", call, CallContext(progress=die))
"""


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["replace", pytest.param("upsert", marks=pytest.mark.slow)])
def test_a_load_that_is_killed_leaves_what_was_there(desk, mode):
    write(desk.folder, "new.csv", "k,v\n" + "".join(f"{k},new\n" for k in range(20_000)))
    desk.load("t", path=write(desk.folder, "old.csv", "k,v\n1,kept\n"))
    child = subprocess.run([sys.executable, "-c", KILLED, desk.dialect, mode], cwd=desk.folder, check=False)
    assert child.returncode == -signal.SIGKILL
    assert desk.rows("select k, v from t") == [{"k": 1, "v": "kept"}]
    desk.load("t", path="old.csv")
    assert desk.rows("select count(*) as c from t") == [{"c": 2}]


def test_schemas_are_spoken_of_where_there_are_any(tmp_path):
    assert refused(lambda: Desk("sqlite", tmp_path).load("other.t", records=[{"a": 1}])).type == "not_found"
    desk = Desk("duckdb", tmp_path, url="duckdb://")
    desk.load("main.t", records=[{"a": 1}])
    assert desk.rows("select a from main.t") == [{"a": 1}]
    assert refused(lambda: desk.load("other.t", records=[{"a": 1}])).type == "invalid"


@pytest.mark.slow
def test_the_flights_of_a_year_are_loaded_from_their_zip(desk):
    for name in ("flights.csv.zip", "airlines.csv"):
        shutil.copy(flights_folder() / name, desk.folder)
    loaded = desk.load("flights", path="flights.csv.zip", mode="replace")
    desk.load("airlines", path="airlines.csv", mode="replace")
    assert loaded.data["rows_loaded"] == 336_776
    assert len(loaded.data["columns"]) == 19
    busiest = desk.rows(
        """
        select a.name, count(*) as flights, count(dep_delay) as departed
        from flights f join airlines a using (carrier)
        where month in (:months) and origin = :origin
        group by a.name order by flights desc limit 2
        """,
        months=[1, 2],
        origin="JFK",
    )
    assert busiest == [
        {"name": "JetBlue Airways", "flights": 6422, "departed": 6309},
        {"name": "Delta Air Lines Inc.", "flights": 2920, "departed": 2868},
    ]


@pytest.mark.parametrize(
    ("records", "said", "hint"),
    [
        ({"rows": [{"a": 1}], "row_count": 1}, "is a mapping", "did you mean its `.rows`?"),
        ({"records": [], "count": 0}, "is a mapping", "did you mean its `.records`?"),
        ("text", "is a text", None),
        ([{"a": 1}, "text"], "item 2 is a text", None),
    ],
)
def test_what_is_no_list_of_mappings_is_named_as_what_it_is(tmp_path, records, said, hint):
    error = refused(lambda: Desk("sqlite", tmp_path).load("t", records=records))
    assert said in error.message
    assert (error.type, error.hint) == ("invalid", hint)


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
def test_a_folder_that_is_not_there_is_named(dialect, tmp_path):
    desk = Desk(dialect, tmp_path, url=f"{dialect}:///data/deep/w.db")
    error = refused(lambda: desk.load("t", records=[{"a": 1}]))
    assert (
        error.message
        == f'{dialect}: "data/deep/w.db" cannot be opened: the folder "data/deep" does not exist'
    )
    assert (error.type, error.hint) == ("not_found", "make the folder, or mend the path in the connection")
