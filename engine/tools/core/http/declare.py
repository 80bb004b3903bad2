"""What `http` promises."""

from typing import Any

from engine.spec.toolspec import Declaration, OperationSpec
from engine.tools.core.http.declare_parts import AUTH, CONNECTION, HEADERS, PAGINATE, SCALAR, URL_PATTERN

_PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "url": {
            "type": "string",
            "pattern": URL_PATTERN,
            "x-weft-policy": "http_addresses",
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
        "path": {
            "type": "string",
            "description": "Through a connection, instead of `url`: what is joined to its `base_url`.",
            "examples": ["/orders"],
        },
        "headers": HEADERS,
        "query": {
            "type": "object",
            "additionalProperties": {"type": [*SCALAR, "array", "null"], "items": {"type": SCALAR}},
            "description": "Query parameters, added to the url's; a list repeats one, null leaves it out.",
            "examples": [{"day": "2026-01-31", "status": ["new", "paid"]}],
        },
        "json": {"description": "The body, sent as JSON.", "examples": [{"id": 1}]},
        "data": {"type": "string", "description": "The body as text, instead of `json`."},
        "auth": AUTH,
        "paginate": PAGINATE,
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
            "description": "The largest body, decompressed, and of pages that are gathered all of them; more is an error of "
            "type `too_large`.",
        },
        "timeout": {
            "type": "number",
            "exclusiveMinimum": 0,
            "default": 30,
            "description": "Seconds for the whole exchange, redirects and body included; of pages for each.",
        },
    },
    "allOf": [
        {"if": {"required": ["json"]}, "then": {"properties": {"data": False}}},
        {
            "if": {"not": {"required": ["path"]}},
            "then": {"required": ["url"]},
            "else": {"properties": {"url": False}},
        },
    ],
    "additionalProperties": False,
    "examples": [
        {"url": "https://api.example.com/orders", "query": {"day": "2026-01-31"}},
        {"path": "/orders", "paginate": {"by": "link", "max_pages": 10}},
        {"method": "POST", "url": "https://api.example.com/orders", "json": {"id": 1}, "expect": [201]},
    ],
}

DECLARATION = Declaration(
    name="http",
    category="integration",
    description="Sends one HTTP request and gives back the answer.",
    factory="engine.tools.core.http.tool:Http",
    connection=CONNECTION,
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
                    "body": {
                        "description": "JSON where the content type says so, else text; null if empty, and of pages."
                    },
                    "items": {
                        "type": "array",
                        "x-weft": "records",
                        "description": "With `paginate`: what all pages hold.",
                    },
                    "count": {"type": "integer", "description": "With `paginate`: how many items."},
                    "pages": {"type": "integer", "description": "With `paginate`: how many were asked for."},
                    "truncated": {
                        "type": "boolean",
                        "description": "With `paginate`: whether there are more pages.",
                    },
                },
                "required": ["status", "headers", "body"],
            },
            timeout_seconds=300.0,
            streams=True,
            executor="threads",
        )
    },
)
