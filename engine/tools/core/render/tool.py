"""`render`: a template and values -> a document, made in a process of its own that is ended when it takes too much.

The process has nothing of this one's environment but what finds Python's libraries, so no variable with a secret in it.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from engine.text import suggestion
from engine.tools.confined import open_to_read, replace_atomically
from engine.tools.port import CallContext, Result, ToolError

SECONDS = 10.0
MAX_MEMORY = 512 * 1024 * 1024
MAX_BYTES = 16 * 1024 * 1024
TEMPLATE_BYTES_MAX = 4 * 1024 * 1024
_KEPT = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from engine.tools.core.render.sheet import main; main()"
)
_ESCAPED = re.compile(r"\.(html?|xhtml|xml|svg)(\.(j2|jinja2?))?$", re.IGNORECASE)
_UNDEFINED = re.compile(r"^'([^']*)' is undefined$")


class Render:
    """Keeps nothing: a process a call."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        pass

    def call(self, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Result:
        context.check_cancelled()
        text = _document(parameters, context)
        content = text.encode("utf-8", "surrogatepass")
        if "to" not in parameters:
            return Result({"text": text, "bytes": len(content)})
        with replace_atomically(parameters["to"], context.project_dir) as stream:
            stream.write(content)
        return Result({"path": parameters["to"], "bytes": len(content)})

    def close(self) -> None:
        pass


def _document(parameters: Mapping[str, Any], context: CallContext) -> str:
    told = _asked(parameters, _given(parameters, context), context)
    if "text" in told:
        text: str = told["text"]
        return text
    if "limit" in told:
        raise _over(told["limit"], parameters)
    line = f":{told['line']}" if told.get("line") else ""
    said, hint = _mended(told["error"], parameters.get("values", {}))
    kind = "data" if told.get("undefined") else "invalid"
    raise ToolError(
        f"{parameters.get('path', 'template')}{line}: {said}", type=kind, code="template", hint=hint
    )


def _given(parameters: Mapping[str, Any], context: CallContext) -> bytes:
    """What the process is told."""
    template = parameters.get("template")
    if template is None:
        with open_to_read(parameters["path"], context.project_dir) as stream:
            read = stream.read(TEMPLATE_BYTES_MAX + 1)
        if len(read) > TEMPLATE_BYTES_MAX:
            message = f'"{parameters["path"]}" is larger than {TEMPLATE_BYTES_MAX} bytes'
            raise ToolError(message, type="too_large", code="template")
        try:
            template = read.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ToolError(f'"{parameters["path"]}" is not UTF-8', type="data", code="template") from None
    named = parameters.get("to", parameters.get("path", ""))
    told = {
        "template": template,
        "values": parameters.get("values", {}),
        "autoescape": parameters.get("autoescape", bool(_ESCAPED.search(named))),
        "seconds": parameters.get("timeout", SECONDS),
        "max_memory": parameters.get("max_memory", MAX_MEMORY),
        "max_bytes": parameters.get("max_bytes", MAX_BYTES),
    }
    return json.dumps(told).encode()


def _asked(parameters: Mapping[str, Any], given: bytes, context: CallContext) -> dict[str, Any]:
    """What the process answers. Raises ToolError `timeout`; Cancelled."""
    seconds = parameters.get("timeout", SECONDS)
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    with subprocess.Popen(  # noqa: S603 - Python itself, with a program of ours
        [sys.executable, "-c", _PROGRAM, json.dumps(sys.path)],
        env={**kept, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        context.on_cancel(process.kill)
        try:
            out, _ = process.communicate(given, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise _over("time", parameters) from None
        finally:
            process.kill()
    context.check_cancelled()
    if process.returncode == -signal.SIGXCPU:
        raise _over("time", parameters)
    if process.returncode > 0:
        raise RuntimeError(f"the process that renders ended with {process.returncode}")
    if process.returncode != 0 or not out:
        raise _over("memory", parameters)  # the system's own way of refusing: nothing is said
    answer: dict[str, Any] = json.loads(out)
    return answer


def _over(limit: str, parameters: Mapping[str, Any]) -> ToolError:
    whose = parameters.get("path", "the template")
    if limit == "time":
        message = f"{whose} takes longer than {parameters.get('timeout', SECONDS):g} s"
        return ToolError(message, type="timeout", code="limit time", hint="raise `timeout`")
    if limit == "size":
        message = f"the document is larger than {parameters.get('max_bytes', MAX_BYTES)} bytes"
        return ToolError(message, type="too_large", code="limit size", hint="raise `max_bytes`")
    message = f"{whose} needs more than {parameters.get('max_memory', MAX_MEMORY)} bytes of memory"
    return ToolError(message, type="too_large", code="limit memory", hint="raise `max_memory`")


def _mended(said: str, values: Mapping[str, Any]) -> tuple[str, str | None]:
    """What jinja2 says in the words of this engine, and the nearest name."""
    unknown = _UNDEFINED.match(said)
    if unknown:
        return f'"{unknown[1]}" is not known here', suggestion(unknown[1], values)
    plain = re.sub(r"'([^'\"]*)'", r'"\1"', said).removesuffix(".")
    return (plain[:1].lower() + plain[1:])[:500], None
