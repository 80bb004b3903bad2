"""One exchange: a request is sent, its redirects are followed, the last answer is read or refused.

Redirects are followed by hand: the body of a redirect is never read, and each place it leads to is looked at.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any, NamedTuple

from engine.tools.core.http.asking import follow, require_address, shown, timeout_seconds
from engine.tools.core.http.body import as_value, read_body
from engine.tools.core.http.statuses import error_type, expected, retry_after
from engine.tools.port import CallContext, ToolError

MAX_BYTES = 16 * 1024 * 1024
REDIRECTS_MAX = 5
ERROR_BODY_BYTES = 64 * 1024
ERROR_BODY_SHOWN = 2000


class Answer(NamedTuple):
    """What was answered. `size`: bytes of the body, decompressed; `url`: where the answer came from."""

    status: int
    headers: Mapping[str, str]
    body: Any
    size: int
    url: Any


class Asker:
    """Exchanges of one call."""

    def __init__(
        self, client: Any, parameters: Mapping[str, Any], config: Mapping[str, Any], context: CallContext
    ) -> None:
        self.client = client
        self.parameters = parameters
        self.config = config
        self.warnings: list[str] = []
        self._context = context

    def ask(self, request: Any, bytes_max: int) -> Answer:
        """The answer to a request. Raises ToolError: by its status where that is not expected, `too_large`, `timeout`."""
        deadline = time.monotonic() + timeout_seconds(self.parameters, self.config)

        def look() -> None:
            self._context.check_cancelled()
            _left(deadline)

        with closing(self._answer(request, deadline)) as response:
            if not expected(response.status_code, self.parameters.get("expect", ["2xx"])):
                raise _refusal(response, look)
            encoding = response.headers.get("content-encoding", "")
            content = read_body(response.iter_raw(), encoding, bytes_max, look)
        kind = response.headers.get("content-type", "")
        body = as_value(content, kind, response.charset_encoding, self.warnings)
        return Answer(response.status_code, dict(response.headers), body, len(content), response.request.url)

    def _answer(self, request: Any, deadline: float) -> Any:
        """The last answer, its body not read yet: redirects are followed."""
        import httpx2

        for _ in range(REDIRECTS_MAX + 1):
            require_address(request.url, shown(request.url))
            request.extensions = {**request.extensions, "timeout": httpx2.Timeout(_left(deadline)).as_dict()}
            response = self.client.send(request, stream=True)
            if response.next_request is None or not self.parameters.get("follow_redirects", True):
                return response
            response.close()
            follow(request, response.next_request, self.parameters, self.config)
            request = response.next_request
        raise ToolError(f"more than {REDIRECTS_MAX} redirects", type="failed", code="redirects")


def _left(deadline: float) -> float:
    """Seconds left of the exchange. Raises ToolError `timeout` when there are none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise ToolError("the exchange took too long", type="timeout", hint="raise `timeout`")
    return left


def _refusal(response: Any, look: Callable[[], None]) -> ToolError:
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
        f"{response.request.method} {shown(response.request.url)} was answered {said}",
        type=error_type(status),
        code=f"HTTP {status}",
        retry_after=retry_after(response.headers.get("retry-after"), response.headers.get("date")),
        data={"status": status, "body": body},
    )
