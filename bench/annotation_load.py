"""Clients of the annotation store, in a process of their own: `python -m bench.annotation_load PORT SECONDS CLIENTS`.

Requests come from a file of JSON lines (`path`, and for creations `body`); each client asks again as soon as it has
its answer. The result is JSON: requests, seconds, errors, and quantiles of the latencies in ms.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httptools
import uvloop

from bench.rig import client_cores, cpu_s


@dataclass(frozen=True, slots=True)
class Answers:
    """What clients have seen; `cpu_us` is the processor time of the processes per request."""

    rate: float
    p50_ms: float
    p99_ms: float
    errors: int
    bytes_each: float
    cpu_us: float


def ask(
    port: int, token: str | None, requests: Path, seconds: float, clients: int, pids: Sequence[int], start: int = 0
) -> Answers:
    """Sends requests of the file, from number `start` on, for so long."""
    environment = {
        **os.environ,
        "BENCH_REQUESTS": str(requests),
        "BENCH_TOKEN": token or "",
        "BENCH_START": str(start),
    }
    argv = [sys.executable, "-m", "bench.annotation_load", str(port), str(seconds), str(clients)]
    before = cpu_s(pids)
    cores = ",".join(map(str, sorted(client_cores())))
    done = subprocess.run(["taskset", "--cpu-list", cores, *argv], env=environment, check=True, capture_output=True)
    used_s = cpu_s(pids) - before
    told: dict[str, Any] = json.loads(done.stdout)
    count = max(told["requests"], 1)
    rate = told["requests"] / told["seconds"]
    return Answers(rate, told["p50"], told["p99"], told["errors"], told["bytes"] / count, used_s / count * 1e6)


class _Client(asyncio.Protocol):
    def __init__(self) -> None:
        self.errors = self.bytes = 0
        self.done: asyncio.Future[None] | None = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.parser = httptools.HttpResponseParser(self)

    def send(self, data: bytes) -> asyncio.Future[None]:
        self.done = asyncio.get_running_loop().create_future()
        self.transport.write(data)
        return self.done

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.bytes += len(body)

    def on_message_complete(self) -> None:
        self.errors += self.parser.get_status_code() not in (200, 201)
        if self.done is not None and not self.done.done():
            self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.done is not None and not self.done.done():
            self.done.set_exception(exc or ConnectionError("closed"))


def _message(request: dict[str, str], token: str) -> bytes:
    body = request.get("body", "").encode()
    head = f"{'POST' if body else 'GET'} {request['path']} HTTP/1.1\r\nHost: bench\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    if body:
        head += f"Content-Type: application/ld+json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n".encode() + body


def _messages() -> list[bytes]:
    asked = Path(os.environ["BENCH_REQUESTS"]).read_text().splitlines()
    return [_message(json.loads(line), os.environ["BENCH_TOKEN"]) for line in asked]


async def _run(port: int, seconds: float, clients: int, messages: Sequence[bytes]) -> dict[str, float]:
    places: Iterator[int] = iter(range(int(os.environ["BENCH_START"]), sys.maxsize))
    latencies: list[float] = []
    began = time.perf_counter()

    async def work(client: _Client) -> None:
        for place in places:
            sent = time.perf_counter()
            await client.send(messages[place % len(messages)])
            now = time.perf_counter()
            latencies.append((now - sent) * 1000)
            if now - began >= seconds:
                return

    loop = asyncio.get_running_loop()
    connected = [(await loop.create_connection(_Client, "127.0.0.1", port))[1] for _ in range(clients)]
    began = time.perf_counter()
    await asyncio.gather(*map(work, connected))
    cuts = statistics.quantiles(latencies, n=100)
    return {
        "requests": len(latencies),
        "seconds": time.perf_counter() - began,
        "errors": sum(client.errors for client in connected),
        "bytes": sum(client.bytes for client in connected),
        "p50": cuts[49],
        "p99": cuts[98],
    }


if __name__ == "__main__":
    print(json.dumps(uvloop.run(_run(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), _messages()))))
