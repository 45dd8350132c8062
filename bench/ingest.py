"""Ingest, end to end, against bare `tiffsave` of the same recipe: the price of everything around the conversion.

Each round times both, in turn: the bare conversion in a process of its own, then `pigture ingest` of the same file
(with other bytes each time, so that nothing is recognised as known) against a running server.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.sources import enlarged

MEGAPIXELS = 300
ROUNDS = 5
BAR = 3.5

BARE = """
import sys, pyvips
image = pyvips.Image.new_from_file(sys.argv[1], access="sequential")
image.tiffsave(sys.argv[2], compression="jpeg", Q=88, tile=True, tile_width=512, tile_height=512,
               pyramid=True, bigtiff=True, depth="onetile")
"""


def main() -> int:
    """Prints the table. Returns 0 where the median ratio meets the bar."""
    with tempfile.TemporaryDirectory(prefix="pigture-bench-") as name:
        folder = Path(name)
        source = enlarged(folder, MEGAPIXELS)
        with _server(folder / "data") as data:
            rounds = [_round(folder, data, source, number) for number in range(ROUNDS)]
    ratio = statistics.median(ingest / bare for bare, ingest in rounds)
    print(f"ingest of {MEGAPIXELS} megapixels, {ROUNDS} rounds, seconds (bare tiffsave, pigture ingest, ratio)")
    for bare, ingest in rounds:
        print(f"  {bare:6.2f}  {ingest:6.2f}  {ingest / bare:5.2f}")
    print(f"  median ratio {ratio:.2f}; bar {BAR}: {'met' if ratio <= BAR else 'MISSED'}")
    return 0 if ratio <= BAR else 1


def _round(folder: Path, data: Path, source: Path, number: int) -> tuple[float, float]:
    fresh = folder / f"round-{number}.jpg"
    shutil.copyfile(source, fresh)
    with fresh.open("ab") as file:  # bytes behind the end of a JPEG change its checksum and nothing else
        file.write(b"%d" % number)
    output = folder / "bare.tif"
    bare = _timed([sys.executable, "-c", BARE, str(fresh), str(output)])
    output.unlink()
    ingest = _timed([sys.executable, "-m", "pigture", "ingest", str(fresh), "--data", str(data)])
    fresh.unlink()
    return bare, ingest


def _timed(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


class _server:  # noqa: N801  used like a function, as a context
    """A `pigture serve` on a free port for the time of the bench."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def __enter__(self) -> Path:
        self.data.mkdir()
        (self.data / "samples-ingested").touch()
        command = [sys.executable, "-m", "pigture", "serve", "--port", "0", "--data", str(self.data)]
        log = (self.data.parent / "serve.log").open("wb")
        self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=dict(os.environ))
        deadline = time.monotonic() + 60
        while not (self.data / "run.json").exists():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise SystemExit((self.data.parent / "serve.log").read_text())
            time.sleep(0.1)
        time.sleep(3)
        return self.data

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(60)
