"""The way to the network: the overlay's own connections, by the proxies that the environment names."""

from __future__ import annotations

from typing import Any

from cliq_pins import http


class Route:
    """A transport for whatever host is asked."""

    def __init__(self) -> None:
        self._pools = http.pools(verify=True, trust_env=True, proxy=None)

    def handle_request(self, request: Any) -> Any:
        """Send a request."""
        return self._pools.pool(str(request.url)).handle_request(request)

    def close(self) -> None:
        """Close every connection."""
        for one in self._pools.close():
            one.close()
