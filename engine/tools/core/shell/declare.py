"""What `shell` promises."""

from engine.spec.toolspec import Declaration, OperationSpec
from engine.tools.core.limits.declare import SCHEMA

_TEXT = ["string", "number", "boolean", "null", "array", "object"]
"""A command is given text: text as it is, everything else as JSON."""

_PARAMETERS = {
    "type": "object",
    "properties": {
        "argv": {
            "type": "array",
            "minItems": 1,
            "items": {"type": _TEXT},
            "description": "A program and its arguments, run as they are: no shell reads them.",
            "examples": [["dbt", "build", "--select", "orders"]],
        },
        "command": {
            "type": "string",
            "minLength": 1,
            "x-weft": "command",
            "description": "A command line for `sh -c`. No references in it: values go by `args` and `env`.",
            "examples": ['gzip -9 "$1" && ls -l "$1.gz"'],
        },
        "args": {
            "type": "array",
            "items": {"type": _TEXT},
            "description": "With `command`: what it reads as $1 $2 …",
            "examples": [["out/orders.csv"]],
        },
        "env": {
            "type": "object",
            "additionalProperties": {"type": _TEXT},
            "description": "Variables added to the environment.",
            "examples": [{"DAY": "2026-01-31"}],
        },
        "stdin": {
            "type": "string",
            "description": "Text given to standard input; left out: nothing to read.",
        },
        "cwd": {
            "type": "string",
            "default": ".",
            "description": "Where it runs: a folder inside the project folder, relative to it.",
        },
        "ok_codes": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "integer", "minimum": 0, "maximum": 255},
            "default": [0],
            "description": "The exit codes that count as success.",
            "examples": [[0, 1]],
        },
        "max_output_bytes": {
            "type": "integer",
            "minimum": 0,
            "default": 1024 * 1024,
            "description": "Bytes kept of standard output, and as many of standard error; the rest is cut, "
            "with a warning.",
        },
        "grace_seconds": {
            "type": "number",
            "minimum": 0,
            "default": 5,
            "description": "How long after SIGTERM what still runs gets SIGKILL.",
        },
        "limits": SCHEMA,
    },
    "dependentRequired": {"args": ["command"]},
    "if": {"required": ["argv"]},
    "then": {"properties": {"command": False}},
    "else": {"required": ["command"]},
    "additionalProperties": False,
    "examples": [{"argv": ["python", "train.py"]}, {"command": 'wc -l < "$1"', "args": ["data/orders.csv"]}],
}

DECLARATION = Declaration(
    name="shell",
    category="integration",
    description="Runs a program, or a command line by `sh -c`; nothing it started outlives the step.",
    factory="engine.tools.core.shell.tool:Shell",
    operations={
        "run": OperationSpec(
            description="Runs one of `argv` and `command`; an exit code not in `ok_codes` fails the step.",
            parameters=_PARAMETERS,
            result={
                "type": "object",
                "properties": {
                    "exit_code": {"type": "integer"},
                    "stdout": {"type": "string"},
                    "stderr": {"type": "string"},
                },
                "required": ["exit_code", "stdout", "stderr"],
            },
            timeout_seconds=300.0,
            executor="threads",
        )
    },
)
