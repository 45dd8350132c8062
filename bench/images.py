"""Published images for the benches: converted by the real conversion process, recorded without a database."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyvips
from ulid import ULID

from bench.sources import photograph
from iiif_server.grid import ceil_div
from iiif_server.index import chunk_number, chunk_range, read_entry
from iiif_server.layout import record_key, revision_object_key
from iiif_server.record import Record, Revision, format_record, format_revision
from ingest.conversion.run import ConversionRequest, run_conversion
from storage.ports import Store

QUALITY = 88


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile of a level: its place in the full image and its number in the index."""

    number: int
    level: int
    column: int
    row: int
    x: int
    y: int
    width: int
    height: int
    scaled_width: int
    scaled_height: int

    @property
    def is_edge(self) -> bool:
        """Whether the image's edge cuts it."""
        return self.scaled_width < 512 or self.scaled_height < 512

    def path(self, identifier: str) -> str:
        """What a viewer asks for."""
        size = f"{self.scaled_width},{self.scaled_height}"
        return f"/iiif/3/{identifier}/{self.x},{self.y},{self.width},{self.height}/{size}/0/default.jpg"


def mosaic(folder: Path, megapixels: int) -> Path:
    """The photograph beside and below itself, about so many megapixels at its own sharpness, as a TIFF."""
    path = folder / f"mosaic-{megapixels}.tif"
    tile = pyvips.Image.new_from_file(str(photograph()))
    side = int((megapixels * 1e6) ** 0.5)
    # An odd size, so that every level has tiles that the edge cuts.
    width, height = side + 131, side + 77
    across, down = -(-width // tile.width), -(-height // tile.height)
    image = tile.replicate(across, down).crop(0, 0, width, height)
    image.tiffsave(str(path), compression="jpeg", Q=92, tile=True, tile_width=512, tile_height=512, bigtiff=True)
    return path


def publish(store: Store, folder: Path, source: Path, identifier: str) -> Revision:
    """Converts and publishes the picture. Returns what a server will know of it."""
    output = folder / f"converted-{identifier}"
    output.mkdir()
    request = ConversionRequest(source, output, source.name, QUALITY, os.cpu_count() or 1, 10**11, 4096, 7200)
    converted = run_conversion(request, lambda _: None)
    now = datetime.now(UTC)
    revision = converted.revision(name=str(ULID()).lower(), created=now, master_sha256="0" * 64)
    for name in ("pyramid.tif", "index"):
        store.put_file(revision_object_key(identifier, revision.name, name), output / name, consume=True)
    store.put(revision_object_key(identifier, revision.name, "revision.json"), format_revision(revision))
    record = Record(identifier, 1, "live", "public", {"none": [identifier]}, now, revision=revision)
    store.put(record_key(identifier), format_record(record))
    return revision


def tiles(revision: Revision) -> Iterator[Tile]:
    """Every tile of every level."""
    for number, level in enumerate(revision.levels):
        step = 512 * level.scale
        columns = ceil_div(level.width, 512)
        for row in range(ceil_div(level.height, 512)):
            for column in range(columns):
                x, y = column * step, row * step
                width, height = min(step, revision.width - x), min(step, revision.height - y)
                sizes = (width, height, ceil_div(width, level.scale), ceil_div(height, level.scale))
                yield Tile(level.first_entry + row * columns + column, number, column, row, x, y, *sizes)


def shuffled(revision: Revision, *, edge: bool) -> list[Tile]:
    """Edge tiles, or inner ones, in an order that is always the same."""
    chosen = [tile for tile in tiles(revision) if tile.is_edge == edge]
    random.Random(1).shuffle(chosen)
    return chosen


def tile_jpegs(store: Store, identifier: str, revision: Revision, wanted: list[Tile]) -> Iterator[tuple[Tile, bytes]]:
    """Each tile as it must come over the wire."""
    index = store.read(revision_object_key(identifier, revision.name, "index")).data
    pyramid = store.local_path(revision_object_key(identifier, revision.name, "pyramid.tif"))
    assert pyramid is not None
    with pyramid.open("rb") as file:
        for tile in wanted:
            start, end = chunk_range(chunk_number(tile.number))
            entry = read_entry(index[start:end], tile.number)
            file.seek(entry.offset)
            yield tile, (b"" if entry.complete else revision.jpeg_prefix) + file.read(entry.length)
