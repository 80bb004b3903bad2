"""What `http` promises."""

from typing import Any

from engine.spec.toolspec import Declaration, OperationSpec

_SCALAR = ["string", "number", "boolean"]

_AUTH: dict[str, Any] = {
    "type": "object",
    "description": "Who asks: user and password, or a bearer token. No redirect carries it to another host.",
    "properties": {
        "type": {"type": "string", "enum": ["basic", "bearer"]},
        "username": {"type": "string"},
        "password": {"type": "string"},
        "token": {"type": "string"},
    },
    "required": ["type"],
    "if": {"properties": {"type": {"const": "bearer"}}},
    "then": {"required": ["token"]},
    "else": {"required": ["username", "password"]},
    "additionalProperties": False,
    "examples": [{"type": "bearer", "token": "$<secrets.API_TOKEN>"}],
}

_PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "url": {
            "type": "string",
            "pattern": r"^[Hh][Tt][Tt][Pp][Ss]?://[^/?#]",
            "x-weft-corrections": {
                r"^((localhost|[0-9.]+)([:/].*)?)$": r"http://\1",
                r"^([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+([:/?].*)?)$": r"https://\1",
            },
            "description": "Where to ask: an address that begins with http:// or https://.",
            "examples": ["https://api.example.com/orders"],
        },
        "method": {
            "type": "string",
            "enum": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
            "default": "GET",
            "description": "The request's method.",
        },
        "headers": {
            "type": "object",
            "additionalProperties": {"type": _SCALAR},
            "description": "Headers of the request.",
            "examples": [{"Accept": "application/json"}],
        },
        "query": {
            "type": "object",
            "additionalProperties": {"type": [*_SCALAR, "array", "null"], "items": {"type": _SCALAR}},
            "description": "Query parameters, added to the url's; a list repeats one, null leaves it out.",
            "examples": [{"day": "2026-01-31", "status": ["new", "paid"]}],
        },
        "json": {"description": "The body, sent as JSON.", "examples": [{"id": 1}]},
        "data": {"type": "string", "description": "The body as text, instead of `json`."},
        "auth": _AUTH,
        "expect": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": ["integer", "string"],
                "minimum": 100,
                "maximum": 599,
                "pattern": "^[1-5][0-9x][0-9x]$",
            },
            "default": ["2xx"],
            "description": "The answers that count as success: codes, `x` for any digit.",
            "examples": [["2xx", 404]],
        },
        "follow_redirects": {
            "type": "boolean",
            "default": True,
            "description": "Go where a redirect points, at most 5 times.",
        },
        "max_bytes": {
            "type": "integer",
            "minimum": 1,
            "default": 16 * 1024 * 1024,
            "description": "The largest body, decompressed; a larger one is an error of type `too_large`.",
        },
        "timeout": {
            "type": "number",
            "exclusiveMinimum": 0,
            "default": 30,
            "description": "Seconds for the whole exchange, redirects and body included.",
        },
    },
    "required": ["url"],
    "if": {"required": ["json"]},
    "then": {"properties": {"data": False}},
    "additionalProperties": False,
    "examples": [
        {"url": "https://api.example.com/orders", "query": {"day": "2026-01-31"}},
        {"method": "POST", "url": "https://api.example.com/orders", "json": {"id": 1}, "expect": [201]},
    ],
}

DECLARATION = Declaration(
    name="http",
    category="integration",
    description="Sends one HTTP request and gives back the answer.",
    factory="engine.tools.core.http.tool:Http",
    operations={
        "request": OperationSpec(
            description="Sends the request; an answer not in `expect` is an error by the kind of its status.",
            parameters=_PARAMETERS,
            result={
                "type": "object",
                "properties": {
                    "status": {"type": "integer"},
                    "headers": {
                        "type": "object",
                        "additionalProperties": {"type": "string"},
                        "description": "Names in lower case; repeated ones joined by a comma.",
                    },
                    "body": {"description": "JSON where the content type says so, else text; null if empty."},
                },
                "required": ["status", "headers", "body"],
            },
            timeout_seconds=300.0,
            executor="threads",
        )
    },
)
