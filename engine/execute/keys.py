"""Idempotency keys: equal for every attempt of one instance in one attempt of the run, different for any other."""

from __future__ import annotations

import hashlib


def idempotency_key(run_id: str, instance: str, run_attempt: int) -> str:
    """32 hexadecimal digits of SHA-256 over the three, separated by a NUL."""
    return hashlib.sha256(f"{run_id}\0{instance}\0{run_attempt}".encode()).hexdigest()[:32]
