"""Stage 3: the spec that a run was started with is in the store, whole, with the files it calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from engine.app.doctor.finding import FROM_BACKUP, Finding
from engine.app.doctor.kept import KeptRun
from engine.journal import content_hash, decode


def spec_is_there(run: KeptRun) -> Iterator[Finding]:
    """The stored spec can be read and is the one that its hash names."""
    spec = run.spec
    if spec is None:
        message = f"its spec {run.row['spec_hash'][:12]} is not in the store: it cannot be shown or resumed"
        yield run.found(
            "spec", message, repair="run the same file once more, which stores it again; else: " + FROM_BACKUP
        )
        return
    try:
        extra = decode(spec["extra"])
        called = extra.get("called")
        good = content_hash(_whole(spec["text"], called)) == spec["hash"]
    except (ValueError, RecursionError, AttributeError, TypeError) as error:
        yield run.found(
            "spec", f"what is kept beside its spec is no JSON mapping: {error}", repair=FROM_BACKUP
        )
        return
    if not good:
        hint = " or a file it calls is missing" if called else ""
        message = f"its spec {spec['hash'][:12]} is not what was stored: its text was changed{hint}"
        yield run.found("spec", message, repair=FROM_BACKUP)


def _whole(text: str, called: Any) -> str:
    """What a spec's hash is made of: its text, and the texts that it calls."""
    return json.dumps([text, called], sort_keys=True) if called else text
