"""A spec as a value: read and checked, ready to be run any number of times."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.api.arguments import text_or_none
from engine.api.offers import Offers
from engine.app.checking import Checked, check_file, check_text, known_tools
from engine.app.project_file import project_here, project_of
from engine.diagnostics import Diagnostic
from engine.errors import ToolError, UsageError
from engine.spec.load import form_of
from engine.tools.jsonable import to_json

MAPPING_NAME = "<mapping>"
_MAPPING_FILE = "mapping.weft.json"  # stands for a file in the working folder: its form, its project


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LoadedWorkflow:
    """A spec that has been read and checked. `name` and `inputs` (JSON Schemas by name) as far as they could be read.

    `good`: it has no errors and may be run. `path` None: it was given as a mapping; places in its diagnostics are those
    of the mapping as indented JSON (`source`).
    """

    name: str | None
    inputs: Mapping[str, Mapping[str, Any]]
    diagnostics: tuple[Diagnostic, ...]
    good: bool
    path: Path | None
    source: str | None
    checked: Checked
    """The engine's own view; not part of the surface."""
    offers: Offers

    def __repr__(self) -> str:
        errors = sum(one.severity == "error" for one in self.diagnostics)
        state = "good" if self.good else f"{errors} errors"
        return f"<LoadedWorkflow {self.name or '?'} from {self.checked.name}: {state}>"

    @property
    def place(self) -> Path:
        """The file whose folder the run belongs to, and whose ending says its form."""
        return self.path or Path(_MAPPING_FILE).absolute()


Spec = str | os.PathLike[str] | Mapping[str, Any] | LoadedWorkflow


def load(spec: Spec, *, tools: Mapping[str, Any] | None = None, profile: str | None = None) -> LoadedWorkflow:
    """Read and check a spec: a path, a mapping, or one that was loaded before (checked anew with other tools or profile).

    What is wrong with it is in its `diagnostics`. Raises UsageError where there is no such file, the project file is
    wrong, a mapping holds what no JSON stands for, or `tools` holds what is no tool.
    """
    text_or_none("profile", profile)
    if isinstance(spec, LoadedWorkflow):
        return spec if tools is None and profile is None else _again(spec, Offers(tools), profile)
    offers = Offers(tools)
    known = known_tools(offers.declarations)
    if isinstance(spec, Mapping):
        text = _json_text(spec)
        project = project_here(profile, known)
        checked = check_text(text, MAPPING_NAME, "json", tools=known, project=project, folder=Path.cwd())
        return _loaded(checked, None, offers)
    if not isinstance(spec, (str, os.PathLike)):
        raise UsageError(
            f"a {type(spec).__name__} is no spec", hint="give a path, a mapping or a loaded workflow"
        )
    path = Path(spec)
    checked = check_file(path, tools=known, profile=profile)
    return _loaded(checked, path.absolute(), offers)


def _again(spec: LoadedWorkflow, offers: Offers, profile: str | None) -> LoadedWorkflow:
    if spec.source is None:
        return spec
    known = known_tools(offers.declarations)
    place = spec.place
    project = project_of(place, profile, known)
    folder = place.parent  # of the files it calls: they are read anew
    checked = check_text(
        spec.source, spec.checked.name, form_of(place), tools=known, project=project, folder=folder
    )
    return _loaded(checked, spec.path, offers)


def _loaded(checked: Checked, path: Path | None, offers: Offers) -> LoadedWorkflow:
    workflow = checked.workflow
    return LoadedWorkflow(
        name=workflow.name if workflow is not None else None,
        inputs=workflow.inputs if workflow is not None else {},
        diagnostics=tuple(checked.diagnostics),
        good=checked.good,
        path=path,
        source=checked.source.text if checked.source is not None else None,
        checked=checked,
        offers=offers,
    )


def _json_text(spec: Mapping[str, Any]) -> str:
    try:
        return json.dumps(to_json(dict(spec), at="spec"), indent=2, ensure_ascii=False)
    except ToolError as error:
        raise UsageError(error.message, hint=error.hint) from error
