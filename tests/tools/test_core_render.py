"""`render`: what a document is made of, where it goes, and what a template cannot do."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from engine.tools.core.render.sheet import answer
from engine.tools.core.render.tool import Render
from engine.tools.port import CallContext, Cancelled, ToolError

MEMORY = 192 * 1024 * 1024


def render(project: Path, **parameters: Any) -> Any:
    return Render({}).call("render", parameters, CallContext(project_dir=project)).data


def failure(project: Path, **parameters: Any) -> ToolError:
    with pytest.raises(ToolError) as caught:
        render(project, **parameters)
    return caught.value


# -- a document -------------------------------------------------------------------------------------------------------


def test_a_document_is_given_as_text(tmp_path: Path) -> None:
    values = {"who": "Adä", "rows": [{"n": 1}, {"n": 2.5}]}
    template = "Dear {{ who }}:{% for row in rows %} {{ row.n }}{% endfor %}\n"
    assert render(tmp_path, template=template, values=values) == {"text": "Dear Adä: 1 2.5\n", "bytes": 17}


def test_a_template_of_the_project_is_written_to_a_file_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "t.md.j2").write_text("# {{ title }}\n", encoding="utf-8")
    data = render(tmp_path, path="t.md.j2", values={"title": "A & B"}, to="out/report.md")
    assert data == {"path": "out/report.md", "bytes": 8}
    assert (tmp_path / "out/report.md").read_text() == "# A & B\n"


@pytest.mark.parametrize(
    ("given", "escaped"),
    [
        ({"to": "a.html"}, True),
        ({"to": "a.XML"}, True),
        ({"to": "a.md"}, False),
        ({}, False),
        ({"autoescape": True}, True),
        ({"to": "a.html", "autoescape": False}, False),
    ],
)
def test_values_are_escaped_in_what_becomes_html(
    tmp_path: Path, given: dict[str, Any], escaped: bool
) -> None:
    data = render(tmp_path, template="<b>{{ x }}</b>", values={"x": "<script>&"}, **given)
    text = data.get("text") or (tmp_path / data["path"]).read_text()
    assert text == ("<b>&lt;script&gt;&amp;</b>" if escaped else "<b><script>&</b>")


def test_a_template_named_html_gives_html(tmp_path: Path) -> None:
    (tmp_path / "t.html.jinja2").write_text("{{ x }}")
    assert render(tmp_path, path="t.html.jinja2", values={"x": "<"})["text"] == "&lt;"


# -- what is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "kind", "said"),
    [
        ("a\nb {{ custmer }}", "data", 'template:2: "custmer" is not known here'),
        ("a\n\n{{ customer.nme.x }}", "data", "template:3: "),
        ("a\n{% for x in %}", "invalid", "template:2: expected an expression"),
        ("{{ 1 / 0 }}", "invalid", "template:1: division by zero"),
        ("a\n{% include 'x.html' %}", "invalid", 'template:2: there is no template "x.html" beside it'),
        ("{{ customer | nosuch }}", "invalid", 'template:1: no filter named "nosuch"'),
        ("{{ customer.__class__ }}", "invalid", "template:1: the sandbox refuses it: "),
    ],
)
def test_an_error_has_its_line_in_the_template(tmp_path: Path, template: str, kind: str, said: str) -> None:
    error = failure(tmp_path, template=template, values={"customer": {"name": "x"}})
    assert (error.type, error.code) == (kind, "template")
    assert error.message.startswith(said)


def test_the_nearest_name_is_suggested(tmp_path: Path) -> None:
    assert (
        failure(tmp_path, template="{{ custmer }}", values={"customer": 1}).hint == 'did you mean "customer"?'
    )


def test_an_error_in_a_file_names_it_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("x\n{{ y }}")
    (tmp_path / "out.txt").write_text("old")
    assert failure(tmp_path, path="t.txt", to="out.txt").message == 't.txt:2: "y" is not known here'
    assert (tmp_path / "out.txt").read_text() == "old"


@pytest.mark.parametrize(
    "given", [{"path": "../t"}, {"path": "/etc/hostname"}, {"template": "x", "to": "../out"}]
)
def test_files_lie_inside_the_project(tmp_path: Path, given: dict[str, Any]) -> None:
    assert failure(tmp_path, **given).type == "permission"


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_bytes(b"\xff")
    assert failure(tmp_path, path="t.txt").message == '"t.txt" is not UTF-8'


# -- what a template cannot do ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ x.__init__.__globals__ }}",
        "{{ ''['__class__']['__subclasses__']() }}",
        "{{ (x | attr('__class__')).mro() }}",
        "{{ '{0.__class__.__init__.__globals__}'.format(x) }}",
        "{{ x['__class__'] }}",
        "{{ x.append(1) }}",
        "{{ x.sort() }}",
        "{{ self.__dict__ }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ range.__self__ }}",
        "{{ lipsum(n=10) }}",
        "{% import 'os' as os %}",
        "{% set x.y = 1 %}",
    ],
)
def test_nothing_leads_out_of_the_sandbox(template: str) -> None:
    """Asked of what the process does, without a process."""
    given = {"template": template, "values": {"x": [2, 1]}, "autoescape": False, "max_bytes": 1000}
    assert "error" in answer(given)


BOMBS = [
    "{{ range(10**9) | list }}",
    "{{ 'a' * 10**9 }}",
    "{{ ('a' * 10**6) * 10**4 }}",
    "{{ 'x' | center(10**9) }}",
    "{{ ('a\\n' * 10**5) | indent(10**5) }}",
    "{{ ('a' * 10**5) | replace('a', 'b' * 10**5) }}",
    "{% for a in range(99999) %}{% for b in range(99999) %}xxxxxxxxxxxxxxxx{% endfor %}{% endfor %}",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{{ " + "-" * 100_000 + "1 }}",
    "{{ " + "[" * 100_000 + " }}",
    "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '{:1000000000}'.format(1) }}",
    "{% set ns = namespace(x='aaaaaaaa') %}{% for a in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
]


@pytest.mark.slow
@pytest.mark.parametrize("template", BOMBS, ids=lambda text: text[:40])
def test_a_bomb_ends_its_own_process_and_nothing_else(tmp_path: Path, template: str) -> None:
    error = failure(tmp_path, template=template, timeout=5, max_memory=MEMORY, max_bytes=1_000_000)
    assert error.code in ("template", "limit memory", "limit size", "limit time")


@pytest.mark.slow
@pytest.mark.parametrize("template", ["{{ 10 ** (10 ** 8) }}", BOMBS[6]], ids=["compiled", "rendered"])
def test_what_takes_too_long_is_ended_while_it_is_compiled_too(tmp_path: Path, template: str) -> None:
    error = failure(tmp_path, template=template, timeout=0.6, max_bytes=10**9)
    assert (error.type, error.code) == ("timeout", "limit time")


def test_a_document_that_is_too_large_is_an_error(tmp_path: Path) -> None:
    assert render(tmp_path, template="{{ 'ä' * 5 }}", max_bytes=10)["bytes"] == 10
    error = failure(tmp_path, template="{{ 'ä' * 5 }}x", max_bytes=10)
    assert (error.type, error.code) == ("too_large", "limit size")


def test_values_are_never_read_as_a_template(tmp_path: Path) -> None:
    assert render(tmp_path, template="{{ x }}", values={"x": "{{ 1 + 1 }}"})["text"] == "{{ 1 + 1 }}"


def test_the_process_has_no_variable_of_the_engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked at from outside: nothing of the environment but what finds libraries is handed on."""
    import subprocess

    seen: list[dict[str, str]] = []
    real = subprocess.Popen

    def begun(*arguments: Any, **more: Any) -> Any:
        seen.append(more["env"])
        return real(*arguments, **more)

    monkeypatch.setenv("WEFT_SECRET_KEY", "geheim")
    monkeypatch.setattr("engine.tools.core.render.tool.subprocess.Popen", begun)
    render(tmp_path, template="x")
    assert set(seen[0]) <= {"PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "PYTHONUTF8", "PYTHONDONTWRITEBYTECODE"}


def test_a_cancelled_call_ends_its_process(tmp_path: Path) -> None:
    context = CallContext(project_dir=tmp_path)
    timer = threading.Timer(0.3, context.cancel_now)
    timer.start()
    with pytest.raises(Cancelled):
        Render({}).call("render", {"template": "{{ 10 ** (10 ** 8) }}", "timeout": 60}, context)
    timer.join()
