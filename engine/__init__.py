"""Weft: a declarative workflow engine.

    from engine import run
    result = run("specs/orders.weft.yaml", inputs={"day": "2026-01-31"}, store="memory")

`__all__` is the surface; everything else may change. A name is imported when it is first asked for: importing the
package alone costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.api.asking import acancel, asignal, cancel, signal
    from engine.api.offers import register_tool
    from engine.api.recorded import aruns, ashow, runs, show
    from engine.api.results import IterationResult, RunEntry, StepResult, WorkflowResult
    from engine.api.runs import aresume, aretry, arun, resume, retry, run
    from engine.api.spec import LoadedWorkflow, load
    from engine.api.specs import aload, avalidate, validate
    from engine.api.watching import ahealth, ametrics, health, metrics
    from engine.diagnostics import Diagnostic
    from engine.errors import (
        InputError,
        PermissionDenied,
        RunOwned,
        SpecError,
        StoreError,
        ToolError,
        Unavailable,
        UsageError,
        WeftError,
    )
    from engine.spec.toolspec import Declaration, OperationSpec
    from engine.tools.port import CallContext, Principal, Result
    from engine.tools.writing.operation import operation
    from engine.tools.writing.tool import Tool

__all__ = [
    "CallContext",
    "Declaration",
    "Diagnostic",
    "InputError",
    "IterationResult",
    "LoadedWorkflow",
    "OperationSpec",
    "PermissionDenied",
    "Principal",
    "Result",
    "RunEntry",
    "RunOwned",
    "SpecError",
    "StepResult",
    "StoreError",
    "Tool",
    "ToolError",
    "Unavailable",
    "UsageError",
    "WeftError",
    "WorkflowResult",
    "acancel",
    "ahealth",
    "aload",
    "ametrics",
    "aresume",
    "aretry",
    "arun",
    "aruns",
    "ashow",
    "asignal",
    "avalidate",
    "cancel",
    "health",
    "load",
    "metrics",
    "operation",
    "register_tool",
    "resume",
    "retry",
    "run",
    "runs",
    "show",
    "signal",
    "validate",
]

_HOMES = {
    "engine.api.asking": "acancel asignal cancel signal",
    "engine.api.offers": "register_tool",
    "engine.api.recorded": "aruns ashow runs show",
    "engine.api.results": "IterationResult RunEntry StepResult WorkflowResult",
    "engine.api.runs": "aresume aretry arun resume retry run",
    "engine.api.spec": "LoadedWorkflow load",
    "engine.api.specs": "aload avalidate validate",
    "engine.api.watching": "ahealth ametrics health metrics",
    "engine.diagnostics": "Diagnostic",
    "engine.errors": "InputError PermissionDenied RunOwned SpecError StoreError ToolError Unavailable UsageError WeftError",
    "engine.spec.toolspec": "Declaration OperationSpec",
    "engine.tools.port": "CallContext Principal Result",
    "engine.tools.writing.operation": "operation",
    "engine.tools.writing.tool": "Tool",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(module), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
