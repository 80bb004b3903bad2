"""The `python` tool: functions of the project, their results and their errors."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from engine.tools.core.python.importing import find_function
from engine.tools.core.python.tool import Python
from engine.tools.port import CallContext, Cancelled, Result, ToolError

SOURCE = """
import asyncio, decimal, datetime
from engine.tools.port import Result, ToolError
import flow_neighbour

LIMIT = 3
def add(a, b=10): return a + b
def neighbour(): return flow_neighbour.NAME
def lazily():
    import flow_lazy
    return flow_lazy.NAME
def named(context): return [context.step, context.attempt]
def positional(context): return context
def change(rows): rows.append(1); return rows
def fine(): return {"day": datetime.date(2026, 1, 31), "sum": decimal.Decimal("1.5"), "nan": float("nan")}
def strange(): return {"rows": [{"x": object()}]}
def inner(): raise KeyError("missing")
def outer(): inner()
def leave(): raise SystemExit(3)
def limited(): raise ToolError("slow down", type="rate_limit", retry_after=7)
def own(): return Result(data=(1, 2), warnings=["mine"])
def stop(context): context.check_cancelled()
def missing_library(): import no_such_library_at_all
class Unspeakable(Exception):
    def __str__(self): raise RuntimeError
def unspeakable(): raise Unspeakable
async def later(x):
    await asyncio.sleep(0)
    return x * 2
async def endless(context):
    (context.project_dir / "begun").write_text("x")
    await asyncio.sleep(3600)
class Box:
    @staticmethod
    def get(): return "boxed"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "flow_tasks.py").write_text(SOURCE)
    (tmp_path / "flow_neighbour.py").write_text("NAME = 'neighbour'")
    (tmp_path / "flow_lazy.py").write_text("NAME = 'lazy'")
    return tmp_path


def call(project: Path, name: str, *args: Any, **kwargs: Any) -> Result:
    context = CallContext(project_dir=project, step="s", attempt=2)
    return Python({}).call("call", {"call": name, "args": list(args), "kwargs": kwargs}, context)


def failure(project: Path, name: str, *args: Any, **kwargs: Any) -> ToolError:
    with pytest.raises(ToolError) as caught:
        call(project, name, *args, **kwargs)
    return caught.value


def test_a_function_of_the_project_is_called(project: Path) -> None:
    assert call(project, "flow_tasks:add", 1).data == 11
    assert call(project, "flow_tasks:add", 1, b=2).data == 3
    assert call(project, "flow_tasks:Box.get").data == "boxed"
    assert Python({}).call("call", {"call": "flow_tasks:neighbour"}, CallContext(project_dir=project)).data


def test_imports_inside_a_function_find_the_project_too(project: Path) -> None:
    assert call(project, "flow_tasks:lazily").data == "lazy"


def test_sys_path_is_left_alone_and_others_do_not_see_the_project(project: Path) -> None:
    before = list(sys.path)
    call(project, "flow_tasks:add", 1)
    assert sys.path == before
    (project / "flow_unseen.py").write_text("")
    with pytest.raises(ModuleNotFoundError):
        __import__("flow_unseen")


def test_two_projects_may_have_modules_of_the_same_name(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "flow_same.py").write_text(
            f"import flow_part\ndef who(): return flow_part.NAME + {name!r}"
        )
        (tmp_path / name / "flow_part.py").write_text(f"NAME = 'part-{name}-'")
    for name in ("one", "two", "one", "two"):
        assert call(tmp_path / name, "flow_same:who").data == f"part-{name}-{name}"


def test_a_project_never_throws_out_what_python_itself_found(tmp_path: Path) -> None:
    """A library first imported by one project's module stays where it is when another project comes."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "flow_lib.py").write_text(
            "import flow_installed\ndef f(): return id(flow_installed)"
        )
    installed = tmp_path / "one" / "venv"
    installed.mkdir()
    (installed / "flow_installed.py").write_text("")
    sys.path.append(str(installed))
    try:
        assert call(tmp_path / "one", "flow_lib:f").data == call(tmp_path / "two", "flow_lib:f").data
    finally:
        sys.path.remove(str(installed))
        sys.modules.pop("flow_installed", None)


def test_packages_and_folders_without_init_are_found(tmp_path: Path) -> None:
    (tmp_path / "flow_pack" / "deep").mkdir(parents=True)
    (tmp_path / "flow_pack" / "deep" / "jobs.py").write_text("def f(): return 1")
    assert call(tmp_path, "flow_pack.deep.jobs:f").data == 1


def test_a_module_of_the_project_never_hides_one_of_pythons_own(project: Path) -> None:
    (project / "colorsys.py").write_text("def f(): return 1")
    sys.modules.pop("colorsys", None)
    error = failure(project, "colorsys:f")
    assert error.type == "not_found"
    assert "Python itself" in str(error.hint)


def test_a_folder_without_init_never_hides_an_installed_package(project: Path) -> None:
    (project / "iniconfig").mkdir()
    (project / "flow_user.py").write_text("import iniconfig\ndef f(): return bool(iniconfig.__file__)")
    sys.modules.pop("iniconfig", None)
    assert call(project, "flow_user:f").data is True


def test_context_is_handed_to_who_asks_for_it(project: Path) -> None:
    assert call(project, "flow_tasks:named").data == ["s", 2]
    assert call(project, "flow_tasks:positional", "mine").data == "mine"
    assert call(project, "flow_tasks:positional", context="mine").data == "mine"


def test_the_arguments_given_are_copies(project: Path) -> None:
    rows: list[Any] = []
    parameters = {"call": "flow_tasks:change", "args": [rows]}
    assert Python({}).call("call", parameters, CallContext(project_dir=project)).data == [1]
    assert rows == []


def test_an_async_function_is_awaited(project: Path) -> None:
    assert call(project, "flow_tasks:later", 4).data == 8


def test_the_result_is_json_and_what_was_changed_is_told(project: Path) -> None:
    result = call(project, "flow_tasks:fine")
    assert result.data == {"day": "2026-01-31", "sum": 1.5, "nan": None}
    assert "flow_tasks:fine" in result.warnings[0]


def test_a_result_that_is_no_json_names_the_type_and_the_place(project: Path) -> None:
    error = failure(project, "flow_tasks:strange")
    assert (error.type, error.code) == ("data", "object")
    assert ".rows[0].x: object" in error.message


def test_a_result_of_its_own_is_kept(project: Path) -> None:
    result = call(project, "flow_tasks:own")
    assert (result.data, result.warnings, result.processed_records) == ([1, 2], ["mine"], 2)


def test_an_exception_becomes_the_steps_error_with_the_authors_frames(project: Path) -> None:
    error = failure(project, "flow_tasks:outer")
    assert (error.type, error.code) == ("failed", "KeyError")
    assert "flow_tasks:outer raised KeyError" in error.message
    lines = error.data["traceback"]
    assert [line.rpartition(" in ")[2] for line in lines[::2]] == ["outer", "inner"]
    assert lines[0].startswith('file "flow_tasks.py", line ')
    assert str(project) not in "".join(lines)


def test_exit_ends_the_step_and_not_the_engine(project: Path) -> None:
    assert failure(project, "flow_tasks:leave").code == "SystemExit"


def test_a_tool_error_of_the_author_passes_as_it_is(project: Path) -> None:
    error = failure(project, "flow_tasks:limited")
    assert (error.type, error.retry_after) == ("rate_limit", 7)


def test_an_exception_whose_text_cannot_be_made_is_still_reported(project: Path) -> None:
    assert failure(project, "flow_tasks:unspeakable").code == "Unspeakable"


def test_a_missing_library_is_the_functions_failure_not_a_missing_module(project: Path) -> None:
    error = failure(project, "flow_tasks:missing_library")
    assert (error.type, error.code) == ("failed", "ModuleNotFoundError")


def test_a_missing_module_or_function_suggests_the_nearest(project: Path) -> None:
    error = failure(project, "flow_task:add")
    assert error.type == "not_found"
    assert "flow_tasks" in str(error.hint)
    error = failure(project, "flow_tasks:ad")
    assert error.type == "not_found"
    assert '"add"' in str(error.hint)


def test_what_is_no_function_is_invalid(project: Path) -> None:
    assert failure(project, "flow_tasks:LIMIT").type == "invalid"
    assert failure(project, "flow_tasks").type == "invalid"


def test_a_module_that_does_not_import_fails_with_its_own_error(project: Path) -> None:
    (project / "flow_broken.py").write_text("x = 1 / 0")
    error = failure(project, "flow_broken:f")
    assert (error.type, error.code) == ("failed", "ZeroDivisionError")
    assert 'file "flow_broken.py", line 1' in error.data["traceback"][0]


def test_a_syntax_error_names_file_line_and_column_of_the_module_that_has_it(project: Path) -> None:
    (project / "flow_parts").mkdir()
    (project / "flow_parts" / "syntax.py").write_text("x = 1\ndef f(:\n")
    (project / "flow_uses.py").write_text("import flow_parts.syntax\n")
    error = failure(project, "flow_parts.syntax:f")
    assert (error.type, error.code) == ("failed", "SyntaxError")
    said = "flow_parts.syntax:f cannot be imported: flow_parts/syntax.py:2:7: invalid syntax"
    assert error.message == said
    at = ['file "flow_parts/syntax.py", line 2, in <module>', "  def f(:"]
    assert error.data["traceback"] == at
    error = failure(project, "flow_uses:f")
    assert "flow_uses:f cannot be imported: flow_parts/syntax.py:2:7: " in error.message
    assert error.data["traceback"][:1] == ['file "flow_uses.py", line 1, in <module>']
    assert error.data["traceback"][-2:] == at


def test_a_syntax_error_of_a_text_that_a_function_reads_is_the_functions_own(project: Path) -> None:
    (project / "flow_reads.py").write_text("def f(): return compile('1 +', 'a rule', 'eval')")
    error = failure(project, "flow_reads:f")
    assert error.message.startswith("flow_reads:f raised SyntaxError: ")
    assert error.data["traceback"][0] == 'file "flow_reads.py", line 1, in f'


def test_only_the_last_frames_of_the_authors_own_code_are_told(project: Path) -> None:
    """Neither the engine's nor a library's, also where one is installed below the project."""
    installed = project / ".venv" / "lib" / "site-packages"
    installed.mkdir(parents=True)
    (installed / "flow_bought.py").write_text("def fall(): raise OSError('no')")
    source = "import sys, json\ndef down(n):\n    return down(n - 1) if n else json.loads('{')\n"
    source += f"def bought():\n    sys.path.append({str(installed)!r})\n    import flow_bought\n    flow_bought.fall()\n"
    (project / "flow_deep.py").write_text(source)
    lines = failure(project, "flow_deep:down", 30).data["traceback"]
    assert (
        lines
        == ['file "flow_deep.py", line 3, in down', "  return down(n - 1) if n else json.loads('{')"] * 5
    )
    try:
        lines = failure(project, "flow_deep:bought").data["traceback"]
    finally:
        sys.path.remove(str(installed))
    assert lines == ['file "flow_deep.py", line 7, in bought', "  flow_bought.fall()"]


def test_a_function_of_a_library_shows_the_one_frame_that_raised(project: Path) -> None:
    lines = failure(project, "json:loads", "{").data["traceback"]
    assert len(lines) == 2
    assert "decoder.py" in lines[0]


def test_a_long_text_of_an_exception_ends_with_a_whole_word(project: Path) -> None:
    (project / "flow_long.py").write_text("def f(): raise ValueError('lengthy ' * 1000)")
    message = failure(project, "flow_long:f").message
    assert len(message) < 2100
    assert message.endswith("lengthy lengthy …")


def test_what_pydantic_found_wrong_is_told_place_by_place(project: Path) -> None:
    """Its own text shows the two ends of every value and ends with an address."""
    source = "from pydantic import BaseModel\nclass Row(BaseModel):\n    name: str\n    n: int\n"
    source += "def f() -> Row: return Row(name=3, n='twelve ' * 50)\n"
    (project / "flow_typed.py").write_text(source)
    error = failure(project, "flow_typed:f")
    assert error.code == "ValidationError"
    said = 'Row: "name": input should be a valid string; "n": input should be a valid integer, '
    assert error.message.startswith("flow_typed:f raised ValidationError: " + said)
    assert "http" not in error.message


def test_a_function_of_the_program_itself_says_where_to_put_it(project: Path) -> None:
    """In a worker `__main__` is another program."""
    error = failure(project, "__main__:no_such_function_there")
    assert error.type == "not_found"
    assert "put the function into a module" in str(error.hint)


def test_wrong_arguments_are_invalid_and_show_the_parameters(project: Path) -> None:
    error = failure(project, "flow_tasks:add", 1, 2, 3)
    assert error.type == "invalid"
    assert "(a, b=10)" in str(error.hint)


def test_a_cancelled_call_ends_an_async_function_where_it_awaits(project: Path) -> None:
    context = CallContext(project_dir=project)
    ended: list[BaseException] = []

    def work() -> None:
        try:
            Python({}).call("call", {"call": "flow_tasks:endless"}, context)
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    while not (project / "begun").exists():
        thread.join(0.01)
    context.cancel_now()
    thread.join(20)
    assert isinstance(ended[0], Cancelled)


def test_a_function_that_looks_at_the_token_ends_as_cancelled(project: Path) -> None:
    context = CallContext(project_dir=project)
    context.cancel.set()
    with pytest.raises(Cancelled):
        Python({}).call("call", {"call": "flow_tasks:stop"}, context)


def test_a_dot_where_the_colon_belongs_gets_the_right_spelling(tmp_path: Path) -> None:
    with pytest.raises(ToolError) as caught:
        find_function("helpers.enrich", tmp_path)
    assert caught.value.hint == "write helpers:enrich"
