"""The live block by itself: what it shows of what is under way, within its lines and columns, at no growing cost."""

from __future__ import annotations

import io
import re

import pytest
from rich.cells import cell_len
from terminal_screen import Screen

from engine.app.checking import check_text
from engine.cli.live import Live
from engine.cli.live_view import LINES_MAX, View
from engine.cli.steps import Steps
from engine.cli.story import Story
from engine.cli.terminal import Paint
from engine.execute.facts import Progress, Row

SPEC = """\
weft: 1
name: work
mode: parallel
steps:
  - id: one
    steps:
      - {id: a, tool: echo}
  - id: two
    steps:
      - {id: b, tool: echo}
  - id: loop
    foreach: [1, 2, 3]
    tool: echo
"""


class Terminal(io.StringIO):
    """Says that it is a terminal and speaks UTF-8."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:
        return self._encoding

    def isatty(self) -> bool:
        return True


def row(kind: str, instance: str | None = None, at: float = 0.0, attempt: int | None = 1, **payload) -> Row:
    return Row(at, kind, instance, attempt, payload)


def block(
    rows: list[Row],
    *,
    spec: str | None = SPEC,
    columns: int = 100,
    lines: int = 40,
    now: float = 10.0,
    encoding="utf-8",
):
    story = Story(Steps(check_text(spec, "s") if spec else None), Paint(False), 0, tenths=False)
    for each in rows:
        story.take(each)
    return View(story, Terminal(encoding)).lines(columns, lines, now)


def shown(*args, **kwargs) -> list[str]:
    return [re.sub(r"\x1b\[[\d;]*m", "", text) for text, _ in block(*args, **kwargs)]


def test_children_stand_below_their_group_whatever_the_order_they_began_in():
    names = ["one", "two", "one/a", "two/b"]
    lines = shown(
        [row("RunCreated", run_id="r", workflow="work"), *(row("StepStarted", name) for name in names)]
    )
    assert [line[: line.index("  ", 6)] for line in lines[1:]] == ["  ⠙ one", "    ⠙ a", "  ⠙ two", "    ⠙ b"]
    assert lines[0] == "work  0/3 steps  10.0s"


def test_of_a_loop_the_bar_and_three_items_are_shown():
    rows = [row("LoopExpanded", "loop", items=list(range(50)))]
    rows += [row("StepStarted", f"loop[{n}]") for n in range(20)]
    rows += [row("StepSucceeded", f"loop[{n}]", data=None) for n in range(10)]
    lines = shown(rows)
    assert re.search(r"loop +echo +[\d.s]* +━+.*10/50 items", lines[1])
    assert [re.search(r"loop\[\d+\]", line).group() for line in lines[2:5]] == [
        "loop[10]",
        "loop[11]",
        "loop[12]",
    ]
    assert lines[5].strip() == "… and 7 more"


@pytest.mark.parametrize("number", [5, 5000])
def test_thousands_of_things_take_no_more_lines_than_twelve(number: int):
    lines = shown([row("StepStarted", f"s{n}") for n in range(number)], spec=None)
    assert len(lines) == (1 + number if number <= LINES_MAX else LINES_MAX + 2)
    if number > LINES_MAX:
        assert lines[-1].strip() == f"… and {number - LINES_MAX:,} more"


def test_a_block_is_lower_than_the_terminal():
    lines = shown([row("StepStarted", f"s{n}") for n in range(50)], spec=None, lines=6)
    assert len(lines) == 5


@pytest.mark.parametrize("columns", [10, 40, 69, 70, 200])
def test_every_line_is_narrower_than_the_terminal_in_cells(columns: int):
    wide = "漢字" * 20
    rows = [
        row("LoopExpanded", "loop", items=[1] * 9, keys=[wide] * 9),
        row("StepStarted", f'loop["{wide}"]'),
    ]
    rows.append(row("StepStarted", "a-very-long-name-" * 9))
    for text, cells in block(rows, columns=columns):
        plain = re.sub(r"\x1b\[[\d;]*m", "", text)
        assert cell_len(plain) == cells
        assert cells < columns


def test_a_wait_for_the_next_attempt_counts_down_with_its_reason():
    error = {"type": "connection", "message": "no route"}
    lines = shown(
        [row("StepStarted", "x"), row("StepFailed", "x", error=error, retry_in=5.0, retry_at=13.4)], spec=None
    )
    assert lines[1].startswith("  ↻ x")
    assert lines[1].endswith("attempt 2 in 3s: connection: no route")


def test_progress_of_a_call_has_a_bar_a_rate_and_its_unit():
    story = Story(Steps(), Paint(False), 0, tenths=False)
    story.take(row("StepStarted", "x"))
    for at, done in ((100.0, 0.0), (102.0, 500.0)):
        story.progress(Progress("x", done, 1000.0, "rows"), at)
    text = View(story, Terminal()).lines(120, 40, 5.0)[1][0]
    assert re.search(r"━.*  500/1,000 rows, 250/s", re.sub(r"\x1b\[[\d;]*m", "", text))


def test_progress_without_a_total_has_no_bar():
    story = Story(Steps(), Paint(False), 0, tenths=False)
    story.take(row("StepStarted", "x"))
    story.progress(Progress("x", 1234.0, None, "bytes"), 0.0)
    story.progress(Progress("gone", 1.0, None, "bytes"), 0.0)
    text = View(story, Terminal()).lines(120, 40, 5.0)[1][0]
    assert "1,234 bytes" in text
    assert "━" not in text


def test_a_terminal_without_unicode_gets_ascii():
    rows = [
        row("LoopExpanded", "loop", items=list(range(50))),
        *(row("StepStarted", f"s{n}") for n in range(20)),
    ]
    assert "".join(shown(rows, encoding="latin-1")).isascii()


def test_control_characters_of_names_are_shown_not_obeyed():
    lines = shown(
        [row("RunCreated", run_id="r", workflow="\x1b[2Jw"), row("StepStarted", 'l["\x07"]')], spec=None
    )
    assert "\x07" not in "".join(lines)
    assert lines[0].startswith("\\x1b[2Jw")


def test_a_resumed_run_shows_the_groups_around_what_begins():
    rows = [row("RunResumed", run_id="r", workflow="work"), row("StepStarted", "one/a", attempt=2)]
    lines = shown(rows)
    assert [line.split()[:2] for line in lines[1:]] == [["⠙", "one"], ["⠙", "a"]]


def test_after_the_end_only_the_lines_are_left_on_the_terminal(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("engine.cli.live.FRAME_SECONDS", 60.0)
    stream = Terminal()
    live = Live(check_text(SPEC, "s"), stream)
    with live:
        live.see(row("RunCreated", run_id="r", workflow="work"))
        live.see(row("StepStarted", "one"))
        live.see(row("StepStarted", "one/a"))
        live._put(live._take_notes(), live._block())
        assert "work  0/3 steps" in Screen(80).feed(stream.getvalue()).lines[1]
        live.see(row("StepSucceeded", "one/a", 1.0, data=None))
    lines = Screen(80).feed(stream.getvalue()).lines
    assert lines[0] == "run r of work"
    assert lines[1].split() == ["one/a", "echo", "succeeded", "1.00s"]
    assert len(lines) == 2


def test_an_error_in_the_run_takes_the_block_away_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("engine.cli.live.FRAME_SECONDS", 60.0)
    stream = Terminal()
    live = Live(None, stream)
    with pytest.raises(RuntimeError), live:
        live.see(row("StepStarted", "a"))
        live._put(live._take_notes(), live._block())
        raise RuntimeError
    assert Screen(80).feed(stream.getvalue()).lines == []


def test_a_block_that_the_terminal_has_wrapped_is_taken_back_whole(monkeypatch: pytest.MonkeyPatch):
    """After the terminal became half as wide, its lines take twice the rows."""
    live = Live(None, Terminal())
    live._put([], [("x" * 70, 70), ("y", 1)])
    monkeypatch.setattr("engine.cli.live.size", lambda stream: (40, 24))
    assert live._back() == "\r\x1b[3A\x1b[J"


def test_a_terminal_that_goes_away_does_not_stop_the_run():
    class Gone(Terminal):
        def write(self, text: str) -> int:
            raise OSError(5, "Input/output error")

    with Live(None, Gone()) as live:
        live.see(row("RunCreated", run_id="r", workflow="w"))
    assert live.story.workflow == "w"
