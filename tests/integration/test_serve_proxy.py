"""The way of a request through an image worker to the API: byte for byte, streamed, and tried again."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from config.base_url import ProxyTrust
from pigture.proxy import Proxy
from pigture.sockets import listen, listen_unix

pytestmark = pytest.mark.integration

App = Callable[[Any, Any, Any], Awaitable[None]]
PIECE = b"x" * 100_000


@asynccontextmanager
async def served(app: App, listener: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(app, http="httptools", lifespan="off", log_config=None, log_level="critical")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve([listener]))
    while not server.started:  # noqa: ASYNC110  uvicorn has a flag and no event
        await asyncio.sleep(0.005)
    yield
    server.should_exit = True
    await task


@asynccontextmanager
async def client_of(api_socket: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server that has nothing but the proxy in it."""
    listener = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    proxy = Proxy(api_socket, ProxyTrust())
    async with served(proxy, listener), httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as client:
        yield client
    await proxy.transport.aclose()


@asynccontextmanager
async def road(app: App, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client, the proxy, and `app` as the API behind it."""
    path = folder / "api"
    async with served(app, listen_unix(path)), client_of(path) as client:
        yield client


async def answer(
    send: Any, body: bytes, *, status: int = 200, headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    length = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*length, *(headers or [])]})
    await send({"type": "http.response.body", "body": body})


async def read_all(receive: Any) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


@pytest.mark.parametrize("target", [b"/images/a%2Fb%20%D0%81?x=%2f&y", b"/images/%41..%2F..?", b"/images/a//b"])
def test_the_target_arrives_byte_for_byte(tmp_path: Path, target: bytes) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await answer(send, scope["raw_path"] + b"?" + scope["query_string"])

    async def scenario() -> None:
        async with road(app, tmp_path) as client:
            request = client.build_request("GET", "/", extensions={"target": target})
            sent = target if b"?" in target else target + b"?"
            assert (await client.send(request)).content == sent

    asyncio.run(scenario())


def test_status_headers_and_bodies_pass_in_both_directions(tmp_path: Path) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"server", b"secret")]
        await answer(send, scope["method"].encode() + await read_all(receive), status=201, headers=headers)

    async def scenario() -> None:
        async with road(app, tmp_path) as client:
            response = await client.post("/uploads", content=PIECE)
            assert (response.status_code, response.content) == (201, b"POST" + PIECE)
            assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]
            assert len(response.headers.get_list("date")) == 1
            assert "secret" not in response.headers.get_list("server")

    asyncio.run(scenario())


def test_a_request_body_is_streamed(tmp_path: Path) -> None:
    first_seen = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        first = len((await receive())["body"])
        first_seen.set()
        await answer(send, str(first + len(await read_all(receive))).encode())

    async def pieces() -> AsyncIterator[bytes]:
        yield b"first"
        await asyncio.wait_for(first_seen.wait(), 10)
        yield b"second"

    async def scenario() -> None:
        async with road(app, tmp_path) as client:
            assert (await client.post("/uploads", content=pieces())).content == b"11"

    asyncio.run(scenario())


def test_an_answer_is_streamed(tmp_path: Path) -> None:
    go_on = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await go_on.wait()
        await send({"type": "http.response.body", "body": b"second"})

    async def scenario() -> None:
        async with road(app, tmp_path) as client, client.stream("GET", "/jobs") as response:
            parts = response.aiter_raw()
            assert await anext(parts) == b"first"
            go_on.set()
            assert b"".join([part async for part in parts]) == b"second"

    asyncio.run(scenario())


def test_a_client_that_leaves_takes_its_request_with_it(tmp_path: Path) -> None:
    began, left = asyncio.Event(), asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await read_all(receive)
        began.set()
        assert (await receive())["type"] == "http.disconnect"
        left.set()

    async def scenario() -> None:
        async with road(app, tmp_path) as client:
            asking = asyncio.create_task(client.get("/jobs"))
            await asyncio.wait_for(began.wait(), 10)
            asking.cancel()
            await asyncio.wait_for(left.wait(), 10)

    asyncio.run(scenario())


def test_a_client_that_leaves_in_the_middle_of_its_upload_is_noticed(tmp_path: Path) -> None:
    began, left = asyncio.Event(), asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            began.set()
        left.set()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"first"
        await asyncio.Event().wait()

    async def scenario() -> None:
        async with road(app, tmp_path) as client:
            sending = asyncio.create_task(client.post("/uploads", content=pieces()))
            await asyncio.wait_for(began.wait(), 10)
            sending.cancel()
            await asyncio.wait_for(left.wait(), 10)

    asyncio.run(scenario())


def test_without_an_api_the_answer_is_503_with_retry_after(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with client_of(tmp_path / "nobody") as client:
            response = await client.get("/jobs")
            assert response.status_code == 503
            assert response.headers["retry-after"] == "2"
            assert response.headers["content-type"] == "application/problem+json"

    asyncio.run(scenario())


def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    async def broken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart")
        await writer.drain()
        writer.close()

    async def scenario() -> None:
        async with await asyncio.start_unix_server(broken, tmp_path / "api"), client_of(tmp_path / "api") as client:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get("/jobs")

    asyncio.run(scenario())


def test_reads_are_tried_again_and_writes_are_not(tmp_path: Path) -> None:
    """The first connection ends without an answer, as those to an API that is killed do."""
    methods: list[bytes] = []

    async def falls_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            methods.append((await reader.readuntil(b"\r\n\r\n")).split(b" ")[0])
            if methods.count(methods[-1]) > 1:
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
                await writer.drain()
        writer.close()

    async def scenario() -> None:
        async with (
            await asyncio.start_unix_server(falls_once, tmp_path / "api"),
            client_of(tmp_path / "api") as client,
        ):
            assert (await client.get("/jobs")).content == b"ok"
            assert (await client.delete("/images/a")).status_code == 503
            assert methods == [b"GET", b"GET", b"DELETE"]

    asyncio.run(scenario())
