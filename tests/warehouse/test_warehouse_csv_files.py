"""How a csv may be written, and that a load reads it so."""

import gzip

import jsonschema
import pytest
from desks import Desk, refused

from engine.tools.warehouse import csv_files
from engine.tools.warehouse.declare import DECLARATION

PARAMETERS = dict(DECLARATION.operations["load"].parameters)


@pytest.fixture
def lite(tmp_path):
    made = Desk("sqlite", tmp_path, url="sqlite:///w.db")
    yield made
    made.tool.close()


def loaded(desk, text, name="t.csv", **parameters):
    (desk.folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    jsonschema.validate({"table": "t", "path": name, **parameters}, PARAMETERS)
    desk.load("t", path=name, mode="replace", **parameters)
    return desk.rows("select * from t")


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("id;name\n1;a,b\n", {"delimiter": ";"}),
        ("id\tname\n1\ta,b\n", {"delimiter": "\t"}),
        ("id|name\n1|'a,b'\n", {"delimiter": "|", "quote": "'"}),
        ('id;name\n1;"a,b"\n', {"delimiter": ";"}),
        ("1;a,b\n", {"delimiter": ";", "header": ["id", "name"]}),
        ("id;name\n1;a,b\n".encode("utf-16"), {"delimiter": ";", "encoding": "utf-16"}),
        ("\ufeffid;name\n1;a,b\n", {"delimiter": ";"}),
        ("id;name\r\n1;a,b\r\n", {"delimiter": ";"}),
    ],
)
def test_a_csv_is_read_as_it_is_said_to_be_written(lite, text, parameters):
    assert loaded(lite, text, **parameters) == [{"id": 1, "name": "a,b"}]


def test_without_a_first_line_of_names_columns_are_numbered(lite):
    assert loaded(lite, "1,x\n2,y\n", header=False) == [
        {"column_1": 1, "column_2": "x"},
        {"column_1": 2, "column_2": "y"},
    ]


def test_without_a_quote_a_quote_is_a_sign_like_others(lite):
    assert loaded(lite, 'id,name\n1,"a\n2,b"c"\n', quote="") == [
        {"id": 1, "name": '"a'},
        {"id": 2, "name": 'b"c"'},
    ]


@pytest.mark.parametrize("encoding", ["latin-1", "windows-1252", "utf-16-le", "iso-8859-15", "UTF-8"])
def test_texts_of_other_encodings_arrive_as_they_were_meant(lite, encoding):
    assert loaded(lite, "id,näme\n007,Zoë\n".encode(encoding), encoding=encoding) == [
        {"id": "007", "näme": "Zoë"}
    ]


def test_a_sign_that_lies_over_the_border_of_two_blocks_stays_whole(lite, monkeypatch):
    monkeypatch.setattr(csv_files, "BLOCK_BYTES", 301)
    lines = "name\n" + "".join(f"{'é' * at}x\n" for at in range(60))
    rows = loaded(lite, lines.encode("utf-16"), encoding="utf-16")
    assert [row["name"] for row in rows] == [f"{'é' * at}x" for at in range(60)]


def test_texts_that_mean_null_are_the_authors(lite):
    rows = loaded(lite, "a,b\n-,x\n1,NA\n", null_values=["-"])
    assert rows == [{"a": None, "b": "x"}, {"a": 1, "b": "NA"}]


@pytest.mark.parametrize("name", ["t.tsv", "t.tsv.gz"])
def test_a_tsv_has_tabs(lite, name):
    text = b"id\tname\n1\ta,b\n"
    assert loaded(lite, gzip.compress(text) if name.endswith("gz") else text, name) == [
        {"id": 1, "name": "a,b"}
    ]


def test_a_file_that_is_separated_otherwise_says_which_delimiter_to_say(lite):
    error = refused(lambda: loaded(lite, "id;name\n1;x\n"))
    assert (error.code, "`delimiter: ';'`" in error.hint) == ("SEPARATOR", True)
    error = refused(lambda: loaded(lite, "id,name\n1,x\n", "t.tsv"))
    assert "is separated by commas, expected tabs" in str(error)


@pytest.mark.parametrize(
    ("text", "parameters", "kind", "said"),
    [
        ("a\n1\n", {"encoding": "utf-9"}, "invalid", 'no encoding "utf-9"'),
        ("a\n1\n", {"encoding": "base64"}, "invalid", 'no encoding "base64"'),
        ("a;b\n", {"delimiter": ";", "quote": ";"}, "invalid", "both"),
        ("a,b\n1,2\n", {"header": ["x"]}, "data", "has 2 columns, `header` names 1"),
        (b"a\n\xe9\n", {}, "data", 'column "a" is not utf-8 text'),
        (b"n\xe9\n1\n", {}, "data", "the first line"),
        (b"a\n\xff\xff\xff", {"encoding": "utf-16"}, "data", "is not utf-16 text"),
        ("1,2\n", {"header": ["x", "X"]}, "data", "two columns"),
    ],
)
def test_what_cannot_be_read_so_is_told(lite, text, parameters, kind, said):
    error = refused(lambda: loaded(lite, text, **parameters))
    assert (error.type, said in str(error)) == (kind, True), str(error)


@pytest.mark.parametrize(
    "parameters",
    [{"delimiter": ";;"}, {"delimiter": ""}, {"delimiter": "\n"}, {"header": []}, {"quote": "''"}],
)
def test_what_is_no_way_to_write_a_csv_is_refused_before_anything_runs(parameters):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"table": "t", "path": "t.csv", **parameters}, PARAMETERS)
