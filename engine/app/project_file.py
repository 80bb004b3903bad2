"""The project file `weft.toml`: read, checked whole, laid over by a profile. Opens nothing that it names.

Laws: every problem is told at once, each with its place; a problem anywhere in the file refuses the file, also in a
profile that is not asked for. Sections of a profile are laid over the file's key by key, connections one by one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.app.project_problems import code_of, project_problems
from engine.app.project_tree import read_toml
from engine.app.secret_providers import DotenvSecrets, FolderSecrets
from engine.diagnostics import Diagnostics
from engine.errors import UsageError
from engine.execute.secrets import EnvironmentSecrets, SecretProvider, Secrets
from engine.executors.known import Choice
from engine.spec.policy import OPEN, Policy, policy_of
from engine.spec.shipped import shipped
from engine.spec.toolspec import Declaration
from engine.text import Source, suggestion
from engine.text.snippet import shortened
from engine.tools.registry import Registry

PROJECT_FILE = "weft.toml"
NO_PROFILE = "-"
"""Asks for no profile, whatever `WEFT_PROFILE` says."""
BYTES_MAX = 1024 * 1024
Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Project:
    """What holds for the specs of a folder. Without a project file everything is as if it were empty."""

    folder: Path | None = None
    profile: str | None = None
    store: str | None = None
    """As `--store` takes it; a relative file has been made absolute."""
    max_parallel: int | None = None
    executor: Choice = field(default_factory=Choice)
    connections: Mapping[str, Settings] = field(default_factory=dict)
    """Those of the file: a spec's own of the same name wins."""
    profile_connections: Mapping[str, Settings] = field(default_factory=dict)
    """Those of the profile: they win over a spec's own."""
    secret_places: Settings = field(default_factory=dict)
    disabled: frozenset[str] = frozenset()
    severities: Mapping[str, Any] = field(default_factory=dict)
    policy: Policy = OPEN

    def secrets(self) -> Secrets:
        """New secrets, looked up where the project says."""
        return Secrets(_providers(self.folder or Path(), self.secret_places))

    def judged(self, found: Diagnostics) -> Diagnostics:
        """The problems of a spec as grave as the project takes them."""
        if not self.disabled and not self.severities:
            return found
        kept = (one for one in found if one.code not in self.disabled)
        out = Diagnostics(replace(one, severity=self.severities.get(one.code, one.severity)) for one in kept)
        out.left_out = found.left_out
        return out


NO_PROJECT = Project()


def project_of(
    spec: Path, profile: str | None = None, tools: Mapping[str, Declaration] | None = None
) -> Project:
    """The project a spec file belongs to. Raises UsageError (see `read_project`)."""
    return read_project(nearest_project_file(own_folder(spec)), profile, tools=tools)


def project_here(profile: str | None = None, tools: Mapping[str, Declaration] | None = None) -> Project:
    """The project of the working folder, for what has no spec. Raises UsageError (see `read_project`)."""
    return read_project(nearest_project_file(Path.cwd()), profile, tools=tools)


def own_folder(spec: Path) -> Path:
    """The folder a spec file belongs to.

    A spec that ships with the engine works on the files of whoever runs it: it belongs to the working folder.
    """
    own = spec.resolve().parent
    return Path.cwd() if own == shipped("specs").resolve() else own


def nearest_project_file(folder: Path) -> Path | None:
    """The project file of a folder or of the nearest one above it; None where there is none."""
    for around in (folder, *folder.parents):
        if (around / PROJECT_FILE).is_file():
            return around / PROJECT_FILE
    return None


def read_project(
    file: Path | None, profile: str | None = None, *, tools: Mapping[str, Declaration] | None = None
) -> Project:
    """The project of a project file (None: there is none), with a profile (None: what `WEFT_PROFILE` says).

    Raises UsageError naming every problem of the file, or that there is no such profile.
    """
    profile = profile or os.environ.get("WEFT_PROFILE") or None
    if profile == NO_PROFILE:
        profile = None
    if file is None:
        if profile is not None:
            raise UsageError(f'no profile "{shortened(profile)}": there is no {PROJECT_FILE}')
        return NO_PROJECT
    tree = read_toml(project_source(file))
    problems = Diagnostics(project_problems(tree, Registry() if tools is None else tools))
    if problems:
        raise _refusal(problems)
    profiles = tree.root.get("profiles", {})
    if profile is not None and profile not in profiles:
        hint = suggestion(profile, profiles) or f"{tree.source.name} has none"
        raise UsageError(f'no profile "{shortened(profile)}" in {tree.source.name}', hint=hint)
    return _project(file.parent, profile, tree.root, profiles.get(profile, {}))


def project_source(file: Path) -> Source:
    """The text of a project file, named as it is shown. Raises UsageError where it cannot be read."""
    name = os.path.relpath(file) if file.is_relative_to(Path.cwd()) else str(file)
    try:
        if file.stat().st_size > BYTES_MAX:
            raise UsageError(f"{name}:1:1: the file is larger than 1 MiB")
        return Source(name, file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {(error.strerror or '').lower()}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{name}:{line}:1: the file is not UTF-8") from None


def _refusal(problems: Diagnostics) -> UsageError:
    told = list(problems)
    if len(told) == 1:
        return UsageError(f"{told[0].span}: {told[0].message}", hint=told[0].hint)
    lines = [f"{one.span}: {one.message}" + (f" ({one.hint})" if one.hint else "") for one in told]
    return UsageError("\n".join([f"{told[0].span.file} has {len(lines)} problems", *lines]))


# -- what the file says -----------------------------------------------------------------------------------------------


def _project(folder: Path, profile: str | None, base: Settings, over: Settings) -> Project:
    def section(name: str) -> dict[str, Any]:
        return {**base.get(name, {}), **over.get(name, {})}

    executor = section("executor")
    if "name" in over.get("executor", {}) and "tools" not in over["executor"]:
        executor.pop("tools", None)  # a profile's executor is for every tool that the profile does not name
    checks = section("checks")
    store = section("store").get("url")
    return Project(
        folder,
        profile,
        None if store is None else _placed(store, folder),
        executor.get("max_parallel"),
        Choice(None, executor.get("name"), executor.get("tools", {}), executor.get("workers")),
        base.get("connections", {}),
        over.get("connections", {}),
        section("secrets"),
        frozenset(code_of(name) or name for name in checks.get("disable", ())),
        {code_of(name) or name: severity for name, severity in checks.get("severity", {}).items()},
        policy_of(section("policy")),
    )


def _placed(store: str, folder: Path) -> str:
    """A store's relative file, from the project's folder; everything else as it is."""
    if store == "memory":
        return store
    if "://" not in store:
        return str(folder / Path(store).expanduser())
    url = re.fullmatch(r"(sqlite(?:\+\w+)?:///)(?!/|:memory:|file:)(.+)", store)
    return f"{url[1]}{folder / url[2]}" if url else store


def _providers(folder: Path, places: Settings) -> Iterator[SecretProvider]:
    listed = places if "environment" in places else {"environment": True, **places}
    for kind, where in listed.items():
        if kind == "environment" and where:
            yield EnvironmentSecrets()
        elif kind == "dotenv":
            yield DotenvSecrets(folder / Path(where).expanduser())
        elif kind == "folder":
            yield FolderSecrets(folder / Path(where).expanduser())
