"""`http` through a connection, and page after page: who asks and who hears it, where the next page is, when it ends."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from engine.tools.core.http.statuses import retry_after
from engine.tools.core.http.tool import Http
from engine.tools.port import CallContext, Records, Result, ToolError

KEY = "geheim-123"


class Api(BaseHTTPRequestHandler):
    """Seven items, two a page, in every way of telling where the next page is."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query))
        self.server.asked.append((self.command, self.path, dict(self.headers.items())))  # type: ignore[attr-defined]
        answer = getattr(self, "_" + url.path.removeprefix("/v2").strip("/").replace("/", "_"), None)
        status, headers, body = answer(query) if answer else (404, {}, None)
        text = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_HEAD = do_POST = do_GET  # noqa: N815

    def _orders(self, query: dict[str, str]) -> Any:
        return 200, {}, {"query": query}

    def _linked(self, query: dict[str, str]) -> Any:
        number = int(query.get("n", "0"))
        link = '<https://other.example/>; rel="last"' + (
            f', </v2/linked?n={number + 2}>; rel="next"' if number < 6 else ""
        )
        return 200, {"Link": link}, list(range(number, min(number + 2, 7)))

    def _cursors(self, query: dict[str, str]) -> Any:
        number = int(query.get("after", "0"))
        following = number + 2 if number < 6 else None
        return 200, {}, {"data": {"rows": list(range(7))[number : number + 2]}, "meta": {"next": following}}

    def _nexts(self, query: dict[str, str]) -> Any:
        number = int(query.get("n", "0"))
        return 200, {}, {"rows": [number], "next": f"/v2/nexts?n={number + 1}" if number < 2 else None}

    def _numbered(self, query: dict[str, str]) -> Any:
        number = int(query["page"])
        return 200, {}, list(range(7))[(number - 1) * 2 : number * 2]

    def _offsets(self, query: dict[str, str]) -> Any:
        start, limit = int(query["offset"]), int(query.get("limit", "2"))
        return 200, {}, list(range(7))[start : start + limit]

    def _elsewhere(self, query: dict[str, str]) -> Any:
        return 200, {"Link": "<http://127.0.0.2:9/steal>; rel=next"}, [1]

    def _circle(self, query: dict[str, str]) -> Any:
        return 200, {}, {"rows": [1], "next": "same"}

    def _leaving(self, query: dict[str, str]) -> Any:
        return 302, {"Location": query["to"]}, None

    def _refusing(self, query: dict[str, str]) -> Any:
        return 401, {}, {"key": KEY}

    def _no_head(self, query: dict[str, str]) -> Any:
        return (405 if self.command == "HEAD" else 204), {}, None

    def _broken(self, query: dict[str, str]) -> Any:
        return 500, {}, None


@pytest.fixture(scope="module")
def serving() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        server.asked = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def base(serving: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    serving.asked.clear()
    return f"http://127.0.0.1:{serving.server_port}/v2"


def called(settings: dict[str, Any], context: CallContext | None = None, **parameters: Any) -> Result:
    return Http(settings).call("request", parameters, context or CallContext())


def failed(settings: dict[str, Any], **parameters: Any) -> ToolError:
    with pytest.raises(ToolError) as caught:
        called(settings, **parameters)
    return caught.value


# -- the connection ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["orders", "/orders", "//orders"])
def test_a_path_is_joined_to_the_base_url(base: str, serving: Any, path: str) -> None:
    called({"base_url": base + "/"}, path=path, query={"a": 1})
    assert serving.asked[0][1] == "/v2/orders?a=1"


@pytest.mark.parametrize("path", ["../admin", "orders/../../x", "%2e%2e/x", "a/%2E./b", "..\\x", "./x"])
def test_no_path_leads_out_of_the_base_url(base: str, serving: Any, path: str) -> None:
    assert failed({"base_url": base}, path=path).type == "invalid"
    assert serving.asked == []


def test_a_path_that_looks_like_an_address_stays_below_the_base_url(base: str, serving: Any) -> None:
    assert failed({"base_url": base}, path="http://elsewhere.example/x").type == "not_found"
    assert serving.asked[0][1] == "/v2/http://elsewhere.example/x"


def test_an_address_elsewhere_is_not_asked_through_the_connection(base: str) -> None:
    error = failed({"base_url": base, "auth": {"type": "bearer", "token": KEY}}, url="http://127.0.0.2/x")
    assert (error.type, error.code) == ("invalid", "url")


def test_a_path_needs_a_connection() -> None:
    assert failed({}, path="/x").code == "url"


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ({"type": "basic", "username": "u", "password": "p"}, "Authorization", "Basic dTpw"),
        ({"type": "bearer", "token": KEY}, "Authorization", f"Bearer {KEY}"),
        ({"type": "api_key", "key": KEY}, "X-Api-Key", KEY),
        ({"type": "api_key", "key": KEY, "name": "X-Mine"}, "X-Mine", KEY),
    ],
)
def test_who_asks_is_sent_in_a_header(base: str, serving: Any, auth: Any, header: str, value: str) -> None:
    called({"base_url": base, "auth": auth}, path="orders")
    sent = {name.lower(): text for name, text in serving.asked[0][2].items()}
    assert sent[header.lower()] == value


def test_a_key_may_be_sent_in_the_query_of_every_page(base: str, serving: Any) -> None:
    auth = {"type": "api_key", "key": KEY, "name": "k", "in": "query"}
    called(
        {"base_url": base, "auth": auth},
        path="nexts",
        paginate={"by": "cursor", "items": "rows", "next": "next"},
    )
    assert [f"k={KEY}" in path for _, path, _ in serving.asked] == [True, True, True]


def test_headers_of_the_step_win_over_those_of_the_connection(base: str, serving: Any) -> None:
    called({"base_url": base, "headers": {"X-A": 1, "X-B": 2}}, path="orders", headers={"x-a": "own"})
    assert (serving.asked[0][2]["x-a"], serving.asked[0][2]["x-b"]) == ("own", "2")


def test_what_the_connection_sends_goes_to_no_other_host(base: str, serving: Any) -> None:
    auth = {"type": "api_key", "key": KEY, "name": "X-Key"}
    elsewhere = base.replace("127.0.0.1", "localhost") + "/orders"
    settings = {"base_url": base, "auth": auth, "headers": {"X-Also": KEY}}
    called(settings, path="leaving", query={"to": elsewhere})
    assert KEY in serving.asked[0][2]["x-key"]
    assert KEY not in str(serving.asked[1][2])


def test_an_error_tells_nothing_of_who_asked(base: str) -> None:
    auth = {"type": "api_key", "key": KEY, "name": "k", "in": "query"}
    error = failed({"base_url": base, "auth": auth}, path="broken")
    assert KEY not in f"{error.message} {error.hint} {error.data}"


# -- health -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({}, "healthy"),
        ({"health_path": "/orders"}, "healthy"),
        ({"health_path": "/no/head"}, "healthy"),
        ({"health_path": "/nowhere"}, "unhealthy"),
        ({"health_path": "/refusing"}, "unhealthy"),
        ({"health_path": "/broken"}, "unhealthy"),
    ],
)
def test_health_is_what_the_server_answers(base: str, settings: dict[str, Any], status: str) -> None:
    """Without a path of its own a 404 is an answer: the server is there."""
    assert Http({"base_url": base, **settings}).health_check()["status"] == status


def test_a_server_that_refuses_who_asks_is_unhealthy_without_a_path_too(base: str) -> None:
    found = Http({"base_url": base + "/refusing"}).health_check()
    assert found == {
        "status": "unhealthy", "detail": "answered 401: who asks is refused", "metrics": {"status": 401},
    }  # fmt: skip


# -- page after page --------------------------------------------------------------------------------------------------

WAYS = [
    ("linked", {"by": "link"}),
    ("cursors", {"by": "cursor", "items": "data.rows", "next": "meta.next", "parameter": "after"}),
    ("numbered", {"by": "page"}),
    ("numbered", {"by": "page", "size": 2}),
    ("offsets", {"by": "offset", "size": 2}),
    ("offsets", {"by": "offset", "size": 3, "size_parameter": "limit"}),
]


@pytest.mark.parametrize(("path", "how"), WAYS)
def test_every_page_is_asked_for_once(base: str, serving: Any, path: str, how: dict[str, Any]) -> None:
    result = called({"base_url": base}, path=path, paginate=how)
    assert result.data["items"] == list(range(7))
    assert (result.data["count"], result.data["truncated"], result.data["body"]) == (7, False, None)
    assert result.data["pages"] == len(serving.asked) == len({path for _, path, _ in serving.asked})


@pytest.mark.parametrize(("path", "how"), WAYS)
def test_taken_as_a_stream_each_page_is_a_batch(base: str, path: str, how: dict[str, Any]) -> None:
    gathered = called({"base_url": base}, path=path, paginate=how).data
    records = called({"base_url": base}, CallContext(streams=True), path=path, paginate=how).data["items"]
    assert isinstance(records, Records)
    assert [item for batch in records for item in batch] == gathered.pop("items")
    said = records.said()
    assert {**said, "headers": None} == {**gathered, "headers": None}


def test_a_stream_asks_for_a_page_when_somebody_takes_it(base: str, serving: Any) -> None:
    records = called(
        {"base_url": base}, CallContext(streams=True), path="linked", paginate={"by": "link"}
    ).data["items"]
    assert len(serving.asked) == 0
    next(records)
    assert len(serving.asked) == 1
    records.close()


def test_after_max_pages_it_ends_and_says_so(base: str, serving: Any) -> None:
    result = called({"base_url": base}, path="linked", paginate={"by": "link", "max_pages": 2})
    assert (result.data["items"], result.data["truncated"], len(serving.asked)) == ([0, 1, 2, 3], True, 2)
    assert "raise `paginate.max_pages`" in result.warnings[0]


def test_the_query_of_the_step_goes_with_every_counted_page(base: str, serving: Any) -> None:
    called({"base_url": base}, path="numbered", query={"q": "x"}, paginate={"by": "page"})
    assert all("q=x" in path for _, path, _ in serving.asked)


@pytest.mark.parametrize(
    ("path", "how", "said"),
    [
        ("elsewhere", {"by": "link"}, "the next page is elsewhere"),
        ("circle", {"by": "cursor", "items": "rows", "next": "next"}, "leads back to one that was asked for"),
        ("orders", {"by": "page"}, "the body is a mapping, expected a list"),
        ("orders", {"by": "page", "items": "query"}, '"query" of the body is a mapping, expected a list'),
        ("cursors", {"by": "cursor", "items": "data.rows", "next": "meta"}, '"meta" is a mapping'),
    ],
)
def test_what_leads_nowhere_is_an_error(base: str, path: str, how: dict[str, Any], said: str) -> None:
    error = failed({"base_url": base}, path=path, paginate=how)
    assert (error.type, error.code) == ("data", "pagination")
    assert said in error.message


def test_pages_that_are_gathered_share_the_limit_of_one_body(base: str) -> None:
    given = {"path": "linked", "paginate": {"by": "link"}, "max_bytes": 20}
    assert failed({"base_url": base}, **given).type == "too_large"
    records = called({"base_url": base}, CallContext(streams=True), **given).data["items"]
    assert sum(map(len, records)) == 7


def test_a_retry_after_date_is_one_of_the_servers_clock() -> None:
    """The clocks of two machines differ: only the server's own `Date` tells how long it means."""
    date, later = "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:30 GMT"
    assert retry_after(later, date) == 30
    assert retry_after(date, later) == 0
    assert retry_after("12", date) == 12
    assert retry_after(later, "no date") == 0
