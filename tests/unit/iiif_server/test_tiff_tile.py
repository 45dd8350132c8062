"""Single tiles under the head of a TIFF, read by libvips."""

import zlib

import numpy as np
import pytest
import pyvips

from iiif_server.tiff_tile import TileCoding, build_head, complete_tile

PIXELS = np.random.default_rng(3).integers(0, 255, (48, 32, 3), dtype=np.uint8)


def read(data):
    image = pyvips.Image.tiffload_buffer(complete_tile(data), fail_on="error")
    return image.numpy().reshape(image.height, image.width, image.bands)


@pytest.mark.parametrize("bands", [1, 3])
def test_pixels_as_they_are(bands):
    pixels = np.ascontiguousarray(PIXELS[:, :, :bands])
    head = build_head(32, 48, TileCoding(1, 1 if bands == 1 else 2, 1, bands))
    assert (read(head + pixels.tobytes()) == pixels).all()


def test_a_deflated_tile_with_a_predictor():
    differences = np.diff(PIXELS.astype(np.int16), axis=1, prepend=0).astype(np.uint8)
    head = build_head(32, 48, TileCoding(8, 2, 2, 3))
    assert (read(head + zlib.compress(differences.tobytes())) == PIXELS).all()


def test_white_may_be_zero():
    pixels = PIXELS[:, :, :1]
    assert (read(build_head(32, 48, TileCoding(1, 0, 1, 1)) + pixels.tobytes()) == 255 - pixels).all()


def test_a_cut_off_tile_is_an_error():
    data = build_head(32, 48, TileCoding(8, 2, 1, 3)) + zlib.compress(PIXELS.tobytes())[:-500]
    with pytest.raises(pyvips.Error):
        read(data).sum()


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"II*\0", b"II*\0" + bytes(50)])
def test_what_has_no_head_is_refused(data):
    with pytest.raises(ValueError, match="no tile"):
        complete_tile(data)
