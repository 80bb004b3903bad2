"""An HTTP client that lives for one call: it speaks only to allowed addresses and can be cut off from any
thread.

The proxies of the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY) are used. A name behind a proxy
is looked at too, as far as it can be resolved here.
"""

from __future__ import annotations

import contextlib
import ssl
import urllib.request
from typing import Any

import httpx2

from engine.tools.core.http.addresses import GuardedBackend, resolved


class GuardedTransport(httpx2.BaseTransport):  # type: ignore[misc]
    """Chooses the proxy or the direct way for each request, redirects included."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._backend = GuardedBackend()
        self._ways: dict[str | None, httpx2.BaseTransport] = {}

    def handle_request(self, request: Any) -> Any:
        proxy = _proxy_for(request.url)
        if proxy is not None:
            port = request.url.port or (443 if request.url.scheme == "https" else 80)
            with contextlib.suppress(OSError):  # the proxy may know names that are not known here
                resolved(request.url.host, port)
        return self._way(proxy).handle_request(request)

    def _way(self, proxy: str | None) -> Any:
        if proxy not in self._ways:
            transport = httpx2.HTTPTransport(verify=self._tls, proxy=proxy)
            transport._pool._network_backend = self._backend  # httpx2 has no public way to hand one in
            self._ways[proxy] = transport
        return self._ways[proxy]

    def cut(self) -> None:
        """Ends every connection under way."""
        self._backend.cut()

    def close(self) -> None:
        for transport in self._ways.values():
            transport.close()
        self._backend.close()


def _proxy_for(url: Any) -> str | None:
    host = f"{url.host}:{url.port}" if url.port else url.host
    if urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"
