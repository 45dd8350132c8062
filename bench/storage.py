"""Tiles from SeaweedFS: nothing cached against bare ranged reads by obstore, cached against files."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import obstore
import uvloop

from bench.images import mosaic, publish, shuffled
from bench.load import CONNECTIONS, Sample, Target, measure
from bench.rig import Rig, cpu_s, server_cores
from bench.servers import Running, start_image_server
from bench.table import Row, describe, interleave, ratio, report
from iiif_server.index import read_entry
from iiif_server.layout import revision_object_key
from iiif_server.record import Revision
from storage.filesystem import FilesystemStore
from storage.s3_options import S3Options
from storage.s3_reads import open_obstore
from storage.urls import open_store
from tests.fixtures.seaweedfs import SeaweedFS

SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
MEGAPIXELS = 100


def main() -> int:
    """Prints the table. Returns 0 where every bar is met."""
    with Rig() as rig, SeaweedFS() as weed:
        url = f"s3://{weed.bucket}/bench"
        remote, local = open_store(url, weed.options()), FilesystemStore(rig.folder / "storage")
        remote.prepare()
        source = mosaic(rig.folder, MEGAPIXELS)
        revision = publish(remote, rig.folder, source, "earth")
        here = publish(local, rig.folder, source, "files")
        inner = shuffled(revision, edge=False)
        paths = rig.folder / "paths.txt"
        paths.write_text("\n".join(tile.path("earth") for tile in inner))
        files = rig.folder / "files.txt"
        files.write_text("\n".join(tile.path("files") for tile in shuffled(here, edge=False)))
        ranges = rig.folder / "ranges.json"
        ranges.write_text(json.dumps(_ranges(remote, revision, [tile.number for tile in inner])))
        keys = _settings(weed.options())
        uncached = start_image_server(rig, url, tile_cache_mb="0", **keys)
        cached = start_image_server(rig, url, tile_cache_mb="512", **keys)
        from_files = start_image_server(rig, f"file://{rig.folder / 'storage'}")
        return _run(rig, [uncached, cached, from_files], paths, files, ranges, url, weed.options())


def _run(
    rig: Rig, servers: list[Running], paths: Path, files: Path, ranges: Path, url: str, options: S3Options
) -> int:
    uncached, cached, from_files = servers
    targets = [
        Target("cached", cached.port, paths, cached.pids),
        Target("files", from_files.port, files, from_files.pids),
    ]
    warm = Target("warm", cached.port, paths, cached.pids)
    measure(warm, SECONDS * 2, 0)
    samples = interleave(targets, SECONDS)
    remote = Target("uncached", uncached.port, paths, uncached.pids)
    measure(remote, 1, 0)
    pairs = [(measure(remote, SECONDS, n * 200), _bare(rig, ranges, url, options, n * 200)) for n in range(5)]
    ours, bare = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    text = f"{describe(ours)}; obstore alone {describe(bare)}"
    both = f"{describe(samples['cached'])}; files {describe(samples['files'])}"
    return report(
        "storage",
        "Tiles from SeaweedFS",
        [
            Row("nothing cached, against bare ranged reads by obstore", ratio(ours, bare), 0.9, text),
            Row("cached, against files", ratio(samples["cached"], samples["files"]), 0.9, both),
        ],
        ["SeaweedFS shares the processors with the client; bare reads run where the server runs."],
    )


def _settings(options: S3Options) -> dict[str, str]:
    return {
        "s3_endpoint": options.endpoint or "",
        "s3_region": options.region,
        "s3_access_key": options.access_key or "",
        "s3_secret_key": options.secret_key or "",
    }


def _ranges(store: object, revision: Revision, numbers: list[int]) -> list[tuple[str, int, int]]:
    key = revision_object_key("earth", revision.name, "pyramid.tif")
    index = store.read(revision_object_key("earth", revision.name, "index")).data  # type: ignore[attr-defined]
    entries = [read_entry(index, number) for number in numbers]
    return [(key, entry.offset, entry.offset + entry.length) for entry in entries]


def _bare(rig: Rig, ranges: Path, url: str, options: S3Options, start: int) -> Sample:
    """The rate of ranged reads with nothing around them, in a process of its own on the servers' processors."""
    environment = {**os.environ, **{f"BENCH_{name.upper()}": value for name, value in _settings(options).items()}}
    cores = ",".join(map(str, sorted(server_cores())))
    argv = ["taskset", "--cpu-list", cores, sys.executable, "-m", "bench.storage", str(ranges), url, str(start)]
    del rig
    done = subprocess.run(argv, env=environment, check=True, capture_output=True)
    return Sample(**json.loads(done.stdout))


async def _read_bare(ranges: list[tuple[str, int, int]], url: str, start: int) -> Sample:
    environment = os.environ
    options = S3Options(
        environment["BENCH_S3_ENDPOINT"],
        environment["BENCH_S3_REGION"],
        environment["BENCH_S3_ACCESS_KEY"],
        environment["BENCH_S3_SECRET_KEY"],
    )
    store = open_obstore(*url.removeprefix("s3://").split("/", 1), options)
    loop = asyncio.get_running_loop()
    places = itertools.count(start)
    total = count = 0
    began, used = loop.time(), cpu_s([os.getpid()])

    async def work() -> None:
        nonlocal total, count
        while loop.time() - began < SECONDS:
            key, first, end = ranges[next(places) % len(ranges)]
            data = await obstore.get_range_async(store, key, start=first, end=end)
            total += len(data)
            count += 1

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    seconds = loop.time() - began
    return Sample(count / seconds, (cpu_s([os.getpid()]) - used) / count * 1e6, total / count, 0)


if __name__ == "__main__":
    sample = uvloop.run(_read_bare(json.loads(Path(sys.argv[1]).read_text()), sys.argv[2], int(sys.argv[3])))
    print(json.dumps({name: getattr(sample, name) for name in ("rate", "cpu_us", "bytes_each", "errors")}))
