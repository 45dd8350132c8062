"""Streams requests to the API over its Unix socket, as they came: raw path, body, answer.

The API believes the forwarding headers that are set here, so whatever a stranger sends in them is replaced.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from config.base_url import ProxyTrust
from config.problems import MEDIA_TYPE, Problem
from pigture.http import Receive, Scope, Send

log = logging.getLogger(__name__)

Headers = list[tuple[bytes, bytes]]

# RFC 9110 §7.6.1: these speak of one connection. (Expect is answered by the server in front.)
HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection"}
    | {b"te", b"trailer", b"transfer-encoding", b"upgrade", b"expect"}
)
FORWARDING = frozenset(
    {b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-prefix", b"x-real-ip"}
)
_NOT_IN_A_TARGET = re.compile(rb"[^\x21-\x7e]")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CONNECTION_LOST = (httpx.ConnectError, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)
ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}
UNAVAILABLE = Problem(
    503,
    "service-unavailable",
    "Service unavailable",
    "The API does not answer at the moment.",
    headers={"Retry-After": "2", **ANY_ORIGIN},
)
TIMEOUTS_S = {"connect": 5.0, "read": 300.0, "write": 300.0, "pool": 30.0}
# Shorter than the API keeps connections, so that none is used that is about to be closed.
LIMITS = httpx.Limits(max_connections=256, max_keepalive_connections=32, keepalive_expiry=30)


class Proxy:
    """An ASGI application. `trust` says which peers' own forwarding headers are handed on."""

    def __init__(self, socket: Path, trust: ProxyTrust) -> None:
        self.transport = httpx.AsyncHTTPTransport(uds=str(socket), limits=LIMITS)
        self.trust = trust

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; 503 with Retry-After where the API is away. A client that leaves cancels it."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        inbox = Inbox(receive, asyncio.Queue(maxsize=1))
        reading = asyncio.ensure_future(inbox.fill())  # ends when the client is gone
        exchange = asyncio.ensure_future(self._exchange(scope, inbox, send))
        try:
            await asyncio.wait({exchange, reading}, return_when=asyncio.FIRST_COMPLETED)
            if exchange.done():
                exchange.result()
        finally:
            for task in (exchange, reading):
                task.cancel()
            await asyncio.gather(exchange, reading, return_exceptions=True)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            event = (await receive())["type"]
            if event == "lifespan.shutdown":
                await self.transport.aclose()
            await send({"type": f"{event}.complete"})
            if event == "lifespan.shutdown":
                return

    async def _exchange(self, scope: Scope, inbox: Inbox, send: Send) -> None:
        try:
            response = await self._ask(scope, inbox)
        except httpx.LocalProtocolError as exc:
            detail = f"The request cannot be handed on: {exc}."
            await send_problem(Problem(400, "bad-request", "Bad Request", detail, headers=ANY_ORIGIN), send)
            return
        except httpx.TransportError as exc:
            log.warning("the API does not answer: %s", type(exc).__name__)
            await send_problem(UNAVAILABLE, send)
            return
        try:
            await send_response(response, send)
        except httpx.TransportError as exc:
            # Returning now makes the server close the connection: the client sees that the answer is incomplete.
            log.warning("the API broke off an answer: %s", type(exc).__name__)
        finally:
            await response.aclose()

    async def _ask(self, scope: Scope, inbox: Inbox) -> httpx.Response:
        if has_body(scope["headers"]):
            return await self.transport.handle_async_request(self._request(scope, inbox.body()))
        if scope["method"] in SAFE_METHODS:
            with suppress(*CONNECTION_LOST):  # once more: the API may just have been started again
                return await self.transport.handle_async_request(self._request(scope, None))
        return await self.transport.handle_async_request(self._request(scope, None))

    def _request(self, scope: Scope, body: AsyncIterator[bytes] | None) -> httpx.Request:
        query = _NOT_IN_A_TARGET.sub(lambda found: b"%%%02X" % found[0][0], scope["query_string"])
        # httpx would normalise escapes in the URL; `target` goes out byte for byte.
        target = scope["raw_path"] + (b"?" + query if query else b"")
        extensions = {"timeout": TIMEOUTS_S, "target": target}
        headers = request_headers(scope, self.trust)
        return httpx.Request(scope["method"], "http://api/", headers=headers, content=body, extensions=extensions)


@dataclass(frozen=True, slots=True)
class Inbox:
    """The client's side of a request: its body, at most one piece of it in memory."""

    receive: Receive
    pieces: asyncio.Queue[MutableMapping[str, Any]]

    async def fill(self) -> None:
        """Reads until the client is gone."""
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                return
            await self.pieces.put(message)

    async def body(self) -> AsyncIterator[bytes]:
        """The body, piece by piece."""
        more = True
        while more:
            message = await self.pieces.get()
            more = message.get("more_body", False)
            if piece := message.get("body", b""):
                yield piece


def has_body(headers: Headers) -> bool:
    """Whether a request has a body (RFC 9112 §6.3)."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0") for name, value in headers
    )


def request_headers(scope: Scope, trust: ProxyTrust) -> Headers:
    """The headers for the API: the client's, and where the request came from.

    X-Forwarded-For keeps what the client sent and ends with its address, so that the API can tell a direct request
    (one hop) from one that came through something. The rest is kept from trusted proxies only.
    """
    peer = scope["client"][0] if scope.get("client") else None
    # Spaces around a value are no part of it (RFC 9110 §5.5), and h11 refuses to send them.
    incoming: Headers = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
    away = dropped(incoming) | FORWARDING
    kept = [item for item in incoming if item[0] not in away]
    given = [item for item in incoming if item[0] in FORWARDING]
    if trust.trusts(peer):
        passed_on = [item for item in given if item[0] != b"x-forwarded-for"]
    else:
        host = next((value for name, value in incoming if name == b"host"), b"")
        passed_on = [(b"x-forwarded-host", host), (b"x-forwarded-proto", scope["scheme"].encode())]
    return [*kept, *passed_on, (b"x-forwarded-for", forwarded_for(given, peer))]


def forwarded_for(given: Headers, peer: str | None) -> bytes:
    """X-Forwarded-For with this hop. Any other forwarding header shows a hop whose address is not known."""
    hops = [value for name, value in given if name == b"x-forwarded-for" and value.strip()]
    if given and not hops:
        hops = [b"unknown"]
    return b", ".join([*hops, (peer or "unknown").encode()])


def dropped(headers: Headers) -> frozenset[bytes]:
    """The names of the headers that end here, those named by Connection included."""
    named = [name.strip().lower() for key, value in headers if key == b"connection" for name in value.split(b",")]
    return HOP_BY_HOP.union(named)


async def send_response(response: httpx.Response, send: Send) -> None:
    """Hands the answer on as it comes. Raises httpx.TransportError."""
    headers = [(name.lower(), value) for name, value in response.headers.raw]
    away = dropped(headers) | {b"date", b"server"}
    kept = [item for item in headers if item[0] not in away]
    await send({"type": "http.response.start", "status": response.status_code, "headers": kept})
    async for piece in response.aiter_raw():
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def send_problem(problem: Problem, send: Send) -> None:
    """Sends a problem of our own."""
    body = problem.body()
    own = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    headers = [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": body})
