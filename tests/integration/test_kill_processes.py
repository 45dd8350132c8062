"""kill -9 of any process in the middle of a conversion: the job finishes, nothing is lost or half published."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy
import pytest
import pyvips

pytestmark = pytest.mark.integration

WIDTH, HEIGHT = 9000, 6700
WITHIN_S = 60
RECORD_TTL_S = 0.2
CONVERSION = "ingest.conversion.convert"
COMMANDS = {
    "worker": "pigture worker",
    "API": "pigture api",
    "image worker": "pigture image-server",
    "PostgreSQL": "bin/postgres -D",
    "a PostgreSQL backend": "postgres: pigture pigture",
    "Valkey": "valkey-server",
    "conversion": CONVERSION,
}


@pytest.fixture(scope="module")
def server(new_server: Callable[..., Any]) -> Iterator[Any]:
    server = new_server(record_ttl_s=RECORD_TTL_S)
    server.start()
    yield server
    assert server.stop() == 0
    server.wait_until_nothing_runs()


@pytest.fixture(scope="module")
def large_image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 megapixels whose colours tell where they are: red grows to the right, green downwards."""
    path = tmp_path_factory.mktemp("large") / "large.jpg"
    place = pyvips.Image.xyz(WIDTH, HEIGHT)
    image = place.linear([255 / WIDTH, 255 / HEIGHT], [0, 0]).bandjoin(90)
    image.cast("uchar").copy(interpretation="srgb").write_to_file(str(path), Q=90)
    return path


@dataclass
class Looker:
    """Looks at an image all the time, as viewers do; whatever it is shown must be complete."""

    server: Any
    identifier: str
    faults: list[str] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        while not self.stop.is_set():
            with suppress(httpx.TransportError):  # the process that would have answered was killed
                self.seen.append(self.look_once())
            time.sleep(0.03)

    def look_once(self) -> int:
        info = self.server.get(f"/iiif/3/{self.identifier}/info.json")
        if info.status_code == 200:
            if (info.json()["width"], info.json()["height"]) != (WIDTH, HEIGHT):
                self.faults.append(f"info.json of another image: {info.text}")
            self.check_tile()
        elif info.status_code not in (404, 503):
            self.faults.append(f"{info.status_code}: {info.text}")
        return info.status_code

    def check_tile(self) -> None:
        x, y = 4096, 5120
        path = f"/iiif/3/{self.identifier}/{x},{y},512,512/512,512/0/default.jpg"
        tile = self.server.get(path)
        if tile.status_code == 404:  # the other image worker may know of the image a little later
            time.sleep(RECORD_TTL_S)
            tile = self.server.get(path)
        if tile.status_code != 200:
            self.faults.append(f"a tile of a published image: {tile.status_code} {tile.text}")
            return
        pixels = pyvips.Image.new_from_buffer(tile.content, "").numpy().astype(float)
        expected = ((x + 256) * 255 / WIDTH, (y + 256) * 255 / HEIGHT, 90)
        if pixels.shape != (512, 512, 3) or not numpy.allclose(pixels.mean(axis=(0, 1)), expected, atol=2):
            self.faults.append(f"a tile with other pixels: {pixels.shape} {pixels.mean(axis=(0, 1))}")


@contextmanager
def looking(server: Any, identifier: str) -> Iterator[Looker]:
    looker = Looker(server, identifier)
    thread = threading.Thread(target=looker.look)
    thread.start()
    try:
        yield looker
    finally:
        looker.stop.set()
        thread.join()


def wait_for(condition: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + WITHIN_S
    while not (value := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.01)
    return value


def find(server: Any, what: str) -> list[int]:
    return [pid for pid, command in server.processes().items() if COMMANDS[what] in command]


def begin(server: Any, path: Path, identifier: str) -> subprocess.Popen[str]:
    """`pigture ingest`, waiting for its job in a process of its own."""
    argv = [sys.executable, "-m", "pigture", "ingest", str(path), "--id", identifier, "--data", str(server.data)]
    return subprocess.Popen([*argv, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def hold_conversion(server: Any) -> int:
    """Stops the conversion in its middle, when its output begins to grow; its process number."""
    pid = wait_for(lambda: find(server, "conversion"), "a conversion")[0]
    scratch = server.data / "scratch"

    def is_writing() -> bool:
        with suppress(OSError):
            return any(path.stat().st_size > 100_000 for path in scratch.glob("*/output/**/*") if path.is_file())
        return False

    wait_for(is_writing, "output")
    os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T", "a stopped process")
    return pid


def go_on(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def outcome(ingest: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = ingest.communicate(timeout=WITHIN_S)
    assert out, err
    result: dict[str, Any] = json.loads(out)
    return result


@pytest.mark.parametrize(
    "victim", ["worker", "conversion", "API", "image worker", "PostgreSQL", "a PostgreSQL backend", "Valkey"]
)
def test_a_conversion_is_finished_after_kill_of(victim: str, server: Any, large_image: Path) -> None:
    identifier = f"after {victim}"
    with looking(server, identifier.replace(" ", "%20")) as looker:
        ingest = begin(server, large_image, identifier)
        conversion = hold_conversion(server)
        assert 200 not in looker.seen
        pid = conversion if victim == "conversion" else find(server, victim)[0]
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: pid not in server.processes(), "the end of the victim")
        go_on(conversion)
        result = outcome(ingest)
        assert (result["state"], result["width"], result["height"]) == ("done", WIDTH, HEIGHT), result
        seen_before = len(looker.seen)
        wait_for(lambda: 200 in looker.seen[seen_before:], "the published image")
    assert looker.faults == []
    server.wait_healthy()
    wait_for(lambda: not find(server, "conversion"), "no conversion left")
    assert list((server.data / "scratch").glob("*-*/output")) == []


def test_a_job_that_kills_its_conversion_each_time_is_given_up(server: Any, large_image: Path) -> None:
    with looking(server, "poisoned") as looker:
        ingest = begin(server, large_image, "poisoned")
        killed: set[int] = set()
        while ingest.poll() is None:
            for pid in find(server, "conversion"):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed.add(pid)
            time.sleep(0.01)
        result = outcome(ingest)
    assert result["state"] == "failed"
    assert "large.jpg" in result["error"]
    assert len(killed) == 3
    assert (looker.faults, 200 in looker.seen) == ([], False)
    assert json.loads(server.command("show", "poisoned", "--json").stdout)["state"] == "failed"


def test_kill_of_the_supervisor_leaves_nothing_and_the_next_start_goes_on(server: Any, large_image: Path) -> None:
    ingest = begin(server, large_image, "after supervisor")
    conversion = hold_conversion(server)
    ingest.kill()
    ingest.communicate()
    os.kill(server.pid, signal.SIGKILL)
    server.process.wait()
    go_on(conversion)
    server.wait_until_nothing_runs()
    with looking(server, "after%20supervisor") as looker:
        server.start()
        wait_for(lambda: 200 in looker.seen, "the image, after the next start")
    assert looker.faults == []
    shown = json.loads(server.command("show", "after supervisor", "--json").stdout)
    assert (shown["state"], shown["width"]) == ("live", WIDTH)
    assert [job["state"] for job in shown["jobs"]] == ["done"]


def test_a_killed_ingest_without_a_server_leaves_nothing_and_its_job_goes_on(
    new_server: Callable[..., Any], large_image: Path
) -> None:
    server = new_server(image_workers=1)
    ingest = begin(server, large_image, "left")
    hold_conversion(server)
    ingest.kill()
    ingest.communicate()
    server.wait_until_nothing_runs()
    server.start()
    wait_for(lambda: server.get("/iiif/3/left/info.json").status_code == 200, "the image")
    assert server.stop() == 0
    server.wait_until_nothing_runs()
