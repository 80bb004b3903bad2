"""The shop that the cookbook's pages ask over HTTP, on loopback: every page gets one of its own, fresh each time.

What it answers is told on the pages that use it; it counts the requests of each path, so that it can be busy at first.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ORDERS = [{"id": number, "amount": 10 * number} for number in (1, 2, 3, 4, 5)]
PAGE_SIZE = 2

Answer = tuple[int, Any, dict[str, str]]


class Shop(BaseHTTPRequestHandler):
    """One request; `self.server.asked` counts them by method and path."""

    def log_message(self, *args: Any) -> None:
        """Say nothing: standard error belongs to the page."""

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        with self.server.lock:  # type: ignore[attr-defined]
            self.server.asked[self.command, where.path] += 1  # type: ignore[attr-defined]
            time = self.server.asked[self.command, where.path]  # type: ignore[attr-defined]
        name = where.path.strip("/").replace("/", "_").replace("-", "_")
        answer = getattr(self, f"at_{name}", None)
        query = {key: values[0] for key, values in parse_qs(where.query).items()}
        self._send(*(answer(time, query) if answer else (404, {"error": "nothing is here"}, {})))

    do_POST = do_GET  # noqa: N815

    def _send(self, status: int, body: Any, headers: dict[str, str]) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def at_exports(self, time: int, query: dict[str, str]) -> Answer:
        return 202, {"id": 42, "state": "queued"}, {}

    def at_exports_42(self, time: int, query: dict[str, str]) -> Answer:
        states = {1: {"state": "queued"}, 2: {"state": "running"}}
        return 200, states.get(time, {"state": "ready", "rows": 5}), {}

    def at_orders(self, time: int, query: dict[str, str]) -> Answer:
        page = int(query.get("page", "1"))
        rows = ORDERS[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        more = page * PAGE_SIZE < len(ORDERS)
        return 200, {"orders": rows, "next": page + 1 if more else None}, {}

    def at_rates(self, time: int, query: dict[str, str]) -> Answer:
        if time == 1:
            return 429, {"error": "too many requests"}, {"Retry-After": "1"}
        return 200, {"EUR": 1.0, "USD": 1.1}, {}

    def at_stock(self, time: int, query: dict[str, str]) -> Answer:
        return 503, {"error": "closed for the night"}, {}

    def at_mirror_stock(self, time: int, query: dict[str, str]) -> Answer:
        return 200, {"apples": 12, "pears": 3}, {}

    def at_me(self, time: int, query: dict[str, str]) -> Answer:
        if self.headers.get("Authorization") != "Bearer s3cr3t-token":
            return 401, {"error": "who are you?"}, {}
        return 200, {"user": "ada", "token": "s3cr3t-token"}, {}

    def at_prices(self, time: int, query: dict[str, str]) -> Answer:
        if self.headers.get("If-None-Match") == '"v7"':
            return 304, None, {"ETag": '"v7"'}
        return 200, {"apples": 1.2, "pears": 2.5}, {"ETag": '"v7"'}


@contextmanager
def shop() -> Iterator[str]:
    """A shop that serves until the block is left; gives its host and port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as serving:
        serving.asked, serving.lock = Counter(), threading.Lock()  # type: ignore[attr-defined]
        thread = threading.Thread(target=serving.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"127.0.0.1:{serving.server_address[1]}"
        serving.shutdown()
        thread.join()
