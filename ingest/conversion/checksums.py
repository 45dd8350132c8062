"""The finished file's SHA-256, and the index with the CRC-32C of every tile."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import crc32c

from iiif_server.index import TileEntry, build_index, take_head
from ingest.conversion.edges import PlacedTile


def file_sha256(path: Path) -> str:
    """In lower-case hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_index(pyramid: Path, tiles: Iterable[PlacedTile], path: Path) -> bytes:
    """Writes the index of tiles that lie in the file `pyramid`; its head, for the record."""
    index = build_index(_entries(pyramid, tiles))
    path.write_bytes(index)
    return take_head(index)


def _entries(pyramid: Path, tiles: Iterable[PlacedTile]) -> Iterator[TileEntry]:
    with pyramid.open("rb") as file:
        for tile in tiles:
            data = os.pread(file.fileno(), tile.length, tile.offset)
            yield TileEntry(tile.offset, tile.length, crc32c.crc32c(data), tile.complete)
