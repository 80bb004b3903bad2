"""What `limits` promises, as plain data."""

from __future__ import annotations

from typing import Any

SCHEMA: dict[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        "memory": {
            "type": ["string", "integer"],
            "minimum": 1024 * 1024,
            "pattern": "^[1-9][0-9]{0,8} ?([kKmMgG]([iI]?[bB])?)$",
            "x-weft-corrections": {
                r"^\s*(\d+)\s*(k|m|g)\w*\s*$": r"\1\2b",
                r"^\s*(\d+)\s*(K|M|G)\w*\s*$": r"\1\2B",
            },
            "description": "512mb, 2gb, or bytes: address space of each process; a kilobyte is 1,024 bytes.",
            "examples": ["512mb"],
        },
        "cpu_seconds": {
            "type": "integer",
            "minimum": 1,
            "maximum": 10_000_000,
            "description": "Processor time of each process, in whole seconds.",
            "examples": [60],
        },
        "processes": {
            "type": "integer",
            "minimum": 1,
            "maximum": 1_000_000,
            "description": "Processes and threads beside those that the user has when the call begins; root is not bound.",
            "examples": [50],
        },
        "open_files": {
            "type": "integer",
            "minimum": 16,
            "maximum": 1_000_000,
            "description": "Files, pipes and sockets that each process holds open.",
            "examples": [1024],
        },
    },
    "description": "What the call may take of the machine, kept by the operating system.",
    "examples": [{"memory": "512mb", "cpu_seconds": 60, "processes": 50, "open_files": 1024}],
}
