"""Writes `pyramid.tif` out of the lossless pyramid, tile by tile, as the channels are shown by default."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from ingest.adoption.tile_codec import encode_tile
from ingest.conversion.halving import build_content, build_page
from ingest.conversion.look import Look
from ingest.conversion.progress import Progress
from ingest.conversion.samples import StoredLevel, StoredSamples
from ingest.conversion.tiff_writer import BigTiffWriter

_AHEAD = 32


def show_pyramid(
    stored: StoredSamples, look: Look, path: Path, quality: int, threads: int, progress: Progress
) -> None:
    """Writes the pyramid to `path`; its tiles are complete JPEGs."""
    total = sum(level.size.columns * level.size.rows for level in stored.levels)
    done = 0
    with stored.path.open("rb") as source, path.open("w+b") as file, ThreadPoolExecutor(threads) as pool:
        writer = BigTiffWriter(file)

        def tiles(level: StoredLevel) -> Iterator[bytes]:
            nonlocal done

            def make(number: int) -> bytes:
                values = {n: stored.read_tile(source.fileno(), level, number, n) for n in look.needed}
                return encode_tile(look.show(values), quality)

            numbers = iter(range(level.size.columns * level.size.rows))
            while batch := list(islice(numbers, _AHEAD)):
                yield from pool.map(make, batch)
                done += len(batch)
                progress(done / total)

        for level in stored.levels:
            writer.write_page(
                build_page(level.size, stored.resolution), build_content(look.bands, quality), tiles(level)
            )
