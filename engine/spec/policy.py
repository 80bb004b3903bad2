"""What a project allows its runs: for whom they are made, which tools they call, and where those may reach.

Laws: what is not written allows everything; a list allows what it names and nothing else, an empty one nothing. The same
`refusal` answers the checks, which know constants, and each call, which knows its values. Opens nothing, resolves no name.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.text import suggestion

if TYPE_CHECKING:
    from engine.spec.addresses import AddressRules

MARK = "x-weft-policy"
"""Keyword of a parameter's or a setting's schema: the list of the policy that its value must please."""


@dataclass(frozen=True)
class Policy:
    """The section `[policy]`. None everywhere: nothing is written there."""

    user: str | None = None
    permissions: tuple[str, ...] | None = None
    tools: tuple[str, ...] | None = None
    """`TOOL`, or `TOOL.OPERATION`."""
    python_modules: tuple[str, ...] | None = None
    http_addresses: tuple[str, ...] | None = None
    model_roots: tuple[str, ...] | None = None

    @property
    def open(self) -> bool:
        """Whether it restricts nothing that a call does."""
        return self.permissions is None and all(getattr(self, one) is None for one in ("tools", *_LISTS))

    def to_section(self) -> dict[str, Any]:
        """As `policy_of` takes it."""
        written = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in written.items() if value is not None}

    def tool_refusal(self, tool: str, operation: str | None) -> str | None:
        """Why an operation may not be called; None: it may."""
        if self.tools is None or tool in self.tools or f"{tool}.{operation}" in self.tools:
            return None
        own = sorted(one for one in self.tools if one.startswith(f"{tool}."))
        if own:
            return (
                f'the policy of the project allows "{tool}" no operation "{operation}", only {_listed(own)}'
            )
        return f'the policy of the project does not allow the tool "{tool}"'

    def value_refusals(
        self, schema: Mapping[str, Any], values: Mapping[str, Any]
    ) -> Iterator[tuple[str, str]]:
        """The parameters marked in a schema whose values are not allowed, each with why. Of texts only."""
        for name, one in schema.get("properties", {}).items():
            kind = one.get(MARK) if isinstance(one, Mapping) else None
            value = values.get(name)
            if kind in _LISTS and isinstance(value, str):
                refused: str | None = getattr(self, _LISTS[kind])(value)
                if refused is not None:
                    yield name, refused

    def module_refusal(self, call: str) -> str | None:
        """Why `module:function` may not be called; None: its module, or a package around it, is named."""
        module = call.partition(":")[0]
        allowed = self.python_modules
        if allowed is None or any(module == one or module.startswith(f"{one}.") for one in allowed):
            return None
        return f'the policy of the project does not allow the module "{module}"'

    def url_refusal(self, url: str) -> str | None:
        """Why an address may not be asked, as far as its text tells; None: it may, or its name must be resolved first."""
        return self.addresses.url_refusal(url)

    def model_refusal(self, path: str) -> str | None:
        """Why a model may not be loaded from a path, given relative to the project folder; None: it may."""
        if self.model_roots is None:
            return None
        plain = posixpath.normpath(path)
        roots = [posixpath.normpath(root) for root in self.model_roots]
        if any(plain == root or plain.startswith(f"{root}/") for root in roots):
            return None
        return f'the policy of the project loads no model from "{path}"'

    @cached_property
    def addresses(self) -> AddressRules:
        """The rules of `http_addresses`."""
        from engine.spec.addresses import AddressRules  # only who speaks to servers needs it

        return AddressRules(self.http_addresses)


_LISTS = {
    "python_modules": "module_refusal",
    "http_addresses": "url_refusal",
    "model_roots": "model_refusal",
}
OPEN = Policy()
"""What holds where nothing is written: everything is allowed, as far as the rules of each tool go."""
HINT = "[policy] of weft.toml says what is allowed"


def hint_of(why: str) -> str | None:
    """What helps against a refusal; None: nothing does, no policy allows it."""
    return HINT if "policy" in why else None


def policy_of(section: Mapping[str, Any]) -> Policy:
    """The policy a section says, which has been checked."""
    told: dict[str, Any] = {}
    for key, value in section.items():
        told[key] = tuple(value) if isinstance(value, (list, tuple)) else value
    return Policy(**told)


def tool_problem(written: str, tools: Mapping[str, Any]) -> tuple[str, str | None] | None:
    """What is wrong with an entry of `tools`, and what may help; None: nothing."""
    name, dot, operation = written.partition(".")
    if name not in tools:
        return f'no tool is called "{name}"', suggestion(name, tools)
    if dot and operation not in tools[name].operations:
        return f'tool "{name}" has no operation "{operation}"', suggestion(operation, tools[name].operations)
    return None


def _listed(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
