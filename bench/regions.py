"""Computed images: arbitrary regions, and thumbnails of many images, against iipsrv behind nginx."""

from __future__ import annotations

import dataclasses
import os
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.images import mosaic, publish
from bench.load import Target
from bench.rig import Rig
from bench.servers import Running, find_iipsrv, start_iipsrv, start_image_server, start_nginx
from bench.table import Row, describe, interleave, ratio, report
from iiif_server.layout import record_key, revision_object_key
from iiif_server.record import Revision, format_record, parse_record
from storage.filesystem import FilesystemStore

SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
MEGAPIXELS = 300
REQUESTS = 6000
IMAGES = 16_000
"""More than are asked for, and more than any cache of records holds."""
CACHE_MB = 16
BARS = {
    "regions": ("arbitrary regions, 600-6000 px squares to 300-900 px", 1.5),
    "thumbnails": ("256-px thumbnails, uncached", 2.0),
}
PEER_QUALITY = {"regions": 89, "thumbnails": 90}
"""With which iipsrv's answers are as long as ours, within 5 %."""


def main() -> int:
    """Prints the table. Returns 0 where every bar is met."""
    with Rig() as rig:
        store = FilesystemStore(rig.folder / "storage")
        (rig.folder / "pyramids").mkdir()
        revision = publish(store, rig.folder, mosaic(rig.folder, MEGAPIXELS), "earth")
        _link(rig, store, "earth", revision)
        names = [f"copy-{number}" for number in range(IMAGES)]
        _copy(rig, store, revision, names)
        asked = {
            "regions": [("earth", region) for region in regions(revision.width, revision.height)],
            # Each thumbnail of another image, more of them than are asked for: none is made twice.
            "thumbnails": [(name, "full/256,") for name in names],
        }
        return _run(rig, asked)


def _run(rig: Rig, asked: dict[str, list[tuple[str, str]]]) -> int:
    ours = start_image_server(rig, f"file://{rig.folder / 'storage'}")
    targets = []
    for kind, requests in asked.items():
        paths = [f"/iiif/3/{name}/{request}/0/default.jpg" for name, request in requests]
        targets.append(_target(rig, kind, ours, paths))
    peer = find_iipsrv()
    if peer is not None:
        for kind, requests in asked.items():
            paths = [f"/fcgi?IIIF={name}.tif/{request}/0/default.jpg" for name, request in requests]
            targets += [_target(rig, f"iipsrv {kind}", both, paths) for both in _start_peer(rig, peer[0], kind)]
    samples = interleave(targets, SECONDS)
    rows = []
    for kind in asked:
        name, bar = BARS[kind]
        theirs = samples.get(f"iipsrv {kind}")
        if theirs is None:
            rows.append(Row(name, 1.0, None, describe(samples[kind])))
            continue
        text = f"{describe(samples[kind])}; iipsrv behind nginx {describe(theirs)}"
        rows.append(Row(f"{name}, against iipsrv", ratio(samples[kind], theirs), bar, text))
        cpu = ratio(samples[kind], theirs, lambda s: s.cpu_us)
        rows.append(Row(f"{name}: processor time against iipsrv's", cpu, None, "lower is better"))
    return report(
        "regions",
        "Computed images",
        rows,
        [f"Peer: {peer[1]}, its JPEG quality such that both send about the same bytes."]
        if peer
        else ["No iipsrv was found."],
    )


def _start_peer(rig: Rig, binary: Path, kind: str) -> Iterator[Running]:
    """iipsrv behind an nginx of its own; nothing where nginx is not installed."""
    iipsrv = start_iipsrv(rig, binary, CACHE_MB, PEER_QUALITY[kind])
    folder = rig.folder / f"nginx-{kind}"
    folder.mkdir()
    nginx = start_nginx(dataclasses.replace(rig, folder=folder), list(iipsrv))
    if nginx is not None:
        yield Running(nginx.port, nginx.pids + tuple(iipsrv.values()))


def _target(rig: Rig, name: str, server: Running, paths: list[str]) -> Target:
    file = rig.folder / f"paths-{name.replace(' ', '-')}.txt"
    file.write_text("\n".join(paths), encoding="utf-8")
    return Target(name, server.port, file, server.pids)


def _link(rig: Rig, store: FilesystemStore, name: str, revision: Revision) -> None:
    """The pyramid where iipsrv looks for it."""
    pyramid = store.local_path(revision_object_key(name, revision.name, "pyramid.tif"))
    (rig.folder / "pyramids" / f"{name}.tif").hardlink_to(pyramid)


def _copy(rig: Rig, store: FilesystemStore, revision: Revision, names: Sequence[str]) -> None:
    """The same picture as images of their own, for both servers, without taking the room again."""
    record = parse_record(store.read(record_key("earth")).data)
    for number, name in enumerate(names):
        copy = dataclasses.replace(revision, name=f"{number:026d}")
        for part in ("pyramid.tif", "index"):
            there = store.local_path(revision_object_key(name, copy.name, part))
            there.parent.mkdir(parents=True, exist_ok=True)
            there.hardlink_to(store.local_path(revision_object_key("earth", revision.name, part)))
        changed = dataclasses.replace(record, identifier=name, revision=copy)
        path = store.local_path(record_key(name))
        path.write_bytes(format_record(changed))
        _link(rig, store, name, copy)


def regions(width: int, height: int) -> list[str]:
    """Squares anywhere in the image, each at a width of its own."""
    rng = random.Random(1)
    asked = []
    for _ in range(REQUESTS):
        side = rng.randint(600, 6000)
        place = f"{rng.randint(0, width - side)},{rng.randint(0, height - side)}"
        asked.append(f"{place},{side},{side}/{rng.randint(300, min(900, side))},")
    return asked
