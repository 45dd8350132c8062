"""Stored tiles from files: against nginx with the same bytes and against iipsrv, directly and behind nginx."""

from __future__ import annotations

import os
import urllib.request
from pathlib import Path

from bench.images import Tile, mosaic, publish, shuffled, tile_jpegs
from bench.load import Target, measure
from bench.plot import draw_bars
from bench.rig import Rig, stop
from bench.servers import Running, find_iipsrv, processes, start_iipsrv, start_image_server, start_nginx
from bench.table import Row, describe, interleave, median, ratio, report
from iiif_server.layout import revision_object_key
from iiif_server.record import Revision
from storage.filesystem import FilesystemStore

SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
SIZES_MEGAPIXELS = {"small": 100, "earth": 1000}
FOUR_GIGAPIXELS = {"large": 4000}
CHECKED = 40


def main() -> int:
    """Prints the table. Returns 0 where every bar is met."""
    sizes = SIZES_MEGAPIXELS | (FOUR_GIGAPIXELS if os.environ.get("BENCH_4GP") else {})
    with Rig() as rig:
        store = FilesystemStore(rig.folder / "storage")
        revisions = {}
        for identifier, megapixels in sizes.items():
            source = mosaic(rig.folder, megapixels)
            revisions[identifier] = publish(store, rig.folder, source, identifier)
            source.unlink()
        return _run(rig, store, revisions)


def _run(rig: Rig, store: FilesystemStore, revisions: dict[str, Revision]) -> int:
    inner = {name: shuffled(revision, edge=False) for name, revision in revisions.items()}
    edge = shuffled(revisions["earth"], edge=True)
    working_set = _write_files(rig, store, revisions["earth"], inner["earth"])
    url = f"file://{rig.folder / 'storage'}"
    direct, inside = start_image_server(rig, url), start_image_server(rig, url, unix=True)
    peer = find_iipsrv()
    iipsrv = start_iipsrv(rig, peer[0], working_set // 4 // 2**20) if peer else {}
    nginx = start_nginx(rig, list(iipsrv))
    ours = {name: _paths(rig, name, [tile.path(name) for tile in chosen]) for name, chosen in inner.items()}
    targets = [Target(name, direct.port, paths, direct.pids) for name, paths in ours.items()]
    targets.append(
        Target("edge", direct.port, _paths(rig, "edge", [tile.path("earth") for tile in edge]), direct.pids)
    )
    if nginx is not None:
        static = _paths(rig, "static", [f"/static/{tile.number}.jpg" for tile in inner["earth"]])
        targets.append(Target("nginx", nginx.port, static, nginx.pids))
        targets.append(Target("behind", nginx.port, ours["earth"], nginx.pids + inside.pids))
        _compare(direct, nginx, inner["earth"][:CHECKED])
        if iipsrv:
            asked = _paths(rig, "iipsrv", [_iipsrv_path(tile) for tile in inner["earth"]])
            targets.append(Target("iipsrv", nginx.port, asked, nginx.pids + tuple(iipsrv.values())))
    samples = interleave(targets, SECONDS)
    rows = _rows(samples, [name for name in revisions if name != "earth"])
    notes = [f"Working set {working_set / 2**20:.0f} MiB in {len(inner['earth'])} tiles of one gigapixel."]
    notes += [f"Peer: {peer[1]}, its cache a quarter of that."] if peer else ["No iipsrv was found."]
    notes += _against_processes(rig, url, ours["earth"])
    draw_bars("tiles", {name: median(each, lambda s: s.rate) for name, each in samples.items()}, "tiles per second")
    return report("tiles", "Tiles from files", rows, notes)


def _rows(samples: dict[str, list], others: list[str]) -> list[Row]:  # type: ignore[type-arg]
    ours = samples["earth"]
    said = {name: describe(each) for name, each in samples.items()}
    rows = []
    if "iipsrv" in samples:
        peer = samples["iipsrv"]
        text = f"{said['earth']}; iipsrv behind nginx {said['iipsrv']}"
        rows.append(Row("inner tiles, direct, against iipsrv", ratio(ours, peer), 4, text))
    if "nginx" in samples:
        text = f"{said['earth']}; nginx {said['nginx']}"
        rows.append(
            Row("the same against nginx with the same bytes as files", ratio(ours, samples["nginx"]), 0.55, text)
        )
        used = ratio(ours, samples["nginx"], lambda s: s.cpu_us)
        rows.append(Row("the same, processor time against nginx's", used, None, "lower is better"))
    if "iipsrv" in samples:
        behind = samples["behind"]
        text = f"{said['behind']}; iipsrv {said['iipsrv']}"
        rows.append(Row("behind the same nginx, against iipsrv", ratio(behind, peer), 2, text))
        cpu = ratio(behind, peer, lambda s: s.cpu_us)
        rows.append(Row("the same, processor time per tile", cpu, 0.5, text, at_most=True))
    rows.append(Row("edge tiles against inner ones", ratio(samples["edge"], ours), 0.9, said["edge"]))
    for name in others:
        rows.append(Row(f"the image `{name}` against one gigapixel", ratio(samples[name], ours), 0.9, said[name]))
    return rows


def _write_files(rig: Rig, store: FilesystemStore, revision: Revision, inner: list[Tile]) -> int:
    """The tiles as files for nginx, the pyramid where iipsrv looks for it. Returns the tiles' bytes."""
    static, pyramids = rig.folder / "static", rig.folder / "pyramids"
    static.mkdir()
    pyramids.mkdir()
    pyramid = store.local_path(revision_object_key("earth", revision.name, "pyramid.tif"))
    (pyramids / "earth.tif").hardlink_to(pyramid)
    total = 0
    for tile, jpeg in tile_jpegs(store, "earth", revision, inner):
        total += (static / f"{tile.number}.jpg").write_bytes(jpeg)
    return total


def _paths(rig: Rig, name: str, paths: list[str]) -> Path:
    file = rig.folder / f"paths-{name}.txt"
    file.write_text("\n".join(paths), encoding="utf-8")
    return file


def _iipsrv_path(tile: Tile) -> str:
    region = f"{tile.x},{tile.y},{tile.width},{tile.height}"
    return f"/fcgi?IIIF=earth.tif/{region}/{tile.scaled_width},/0/default.jpg"


def _compare(ours: Running, nginx: Running, chosen: list[Tile]) -> None:
    """Every body, byte by byte."""
    for tile in chosen:
        bodies = [
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}").read()
            for port, path in ((ours.port, tile.path("earth")), (nginx.port, f"/static/{tile.number}.jpg"))
        ]
        assert bodies[0] == bodies[1], tile


def _against_processes(rig: Rig, url: str, paths: Path) -> list[str]:
    """Rates of 1, 2 and 4 processes on the same processors."""
    rates = []
    for count in (1, 2, 4):
        already = len(rig.processes)
        server = start_image_server(rig, url, count=count)
        target = Target(str(count), server.port, paths, server.pids)
        measure(target, 1, 0)
        rates.append(f"{count}: {measure(target, SECONDS, 0).rate:,.0f}/s")
        for process in rig.processes[already:]:
            stop(process)
        del rig.processes[already:]
    return [f"Rates against processes, on {processes()} processor(s): {', '.join(rates)}."]
