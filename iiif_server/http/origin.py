"""The base URL of each request, found once per Host where nothing else can change it."""

from __future__ import annotations

from starlette.types import Scope

from config.base_url import ProxyTrust, resolve_base_url
from iiif_server.caches import BoundedCache

_KEPT = 256
_DIRECT = (b"host",)
_PROXIED = (b"host", b"forwarded", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-prefix")

_Key = tuple[str, bool, tuple[str, int | None] | None, tuple[bytes | None, ...]]


class Origin:
    """Tells under which URL a client sees this server."""

    def __init__(self, public_url: str | None, trust: ProxyTrust) -> None:
        self._public_url = public_url
        self._trust = trust
        self._trusted: BoundedCache[str | None, bool] = BoundedCache(_KEPT)
        self._known: BoundedCache[_Key, str] = BoundedCache(_KEPT)

    def base_url(self, scope: Scope, headers: dict[bytes, bytes]) -> str:
        """`https://host/prefix`, without a slash at the end.

        Only `headers` counts, which has one value for each name: a second Host could otherwise slip a stranger's
        value into what is kept for the first.
        """
        if self._public_url is not None:
            return self._public_url
        client = scope.get("client")
        peer = client[0] if client else None
        trusted = self._trusts(peer)
        names = _PROXIED if trusted else _DIRECT
        key = (scope["scheme"], trusted, scope.get("server"), tuple([headers.get(name) for name in names]))
        known = self._known.get(key)
        if known is None:
            present = [(name, headers[name]) for name in names if name in headers]
            known = resolve_base_url(
                present, scheme=scope["scheme"], peer=peer, server=_server(scope), trust=self._trust
            )
            self._known.put(key, known)
        return known

    def _trusts(self, peer: str | None) -> bool:
        trusted = self._trusted.get(peer)
        if trusted is None:
            trusted = self._trust.trusts(peer)
            self._trusted.put(peer, trusted)
        return trusted


def _server(scope: Scope) -> str:
    """host:port of the socket that was reached, for requests without a usable Host."""
    server = scope.get("server")
    if not server or server[1] is None:
        return "localhost"
    host = f"[{server[0]}]" if ":" in server[0] else server[0]
    return f"{host}:{server[1]}"
