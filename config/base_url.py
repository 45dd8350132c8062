"""The base URL that a client used, and who the client is: proxies are believed only where they are trusted. Pure.

RFC 7239 (Forwarded), and the X-Forwarded-* headers that came before it. A trusted proxy at the edge has to
overwrite these headers, not to append to what a stranger sent: docs/operating.md shows how.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

Headers = Iterable[tuple[bytes, bytes]]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9.])?|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+){0,16}")
_FORWARDED_PAIR = re.compile(r'(?:^|[;,])\s*(host|proto)\s*=\s*(?:"([^"]*)"|([^;,\s]*))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ProxyTrust:
    """Which peers are believed. A peer on a unix socket has no address: `unix_sockets` decides about it."""

    networks: tuple[Network, ...] = ()
    unix_sockets: bool = False

    @classmethod
    def parse(cls, networks: Iterable[str], *, unix_sockets: bool = False) -> ProxyTrust:
        """From addresses and networks as text. Raises ValueError."""
        return cls(tuple(ipaddress.ip_network(text, strict=False) for text in networks), unix_sockets)

    def trusts(self, address: str | None) -> bool:
        """Whether the peer with this address (None: a unix socket) is a trusted proxy."""
        if address is None:
            return self.unix_sockets
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(ip in network for network in self.networks)


NO_TRUST = ProxyTrust()


def resolve_base_url(
    headers: Headers,
    *,
    scheme: str,
    peer: str | None,
    server: str,
    trust: ProxyTrust = NO_TRUST,
    public_url: str | None = None,
) -> str:
    """`https://host/prefix` as the client sees this server, without a trailing slash.

    `scheme`, `peer` (the client's address; None on a unix socket) and `server` (host:port, for requests whose Host is
    missing or malformed) are those of the connection. A host that is not a plain name or address is never echoed.
    """
    if public_url:
        return public_url
    host, prefix = _first(headers, b"host"), ""
    if trust.trusts(peer):
        forwarded = _forwarded(_first(headers, b"forwarded"))
        scheme = forwarded.get("proto") or _first_item(_first(headers, b"x-forwarded-proto")) or scheme
        host = forwarded.get("host") or _first_item(_first(headers, b"x-forwarded-host")) or host
        prefix = _first(headers, b"x-forwarded-prefix").rstrip("/")
    scheme = scheme.lower() if scheme.lower() in ("http", "https") else "http"
    host = host if _HOST.fullmatch(host) else server
    return f"{scheme}://{host}{prefix if _PREFIX.fullmatch(prefix) else ''}"


def resolve_client_address(headers: Headers, *, peer: str | None, trust: ProxyTrust = NO_TRUST) -> str | None:
    """The address of whoever asks: from the right, the first in X-Forwarded-For that is no trusted proxy."""
    if not trust.trusts(peer):
        return peer
    hops = [hop.strip() for hop in _first(headers, b"x-forwarded-for").split(",") if hop.strip()]
    for hop in reversed(hops):
        if not trust.trusts(hop):
            return hop
    return hops[0] if hops else peer


def _first(headers: Headers, name: bytes) -> str:
    return next((value.decode("latin-1").strip() for key, value in headers if key == name), "")


def _first_item(value: str) -> str:
    return value.partition(",")[0].strip()


def _forwarded(value: str) -> dict[str, str]:
    """The first host and the first proto of a Forwarded header (RFC 7239 §4)."""
    found: dict[str, str] = {}
    for name, quoted, bare in _FORWARDED_PAIR.findall(value):
        found.setdefault(name.lower(), quoted or bare)
    return found
