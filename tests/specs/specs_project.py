"""How the shipped workflows are run by their tests: copied into a project, through the command line, in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.spec.shipped import shipped

NAMES = sorted(path.name.removesuffix(".weft.yaml") for path in shipped("specs").glob("*.yaml"))
ORDERS = "id,name,amount\n1,ada,4\n2,bob,5.5\n3,,6\n"
TORN = "id,name\n1,x\n1,y\n,z\n"

Run = Callable[..., dict[str, Any]]


def message(result: dict[str, Any], step: str) -> str:
    """The only error of a step."""
    (error,) = result["steps"][step]["errors"]
    return str(error["message"])
