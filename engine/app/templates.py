"""Templates: specs kept in the store by name and content hash, and run by name.

A template is text: the spec and every file it calls. It knows no folder; a run of it belongs to the project of the working
folder, and what it names by a relative path (files, databases, python modules) starts there.
"""

from __future__ import annotations

import json
import re
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from engine.app.checking import Checked, check_text
from engine.app.project import MEMORY, STORE_DEFAULT, store_name
from engine.app.project_file import Project, project_here
from engine.app.spec_named import PREFIX
from engine.errors import UsageError
from engine.execute.times import rfc3339
from engine.journal import Journal, StoredTemplate, content_hash, open_journal
from engine.spec.load import form_of
from engine.spec.words import NAME_PATTERN
from engine.text import suggestion
from engine.text.snippet import shortened

SHORT = 12
"""Digits of a hash that are shown."""
_NAMED = re.compile(r"([^@]*)(?:@(?:sha256:)?([0-9A-Fa-f]+))?")


def check_template(
    written: str, *, store: str | None = None, profile: str | None = None
) -> tuple[Checked, Path]:
    """The template that `template:NAME[@hash]` names, checked in the working folder, and the path it is run under.

    Raises UsageError where there is no such template, StoreError where the store cannot be read.
    """
    project = project_here(profile)
    found = find_template(written, _store(store, project))
    form = found.extra.get("form", "yaml")
    called = found.extra.get("called", {})
    return check_text(found.text, shown(found), form, project=project, called=called), Path(
        f"{found.name}.{form}"
    )


def add_template(name: str, spec: Path, checked: Checked, store: str | None) -> tuple[StoredTemplate, bool]:
    """Keep a checked spec under a name; False: it is the latest version already. Raises UsageError, StoreError."""
    if not re.match(NAME_PATTERN, name):
        hint = "lower-case letters, digits and dashes, a letter or digit first, at most 63"
        raise UsageError(f'"{shortened(name)}" cannot be the name of a template', hint=hint)
    assert checked.source is not None
    assert checked.workflow is not None
    extra: dict[str, Any] = {"form": form_of(spec), "workflow": checked.workflow.name}
    if checked.called:
        extra["called"] = dict(checked.called)
    new = StoredTemplate(name, _hash(checked), checked.source.text, checked.name, time.time(), extra)
    journal = open_journal(_store(store, checked.project))
    try:
        if journal.add_template(new):
            return new, True
        return journal.templates(name)[0], False
    finally:
        journal.close()


def list_templates(store: str | None, project: Project) -> list[dict[str, Any]]:
    """The templates of a store as `weft templates --output json` has them (schemas/templates.schema.json)."""
    journal = open_journal(_store(store, project), create=False)
    try:
        versions: dict[str, list[StoredTemplate]] = defaultdict(list)
        for one in journal.templates():
            versions[one.name].append(one)
    finally:
        journal.close()
    return [
        {
            "name": name,
            "workflow": found[0].extra.get("workflow"),
            "versions": [version_entry(one) for one in found],
        }
        for name, found in sorted(versions.items())
    ]


def version_entry(one: StoredTemplate) -> dict[str, Any]:
    """A version of a template as JSON has it."""
    called = sorted(one.extra.get("called", ()))
    return {"hash": one.hash, "added_at": rfc3339(one.added_at), "path": one.path, "calls": called}


def shown(one: StoredTemplate) -> str:
    """What a version is called by people: `template:NAME@HASH`, the hash short."""
    return f"{PREFIX}{one.name}@{one.hash[:SHORT]}"


def find_template(written: str, store: str) -> StoredTemplate:
    """The template that `template:NAME[@hash]` means. Raises UsageError naming the nearest."""
    named = _NAMED.fullmatch(written.removeprefix(PREFIX))
    if named is None:
        hint = "a hash is written in hexadecimal digits, as `weft templates` shows it"
        raise UsageError(f'"{shortened(written)}" is no template:NAME[@hash]', hint=hint)
    journal = open_journal(store, create=False)
    try:
        return _version(_versions(named[1], journal), named[2])
    finally:
        journal.close()


def _versions(name: str, journal: Journal) -> list[StoredTemplate]:
    found = journal.templates(name)
    if not found:
        known = sorted({one.name for one in journal.templates()})
        hint = suggestion(name, known) if known else "the store holds none: weft templates add NAME SPEC"
        raise UsageError(f'no template "{shortened(name)}"', hint=hint)
    return found


def _version(versions: list[StoredTemplate], beginning: str | None) -> StoredTemplate:
    """The latest, or the one whose hash has this beginning."""
    if beginning is None:
        return versions[0]
    found = [one for one in versions if one.hash.startswith(beginning.lower())]
    if len(found) == 1:
        return found[0]
    name = versions[0].name
    if found:
        raise UsageError(
            f'"{beginning}" is the beginning of several versions of template "{name}"',
            hint="write more of the hash",
        )
    known = [one.hash[:SHORT] for one in versions]
    raise UsageError(
        f'template "{name}" has no version "{shortened(beginning)}"', hint=suggestion(beginning, known)
    )


def _store(given: str | None, project: Project) -> str:
    """The store that templates are kept in. A run in memory takes its template from the store of runs that last."""
    name = store_name(given, project)
    if name != MEMORY or given is None:
        return name
    usual = store_name(None, project)
    return usual if usual != MEMORY else project.store or STORE_DEFAULT


def _hash(checked: Checked) -> str:
    """Of the text, and of the texts it calls: the hash that a run of it has for its spec."""
    assert checked.source is not None
    text = checked.source.text
    return content_hash(json.dumps([text, checked.called], sort_keys=True) if checked.called else text)
