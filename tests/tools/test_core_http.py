"""The `http` tool against a server on loopback."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from engine.spec.addresses import AddressRules
from engine.spec.policy import Policy
from engine.tools.core.http import addresses
from engine.tools.core.http.statuses import expected, retry_after
from engine.tools.core.http.tool import Http
from engine.tools.port import CallContext, Cancelled, Result, ToolError


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        pass

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        sent = self.rfile.read(length).decode()
        path, _, query = self.path.partition("?")
        path = path.removeprefix("http://nowhere.invalid")
        kind = path.strip("/").split("/")
        if kind[0] == "echo":
            told = {
                "method": self.command,
                "query": query,
                "body": sent,
                "headers": dict(self.headers.items()),
            }
            self.answer(
                200, json.dumps(told).encode(), Content_Type="application/vnd.test+json; charset=utf-8"
            )
        elif kind[0] == "status":
            extra = {"Retry_After": query} if query else {}
            self.answer(int(kind[1]), b"because", **extra)
        elif kind[0] == "gzip":
            body = gzip.compress(b"x" * int(kind[1]))
            self.answer(200, body, Content_Encoding="gzip", Content_Type="text/plain")
        elif kind[0] == "deflate":
            raw = zlib.compressobj(9, zlib.DEFLATED, -15)
            body = raw.compress(b"deflated") + raw.flush()
            self.answer(
                200, body if kind[1] == "raw" else zlib.compress(b"deflated"), Content_Encoding="deflate"
            )
        elif kind[0] == "to":
            self.answer(302, b"y" * 10_000, Location=query, Content_Encoding="gzip")
        elif kind[0] == "around":
            self.answer(302, Location=f"/around/{int(kind[1]) + 1}")
        elif kind[0] == "hang":
            self.server.asked.set()  # type: ignore[attr-defined]
            self.server.release.wait(20)  # type: ignore[attr-defined]
            self.close_connection = True
        elif kind[0] == "drip":
            self.send_response(200)
            self.end_headers()
            while not self.server.release.wait(0.02):  # type: ignore[attr-defined]
                self.wfile.write(b"x")
                self.wfile.flush()
        elif kind[0] == "typed":
            self.answer(200, sent.encode("latin-1") or b"\xe9", Content_Type=query.replace("%20", " "))

    do_POST = do_PUT = do_HEAD = do_DELETE = do_GET  # noqa: N815


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        serving.daemon_threads = True
        serving.handle_error = lambda *_: None  # type: ignore[method-assign]
        serving.asked, serving.release = threading.Event(), threading.Event()  # type: ignore[attr-defined]
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield serving
        serving.release.set()  # type: ignore[attr-defined]
        serving.shutdown()
        thread.join()


@pytest.fixture
def base(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return f"http://127.0.0.1:{server.server_port}"


@pytest.fixture(scope="module")
def tool() -> Http:
    return Http({})


@pytest.fixture
def ask(tool: Http, base: str) -> Any:
    def asked(path: str, **parameters: Any) -> Result:
        url = base + path if path.startswith("/") else path
        return tool.call("request", {"url": url, **parameters}, CallContext())

    return asked


@pytest.fixture
def failure(ask: Any) -> Any:
    def failed(path: str, **parameters: Any) -> ToolError:
        with pytest.raises(ToolError) as caught:
            ask(path, **parameters)
        return caught.value

    return failed


def test_the_answer_is_status_headers_and_parsed_body(ask: Any) -> None:
    data = ask("/echo").data
    assert data["status"] == 200
    assert data["headers"]["content-type"].startswith("application/vnd.test+json")
    assert data["body"]["method"] == "GET"


def test_query_is_added_to_the_urls_own(ask: Any) -> None:
    query = {"b": ["x", "y z"], "c": True, "d": None, "e": 1.5}
    assert ask("/echo?a=1", query=query).data["body"]["query"] == "a=1&b=x&b=y+z&c=true&e=1.5"


def test_json_and_text_bodies(ask: Any) -> None:
    sent = ask("/echo", method="POST", json={"ü": [None]}).data["body"]
    assert json.loads(sent["body"]) == {"ü": [None]}
    assert sent["headers"]["content-type"] == "application/json"
    sent = ask("/echo", method="PUT", data="plain", headers={"Content-Type": "text/csv", "X-N": 5}).data[
        "body"
    ]
    assert (sent["method"], sent["body"]) == ("PUT", "plain")
    assert sent["headers"]["content-type"] == "text/csv"
    assert sent["headers"]["x-n"] == "5"


def test_both_bodies_at_once_are_invalid(failure: Any) -> None:
    assert failure("/echo", method="POST", json=1, data="x").type == "invalid"


def test_auth_is_sent(ask: Any) -> None:
    basic = {"type": "basic", "username": "u", "password": "p:ü"}
    assert ask("/echo", auth=basic).data["body"]["headers"]["authorization"] == "Basic dTpwOsO8"
    bearer = {"type": "bearer", "token": "t"}
    assert ask("/echo", auth=bearer).data["body"]["headers"]["authorization"] == "Bearer t"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid"),
        (401, "permission"),
        (403, "permission"),
        (404, "not_found"),
        (408, "timeout"),
        (409, "conflict"),
        (410, "not_found"),
        (422, "invalid"),
        (429, "rate_limit"),
        (500, "unavailable"),
        (502, "unavailable"),
        (503, "unavailable"),
        (504, "timeout"),
    ],
)
def test_an_unexpected_status_is_an_error_of_its_kind(failure: Any, status: int, kind: str) -> None:
    error = failure(f"/status/{status}?7")
    assert (error.type, error.code, error.retry_after) == (kind, f"HTTP {status}", 7)
    assert error.data == {"status": status, "body": "because"}


def test_the_error_shows_the_address_without_what_may_be_secret(failure: Any, base: str) -> None:
    address = base.replace("//", "//user:geheim@") + "/status/404?token=geheim"
    message = failure(address, query={"key": "geheim"}).message
    assert "geheim" not in message
    assert message == f"GET {base}/status/404 was answered 404 Not Found"


def test_expected_statuses_succeed(ask: Any, failure: Any) -> None:
    assert ask("/status/404", expect=["2xx", 404]).data["body"] == "because"
    assert failure("/status/200", expect=[201]).type == "failed"


def test_patterns_of_statuses() -> None:
    assert expected(204, ["2xx"])
    assert expected(503, ["50x"])
    assert not expected(513, ["50x"])
    assert expected(404, [200, 404])
    assert not expected(404, ["200"])


def test_retry_after_is_seconds_or_a_date_or_nothing() -> None:
    assert retry_after("12") == 12
    assert 3500 < (retry_after(formatdate(time.time() + 3600, usegmt=True)) or 0) <= 3600
    assert retry_after(formatdate(0, usegmt=True)) == 0
    for nothing in (None, "", "soon", "-1", "nan", "1e3"):
        assert retry_after(nothing) is None


def test_redirects_are_followed_five_times_and_no_more(ask: Any, failure: Any, base: str) -> None:
    assert ask(f"/to?{base}/echo?x=1").data["body"]["query"] == "x=1"
    assert failure("/around/0").code == "redirects"
    assert ask("/around/0", follow_redirects=False, expect=["3xx"]).data["status"] == 302


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://x/", "/etc/passwd", "http://", "x"]
)
def test_only_http_addresses_are_asked(tool: Http, failure: Any, url: str) -> None:
    with pytest.raises(ToolError) as caught:
        tool.call("request", {"url": url}, CallContext())
    assert caught.value.type == "invalid"
    if "://" in url and url != "http://":
        assert failure(f"/to?{url}").type == "invalid"


METADATA = [
    "169.254.169.254",
    "2852039166",
    "0xA9FEA9FE",
    "169.254.43518",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[2002:a9fe:a9fe::1]",
    "[64:ff9b::a9fe:a9fe]",
    "[::169.254.169.254]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "100.100.100.200",
]


@pytest.mark.parametrize("host", METADATA)
def test_metadata_addresses_are_refused_in_every_spelling(failure: Any, host: str) -> None:
    error = failure(f"http://{host}/latest/meta-data/")
    assert (error.type, error.code) == ("permission", "address")


@pytest.mark.parametrize(
    "host", ["0251.0376.0251.0376", "１６９.254.169.254", "①69.254.169.254", "[fe80::1%25lo]"]
)
def test_odd_spellings_are_refused_before_anything_is_sent(failure: Any, host: str) -> None:
    assert failure(f"http://{host}/latest/").type in ("invalid", "permission")


def test_a_redirect_to_a_metadata_address_is_refused(failure: Any) -> None:
    assert failure("/to?http://169.254.169.254/latest/").type == "permission"


def test_a_name_that_resolves_to_a_metadata_address_is_refused(
    failure: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(host: str, port: int, **_: Any) -> Any:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, ("127.0.0.1", port)), (*kind, ("169.254.169.254", port))]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", answer)
    error = failure("http://innocent.example/")
    assert (error.type, error.code) == ("permission", "address")


def test_a_refused_address_is_refused_behind_a_proxy_too(
    tool: Http, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", base)
    with pytest.raises(ToolError) as caught:
        tool.call("request", {"url": "http://169.254.169.254/"}, CallContext())
    assert caught.value.code == "address"


def test_the_proxy_of_the_environment_is_used(tool: Http, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's server stands in for the proxy: it answers for a host that does not exist."""
    monkeypatch.setenv("http_proxy", base)
    data = tool.call("request", {"url": "http://nowhere.invalid/echo"}, CallContext()).data
    assert data["body"]["headers"]["Host"] == "nowhere.invalid"


def test_loopback_and_private_addresses_are_allowed() -> None:
    for address in ("127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "fd12::1", "8.8.8.8"):
        assert AddressRules(None).host_refusal(address) is None


def test_compressed_bodies_are_read(ask: Any) -> None:
    assert ask("/gzip/100000").data["body"] == "x" * 100_000
    assert ask("/deflate/zlib").data["body"] == "deflated"
    assert ask("/deflate/raw").data["body"] == "deflated"


def test_a_body_is_bounded_after_decompression(failure: Any, ask: Any) -> None:
    assert failure("/gzip/100000000", max_bytes=1_000_000).type == "too_large"
    assert failure("/gzip/1001", max_bytes=1000).type == "too_large"
    assert len(ask("/gzip/1000", max_bytes=1000).data["body"]) == 1000


def test_a_body_that_never_ends_meets_the_limit_or_the_timeout(failure: Any) -> None:
    assert failure("/drip", max_bytes=3).type == "too_large"
    assert failure("/drip", timeout=0.2).type == "timeout"


def test_text_is_decoded_by_its_charset(ask: Any) -> None:
    assert ask("/typed?text/plain;%20charset=latin-1").data["body"] == "é"
    result = ask("/typed?text/plain")
    assert result.data["body"] == "\ufffd"
    assert "utf-8" in result.warnings[0]


def test_an_empty_body_is_null(ask: Any) -> None:
    assert ask("/status/200", method="HEAD").data["body"] is None


def test_broken_json_is_a_data_error(failure: Any) -> None:
    assert failure("/typed?application/json", method="POST", data="{").code == "JSON"


def test_no_answer_is_a_timeout(failure: Any) -> None:
    assert failure("/hang", timeout=0.2).type == "timeout"


def test_no_server_is_a_connection_error(failure: Any) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    error = failure(f"http://127.0.0.1:{port}/")
    assert (error.type, error.code) == ("connection", "ConnectError")


def test_a_name_that_cannot_be_resolved_is_a_connection_error(
    failure: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(addresses.socket, "getaddrinfo", answer)
    assert failure("http://nowhere.invalid/").type == "connection"


def test_a_header_with_a_line_break_is_invalid(failure: Any) -> None:
    assert failure("/echo", headers={"X": "a\r\nY: b"}).type == "invalid"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"headers": {"X-Key": "abcdefé"}}, "x-key"),
        ({"auth": {"type": "bearer", "token": "é" * 9}}, "authorization"),
    ],
)
def test_a_header_that_is_no_ascii_is_named_and_nothing_of_its_value_is_told(
    failure: Any, given: dict[str, Any], name: str
) -> None:
    error = failure("/echo", **given)
    assert (error.type, error.code) == ("invalid", "headers")
    assert error.message == f'the value of the header "{name}" must be ASCII'


def test_cancel_wakes_a_call_that_waits_for_its_answer(tool: Http, base: str, server: Any) -> None:
    context = CallContext()
    ended: list[BaseException] = []

    def work() -> None:
        try:
            tool.call("request", {"url": base + "/hang", "timeout": 300}, context)
        except BaseException as error:
            ended.append(error)

    server.asked.clear()
    thread = threading.Thread(target=work)
    thread.start()
    assert server.asked.wait(20)
    context.cancel_now()
    thread.join(20)
    assert isinstance(ended[0], Cancelled)


def test_authorization_does_not_follow_a_redirect_to_another_host(ask: Any, base: str) -> None:
    elsewhere = base.replace("127.0.0.1", "localhost")
    sent = ask(f"/to?{elsewhere}/echo", auth={"type": "bearer", "token": "t"}).data["body"]
    assert "authorization" not in {name.lower() for name in sent["headers"]}


@pytest.mark.parametrize(
    ("url", "shown"),
    [("127.0.0.1:8917/x", "127.0.0.1:8917/x"), ("user:hunter2@host/a?key=hunter2", "host/a")],
)
def test_a_wrong_address_is_quoted_as_written_without_its_secrets(tool: Http, url: str, shown: str) -> None:
    with pytest.raises(ToolError) as caught:
        tool.call("request", {"url": url}, CallContext())
    assert f'"{shown}" is not an address to ask' in caught.value.message


# -- what the project's policy says -----------------------------------------------------------------------------------


@pytest.fixture
def refused(tool: Http, base: str) -> Any:
    """What a call to a path of the server is refused with, under a policy."""

    def refused_with(path: str, *addresses: str) -> str:
        context = CallContext(policy=Policy(http_addresses=addresses))
        url = base + path if path.startswith("/") else path
        with pytest.raises(ToolError) as caught:
            tool.call("request", {"url": url}, context)
        assert (caught.value.type, caught.value.code) == ("permission", "permission")
        return caught.value.message

    return refused_with


def test_the_policy_is_asked_of_the_address_that_is_spoken_to(tool: Http, base: str, refused: Any) -> None:
    context = CallContext(policy=Policy(http_addresses=("127.0.0.0/8",)))
    assert tool.call("request", {"url": base + "/echo"}, context).data["status"] == 200
    assert refused("/echo", "public") == 'the policy of the project does not allow the address "127.0.0.1"'


def test_a_redirect_is_held_to_the_policy_too(refused: Any) -> None:
    assert refused("/to?http://10.0.0.1/", "loopback").endswith('the address "10.0.0.1"')


def test_a_name_that_is_allowed_leads_to_no_private_address(
    refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever answers for a name must not be able to have it mean the machine itself."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))]
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_, **__: found)
    told = refused("http://api.example.com/", "api.example.com")
    assert told.startswith('"api.example.com" (127.0.0.1) is a loopback address')


def test_the_connection_goes_to_the_address_that_was_looked_at(
    tool: Http, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second answer of the name server, once the first was found good, changes nothing: it is asked once."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def answer(host: str, port: int, *rest: Any, **more: Any) -> Any:
        asked.append(host)
        where = "127.0.0.1" if len(asked) == 1 or host == "127.0.0.1" else "10.255.255.1"
        return real(where, port, *rest, **more)

    monkeypatch.setattr(addresses.socket, "getaddrinfo", answer)
    context = CallContext(policy=Policy(http_addresses=("loopback",)))
    url = base.replace("127.0.0.1", "rebound.example") + "/echo"
    assert tool.call("request", {"url": url}, context).data["status"] == 200
    assert asked.count("rebound.example") == 1


def test_a_name_the_policy_does_not_know_is_not_even_resolved(
    refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_, **__: pytest.fail("it was resolved"))
    assert "other.example" in refused("http://other.example/", "api.example.com")


def test_behind_a_proxy_a_name_must_be_allowed_by_itself_where_it_cannot_be_resolved(
    tool: Http, base: str, refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", base)
    named = CallContext(policy=Policy(http_addresses=("nowhere.invalid",)))
    assert tool.call("request", {"url": "http://nowhere.invalid/echo"}, named).data["status"] == 200
    assert "nowhere.invalid" in refused("http://nowhere.invalid/echo", "public", "10.0.0.0/8")
