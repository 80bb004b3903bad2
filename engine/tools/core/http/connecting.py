"""An HTTP client that lives for one call: it speaks only to allowed addresses and can be cut off from any
thread.

The proxies of the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY) are used, whatever the policy
says of their own addresses. A name behind a proxy is looked at too, as far as it can be resolved here; one that
cannot must be allowed by its name.
"""

from __future__ import annotations

import ssl
import urllib.request
from typing import Any

import httpx2

from engine.spec.addresses import AddressRules
from engine.tools.core.http.addresses import GuardedBackend, require_allowed, resolved


class GuardedTransport(httpx2.BaseTransport):  # type: ignore[misc]
    """Chooses the proxy or the direct way for each request, redirects included."""

    def __init__(self, tls: ssl.SSLContext, rules: AddressRules) -> None:
        self._tls = tls
        self._rules = rules
        self._backend = GuardedBackend(rules)
        self._to_proxy = GuardedBackend(AddressRules(None))
        self._ways: dict[str | None, httpx2.BaseTransport] = {}

    def handle_request(self, request: Any) -> Any:
        proxy = _proxy_for(request.url)
        if proxy is not None:
            port = request.url.port or (443 if request.url.scheme == "https" else 80)
            try:
                resolved(request.url.host, port, self._rules)
            except OSError:  # the proxy may know names that are not known here
                require_allowed(self._rules.unresolved_refusal(request.url.host))
        return self._way(proxy).handle_request(request)

    def _way(self, proxy: str | None) -> Any:
        if proxy not in self._ways:
            transport = httpx2.HTTPTransport(verify=self._tls, proxy=proxy)
            transport._pool._network_backend = (
                self._backend if proxy is None else self._to_proxy
            )  # httpx2 has no public way to hand one in
            self._ways[proxy] = transport
        return self._ways[proxy]

    def cut(self) -> None:
        """Ends every connection under way."""
        self._backend.cut()
        self._to_proxy.cut()

    def close(self) -> None:
        for transport in self._ways.values():
            transport.close()
        self._backend.close()
        self._to_proxy.close()


def _proxy_for(url: Any) -> str | None:
    host = f"{url.host}:{url.port}" if url.port else url.host
    if urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"
