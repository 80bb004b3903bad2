"""Secret inputs of a run that is recorded: their values are not, so whoever takes the run up is asked for them again."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from engine.app.sealed import Declared, refuse_recorded
from engine.cli.inputs import gathered_inputs

Asked = Callable[[Declared], Mapping[str, Any]]


def from_call(pairs: tuple[str, ...]) -> Asked:
    """The secret inputs from the call (`-i NAME=VALUE`) and the environment. Raises UsageError for any other input."""

    def asked(declared: Declared) -> Mapping[str, Any]:
        refuse_recorded(declared, (pair.partition("=")[0] for pair in pairs))
        return gathered_inputs(declared, pairs, None, os.environ)

    return asked
