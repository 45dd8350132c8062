"""/metrics of a whole `pigture serve`: the sum over all processes, by token or on a listener of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.integration

TILE = "/iiif/3/counted/0,0,512,512/512,512/0/default.jpg"
TILE_LINE = 'pigture_image_requests_total{kind="tile",made="copy",status="200"}'


def number(text: str, line: str) -> float:
    found = re.search(rf"^{re.escape(line)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


@pytest.fixture(scope="module")
def counting_server(new_server: Callable[..., Any]) -> Any:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = new_server(metrics_listen=f"127.0.0.1:{port}")
    server.start()
    return server


def scrape(server: Any) -> str:
    return httpx.get(f"http://{server.settings['metrics_listen']}/metrics", trust_env=False, timeout=20).text


def wait_for(condition: Callable[[], bool], what: Callable[[], str]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.1)


def test_tiles_of_all_workers_add_up_and_a_worker_that_dies_loses_none(
    counting_server: Any, write_jpeg: Callable[..., Path]
) -> None:
    server = counting_server
    done = server.command("ingest", write_jpeg("counted.jpg", width=700, height=600), "--id", "counted")
    assert done.returncode == 0, done.stderr
    for _ in range(40):  # each on a connection of its own, so that both workers get some
        assert server.get(TILE).status_code == 200
    with httpx.Client(base_url=server.url, trust_env=False) as client:  # by the short way
        for _ in range(10):
            assert client.get(TILE).status_code == 200
    wait_for(lambda: number(scrape(server), TILE_LINE) == 50, lambda: scrape(server))
    text = scrape(server)
    assert number(text, 'pigture_jobs{state="done"}') == 1
    assert number(text, 'pigture_up{part="database"}') == 1
    assert number(text, "pigture_queue_messages") == 0
    for process in ("image-worker-1", "image-worker-2", "api", "worker"):
        assert number(text, f'pigture_process_resident_memory_bytes{{process="{process}"}}') > 10_000_000
    workers = [pid for pid, command in server.processes().items() if "pigture image-server" in command]
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    wait_for(server.is_healthy, server.log)
    assert server.get(TILE).status_code == 200
    wait_for(lambda: number(scrape(server), TILE_LINE) == 51, lambda: scrape(server))


def test_on_the_public_port_it_takes_an_administrator(counting_server: Any) -> None:
    assert counting_server.get("/metrics").status_code == 401
    headers = {"Authorization": f"Bearer {counting_server.token()}"}
    answer = counting_server.get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert "# TYPE pigture_image_requests_total counter" in answer.text
