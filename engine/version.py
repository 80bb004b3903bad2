"""The version of the engine; one with `pyproject.toml` (a test holds them together)."""

VERSION = "0.1.0"
