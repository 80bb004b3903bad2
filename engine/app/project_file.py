"""The project file `weft.toml`: read, checked whole, laid over by a profile. Knows its sections; opens nothing they name.

Laws: every problem is told at once, each with its place; a problem anywhere in the file refuses the file, also in a profile
that is not asked for. Sections of a profile are laid over the file's key by key, connections one by one.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from engine.app.project import PROJECT_FILE, nearest_project_file, own_folder
from engine.app.project_tree import read_toml
from engine.app.secret_providers import DotenvSecrets, FolderSecrets
from engine.diagnostics import CODES, Diagnostic, Diagnostics, problem
from engine.errors import UsageError
from engine.execute.secrets import EnvironmentSecrets, SecretProvider, Secrets
from engine.refs import ExpressionProblem, compile_expression, lex, texts
from engine.spec.schema_explain import explain_part
from engine.spec.shipped import shipped
from engine.spec.templated import templated
from engine.spec.toolspec import Declaration
from engine.spec.tree import Tree
from engine.text import Source, suggestion
from engine.text.snippet import shortened

BYTES_MAX = 1024 * 1024
EXECUTORS = ("threads",)
SECTIONS = ("store", "executor", "connections", "secrets", "checks", "policy")
Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Project:
    """What holds for the specs of a folder. Without a project file everything is as if it were empty."""

    folder: Path | None = None
    profile: str | None = None
    store: str | None = None
    """As `--store` takes it; a relative file has been made absolute."""
    max_parallel: int | None = None
    connections: Mapping[str, Settings] = field(default_factory=dict)
    """Those of the file: a spec's own of the same name wins."""
    profile_connections: Mapping[str, Settings] = field(default_factory=dict)
    """Those of the profile: they win over a spec's own."""
    secret_places: Settings = field(default_factory=dict)
    disabled: frozenset[str] = frozenset()
    severities: Mapping[str, Any] = field(default_factory=dict)

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


def project_of(spec: Path, profile: str | None, tools: Mapping[str, Declaration]) -> Project:
    """The project a spec file belongs to. Raises UsageError (see `read_project`)."""
    return read_project(nearest_project_file(own_folder(spec)), profile, tools)


def project_here(profile: str | None, tools: Mapping[str, Declaration]) -> Project:
    """The project of the working folder, for commands without a spec."""
    return read_project(nearest_project_file(Path.cwd()), profile, tools)


def read_project(file: Path | None, profile: str | None, tools: Mapping[str, Declaration]) -> Project:
    """The project of a project file (None: there is none), with a profile (None: what `WEFT_PROFILE` says).

    Raises UsageError naming every problem of the file, or that there is no such profile.
    """
    profile = profile or os.environ.get("WEFT_PROFILE") or None
    if file is None:
        if profile is not None:
            raise UsageError(f'no profile "{shortened(profile)}": there is no {PROJECT_FILE}')
        return NO_PROJECT
    tree = read_toml(_source(file))
    problems = Diagnostics(_problems(tree, tools))
    if problems:
        raise _refusal(problems)
    profiles = tree.root.get("profiles", {})
    if profile is not None and profile not in profiles:
        hint = suggestion(profile, profiles) or f"{tree.source.name} has none"
        raise UsageError(f'no profile "{shortened(profile)}" in {tree.source.name}', hint=hint)
    return _project(file.parent, profile, tree.root, profiles.get(profile, {}))


def _source(file: Path) -> Source:
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

    checks = section("checks")
    store = section("store").get("url")
    return Project(
        folder,
        profile,
        None if store is None else _placed(store, folder),
        section("executor").get("max_parallel"),
        base.get("connections", {}),
        over.get("connections", {}),
        section("secrets"),
        frozenset(_code(name) or name for name in checks.get("disable", ())),
        {_code(name): severity for name, severity in checks.get("severity", {}).items()},
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


def _code(name: str) -> str | None:
    """The code a code or a name stands for."""
    return next((code for code, about in CODES.items() if name in (code, about.name)), None)


# -- what is wrong with it --------------------------------------------------------------------------------------------


def _problems(tree: Tree, tools: Mapping[str, Declaration]) -> Iterator[Diagnostic]:
    yield from _of_sections(tree, (), tree.root, (*SECTIONS, "profiles"), tools)
    profiles = tree.root.get("profiles")
    if isinstance(profiles, dict):
        for name, profile in profiles.items():
            yield from _of_sections(tree, ("profiles", name), profile, SECTIONS, tools)


def _of_sections(
    tree: Tree, at: tuple[str, ...], value: Any, known: tuple[str, ...], tools: Mapping[str, Declaration]
) -> Iterator[Diagnostic]:
    if not isinstance(value, dict):
        yield problem("WF203", f'"{at[-1]}" must be a table', tree.span(at), f"write [{'.'.join(at)}.store] and so on")
        return
    for name, section in value.items():
        path = (*at, name)
        if name not in known:
            where = "a profile" if at else "the project file"
            message = f'unknown section "{shortened(name)}" in {where}'
            yield problem("WF202", message, tree.key_span(path), suggestion(name, known))
        elif not isinstance(section, dict):
            message = f'"{name}" must be a table'
            yield problem("WF203", message, tree.key_span(path), f"write [{'.'.join(path)}]")
        elif name != "profiles":
            yield from _of_section(tree, path, section, tools)


def _of_section(
    tree: Tree, path: tuple[str, ...], section: dict[str, Any], tools: Mapping[str, Declaration]
) -> Iterator[Diagnostic]:
    found = list(explain_part(tree, path, section, _schema(path[-1]))) if not _fits(path[-1], section) else []
    yield from found
    if path[-1] == "connections":
        for name, config in section.items():
            if isinstance(config, dict) and isinstance(config.get("tool"), str):
                yield from _of_connection(tree, (*path, name), config, tools)
    elif path[-1] == "policy" and section:
        hint = "remove it: the local user holds every permission, and writing needs writable = true"
        yield problem("WF205", '"policy" is not available in this version', tree.key_span(path), hint)
    elif path[-1] == "executor" and isinstance(section.get("name"), str) and section["name"] not in EXECUTORS:
        message = f'executor "{shortened(section["name"])}" is not available in this version'
        yield problem("WF205", message, tree.span((*path, "name")), f"known: {', '.join(EXECUTORS)}")
    elif path[-1] == "checks" and not found:
        yield from _of_checks(tree, path, section)


def _of_checks(tree: Tree, path: tuple[str, ...], section: Settings) -> Iterator[Diagnostic]:
    for name in section.get("disable", ()):
        code = _code(name)
        if code is None:
            yield _no_check(tree, (*path, "disable"), name)
        elif CODES[code].severity == "error" or code == "WF212":
            message = f'"{name}" cannot be disabled: a spec that has it cannot be run'
            yield problem("WF205", message, tree.span((*path, "disable")), "warnings and infos can be")
    for name, severity in section.get("severity", {}).items():
        code = _code(name)
        if code is None:
            yield _no_check(tree, (*path, "severity", name), name)
        elif CODES[code].severity == "error" and severity != "error":
            message = f'"{name}" stays an error: a spec that has it cannot be run'
            yield problem("WF205", message, tree.span((*path, "severity", name)), "warnings and infos can change")


def _no_check(tree: Tree, path: tuple[str, ...], name: str) -> Diagnostic:
    names = [*CODES, *(about.name for about in CODES.values())]
    return problem("WF205", f'no check is called "{shortened(name)}"', tree.span(path), suggestion(name, names))


def _of_connection(
    tree: Tree, path: tuple[str, ...], config: dict[str, Any], tools: Mapping[str, Declaration]
) -> Iterator[Diagnostic]:
    tool = config["tool"]
    declaration = tools.get(tool)
    if declaration is None:
        hint = suggestion(tool, tools)
        yield problem("WF501", f'no tool is called "{shortened(tool)}"', tree.span((*path, "tool")), hint)
    elif declaration.connection is None:
        message = f'tool "{tool}" takes no connection'
        yield problem("WF507", message, tree.span((*path, "tool")), f"write tool: {tool} in the step")
    else:
        own = {key: value for key, value in config.items() if key != "tool" and not key.startswith("x-")}
        schema = templated(declaration.connection)
        if not _valid(schema, own):
            yield from (replace(one, code="WF507") for one in explain_part(tree, path, own, schema))
    yield from _of_references(tree, path, config)


def _of_references(tree: Tree, path: tuple[str, ...], config: dict[str, Any]) -> Iterator[Diagnostic]:
    """A connection of the project reads secrets and nothing else: it knows no workflow."""
    for at, text in texts(config):
        span = tree.span((*path, *at))
        parts, wrong = lex(text)
        yield from (problem("WF401", one.message, span, one.hint) for one in wrong)
        for part in parts:
            if isinstance(part, str):
                continue
            try:
                reads = compile_expression(part.expression).reads
            except ExpressionProblem as error:
                yield problem("WF401", error.message, span, error.hint)
                continue
            for read in reads:
                if read.path[0] != "secrets":
                    message = f'"{shortened(str(read.path[0]))}" is not known in the project file'
                    yield problem("WF402", message, span, "a connection of the project reads secrets only")


@cache
def _schema(section: str) -> dict[str, Any]:
    text = (shipped("schemas") / "project.schema.json").read_bytes()
    schema: dict[str, Any] = json.loads(text)["$defs"][section]
    return schema


def _fits(section: str, value: Any) -> bool:
    return _valid(_schema(section), value)


def _valid(schema: Any, value: Any) -> bool:
    import jsonschema_rs

    return bool(jsonschema_rs.Draft202012Validator(schema, registry=jsonschema_rs.Registry([])).is_valid(value))
