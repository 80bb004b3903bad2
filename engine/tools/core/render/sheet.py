"""The process that renders: a template and values come in as JSON, the document or what is wrong goes out as JSON.

Laws: limits are set before the template is looked at, since constants are folded while it is compiled; the sandbox has no
loader, so a template reads no file and no name but its values. What ends this process (a limit's signal) is told by who
started it.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.loaders import FunctionLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment

FILE = "<template>"


class TooLarge(Exception):
    """The document is larger than it may be."""


def main() -> None:
    """The whole life of the process."""
    given = json.loads(sys.stdin.buffer.read())
    _limit(resource.RLIMIT_AS, given["max_memory"])
    _limit(resource.RLIMIT_CPU, int(given["seconds"]) + 1)
    try:
        told = json.dumps(answer(given)).encode()
    except MemoryError:
        told = b'{"limit": "memory"}'
    sys.stdout.buffer.write(told)
    sys.stdout.flush()
    os._exit(0)


def answer(given: Mapping[str, Any]) -> dict[str, Any]:
    """`{text}`, `{limit: size}`, or `{error, line}` with the line of the template."""
    try:
        return {"text": document(given)}
    except TooLarge:
        return {"limit": "size"}
    except MemoryError:
        raise
    except TemplateSyntaxError as error:
        return {"error": error.message or "it is no template", "line": error.lineno}
    except TemplateNotFound as error:
        return {
            "error": f'there is no template "{error.name}" beside it: a document is one file',
            "line": _line(error),
        }
    except UndefinedError as error:
        return {"error": error.message or "undefined", "line": _line(error), "undefined": True}
    except RecursionError as error:
        return {"error": "it goes too deep", "line": _line(error)}
    except SecurityError as error:
        return {"error": f"the sandbox refuses it: {error.message}", "line": _line(error)}
    except (
        TemplateError,
        ArithmeticError,
        LookupError,
        TypeError,
        ValueError,
        SyntaxError,
        AttributeError,
    ) as error:
        return {"error": str(error) or type(error).__name__, "line": _line(error)}


def document(given: Mapping[str, Any]) -> str:
    """The document; raises TooLarge, and whatever jinja2 raises."""
    sandbox = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=given["autoescape"],
        keep_trailing_newline=True,
        loader=FunctionLoader(lambda _name: None),
    )
    sandbox.globals = {
        name: sandbox.globals[name] for name in ("range", "dict", "namespace", "cycler", "joiner")
    }
    pieces, left = [], given["max_bytes"]
    for piece in sandbox.from_string(given["template"]).generate(given["values"]):
        left -= len(piece.encode("utf-8", "surrogatepass"))
        if left < 0:
            raise TooLarge
        pieces.append(piece)
    return "".join(pieces)


def _line(error: BaseException) -> int | None:
    """The line of the template that was under way: jinja2 has its frames speak of the template's own lines."""
    found: int | None = None
    frame: TracebackType | None = error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == FILE:
            found = frame.tb_lineno
        frame = frame.tb_next
    return found


def _limit(number: int, most: int) -> None:
    _, hard = resource.getrlimit(number)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(number, (most, hard))
