"""What a function raised, as the step's error: its class and text, where in the author's own code, which limit it met.

Never a whole traceback: the last frames of files of the project, what is installed inside it left out.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

from engine.tools.core.limits import keep
from engine.tools.port import ToolError

FRAMES_MAX = 5
MESSAGE_MAX = 2000
PROBLEMS_TOLD = 3
_ENGINE = str(Path(__file__).resolve().parents[3])
_INSTALLED = ("site-packages", "dist-packages")


def failure(call: str, error: BaseException, project: Path, limits: keep.Limits) -> ToolError:
    """The error of a step whose function, or the import of whose module, raised `error`."""
    kind = type(error).__name__
    limit = keep.hit(limits, error)
    if limit is not None:
        message, code = f"{call} raised {kind}: it reached {limits.told(limit)}", f"limit {limit}"
    elif isinstance(error, SyntaxError) and _is_file(error.filename):
        message, code = f"{call} cannot be imported: {_place(error, project)}: {error.msg}", kind
    else:
        said = _text(error)
        message, code = f"{call} raised {kind}" + (f": {said}" if said else ""), kind
    return ToolError(message, type="failed", code=code, data={"traceback": _lines(error, project)})


def _text(error: BaseException) -> str:
    """What it says; a long text ends with a whole word."""
    try:
        said = _validation_text(error) or str(error)
    except Exception:
        return "its text cannot be made"
    if len(said) <= MESSAGE_MAX:
        return said
    kept = said[:MESSAGE_MAX]
    whole = kept if said[MESSAGE_MAX].isspace() else kept.rpartition(" ")[0] or kept
    return f"{whole.rstrip()} …"


def _validation_text(error: BaseException) -> str | None:
    """What pydantic found wrong, place by place; its own text has the two ends of each value and an address."""
    pydantic = sys.modules.get("pydantic_core")
    if pydantic is None or not isinstance(error, pydantic.ValidationError):
        return None
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    told = []
    for one in problems[:PROBLEMS_TOLD]:
        where = ".".join(map(str, one["loc"]))
        told.append((f'"{where}": ' if where else "") + one["msg"][:1].lower() + one["msg"][1:])
    more = len(problems) - len(told)
    return f"{error.title}: " + "; ".join(told) + (f" (and {more} more)" if more else "")


def _is_file(name: str | None) -> bool:
    return name is not None and Path(name).is_file()


def _place(error: SyntaxError, project: Path) -> str:
    """`flows/orders.py:3:7`."""
    column = f":{error.offset}" if error.offset else ""
    return f"{_shown(str(error.filename), project)}:{error.lineno or 1}{column}"


def _shown(file: str, project: Path) -> str:
    return file.removeprefix(f"{project}/")


def _lines(error: BaseException, project: Path) -> list[str]:
    """The last frames of the author's code, paths relative to the project; where there is none of it, the last of another's."""
    frames = list(traceback.extract_tb(error.__traceback__))
    shown = [frame for frame in frames if _is_own(frame.filename, project)][-FRAMES_MAX:]
    if isinstance(error, SyntaxError) and _is_file(error.filename):
        at = traceback.FrameSummary(str(error.filename), error.lineno, "<module>", line=error.text)
        shown = [*shown, at][-FRAMES_MAX:]
    lines = []
    for frame in shown or [frame for frame in frames if _is_others(frame.filename)][-1:]:
        lines.append(f'file "{_shown(frame.filename, project)}", line {frame.lineno}, in {frame.name}')
        if frame.line:
            lines.append(f"  {frame.line.strip()}")
    return lines


def _is_own(file: str, project: Path) -> bool:
    return file.startswith(f"{project}/") and not any(part in _INSTALLED for part in Path(file).parts)


def _is_others(file: str) -> bool:
    return not file.startswith((_ENGINE, "<frozen"))
