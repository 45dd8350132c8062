from __future__ import annotations

import io
import itertools

import pytest
import tifffile

from ingest.conversion.tiff_writer import BigTiffWriter, JpegTiles, Page, SampleTiles


def test_pages_are_a_chain_that_tifffile_reads():
    file = io.BytesIO()
    writer = BigTiffWriter(file)
    writer.write_page(
        Page(600, 100, 512, (300.5, 40.0), reduced=False), JpegTiles((2, 2)), [b"first", b"second tile"]
    )
    writer.write_page(Page(300, 50, 512, (150.25, 20.0), reduced=True), JpegTiles((2, 2)), [b"half"])
    with tifffile.TiffFile(io.BytesIO(file.getvalue())) as tiff:
        assert tiff.is_bigtiff
        assert [page.shape for page in tiff.pages] == [(100, 600, 3), (50, 300, 3)]
        assert [page.is_reduced for page in tiff.pages] == [False, True]
        first = tiff.pages[0]
        assert first.compression == tifffile.COMPRESSION.JPEG
        assert first.photometric == tifffile.PHOTOMETRIC.YCBCR
        assert first.subsampling == (2, 2)
        assert first.tags["XResolution"].value == (300500, 1000)
        stored = [file.getvalue()[o : o + n] for o, n in zip(first.dataoffsets, first.databytecounts, strict=True)]
        assert stored == [b"first", b"second tile"]


def test_a_gray_page_has_one_sample_and_no_subsampling():
    file = io.BytesIO()
    BigTiffWriter(file).write_page(Page(10, 20, 512, (10.0, 10.0), reduced=False), JpegTiles(None), [b"tile"])
    with tifffile.TiffFile(io.BytesIO(file.getvalue())) as tiff:
        assert tiff.pages[0].shape == (20, 10)
        assert tiff.pages[0].photometric == tifffile.PHOTOMETRIC.MINISBLACK
        assert "YCbCrSubSampling" not in tiff.pages[0].tags


@pytest.mark.parametrize("resolution", [0.0, 1e12])
def test_absurd_resolutions_can_be_written(resolution):
    file = io.BytesIO()
    BigTiffWriter(file).write_page(
        Page(1, 1, 512, (resolution, resolution), reduced=False), JpegTiles(None), [b"tile"]
    )
    assert file.getvalue()


def test_samples_lie_tile_by_tile_and_are_listed_channel_by_channel():
    file = io.BytesIO()
    content = SampleTiles(3, "f", 32, 3, colours=False, description="Channels: a, b, c", icc_profile=b"")
    tiles = [b"a0", b"b0", b"c0", b"a1", b"b1", b"c1"]
    offsets, lengths = BigTiffWriter(file).write_page(
        Page(600, 100, 512, (10.0, 10.0), reduced=False), content, tiles
    )
    assert list(lengths) == [2] * 6
    assert [b - a for a, b in itertools.pairwise(offsets)] == [2] * 5
    with tifffile.TiffFile(io.BytesIO(file.getvalue())) as tiff:
        page = tiff.pages[0]
        assert (page.shape, page.dtype, page.predictor) == ((3, 100, 600), "float32", 3)
        assert page.compression == tifffile.COMPRESSION.ZSTD
        assert page.planarconfig == tifffile.PLANARCONFIG.SEPARATE
        assert page.description == "Channels: a, b, c"
        assert page.extrasamples == (0, 0)
        stored = [file.getvalue()[o : o + 2] for o in page.dataoffsets]
        assert stored == [b"a0", b"a1", b"b0", b"b1", b"c0", b"c1"]
