"""The base URL of each request, found once per Host where nothing else can change it."""

from __future__ import annotations

from starlette.types import Scope

from config.base_url import ProxyTrust, resolve_base_url
from iiif_server.caches import BoundedCache

_KEPT_HOSTS = 256


class Origin:
    """Tells under which URL a client sees this server."""

    def __init__(self, public_url: str | None, trust: ProxyTrust) -> None:
        self._public_url = public_url
        self._trust = trust
        self._by_host: BoundedCache[tuple[str, bytes], str] = BoundedCache(_KEPT_HOSTS)

    def base_url(self, scope: Scope, headers: dict[bytes, bytes]) -> str:
        """`https://host/prefix`, without a slash at the end."""
        if self._public_url is not None:
            return self._public_url
        client = scope.get("client")
        peer = client[0] if client else None
        if self._trust.trusts(peer):
            return self._resolve(scope, peer)
        key = (scope["scheme"], headers.get(b"host", b""))
        known = self._by_host.get(key)
        if known is None:
            known = self._resolve(scope, peer)
            if headers.get(b"host"):
                self._by_host.put(key, known)
        return known

    def _resolve(self, scope: Scope, peer: str | None) -> str:
        return resolve_base_url(
            scope["headers"], scheme=scope["scheme"], peer=peer, server=_server(scope), trust=self._trust
        )


def _server(scope: Scope) -> str:
    """host:port of the socket that was reached, for requests without a usable Host."""
    server = scope.get("server")
    if not server or server[1] is None:
        return "localhost"
    host = f"[{server[0]}]" if ":" in server[0] else server[0]
    return f"{host}:{server[1]}"
