"""Memory of a process after many mixed requests: tiles, regions turned and in all formats, info.json, errors."""

from __future__ import annotations

import os
import random

from bench.images import mosaic, publish, shuffled
from bench.load import Target, measure_requests
from bench.regions import regions
from bench.rig import Rig, resident_mib
from bench.servers import start_image_server
from bench.table import Row, report
from storage.filesystem import FilesystemStore

MEGAPIXELS = 300
FIRST, LAST = 20_000, int(os.environ.get("BENCH_REQUESTS", "100000"))
RENDERS_IN_100 = 8
_FORMATS = ("jpg", "jpg", "jpg", "png", "webp", "avif", "gif", "tif")


def main() -> int:
    """Prints the table. Returns 0 where every bar is met."""
    with Rig() as rig:
        store = FilesystemStore(rig.folder / "storage")
        revision = publish(store, rig.folder, mosaic(rig.folder, MEGAPIXELS), "earth")
        file = rig.folder / "paths.txt"
        tiles = [tile.path("earth") for edge in (False, True) for tile in shuffled(revision, edge=edge)]
        file.write_text("\n".join(_mix(tiles, regions(revision.width, revision.height))))
        server = start_image_server(rig, f"file://{rig.folder / 'storage'}", count=1)
        target = Target("mixed", server.port, file, server.pids)
        measure_requests(target, FIRST, 0)
        first = resident_mib(server.pids[0])
        measure_requests(target, LAST - FIRST, FIRST)
        last = resident_mib(server.pids[0])
    return report(
        "memory",
        "Memory of a process",
        [
            Row(
                f"after {LAST:,} mixed requests against after {FIRST:,}", last / first, 1.1, "resident", at_most=True
            ),
            Row(f"after {LAST:,} mixed requests", last, 350, f"{first:.0f} MiB before", at_most=True, unit=" MiB"),
        ],
    )


def _mix(tiles: list[str], asked: list[str]) -> list[str]:
    rng = random.Random(3)
    paths = []
    for number in range(LAST):
        kind = rng.randrange(100)
        if kind < RENDERS_IN_100:
            rotation = rng.choice(("0", "0", "90", "!0", "12.5"))
            region = asked[number % len(asked)]
            paths.append(f"/iiif/3/earth/{region}/{rotation}/default.{rng.choice(_FORMATS)}")
        elif kind < 2 * RENDERS_IN_100:
            paths.append(rng.choice(("/iiif/3/earth/info.json", "/iiif/2/earth/info.json", "/iiif/3/no/info.json")))
        else:
            paths.append(rng.choice(tiles))
    return paths
