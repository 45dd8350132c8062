"""Records with their levels as the ingest makes them, and requests from URI text."""

from datetime import UTC, datetime

import pytest

from iiif_server.geometry import resolve_request
from iiif_server.grammar import parse_request
from iiif_server.grid import TileGrid, ceil_div
from iiif_server.record import Level, Record, Revision
from iiif_server.request import Version


def make_revision(width, height, tile_width=512, tile_height=512, channels="rgb"):
    sizes = [
        (scale, ceil_div(width, scale), ceil_div(height, scale))
        for scale in TileGrid(width, height, tile_width, tile_height).scales()
    ]
    levels, first_entry = [], 0
    for scale, level_width, level_height in reversed(sizes):
        levels.insert(0, Level(scale, level_width, level_height, first_entry))
        first_entry += ceil_div(level_width, tile_width) * ceil_div(level_height, tile_height)
    return Revision(
        name="01j00000000000000000000000",
        width=width,
        height=height,
        tile_width=tile_width,
        tile_height=tile_height,
        channels=channels,
        levels=tuple(levels),
        jpeg_prefix=b"\xff\xd8\xff",
        created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        master_sha256="0" * 64,
        pyramid_sha256="1" * 64,
        pyramid_size_bytes=1,
        losses=("Alpha was dropped.",),
    )


@pytest.fixture(scope="session")
def revision_of():
    """revision_of(width, height, …): a revision whose levels end in one tile."""
    return make_revision


@pytest.fixture(scope="session")
def record_of():
    """record_of(width, height, **changes of the record)"""

    def make(width=4003, height=2999, **changes):
        values = {
            "identifier": "Жук/1",
            "generation": 3,
            "state": "live",
            "access": "public",
            "label": {"ru": ["Жук"]},
            "updated": datetime(2026, 1, 2, tzinfo=UTC),
            "revision": make_revision(width, height),
        }
        return Record(**values | changes)

    return make


@pytest.fixture(scope="session")
def resolve():
    """resolve(path, width, height, limits, version): the resolved request of a path behind the identifier."""

    def call(path, width, height, limits, version=Version.V3, tile=512):
        return resolve_request(parse_request(version, f"a/{path}"), width, height, limits, tile, tile)

    return call
