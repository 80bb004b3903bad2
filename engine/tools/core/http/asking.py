"""What a step says, and its connection -> the request: address, headers, authorisation, body.

Laws: what a connection sends with every request (its headers, its authorisation) goes to the origin of its `base_url` and
nowhere else; no path leads above that. Nothing of an address that may be secret (user, password, query) is ever told.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from engine.spec.durations import duration_seconds
from engine.tools.core.http.body import ENCODINGS
from engine.tools.port import ToolError

TIMEOUT_SECONDS = 30.0
USER_AGENT = "weft"


def request_of(client: Any, parameters: Mapping[str, Any], config: Mapping[str, Any]) -> Any:
    """The first request of a call. Raises ToolError `invalid`."""
    url = address(parameters, config)
    query = {name: value for name, value in parameters.get("query", {}).items() if value is not None}
    url = signed(url.copy_merge_params(query) if query else url, parameters, config)
    headers = {"user-agent": USER_AGENT, "accept-encoding": ENCODINGS}
    headers |= _lowered(config.get("headers", {})) | _header_key(authorisation(parameters, config))
    headers |= _lowered(parameters.get("headers", {}))
    _require_ascii(headers)
    content, kind = _content(parameters)
    if kind:
        headers.setdefault("content-type", kind)
    return client.build_request(parameters.get("method", "GET"), url, headers=headers, content=content)


def signed(url: Any, parameters: Mapping[str, Any], config: Mapping[str, Any]) -> Any:
    """The address with the key of who asks, where that is sent in the query."""
    key = _query_key(authorisation(parameters, config))
    return url.copy_merge_params(key) if key else url


def address(parameters: Mapping[str, Any], config: Mapping[str, Any]) -> Any:
    """Where to ask, without the query. Raises ToolError `invalid`."""
    import httpx2

    base = config.get("base_url")
    if "path" in parameters:
        if base is None:
            message = '"path" is joined to the base_url of a connection, and there is none'
            raise ToolError(message, type="invalid", code="url", hint="give the whole `url`")
        return httpx2.URL(_joined(str(base), parameters["path"]))
    url = httpx2.URL(parameters["url"])
    require_address(url, as_written(parameters["url"]))  # before the client completes it with a slash
    if base is not None and origin(url) != origin(httpx2.URL(str(base))):
        message = f'"{shown(url)}" is not below the base_url of the connection'
        raise ToolError(
            message, type="invalid", code="url", hint="give `path`, or use http without a connection"
        )
    return url


def _joined(base: str, path: str) -> str:
    plain = re.split(r"[?#]", path, maxsplit=1)[0]
    if any(part in (".", "..") for part in re.split(r"[/\\]", unquote(plain))):
        raise ToolError(f'"{plain}" leads out of the base_url', type="invalid", code="url")
    return base.rstrip("/") + "/" + path.lstrip("/") if path else base


def origin(url: Any) -> tuple[str, str, int]:
    """Scheme, host and port: whom what is secret may be told."""
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def follow(request: Any, target: Any, parameters: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    """Take from a request to another origin what only the first may hear. The client itself drops `Authorization`."""
    if origin(target.url) == origin(request.url):
        return
    own = {*_lowered(config.get("headers", {})), *_header_key(authorisation(parameters, config))}
    for name in (own - set(_lowered(parameters.get("headers", {})))) | {"authorization", "cookie"}:
        target.headers.pop(name, None)


def timeout_seconds(parameters: Mapping[str, Any], config: Mapping[str, Any]) -> float:
    """How long one exchange may take."""
    given = parameters.get("timeout")
    if given is not None:
        return float(given)
    return duration_seconds(config.get("timeout")) or TIMEOUT_SECONDS


def authorisation(parameters: Mapping[str, Any], config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Who asks, by the step or else by its connection; nothing where nobody says."""
    found: Mapping[str, Any] = parameters.get("auth") or config.get("auth") or {}
    return found


def _header_key(auth: Mapping[str, Any]) -> dict[str, str]:
    kind = auth.get("type")
    if kind == "bearer":
        return {"authorization": f"Bearer {auth['token']}"}
    if kind == "basic":
        pair = f"{auth['username']}:{auth['password']}".encode()
        return {"authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}
    if kind == "api_key" and auth.get("in", "header") == "header":
        return {auth.get("name", "X-API-Key").lower(): auth["key"]}
    return {}


def _query_key(auth: Mapping[str, Any]) -> dict[str, str]:
    if auth.get("type") == "api_key" and auth.get("in") == "query":
        return {auth.get("name", "X-API-Key"): auth["key"]}
    return {}


def _lowered(headers: Mapping[str, Any]) -> dict[str, str]:
    return {
        name.lower(): value if isinstance(value, str) else json.dumps(value)
        for name, value in headers.items()
    }


def _require_ascii(headers: Mapping[str, str]) -> None:
    """Raise ToolError, which says neither the character nor where it stands: the value may be secret."""
    for name, value in headers.items():
        if not name.isascii():
            raise ToolError(f'the name of the header "{name}" must be ASCII', type="invalid", code="headers")
        if not value.isascii():
            raise ToolError(
                f'the value of the header "{name}" must be ASCII',
                type="invalid",
                code="headers",
                hint="encode it as the other side expects it, such as $<… | urlencode>",
            )


def _content(parameters: Mapping[str, Any]) -> tuple[bytes | None, str | None]:
    """The body and its content type."""
    if "json" in parameters and "data" in parameters:
        raise ToolError('"json" and "data" are two bodies, one is possible', type="invalid")
    if "json" in parameters:
        body = json.dumps(parameters["json"], ensure_ascii=False, allow_nan=False)
        return body.encode(), "application/json"
    if "data" in parameters:
        return parameters["data"].encode(), "text/plain; charset=utf-8"
    return None, None


def require_address(url: Any, text: str) -> None:
    """Raise ToolError `invalid` for what is no http or https address, quoted as `text`."""
    if url.scheme not in ("http", "https") or not url.host:
        message = f'"{text}" is not an address to ask, expected http://… or https://…'
        raise ToolError(message, type="invalid", code="url")


def shown(url: Any) -> str:
    """An address without what may be secret in it: user, password, query."""
    try:
        return str(url.copy_with(username=None, password=None, query=None, fragment=None))
    except Exception:
        return f"{url.scheme}://{url.host}"


def as_written(text: str) -> str:
    """The author's address, without what may be secret in it."""
    plain = re.split(r"[?#]", text, maxsplit=1)[0]
    return re.sub(r"^([^/]*//)?[^/@]*@", r"\1", plain)
