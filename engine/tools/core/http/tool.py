"""`http`: one request and its answer, or page after page. httpx2 is imported with the first call; its exceptions are
translated here, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from engine.spec.policy import OPEN
from engine.tools.core.http.asking import request_of, shown
from engine.tools.core.http.exchange import MAX_BYTES, Asker
from engine.tools.core.http.paging import Page, pages
from engine.tools.port import CallContext, Records, Result, ToolError

if TYPE_CHECKING:
    import ssl

HEALTH_SECONDS = 10.0


class Http:
    """A client per call, so that a cancelled call cuts its own connections and nobody else's."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        self._tls: ssl.SSLContext | None = None

    def call(self, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Result:
        context.check_cancelled()
        if context.streams:
            return self._streamed(parameters, context)
        with self._asker(parameters, context) as asker:
            return _gathered(asker) if "paginate" in parameters else _asked(asker)

    def health_check(self) -> dict[str, Any]:
        """Whether the server answers: below 500, and where a `health_path` is given, with success."""
        if "base_url" not in self._config:
            return {"status": "unknown", "detail": "there is no base_url to ask"}
        path = self._config.get("health_path")
        given = {"path": path or "", "timeout": HEALTH_SECONDS, "expect": ["1xx", "2xx", "3xx", "4xx", "5xx"]}
        status = self._status({**given, "method": "HEAD"})
        if status in (405, 501):
            status = self._status({**given, "method": "GET"})
        refused = status in (401, 403)
        good = status < 400 if path is not None else status < 500 and not refused
        detail = f"answered {status}" + (": who asks is refused" if refused else "")
        return {"status": "healthy" if good else "unhealthy", "detail": detail, "metrics": {"status": status}}

    def close(self) -> None:
        self._tls = None

    def _status(self, parameters: Mapping[str, Any]) -> int:
        with self._asker(parameters, CallContext()) as asker:
            return asker.ask(request_of(asker.client, parameters, self._config), MAX_BYTES).status

    @contextmanager
    def _asker(self, parameters: Mapping[str, Any], context: CallContext) -> Iterator[Asker]:
        import httpx2

        from engine.tools.core.http.connecting import GuardedTransport

        if self._tls is None:
            self._tls = httpx2.create_ssl_context()
        transport = GuardedTransport(self._tls, (context.policy or OPEN).addresses)
        context.on_cancel(transport.cut)
        with httpx2.Client(transport=transport, trust_env=False) as client, _translated(parameters, context):
            yield Asker(client, parameters, self._config, context)

    def _streamed(self, parameters: Mapping[str, Any], context: CallContext) -> Result:
        """The items of each page as a batch; the first page is asked for when somebody takes it."""
        if "paginate" not in parameters:
            message = "there are no `items` without `paginate`"
            raise ToolError(message, type="invalid", code="pagination", hint="the answer stands in `body`")
        result = Result()
        last: dict[str, Any] = {}

        def batches() -> Iterator[list[Any]]:
            with self._asker(parameters, context) as asker:
                for number, page in enumerate(pages(asker, gathered=False), 1):
                    last.update(_told(page, number))
                    yield page.items
            result.warnings += asker.warnings + ([_more(last["pages"])] if last["truncated"] else [])

        result.data = {"items": Records(batches(), lambda count: {**last, "count": count}, ready=True)}
        return result


def _asked(asker: Asker) -> Result:
    request = request_of(asker.client, asker.parameters, asker.config)
    answer = asker.ask(request, asker.parameters.get("max_bytes", MAX_BYTES))
    data = {"status": answer.status, "headers": answer.headers, "body": answer.body}
    result = Result(data, warnings=asker.warnings)
    result.set_performance_metric("response_bytes", answer.size)
    return result


def _gathered(asker: Asker) -> Result:
    items: list[Any] = []
    told: dict[str, Any] = {}
    result, size = Result(warnings=asker.warnings), 0
    for number, page in enumerate(pages(asker, gathered=True), 1):
        items += page.items
        size += page.answer.size
        told = _told(page, number)
    if told["truncated"]:
        result.add_warning(_more(told["pages"]))
    result.data = {**told, "items": items, "count": len(items)}
    result.processed_records = len(items)
    result.set_performance_metric("response_bytes", size)
    return result


def _told(page: Page, number: int) -> dict[str, Any]:
    """What is said of all pages when this is the last that was asked for."""
    answer = page.answer
    return {
        "status": answer.status,
        "headers": answer.headers,
        "body": None,
        "pages": number,
        "truncated": page.more,
    }


def _more(count: int) -> str:
    return f"there are more than {count} pages: raise `paginate.max_pages`"


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
        where = f"{method} {shown(request.url)}" if request is not None else method
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
