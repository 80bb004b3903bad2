"""Packages that bring tools, laid down as an installer leaves them, in a folder of a test."""

from __future__ import annotations

from pathlib import Path

RATES = '''\
"""Exchange rates: a third-party tool in some twenty lines."""

from typing import Literal

from pydantic import BaseModel

from engine import Tool, ToolError, operation


class Rate(BaseModel):
    amount: float
    currency: str


class Rates(Tool):
    """Exchange rates."""

    category = "data_access"

    def configure(self, table: dict[str, float]) -> None:
        self.table = table

    @operation(repeatable=True, examples=[{"amount": 20, "to": "usd"}])
    def convert(self, amount: float, to: Literal["usd", "gbp"] = "usd") -> Rate:
        """Converts an amount of euros."""
        if to not in self.table:
            raise ToolError(f'no rate for "{to}"', type="not_found")
        return Rate(amount=amount * self.table[to], currency=to)

    def health_check(self) -> bool:
        return bool(self.table)
'''

DECLARED = '''\
"""What the tool of the heavy package promises: nothing of it is imported here."""

from engine import Declaration, OperationSpec

DECLARATION = Declaration(
    name="deep",
    category="data_processing",
    description="Thinks.",
    factory="weft_deep.thinking:Deep",
    operations={
        "think": OperationSpec(
            description="Thinks of a number.",
            parameters={"type": "object", "properties": {"n": {"type": "integer"}}, "additionalProperties": False},
            result={"type": "object", "properties": {"answer": {"type": "integer"}}},
        )
    },
    extra="heavy",
)
'''

THINKING = """\
import a_heavy_package_that_is_not_there


class Deep:
    pass
"""


def lay_down(site: Path, name: str, modules: dict[str, str], tools: dict[str, str]) -> None:
    """A package `name` of modules (path -> text), with the entry points `weft.tools` (tool -> target)."""
    for path, text in modules.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text, encoding="utf-8")
    about = site / f"{name.replace('-', '_')}-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    lines = "".join(f"{tool} = {target}\n" for tool, target in tools.items())
    (about / "entry_points.txt").write_text(f"[weft.tools]\n{lines}", encoding="utf-8")
