"""Look at specs without running them: `validate`, and the coroutines that do their work in a thread."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from engine.api.given import Tools
from engine.api.spec import LoadedWorkflow, Spec, load
from engine.app.discovery import find_specs
from engine.diagnostics import Diagnostic
from engine.errors import UsageError


def validate(spec: Spec, *, tools: Tools | None = None, profile: str | None = None) -> tuple[Diagnostic, ...]:
    """Every problem of a spec, in order; nothing is run. Of a folder: of every spec in it, as `weft validate` finds them.

    Raises UsageError where there is no such file, or the folder holds no specs.
    """
    if isinstance(spec, (str, os.PathLike)) and Path(spec).is_dir():
        found = find_specs([Path(spec)])
        if not found.specs:
            raise UsageError(f"no specs in {Path(spec)}", hint="specs are named *.weft.yaml")
        return tuple(
            one for path in found.specs for one in load(path, tools=tools, profile=profile).diagnostics
        )
    return load(spec, tools=tools, profile=profile).diagnostics


async def avalidate(
    spec: Spec, *, tools: Tools | None = None, profile: str | None = None
) -> tuple[Diagnostic, ...]:
    """As `validate`, in a thread."""
    return await asyncio.to_thread(validate, spec, tools=tools, profile=profile)


async def aload(spec: Spec, *, tools: Tools | None = None, profile: str | None = None) -> LoadedWorkflow:
    """As `load`, in a thread."""
    return await asyncio.to_thread(load, spec, tools=tools, profile=profile)
