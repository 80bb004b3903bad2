"""What `http` promises, in parts: who asks, the pages of a list, the settings of a connection."""

from typing import Any

SCALAR = ["string", "number", "boolean"]
URL_PATTERN = r"^[Hh][Tt][Tt][Pp][Ss]?://[^/?#]"
_NEEDED = {"basic": ["username", "password"], "bearer": ["token"], "api_key": ["key"]}

HEADERS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {"type": SCALAR},
    "description": "Headers of the request.",
    "examples": [{"Accept": "application/json"}],
}

AUTH: dict[str, Any] = {
    "type": "object",
    "description": "Who asks: user and password, a bearer token, or a key. No redirect carries it to another host.",
    "properties": {
        "type": {"type": "string", "enum": list(_NEEDED)},
        "username": {"type": "string"},
        "password": {"type": "string"},
        "token": {"type": "string"},
        "key": {"type": "string", "description": "api_key: the key."},
        "name": {
            "type": "string",
            "minLength": 1,
            "default": "X-API-Key",
            "description": "api_key: what the header, or the query parameter, is called.",
        },
        "in": {
            "type": "string",
            "enum": ["header", "query"],
            "default": "header",
            "description": "api_key: where it is sent.",
        },
    },
    "required": ["type"],
    "allOf": [
        {"if": {"properties": {"type": {"const": kind}}}, "then": {"required": needed}}
        for kind, needed in _NEEDED.items()
    ],
    "additionalProperties": False,
    "examples": [{"type": "bearer", "token": "$<secrets.API_TOKEN>"}],
}

_PATH = {"type": "string", "minLength": 1}
PAGINATE: dict[str, Any] = {
    "type": "object",
    "description": "Ask for page after page, and give what all of them hold as `items`.",
    "properties": {
        "by": {
            "type": "string",
            "enum": ["link", "cursor", "page", "offset"],
            "description": "link: the header `Link` with rel=next; cursor: a value in the body; page, offset: counted.",
        },
        "items": {
            **_PATH,
            "description": "Where the list stands in the body; left out: the body is the list.",
            "examples": ["data.orders"],
        },
        "next": {
            **_PATH,
            "description": "cursor: where it stands in the body: a cursor, or the address of the next page.",
            "examples": ["meta.next_cursor"],
        },
        "parameter": {
            **_PATH,
            "description": "The query parameter that says which page; left out: `cursor`, `page` or `offset`.",
        },
        "start": {"type": "integer", "minimum": 0, "description": "page: the first one, 1; offset: 0."},
        "size": {"type": "integer", "minimum": 1, "description": "page, offset: how many items a page has."},
        "size_parameter": {
            **_PATH,
            "description": "page, offset: the query parameter that `size` is sent as; left out: it is not.",
        },
        "max_pages": {
            "type": "integer",
            "minimum": 1,
            "default": 100,
            "description": "Pages asked for at most; where there are more, `truncated` is true, with a warning.",
        },
    },
    "required": ["by"],
    "allOf": [
        {"if": {"properties": {"by": {"const": "cursor"}}}, "then": {"required": ["next"]}},
        {"if": {"properties": {"by": {"const": "offset"}}}, "then": {"required": ["size"]}},
    ],
    "dependentRequired": {"size_parameter": ["size"]},
    "additionalProperties": False,
    "examples": [{"by": "cursor", "items": "data", "next": "meta.next_cursor", "max_pages": 20}],
}

CONNECTION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "base_url": {
            "type": "string",
            "pattern": URL_PATTERN + r"[^?#]*$",
            "x-weft-policy": "http_addresses",
            "description": "What `path` of a step is joined to; nothing else is asked through the connection.",
            "examples": ["https://api.example.com/v2"],
        },
        "headers": {**HEADERS, "description": "Headers of every request; a step's own of the same name win."},
        "auth": AUTH,
        "timeout": {
            "type": ["number", "string"],
            "description": "Seconds, or a length of time, for each exchange of a step that says none.",
            "examples": ["60s"],
        },
        "health_path": {
            "type": "string",
            "description": "What `weft health` asks for, below `base_url`; left out: whether anything answers there.",
            "examples": ["/status"],
        },
    },
    "x-weft-local": {
        "properties": {
            "base_url": {"pattern": r"^[Hh][Tt][Tt][Pp][Ss]?://(localhost|127\.[0-9.]+|\[::1\])([:/]|$)"}
        },
        "required": ["base_url"],
    },
    "dependentRequired": {"auth": ["base_url"], "headers": ["base_url"], "health_path": ["base_url"]},
    "additionalProperties": False,
}
"""Who is asked is said where secrets are: what is sent with every request goes to `base_url` only."""
