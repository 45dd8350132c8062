"""Ctrl-C while `pigture ingest` waits: it says what becomes of the job, and leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pyvips

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def slow_image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough pixels that a conversion can be met at work."""
    path = tmp_path_factory.mktemp("slow") / "slow.jpg"
    pyvips.Image.xyz(9000, 6700).linear([0.02, 0.02], [0, 0]).bandjoin(90).cast("uchar").copy(
        interpretation="srgb"
    ).write_to_file(str(path))
    return path


def wait_for(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def interrupt_in_conversion(server: Any, path: Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "pigture", "ingest", str(path), "--data", str(server.data)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as ingest:
        wait_for(lambda: any("ingest.conversion.convert" in command for command in server.processes().values()))
        ingest.send_signal(signal.SIGINT)
        out, err = ingest.communicate(timeout=60)
        return subprocess.CompletedProcess(argv, ingest.returncode, out, err)


def test_with_a_server_the_job_goes_on(pigture_server: Any, slow_image: Path) -> None:
    done = interrupt_in_conversion(pigture_server, slow_image)
    assert (done.returncode, done.stdout) == (130, "")
    assert "Not waiting any longer for one file. What was queued goes on" in done.stderr
    wait_for(lambda: pigture_server.get("/iiif/3/slow/info.json").status_code == 200)


def test_without_a_server_everything_stops_and_the_next_start_goes_on(new_server: Any, slow_image: Path) -> None:
    server = new_server(image_workers=1)
    done = interrupt_in_conversion(server, slow_image)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.splitlines()[-1].startswith("Stopped, with one file not finished.")
    assert server.processes() == {}
    server.start()
    wait_for(lambda: server.get("/iiif/3/slow/info.json").status_code == 200)
    assert server.stop() == 0
