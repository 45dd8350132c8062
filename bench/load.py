"""Load: as fast as 16 connections can (by wrk where it is installed, else by our own client), or at a fixed rate.

`python -m bench.load` is that client: paths from a file, results as JSON. It runs on the clients' processors.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httptools
import uvloop

from bench.rig import client_cores, cpu_s

CONNECTIONS = 16

_WRK = """
local paths, i = {}, tonumber(os.getenv("BENCH_START"))
for line in io.lines(os.getenv("BENCH_PATHS")) do paths[#paths + 1] = line end
request = function() i = i % #paths + 1; return wrk.format("GET", paths[i]) end
done = function(s)
  local e = s.errors
  io.write(string.format('{"requests":%d,"seconds":%f,"body_bytes":%d,"errors":%d}\\n', s.requests, s.duration / 1e6,
    s.bytes, e.status + e.read + e.write + e.connect + e.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Target:
    """A server under load. `pids` are all processes that work for it; `paths` is a file of request targets."""

    name: str
    port: int
    paths: Path
    pids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """What one run gave. `cpu_us` is the servers' processor time per request."""

    rate: float
    cpu_us: float
    bytes_each: float
    errors: int


def measure(target: Target, seconds: float, start: int, connections: int = CONNECTIONS) -> Sample:
    """One run, beginning with path number `start`."""
    before = cpu_s(target.pids)
    report = _run(target, seconds, start, connections)
    used_s = cpu_s(target.pids) - before
    requests = max(report["requests"], 1)
    rate = report["requests"] / report["seconds"]
    return Sample(rate, used_s / requests * 1e6, report["body_bytes"] / requests, int(report["errors"]))


def _run(target: Target, seconds: float, start: int, connections: int) -> dict[str, float]:
    environment = {**os.environ, "BENCH_PATHS": str(target.paths), "BENCH_START": str(start)}
    wrk = shutil.which("wrk")
    if wrk is None:
        argv = [sys.executable, "-m", "bench.load", str(target.port), str(seconds), str(connections)]
    else:
        script = target.paths.with_suffix(".lua")
        script.write_text(_WRK)
        url = f"http://127.0.0.1:{target.port}"
        argv = [
            wrk,
            "-t1",
            f"-c{connections}",
            f"-d{max(round(seconds), 1)}s",
            "--timeout",
            "30",
            "-s",
            str(script),
            url,
        ]
    done = subprocess.run(_on_client_cores(argv), env=environment, check=True, capture_output=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def fixed_rate(target: Target, seconds: float, start: int, rate: float) -> list[float]:
    """Latencies in ms of requests at a fixed rate, whether earlier ones are answered or not."""
    report = _run_own(target, str(seconds), start, f"rate={rate}")
    if report["errors"]:
        raise SystemExit(f"{report['errors']} requests to {target.name} failed")
    return list(report["latencies_ms"])


def measure_requests(target: Target, requests: int, start: int) -> None:
    """Sends so many requests, whatever the answers are."""
    _run_own(target, str(requests), start, f"requests={CONNECTIONS}")


def _run_own(target: Target, amount: str, start: int, how: str) -> dict[str, Any]:
    environment = {**os.environ, "BENCH_PATHS": str(target.paths), "BENCH_START": str(start)}
    argv = [sys.executable, "-m", "bench.load", str(target.port), amount, how]
    done = subprocess.run(_on_client_cores(argv), env=environment, check=True, capture_output=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _on_client_cores(argv: Sequence[str]) -> list[str]:
    return ["taskset", "--cpu-list", ",".join(map(str, sorted(client_cores()))), *argv]


@dataclass(slots=True)
class Tally:
    """What the clients have seen; latencies in milliseconds."""

    requests: int = 0
    body_bytes: int = 0
    errors: int = 0
    seconds: float = 0.0
    latencies_ms: list[float] | None = None


class Client(asyncio.Protocol):
    """One connection with one request under way."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.done: asyncio.Future[None] | None = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.parser = httptools.HttpResponseParser(self)

    def ask(self, path: str) -> asyncio.Future[None]:
        """Ends with the answer."""
        self.done = asyncio.get_running_loop().create_future()
        self.transport.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
        return self.done

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.tally.body_bytes += len(body)

    def on_message_complete(self) -> None:
        self.tally.requests += 1
        self.tally.errors += self.parser.get_status_code() != 200
        if self.done is not None and not self.done.done():
            self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self.done is not None and not self.done.done():
            self.tally.errors += 1
            self.done.set_result(None)


async def connect(port: int, tally: Tally) -> Client:
    """A new connection."""
    _, client = await asyncio.get_running_loop().create_connection(lambda: Client(tally), "127.0.0.1", port)
    return client


async def run_closed(
    port: int, paths: Sequence[str], start: int, seconds: float, connections: int, requests: int = sys.maxsize
) -> Tally:
    """Each connection asks again as soon as it has its answer, until time or requests are used up."""
    tally = Tally()
    places = iter(range(start, min(start + requests, sys.maxsize)))
    began = time.perf_counter()

    async def work(client: Client) -> None:
        for place in places:
            await client.ask(paths[place % len(paths)])
            if time.perf_counter() - began >= seconds:
                return

    await asyncio.gather(*[work(await connect(port, tally)) for _ in range(connections)])
    tally.seconds = time.perf_counter() - began
    return tally


async def run_open(port: int, paths: Sequence[str], start: int, seconds: float, rate: float) -> Tally:
    """Requests at their times, whether earlier ones are answered or not; a latency counts from when it was due."""
    tally = Tally(latencies_ms=[])
    idle: list[Client] = []
    began = time.perf_counter()
    running: set[asyncio.Task[None]] = set()

    async def one(number: int, due: float) -> None:
        client = idle.pop() if idle else await connect(port, tally)
        await client.ask(paths[(start + number) % len(paths)])
        assert tally.latencies_ms is not None
        tally.latencies_ms.append((time.perf_counter() - due) * 1000)
        idle.append(client)

    for number in range(int(seconds * rate)):
        due = began + number / rate
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        task = asyncio.create_task(one(number, due))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    tally.seconds = time.perf_counter() - began
    return tally


def main() -> None:
    """`PORT SECONDS CONNECTIONS`, `PORT SECONDS rate=N`, or `PORT REQUESTS requests=CONNECTIONS`."""
    port, seconds, how = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
    paths = Path(os.environ["BENCH_PATHS"]).read_text().split()
    start = int(os.environ["BENCH_START"])
    if how.startswith("rate="):
        work = run_open(port, paths, start, seconds, float(how.removeprefix("rate=")))
    elif how.startswith("requests="):
        work = run_closed(port, paths, start, float("inf"), int(how.removeprefix("requests=")), int(seconds))
    else:
        work = run_closed(port, paths, start, seconds, int(how))
    print(json.dumps(asdict(uvloop.run(work))))


if __name__ == "__main__":
    main()
