from __future__ import annotations

import io

import pytest
import tifffile

from ingest.conversion.tiff_writer import BigTiffWriter, Page


def test_pages_are_a_chain_that_tifffile_reads():
    file = io.BytesIO()
    writer = BigTiffWriter(file)
    writer.write_page(Page(600, 100, 512, (2, 2), (300.5, 40.0), reduced=False), [b"first", b"second tile"])
    writer.write_page(Page(300, 50, 512, (2, 2), (150.25, 20.0), reduced=True), [b"half"])
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
    BigTiffWriter(file).write_page(Page(10, 20, 512, None, (10.0, 10.0), reduced=False), [b"tile"])
    with tifffile.TiffFile(io.BytesIO(file.getvalue())) as tiff:
        assert tiff.pages[0].shape == (20, 10)
        assert tiff.pages[0].photometric == tifffile.PHOTOMETRIC.MINISBLACK
        assert "YCbCrSubSampling" not in tiff.pages[0].tags


@pytest.mark.parametrize("resolution", [0.0, 1e12])
def test_absurd_resolutions_can_be_written(resolution):
    file = io.BytesIO()
    BigTiffWriter(file).write_page(Page(1, 1, 512, None, (resolution, resolution), reduced=False), [b"tile"])
    assert file.getvalue()
