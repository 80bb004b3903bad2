"""`shell`: a program of the author's, its outputs and its exit code as the step's. How it lives and ends:
`child`.

The program inherits the engine's environment without the variables that hold secrets (WEFT_SECRET_…): a
secret a program needs is named in `env`, where it can be seen.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
from collections.abc import Mapping
from typing import Any

from engine.text.nearest import nearest
from engine.tools.confined import confine_folder
from engine.tools.core.limits import keep
from engine.tools.core.shell.child import Child
from engine.tools.port import CallContext, Result, ToolError

OUTPUT_BYTES_MAX = 1024 * 1024
GRACE_SECONDS = 5.0
LAST_LINES = 20
SHELL_CODES = 128
"""What a shell adds to the number of the signal that ended its command."""


class Shell:
    """Runs one program per call; keeps nothing between calls."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        pass

    def call(self, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Result:
        argv = _argv(parameters)
        limits = keep.read(parameters.get("limits"))
        child = _started(argv, parameters, context, limits)
        context.on_cancel(child.stop)
        code = child.wait()
        context.check_cancelled()
        result = Result(
            data={"exit_code": code, "stdout": child.stdout.text(), "stderr": child.stderr.text()},
            warnings=[*_warnings(child), *limits.unkept()],
        )
        if code not in parameters.get("ok_codes", [0]):
            raise _failure(argv, code, child, limits)
        return result

    def close(self) -> None:
        pass


def _argv(parameters: Mapping[str, Any]) -> list[str]:
    if ("argv" in parameters) == ("command" in parameters):
        raise ToolError('exactly one of "argv" and "command" is needed', type="invalid")
    if "argv" in parameters:
        argv = [_text(item) for item in parameters["argv"]]
        if not argv or not argv[0]:
            raise ToolError('"argv" names no program', type="invalid")
        return argv
    return ["sh", "-c", parameters["command"], "sh", *(_text(item) for item in parameters.get("args", []))]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _environment(added: Mapping[str, Any]) -> dict[str, str]:
    for name in added:
        if not name or "=" in name:
            raise ToolError(f'"{name}" is not a name of a variable', type="invalid", code="env")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WEFT_SECRET_")}
    return kept | {name: _text(value) for name, value in added.items()}


def _started(
    argv: list[str], parameters: Mapping[str, Any], context: CallContext, limits: keep.Limits
) -> Child:
    context.check_cancelled()
    stdin = parameters.get("stdin")
    cwd = confine_folder(parameters.get("cwd", "."), context.project_dir)
    env = _environment(parameters.get("env", {}))
    try:
        return Child(
            argv,
            env=env,
            cwd=str(cwd),
            stdin=None if stdin is None else stdin.encode(),
            output_bytes_max=parameters.get("max_output_bytes", OUTPUT_BYTES_MAX),
            grace_seconds=parameters.get("grace_seconds", GRACE_SECONDS),
            limits=limits,
        )
    except FileNotFoundError as error:
        raise _missing(argv[0], env) from error
    except PermissionError as error:
        raise ToolError(f'"{argv[0]}" may not be executed', type="permission", code="EACCES") from error
    except ValueError as error:
        raise ToolError(
            f'"{argv[0]}" cannot be started: {error}', type="invalid", code="ValueError"
        ) from error
    except OSError as error:
        code = errno.errorcode.get(error.errno or 0, "OSError")
        types = {errno.E2BIG: "too_large", errno.EAGAIN: "unavailable", errno.ENOMEM: "unavailable"}
        said = (error.strerror or str(error)).lower()
        message = f'"{argv[0]}" cannot be started: {said}'
        raise ToolError(message, type=types.get(error.errno or 0, "invalid"), code=code) from error


def _missing(program: str, env: Mapping[str, str]) -> ToolError:
    """Why a program could not be found: it is not on the path, or its interpreter is not."""
    if "/" in program:
        return ToolError(f'there is no program "{program}", or its interpreter is missing', type="not_found")
    path = env.get("PATH", os.defpath)
    if shutil.which(program, path=path):
        return ToolError(f'the interpreter of "{program}" is missing', type="not_found")
    near = nearest(program, _programs(path))
    hint = "did you mean " + " or ".join(f'"{name}"' for name in near) + "?" if near else None
    return ToolError(f'there is no program "{program}" on the PATH', type="not_found", hint=hint)


def _programs(path: str) -> list[str]:
    names: list[str] = []
    for folder in path.split(os.pathsep):
        try:
            names += os.listdir(folder or ".")
        except OSError:
            continue  # a folder of the PATH that is not there offers no names
    return names


def _warnings(child: Child) -> list[str]:
    warnings = []
    for name, output in (("stdout", child.stdout), ("stderr", child.stderr)):
        if output.cut:
            warnings.append(
                f"{name} was cut: {len(output.kept)} of {output.total} bytes kept (`max_output_bytes`)"
            )
    if child.left_behind:
        warnings.append(f"processes left in the background were ended: {child.left_behind}")
    return warnings


def _failure(argv: list[str], code: int, child: Child, limits: keep.Limits) -> ToolError:
    said = next(
        (line for line in reversed(child.stderr.last_lines(LAST_LINES).splitlines()) if line.strip()), ""
    )
    program = "the command" if argv[:2] == ["sh", "-c"] else f'"{argv[0]}"'
    ending = f"exit {code}" if code >= 0 else f"signal {_signal_name(-code)}"
    if limits.cpu_seconds is not None and code in (-signal.SIGXCPU, SHELL_CODES + signal.SIGXCPU):
        said, limit = f"it reached {limits.told('cpu_seconds')}", "limit cpu_seconds"
    else:
        limit = None
    message = f"{program} ended with {ending}" + (f": {said.strip()[:500]}" if said else "")
    data = {
        "exit_code": code,
        "stdout": child.stdout.last_lines(LAST_LINES),
        "stderr": child.stderr.last_lines(LAST_LINES),
    }
    hint = keep.hint(limits, child.stderr.last_lines(LAST_LINES))
    return ToolError(message, type="failed", code=limit or ending, data=data, hint=hint)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
