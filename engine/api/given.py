"""What a program gives with a call, as the use cases take it. What cannot be meant is refused here, before anything is read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from engine.api.arguments import kind_of, refused, store_text, text_or_none, whole_from_one
from engine.api.offers import Offers
from engine.app.checking import known_tools
from engine.app.project import store_name
from engine.app.project_file import project_here
from engine.app.running import RunOptions
from engine.app.sealed import Declared, refuse_recorded
from engine.errors import InputError, ToolError
from engine.spec.toolspec import Declaration
from engine.tools.jsonable import to_json
from engine.tools.port import LOCAL_USER, Principal

Inputs = Mapping[str, Any]
Tools = Mapping[str, Any]
Store = str | os.PathLike[str]


def run_options(
    store: Store | None,
    principal: Principal | None,
    profile: str | None,
    *,
    executor: str | None = None,
    run_id: str | None = None,
    max_parallel: int | None = None,
) -> RunOptions:
    """Raises UsageError for what is of the wrong type, naming the argument."""
    if principal is not None and not isinstance(principal, Principal):
        raise refused("principal", principal, "give a Principal, or None")
    return RunOptions(
        store=store_text(store),
        run_id=text_or_none("run_id", run_id),
        executor=text_or_none("executor", executor),
        max_parallel=None if max_parallel is None else whole_from_one("max_parallel", max_parallel),
        profile=text_or_none("profile", profile),
        principal=LOCAL_USER if principal is None else principal,
    )


def offer(options: RunOptions, offers: Offers) -> None:
    """Have a run find the program's own tools."""
    options.tools = offers.declarations
    options.make_tool = offers.make


def offer_again(options: RunOptions, inputs: Inputs | None, tools: Tools | None) -> None:
    """For a run that is recorded: its secret inputs and the program's tools, and the store to look in."""
    offer(options, Offers(tools))
    options.store = store_here(options.store, options.profile, options.tools)
    given = as_json(inputs)

    def asked(declared: Declared) -> Inputs:
        refuse_recorded(declared, given)
        return given

    options.secret_inputs = asked


def store_here(store: Store | None, profile: str | None, tools: Mapping[str, Declaration]) -> str:
    """The store to look in, where no spec says which project it is."""
    given = store_text(store)
    return given or store_name(None, project_here(text_or_none("profile", profile), known_tools(tools)))


def as_json(inputs: Inputs | None) -> dict[str, Any]:
    """Inputs as JSON: dates become texts, frames records. Raises InputError for what no JSON stands for."""
    if inputs is not None and not isinstance(inputs, Mapping):
        raise InputError(
            f"inputs cannot be {kind_of(inputs)}", hint='give them as a mapping: inputs={"NAME": value}'
        )
    try:
        given: dict[str, Any] = to_json(dict(inputs or {}), at="inputs")
    except ToolError as error:
        raise InputError(error.message, hint=error.hint) from error
    return given
