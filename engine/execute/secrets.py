"""Secrets: read by name from the environment, and scrubbed from whatever is recorded or shown.

A value of four characters or more is replaced wherever it stands, also URL-encoded, base64-encoded or JSON-escaped.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"
SHORTEST = 4
PREFIX = "WEFT_SECRET_"


class Secrets:
    """The secrets a run has read so far."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment
        self._forms: list[str] = []
        self._known: set[str] = set()

    def get(self, name: str) -> str | None:
        """The secret's value, None when there is none. From then on it is scrubbed."""
        value = self._environment.get(PREFIX + name)
        if value is not None:
            self.know(value)
        return value

    def know(self, value: str) -> None:
        """Scrub this value from now on."""
        if len(value) < SHORTEST or value in self._known:
            return
        self._known.add(value)
        encoded = base64.b64encode(value.encode()).decode()
        forms = {value, quote(value, safe=""), quote_plus(value), encoded, encoded.rstrip("="), json.dumps(value)[1:-1]}
        self._forms = sorted({*self._forms, *forms}, key=len, reverse=True)

    def scrub(self, value: Any) -> Any:
        """The value with every known secret masked; the very same object where there is nothing to mask."""
        if not self._forms:
            return value
        return self._scrubbed(value)

    def _scrubbed(self, value: Any) -> Any:
        if isinstance(value, str):
            for form in self._forms:
                if form in value:
                    value = value.replace(form, MASK)
            return value
        if isinstance(value, dict):
            return {self._scrubbed(key): self._scrubbed(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._scrubbed(item) for item in value]
        return value
