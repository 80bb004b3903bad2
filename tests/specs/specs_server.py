"""What the shipped workflows talk to in their tests: a small server on loopback that remembers what it was asked."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

RATES = "day,rate\n2026-01-31,1,5ü\n"
PAGES = 12


class Service(ThreadingHTTPServer):
    """`seen`: every request, as method, path with query, headers, body; `busy`: how often /job is not done."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[tuple[str, str, dict[str, str], Any]] = []
        self.busy = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def log_message(self, *args: Any) -> None:
        pass

    def answer(self, status: int, body: Any, kind: str = "application/json") -> None:
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        self.server.seen.append(("GET", self.path, dict(self.headers), None))
        url = urlsplit(self.path)
        if url.path == "/rates.csv":
            self.answer(200, RATES, "text/csv; charset=utf-8")
        elif url.path == "/job":
            self.server.busy -= 1
            self.answer(200, {"jobs": [{"state": "busy" if self.server.busy >= 0 else "done"}]})
        elif url.path == "/starting":
            self.server.busy -= 1
            self.answer(503 if self.server.busy >= 0 else 200, "")
        elif url.path == "/orders":
            page = int(parse_qs(url.query).get("after", ["0"])[0])
            rows = [{"id": 2 * page + 1}, {"id": 2 * page + 2}]
            self.answer(
                200, {"data": {"rows": rows}, **({"next": str(page + 1)} if page + 1 < PAGES else {})}
            )
        else:
            self.answer(404, "nothing is here", "text/plain")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.command, self.path, dict(self.headers), body))
        refused = "bob" in json.dumps(body)
        self.answer(400 if refused else 201, {})
