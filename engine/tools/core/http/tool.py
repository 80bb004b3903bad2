"""`http`: one request and its answer. httpx2 is imported with the first call; its exceptions are translated
here, once.

Redirects are followed by hand: the body of a redirect is never read, and each place it leads to is looked at.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from engine.tools.core.http.body import ENCODINGS, as_value, read_body
from engine.tools.core.http.statuses import error_type, expected, retry_after
from engine.tools.port import CallContext, Result, ToolError

if TYPE_CHECKING:
    import ssl

MAX_BYTES = 16 * 1024 * 1024
TIMEOUT_SECONDS = 30.0
REDIRECTS_MAX = 5
ERROR_BODY_BYTES = 64 * 1024
ERROR_BODY_SHOWN = 2000
USER_AGENT = "weft"


class Http:
    """A client per call, so that a cancelled call cuts its own connections and nobody else's."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._tls: ssl.SSLContext | None = None

    def call(self, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Result:
        import httpx2

        from engine.tools.core.http.connecting import GuardedTransport

        if self._tls is None:
            self._tls = httpx2.create_ssl_context()
        context.check_cancelled()
        transport = GuardedTransport(self._tls)
        context.on_cancel(transport.cut)
        with httpx2.Client(transport=transport, trust_env=False) as client, _translated(parameters, context):
            return _exchange(client, parameters, context)

    def close(self) -> None:
        self._tls = None


def _exchange(client: Any, parameters: Mapping[str, Any], context: CallContext) -> Result:
    deadline = time.monotonic() + parameters.get("timeout", TIMEOUT_SECONDS)

    def look() -> None:
        context.check_cancelled()
        _left(deadline)

    with closing(_answer(client, parameters, deadline)) as response:
        good = expected(response.status_code, parameters.get("expect", ["2xx"]))
        limit = parameters.get("max_bytes", MAX_BYTES)
        if not good:
            raise _refusal(response, look)
        encoding = response.headers.get("content-encoding", "")
        content = read_body(response.iter_raw(), encoding, limit, look)
    result = Result()
    kind = response.headers.get("content-type", "")
    body = as_value(content, kind, response.charset_encoding, result.warnings)
    result.data = {"status": response.status_code, "headers": dict(response.headers), "body": body}
    result.set_performance_metric("response_bytes", len(content))
    return result


def _answer(client: Any, parameters: Mapping[str, Any], deadline: float) -> Any:
    """The last answer, its body not read yet: redirects are followed."""
    import httpx2

    request = _request(client, parameters)
    for _ in range(REDIRECTS_MAX + 1):
        _require_address(request.url, _shown(request.url))
        request.extensions = {**request.extensions, "timeout": httpx2.Timeout(_left(deadline)).as_dict()}
        response = client.send(request, stream=True)
        if response.next_request is None or not parameters.get("follow_redirects", True):
            return response
        response.close()
        request = response.next_request
    raise ToolError(f"more than {REDIRECTS_MAX} redirects", type="failed", code="redirects")


def _require_address(url: Any, shown: str) -> None:
    if url.scheme not in ("http", "https") or not url.host:
        message = f'"{shown}" is not an address to ask, expected http://… or https://…'
        raise ToolError(message, type="invalid", code="url")


def _left(deadline: float) -> float:
    """Seconds left of the exchange. Raises ToolError `timeout` when there are none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise ToolError("the exchange took too long", type="timeout", hint="raise `timeout`")
    return left


def _request(client: Any, parameters: Mapping[str, Any]) -> Any:
    import httpx2

    url = httpx2.URL(parameters["url"])
    _require_address(url, _as_written(parameters["url"]))  # before the client completes it with a slash
    query = {name: value for name, value in parameters.get("query", {}).items() if value is not None}
    if query:
        url = url.copy_merge_params(query)
    headers = {name.lower(): _text(value) for name, value in parameters.get("headers", {}).items()}
    headers = {"user-agent": USER_AGENT, "accept-encoding": ENCODINGS} | _authorization(parameters) | headers
    _require_ascii(headers)
    content, kind = _content(parameters)
    if kind:
        headers.setdefault("content-type", kind)
    return client.build_request(parameters.get("method", "GET"), url, headers=headers, content=content)


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


def _authorization(parameters: Mapping[str, Any]) -> dict[str, str]:
    auth = parameters.get("auth")
    if auth is None:
        return {}
    if auth["type"] == "bearer":
        return {"authorization": f"Bearer {auth['token']}"}
    pair = f"{auth['username']}:{auth['password']}".encode()
    return {"authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _refusal(response: Any, look: Any) -> ToolError:
    """The error for a status that was not expected, with the beginning of the body, which often says why."""
    import httpx2

    status = response.status_code
    body: Any = None
    try:
        encoding = response.headers.get("content-encoding", "")
        content = read_body(response.iter_raw(), encoding, ERROR_BODY_BYTES, look)
        body = content.decode(response.charset_encoding or "utf-8", "replace")[:ERROR_BODY_SHOWN]
    except (ToolError, LookupError, httpx2.HTTPError):
        body = None  # too large or unreadable: the status alone is the error
    said = f"{status} {response.reason_phrase}".strip()
    return ToolError(
        f"{response.request.method} {_shown(response.request.url)} was answered {said}",
        type=error_type(status),
        code=f"HTTP {status}",
        retry_after=retry_after(response.headers.get("retry-after")),
        data={"status": status, "body": body},
    )


def _shown(url: Any) -> str:
    """An address without what may be secret in it: user, password, query."""
    try:
        return str(url.copy_with(username=None, password=None, query=None, fragment=None))
    except Exception:
        return f"{url.scheme}://{url.host}"


def _as_written(text: str) -> str:
    """The author's address, without what may be secret in it."""
    plain = re.split(r"[?#]", text, maxsplit=1)[0]
    return re.sub(r"^([^/]*//)?[^/@]*@", r"\1", plain)


@contextmanager
def _translated(parameters: Mapping[str, Any], context: CallContext) -> Iterator[None]:
    """httpx2's exceptions as ToolError; any of them is `Cancelled` once the call is."""
    import httpx2

    try:
        yield
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, ValueError, UnicodeError) as error:
        context.check_cancelled()
        kind = type(error).__name__
        method = parameters.get("method", "GET")
        request = getattr(error, "_request", None)
        where = f"{method} {_shown(request.url)}" if request is not None else method
        raise ToolError(f"{where}: {_said(error)}", type=_type_of(error), code=kind) from error


def _said(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return text[:1].lower() + text[1:500]


def _type_of(error: Exception) -> str:
    import httpx2

    if isinstance(error, httpx2.TimeoutException):
        return "timeout"
    if isinstance(error, (httpx2.NetworkError, httpx2.RemoteProtocolError, httpx2.ProxyError)):
        return "connection"
    if isinstance(error, httpx2.DecodingError):
        return "data"
    if isinstance(error, httpx2.StreamError):
        return "connection"
    return "invalid"
