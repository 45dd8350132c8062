"""Who asks, and whether they may: bearer tokens, the cookie of a browser's session, and `--open` on loopback."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from config.access import COOKIE_NAME, NOBODY, Action, Principal, Role, parse_bearer
from config.base_url import ProxyTrust, resolve_base_url
from ingest.http.errors import AuthenticationRequiredError, ForbiddenError
from ingest.services import HasCatalog
from ingest.tokens import read_grants

_FORWARDING = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-prefix")
_FORWARDING_BY_OTHERS = ("forwarded", "x-forwarded-prefix", "x-real-ip", "via")
_READS = frozenset(
    (
        *(Action.READ_PUBLIC, Action.READ_RESTRICTED, Action.READ_JOBS, Action.READ_METRICS),
        *(Action.DOWNLOAD_PYRAMIDS, Action.DOWNLOAD_ORIGINALS),
    )
)
OPEN = Principal("open", frozenset({Role.READ, Role.CURATE}))
"""Whoever sits at this machine, where the setting `open` says that it needs no token."""


class Proof(Enum):
    """How somebody showed who they are."""

    NONE = "nothing"
    BEARER = "a bearer token"
    COOKIE = "a session's cookie"
    OPEN = "sitting at this machine"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and by what that is known."""

    principal: Principal
    proof: Proof


class Gate:
    """Decides about requests."""

    def __init__(self, services: HasCatalog) -> None:
        self._services = services
        self._settings = services.settings
        self._trust = ProxyTrust.parse(services.settings.trusted_proxies, unix_sockets=True)

    def base_url(self, request: HTTPConnection) -> str:
        """`https://host/prefix`, as the client sees this server."""
        server = request.scope.get("server")
        return resolve_base_url(
            request.headers.raw,
            scheme=request.scope["scheme"],
            peer=_peer(request),
            server=f"{server[0]}:{server[1]}" if server and server[1] is not None else "localhost",
            trust=self._trust,
            public_url=self._settings.public_url,
        )

    def identify(self, request: HTTPConnection) -> Caller:
        """Who asks. A cookie that is no longer in force counts as none. Blocks.

        Raises AuthenticationRequiredError where a bearer token is not in force (RFC 6750 §3.1).
        """
        bearer = parse_bearer(request.headers.get("authorization"))
        if bearer is not None:
            principal = self._principal(bearer)
            if principal is None:
                raise AuthenticationRequiredError("The token is not in force.", token_given=True)
            return Caller(principal, Proof.BEARER)
        cookie = request.cookies.get(COOKIE_NAME)
        principal = self._principal(cookie) if cookie else None
        if principal is not None:
            return Caller(principal, Proof.COOKIE)
        if self._settings.open and is_direct_from_loopback(request):
            return Caller(OPEN, Proof.OPEN)
        return Caller(NOBODY, Proof.NONE)

    def require(self, request: HTTPConnection, action: Action) -> Caller:
        """Who asks, if they may do that. Blocks. Raises AuthenticationRequiredError, ForbiddenError."""
        caller = self.identify(request)
        if not caller.principal.may(action):
            if caller.proof is Proof.NONE:
                raise AuthenticationRequiredError(f"It takes a token to {action}.")
            raise ForbiddenError(f"{caller.principal.name} may not {action}.")
        if caller.proof is Proof.COOKIE and action not in _READS:
            self.require_same_origin(request)
        return caller

    def require_same_origin(self, request: HTTPConnection) -> None:
        """Keeps pages of other origins from using a browser's cookie (RFC 6454 §4). Raises ForbiddenError."""
        ours = urlsplit(self.base_url(request))
        if request.headers.get("origin", "").lower() != f"{ours.scheme}://{ours.netloc}".lower():
            raise ForbiddenError("With a session's cookie only Pigture's own pages may change things.")

    def _principal(self, token: str) -> Principal | None:
        return read_grants(self._services, token).principal(token, datetime.now(UTC))


def is_direct_from_loopback(request: HTTPConnection) -> bool:
    """Whether a person or program at this machine asks, with nothing in between but our own image workers.

    Those speak over a unix socket and end X-Forwarded-For with their peer's address: one hop is a direct request.
    Host and Origin must be loopback names, or a page of a stranger could ask by DNS rebinding.
    """
    headers = request.headers
    if any(name in headers for name in _FORWARDING_BY_OTHERS):
        return False
    peer = _peer(request)
    if peer is None:
        address = ", ".join(headers.getlist("x-forwarded-for"))
        host = ", ".join(headers.getlist("x-forwarded-host"))
    elif any(name in headers for name in _FORWARDING):
        return False
    else:
        address, host = peer, ", ".join(headers.getlist("host"))
    origin = headers.get("origin")
    return (
        _is_loopback_address(address.strip())
        and _is_loopback_name(host)
        and (origin is None or _is_loopback_name(urlsplit(origin).netloc))
    )


def _peer(request: HTTPConnection) -> str | None:
    """The peer's address; None on a unix socket."""
    return request.client.host if request.client and request.client.host else None


def _is_loopback_address(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


def _is_loopback_name(netloc: str) -> bool:
    try:
        host = urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return False
    return host == "localhost" or _is_loopback_address(host)
