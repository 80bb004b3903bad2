"""Inputs with `secret: true`: the journal keeps a salted hash of their value, and a resume asks for the value again.

{"secret_sha256": HEX, "salt": HEX}     sha256 of the salt's bytes and the value as canonical JSON in UTF-8
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from engine.errors import UsageError
from engine.spec.inputs import NO_DEFAULT
from engine.text.snippet import shortened

Declared = Mapping[str, Mapping[str, Any]]
VEIL = "***"


def secret_inputs(declared: Declared) -> dict[str, Mapping[str, Any]]:
    """The declarations of the inputs that are secret."""
    return {name: schema for name, schema in declared.items() if schema.get("secret")}


def sealed(declared: Declared, values: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs as the journal keeps them."""
    return {name: _sealed(value) if declared[name].get("secret") else value for name, value in values.items()}


def veiled(declared: Declared, values: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs as they are shown."""
    return {name: VEIL if declared.get(name, {}).get("secret") else value for name, value in values.items()}


def opened(
    declared: Declared, recorded: Mapping[str, Any], given: Mapping[str, Any], command: str
) -> dict[str, Any]:
    """The recorded inputs of a run with its secret ones filled in from those given now (else their defaults).

    `command` is what takes the run up. Raises UsageError naming every secret input that is missing or has another value than
    the run began with.
    """
    asked = secret_inputs(declared)
    values = {name: given.get(name, schema.get("default", NO_DEFAULT)) for name, schema in asked.items()}
    missing = [name for name, value in values.items() if value is NO_DEFAULT]
    if missing:
        names = " and ".join(f'"{name}"' for name in missing)
        again = " ".join(f"-i {name}=VALUE" for name in missing)
        message = f"secret input {names} is asked for again: its value is not recorded"
        raise UsageError(message, hint=f"{command} {again}")
    other = [name for name, value in values.items() if not is_same(recorded.get(name), value)]
    if other:
        names = " and ".join(f'"{name}"' for name in other)
        raise UsageError(
            f"secret input {names} has another value than the run began with", hint="give the same value"
        )
    return {**recorded, **values}


def same_inputs(declared: Declared, recorded: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether a run was started with these inputs."""
    asked = secret_inputs(declared)
    return recorded.keys() == values.keys() and all(
        is_same(recorded[name], value) if name in asked else recorded[name] == value
        for name, value in values.items()
    )


def refuse_recorded(asked: Declared, names: Iterable[str]) -> None:
    """Raise UsageError for a name that is not among the secret inputs a resume asks for."""
    for name in names:
        if name not in asked:
            known = ", ".join(asked)
            hint = f"its secret inputs are: {known}" if known else "it has no secret inputs"
            message = f'input "{shortened(name)}" is not asked for: it is recorded with the run'
            raise UsageError(message, hint=hint)


def is_same(recorded: Any, value: Any) -> bool:
    """Whether a sealed value is this one."""
    if not isinstance(recorded, dict) or not {"secret_sha256", "salt"} <= recorded.keys():
        return False
    return hmac.compare_digest(_hash(value, str(recorded["salt"])), str(recorded["secret_sha256"]))


def _sealed(value: Any) -> dict[str, str]:
    salt = secrets.token_hex(16)
    return {"secret_sha256": _hash(value, salt), "salt": salt}


def _hash(value: Any, salt: str) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(bytes.fromhex(salt) + text.encode()).hexdigest()
