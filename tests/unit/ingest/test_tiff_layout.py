from __future__ import annotations

import contextlib
import io
import struct

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from ingest.conversion.tiff_layout import (
    IMAGE_WIDTH,
    SUBFILE_TYPE,
    TILE_OFFSETS,
    TILE_WIDTH,
    MalformedTiffError,
    read_directories,
)


def tiff(**options):
    file = io.BytesIO()
    with tifffile.TiffWriter(file, **options) as writer:
        writer.write(np.arange(6000, dtype=np.uint8).reshape(60, 100), rowsperstrip=7)
        writer.write(np.zeros((40, 50), np.uint8), tile=(16, 32), subfiletype=1)
    return file.getvalue()


@pytest.mark.parametrize("options", [{}, {"bigtiff": True}, {"byteorder": ">"}, {"byteorder": ">", "bigtiff": True}])
def test_directories_of_every_form_say_what_tifffile_says(options):
    data = tiff(**options)
    found = read_directories(io.BytesIO(data))
    with tifffile.TiffFile(io.BytesIO(data)) as reference:
        assert len(found) == len(reference.pages) == 2
        for directory, page in zip(found, reference.pages, strict=True):
            assert directory.number(IMAGE_WIDTH) == page.imagewidth
            assert directory.offsets.tolist() == list(page.dataoffsets)
            assert directory.lengths.tolist() == list(page.databytecounts)
    assert [directory.tiled for directory in found] == [False, True]
    assert found[1].number(TILE_WIDTH) == 32
    assert found[1].number(SUBFILE_TYPE) == 1


@pytest.mark.parametrize("data", [b"", b"II*\0", b"PK\x03\x04aaaa", b"II*\0\0\0\0\0"])
def test_what_is_no_tiff_is_malformed(data):
    with pytest.raises(MalformedTiffError):
        read_directories(io.BytesIO(data))


def test_what_points_behind_the_end_is_told_apart():
    with pytest.raises(MalformedTiffError) as caught:
        read_directories(io.BytesIO(b"II*\0\xff\xff\0\0"))
    assert caught.value.cut_off


@given(st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_no_damage_raises_anything_else(position, damage):
    data = tiff(bigtiff=position % 2 == 0)
    position = min(position, len(data))
    with contextlib.suppress(MalformedTiffError):
        read_directories(io.BytesIO(data[:position] + damage + data[position + len(damage) :]))


def test_directories_that_share_one_long_list_cannot_fill_the_memory():
    """Two megabytes of list, which a thousand directories take for their own."""
    count, directories = 500_000, 1000
    data = bytearray(struct.pack("<2sHI", b"II", 42, 8))
    for number in range(directories):
        following = len(data) + 18 if number + 1 < directories else 0
        data += struct.pack("<HHHIII", 1, TILE_OFFSETS, 4, count, 8 + 18 * directories, following)
    with pytest.raises(MalformedTiffError, match="impossibly many values"):
        read_directories(io.BytesIO(bytes(data) + bytes(4 * count)))
