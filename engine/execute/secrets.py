"""Secrets: looked up by name in their providers, and scrubbed from whatever is recorded or shown.

A value of four characters or more is replaced wherever it stands: as it is, URL-encoded, base64-encoded (also inside a
longer encoded text), escaped as JSON or Python writes it, broken over lines; of a value of several
lines also each line.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from threading import RLock
from typing import Any, Protocol
from urllib.parse import quote, quote_plus
from weakref import WeakSet

MASK = "***"
SHORTEST = 4
PREFIX = "WEFT_SECRET_"
_PART_SHORTEST = 8
"""Shorter pieces of a value (a line of it, the middle of its base64) are too likely to be something else."""


class SecretProvider(Protocol):
    """One place where secrets are kept."""

    def get(self, name: str) -> str | None:
        """The value, None where the place has none. Raises UsageError where the place cannot be read."""

    def told(self, name: str) -> str:
        """Where it looked for this one, for a message: `the environment (WEFT_SECRET_TOKEN)`."""

    def way(self, name: str) -> str:
        """How to set it there."""


class EnvironmentSecrets:
    """`WEFT_SECRET_NAME` in the environment."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment

    def get(self, name: str) -> str | None:
        return self._environment.get(PREFIX + name)

    def told(self, name: str) -> str:
        return f"the environment ({PREFIX}{name})"

    def way(self, name: str) -> str:
        return f"set the environment variable {PREFIX}{name}"


class Secrets:
    """The secrets a run has read so far, each looked up once. Providers are asked in order."""

    def __init__(self, providers: Iterable[SecretProvider] | None = None) -> None:
        self.providers = (EnvironmentSecrets(),) if providers is None else tuple(providers)
        self._read: dict[str, str | None] = {}
        self._known: set[str] = set()
        self._forms: list[str] = []
        _meet(self)

    def get(self, name: str) -> str | None:
        """The secret's value, None when there is none. From then on it is scrubbed."""
        if name not in self._read:
            found = (provider.get(name) for provider in self.providers)
            value = self._read[name] = next((one for one in found if one is not None), None)
            self.know(value)
        return self._read[name]

    def missing(self, name: str) -> tuple[str, str]:
        """What to say of a secret that is nowhere: message and hint."""
        if not self.providers:
            return (
                f'there is no secret "{name}": [secrets] names no place',
                "add one, such as environment = true",
            )
        places = ", ".join(provider.told(name) for provider in self.providers)
        return f'there is no secret "{name}"; looked in {places}', self.providers[0].way(name)

    def know(self, value: Any) -> None:
        """Scrub this value from now on; of a list or mapping everything in it."""
        if isinstance(value, dict):
            for item in value.values():
                self.know(item)
        elif isinstance(value, list):
            for item in value:
                self.know(item)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            self._know(json.dumps(value))
        elif isinstance(value, str):
            self._know(value)
            for line in value.splitlines():
                if len(line.strip()) >= _PART_SHORTEST:
                    self._know(line.strip())

    def _know(self, value: str) -> None:
        if len(value) < SHORTEST or value in self._known:
            return
        self._known.add(value)
        self._forms = sorted({*self._forms, *_forms(value)}, key=len, reverse=True)

    def scrub(self, value: Any) -> Any:
        """The value with every known secret masked; the very same object where there is nothing to mask."""
        if not self._forms:
            return value
        return self._scrubbed(value)

    def _scrubbed(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return {self._scrubbed(key): self._scrubbed(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._scrubbed(item) for item in value]
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return MASK if json.dumps(value) in self._known else value
        return value

    def _text(self, text: str) -> str:
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        if "\n" in text:
            joined = text.replace("\r\n", "").replace("\n", "")
            for form in self._forms:
                if len(form) >= _PART_SHORTEST and form in joined:
                    text = re.sub(r"(?:\r?\n)?".join(map(re.escape, form)), MASK, text)
        return text


_LOCK = RLock()
"""Around the two below: runs of one process begin and end in several threads."""
_KNOWN: WeakSet[Secrets] = WeakSet()
_MET: ContextVar[WeakSet[Secrets] | None] = ContextVar("met", default=None)


def _meet(secrets: Secrets) -> None:
    met = _MET.get()
    with _LOCK:
        _KNOWN.add(secrets)
        if met is not None:
            met.add(secrets)


@contextmanager
def forgotten_after() -> Iterator[None]:
    """The secrets that are met within the block are no longer known to the process after it; those of others stay known.

    It stands around everything that may still tell of them: the messages of a command, the lines that tools have begun.
    """
    met: WeakSet[Secrets] = WeakSet()
    token = _MET.set(met)
    try:
        yield
    finally:
        _MET.reset(token)
        with _LOCK:
            _KNOWN.difference_update(met)


def scrub_all(text: str) -> str:
    """A text about to be shown outside a run, without any secret that is known to this process."""
    with _LOCK:
        known = list(_KNOWN)
    for secrets in known:
        text = secrets.scrub(text)
    return text


@contextmanager
def scrubbed_log(logger: logging.Logger, secrets: Secrets) -> Iterator[None]:
    """What is logged while this holds is scrubbed: tools write to the run's logger themselves."""

    def scrubbed(record: logging.LogRecord) -> bool:
        if record.exc_info:
            record.exc_text = secrets.scrub(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        record.msg, record.args = secrets.scrub(record.getMessage()), None
        return True

    logger.addFilter(scrubbed)
    try:
        yield
    finally:
        logger.removeFilter(scrubbed)


def _forms(value: str) -> set[str]:
    """The value in every form it may be met in."""
    forms = {value, *_escaped(value), repr(value)[1:-1]}
    for encoded in (
        quote(value, safe="", errors="replace"),
        quote(value, errors="replace"),
        quote_plus(value, errors="replace"),
    ):
        forms |= {encoded, re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), encoded)}
    data = value.encode("utf-8", errors="surrogatepass")
    for alphabet in (b"+/", b"-_"):
        forms |= _base64(data, alphabet)
    return forms


def _escaped(value: str) -> set[str]:
    """As JSON writes it, and JSON that stands in JSON."""
    once = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    return once | {json.dumps(text, ensure_ascii=False)[1:-1] for text in once}


def _base64(data: bytes, alphabet: bytes) -> set[str]:
    """The encoding of the value alone, and what is left of it when up to two bytes stand before and others follow."""
    alone = base64.b64encode(data, alphabet).decode()
    forms = {alone, alone.rstrip("=")}
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data, alphabet).decode()
        middle = encoded[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
        if len(middle) >= _PART_SHORTEST:
            forms.add(middle)
    return forms
