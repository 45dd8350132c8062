"""Two lanes: tiles at a fixed rate while renders take all that is left. Latencies count from when a tile was due."""

from __future__ import annotations

import os
import statistics
import threading

from bench.images import mosaic, publish, shuffled
from bench.load import Sample, Target, fixed_rate, measure
from bench.regions import REQUESTS, regions
from bench.rig import Rig
from bench.servers import processes, start_image_server
from bench.table import ROUNDS, Row, report
from storage.filesystem import FilesystemStore

SECONDS = float(os.environ.get("BENCH_SECONDS", "4")) * 2
MEGAPIXELS = 300
TILES_PER_S = 500
RENDERING = 8


def main() -> int:
    """Prints the table. Returns 0 where every bar is met."""
    with Rig() as rig:
        store = FilesystemStore(rig.folder / "storage")
        revision = publish(store, rig.folder, mosaic(rig.folder, MEGAPIXELS), "earth")
        tiles, renders = rig.folder / "tiles.txt", rig.folder / "renders.txt"
        tiles.write_text("\n".join(tile.path("earth") for tile in shuffled(revision, edge=False)))
        asked = regions(revision.width, revision.height)
        renders.write_text("\n".join(f"/iiif/3/earth/{each}/0/default.jpg" for each in asked))
        server = start_image_server(rig, f"file://{rig.folder / 'storage'}")
        rendering = Target("renders", server.port, renders, server.pids)
        tiling = Target("tiles", server.port, tiles, server.pids)
        fixed_rate(tiling, 1, 0, TILES_PER_S)
        rounds = [_round(rendering, tiling, number) for number in range(ROUNDS)]
    p99_ms = statistics.median(p99 for _, _, p99 in rounds)
    kept = statistics.median(both.rate / max(alone.rate, 1e-9) for alone, both, _ in rounds)
    alone = statistics.median(alone.rate for alone, _, _ in rounds)
    name = f"p99 of tiles at {TILES_PER_S}/s while {RENDERING} connections render"
    where = f"{processes()} process(es)"
    return report(
        "lanes",
        "Tiles while renders saturate",
        [
            Row(name, p99_ms, 50, where, at_most=True, unit=" ms"),
            Row("rate of the renders, against their rate alone", kept, 0.7, f"{alone:.0f}/s alone, {where}"),
        ],
    )


def _round(rendering: Target, tiling: Target, number: int) -> tuple[Sample, Sample, float]:
    """Renders alone, renders beside tiles, and the tiles' p99 in ms."""
    # No region comes twice: small results are kept.
    start, other = number * REQUESTS // 10, (number + ROUNDS) * REQUESTS // 10
    alone = measure(rendering, SECONDS, start, RENDERING)
    both: list[Sample] = []
    thread = threading.Thread(target=lambda: both.append(measure(rendering, SECONDS, other, RENDERING)))
    thread.start()
    latencies = fixed_rate(tiling, SECONDS * 0.8, start, TILES_PER_S)
    thread.join()
    return alone, both[0], statistics.quantiles(latencies, n=100)[98]
