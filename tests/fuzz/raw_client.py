"""One HTTP/1.1 connection, read by the letter of RFC 9112: what is not proper is an error and never repaired."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import dataclass

MAX_HEAD_BYTES = 64 * 1024
_BODILESS = (204, 304)


class ImproperAnswerError(Exception):
    """The server's bytes are no proper answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Header names in lower case; of several equal ones the last. The body without its content coding."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """Opens itself anew where the server closed it after an answer."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, data: bytes) -> None:
        """Sends on the open connection, or on a new one."""
        if self._writer is None or self._writer.is_closing():
            self._reader, self._writer = await asyncio.open_connection(*self._address, limit=MAX_HEAD_BYTES)
        self._writer.write(data)
        await self._writer.drain()

    async def read(self, *, is_head: bool) -> Answer | None:
        """The next final answer; None where the server closes the connection instead of beginning one."""
        assert self._reader is not None
        answer = await _read_answer(self._reader, is_head)
        while answer is not None and answer.status < 200:
            answer = await _read_answer(self._reader, is_head)
        if answer is None or answer.headers.get("connection", "").lower() == "close" or self._reader.at_eof():
            self.close()
        return answer

    def close(self) -> None:
        """Hangs up."""
        if self._writer is not None:
            self._writer.transport.abort()
            self._writer = None

    async def aclose(self) -> None:
        """Hangs up, and lets the event loop see to it."""
        self.close()
        await asyncio.sleep(0)


async def _read_answer(reader: asyncio.StreamReader, is_head: bool) -> Answer | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as exc:
        if exc.partial:
            raise ImproperAnswerError(f"cut off in its head: {exc.partial!r}") from exc
        return None
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    if version != "HTTP/1.1" or not rest[:3].isdigit() or rest[3:4] != " ":
        raise ImproperAnswerError(first)
    status = int(rest[:3])
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or name != name.strip() or not name:
            raise ImproperAnswerError(f"header {line!r}")
        headers[name.lower()] = value.strip()
    body = await _read_body(reader, status, headers, is_head)
    if body and headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    return Answer(status, headers, body)


async def _read_body(reader: asyncio.StreamReader, status: int, headers: dict[str, str], is_head: bool) -> bytes:
    if status < 200 or status in _BODILESS or is_head:
        return b""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return await _read_chunks(reader)
    if "content-length" not in headers:
        raise ImproperAnswerError(f"{status} without a Content-Length")
    try:
        return await reader.readexactly(int(headers["content-length"]))
    except asyncio.IncompleteReadError as exc:
        raise ImproperAnswerError(f"{status} is cut off in its body") from exc


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readuntil(b"\r\n"))[:-2], 16):
        body += await reader.readexactly(size)
        if await reader.readexactly(2) != b"\r\n":
            raise ImproperAnswerError("a chunk without an end")
    if await reader.readexactly(2) != b"\r\n":
        raise ImproperAnswerError("trailers")
    return body
