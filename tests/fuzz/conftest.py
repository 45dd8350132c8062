"""A real image server process over a folder of images, for attacks."""

from __future__ import annotations

import dataclasses
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from iiif_server.layout import record_key
from iiif_server.parts import AssociatedImage, Page
from iiif_server.record import Record, format_record
from iiif_server.samples_record import Channel
from storage.filesystem import FilesystemStore
from tests.fixtures.serving import clean_environment

COLORS = ("ff0000", "00ff00", "0080ff")


@dataclass(frozen=True, slots=True)
class ImageServerProcess:
    """`pigture image-server` on a port of its own."""

    process: subprocess.Popen[bytes]
    port: int
    log_file: Path

    def memory_bytes(self) -> int:
        """What it holds in memory now."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))

    def open_files(self) -> int:
        """How many descriptors it has open."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def is_alive(self) -> bool:
        """Whether it still runs and says so."""
        url = f"http://127.0.0.1:{self.port}/health"
        return self.process.poll() is None and httpx.get(url, trust_env=False, timeout=20).status_code == 200

    def log(self) -> str:
        """All that it has written."""
        return self.log_file.read_text(errors="replace")


@pytest.fixture(scope="session")
def start_image_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., ImageServerProcess]]:
    """Starts servers; settings as keyword arguments."""
    started: list[subprocess.Popen[bytes]] = []

    def start(**settings: object) -> ImageServerProcess:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        folder = tmp_path_factory.mktemp("image-server")
        environment = clean_environment(data=folder, port=port, **settings)
        log_file = folder / "log"
        with log_file.open("wb") as log:
            argv = [sys.executable, "-m", "pigture", "image-server"]
            process = subprocess.Popen(argv, env=environment, stdout=log, stderr=log)
        started.append(process)
        server = ImageServerProcess(process, port, log_file)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            with suppress(httpx.TransportError):
                if httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False, timeout=20).is_success:
                    return server
            time.sleep(0.05)
        raise AssertionError(server.log())

    yield start
    for process in started:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def attacked_server(
    tmp_path_factory: pytest.TempPathFactory,
    start_image_server: Callable[..., ImageServerProcess],
    publish: Callable[..., Record],
    publish_science: Callable[..., Record],
    photograph: Callable[..., Any],
) -> ImageServerProcess:
    """Holds the images that hostile_requests asks for."""
    root = tmp_path_factory.mktemp("attacked")
    store = FilesystemStore(root)
    publish(store, photograph(1500, 1100), "a")
    publish(store, photograph(700, 900, 1), "жук/1")
    publish(store, photograph(1, 5000), "thin")
    publish(store, photograph(40, 30), "secret", access="restricted")
    record = publish(store, photograph(20, 30), "gone")
    values = np.random.default_rng(5).integers(0, 5000, (3, 350, 500)).astype(np.uint16)
    channels = [Channel(name, color, 0, 5000, 0, 5000) for name, color in zip("xyz", COLORS, strict=True)]
    parts = {Page(2): photograph(300, 200), AssociatedImage("label"): photograph(90, 40)}
    publish_science(store, photograph(500, 350), "s", samples=(values, channels), parts=parts, tile=256)
    tombstone = dataclasses.replace(record, state="deleted", revision=None)
    store.put(record_key("gone"), format_record(tombstone))
    return start_image_server(storage=root.as_uri(), max_area=1_000_000, render_queue=8)
