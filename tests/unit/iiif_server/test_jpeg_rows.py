from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import pyvips
import simplejpeg

from iiif_server.jpeg_rows import end_after


def decoded(jpeg: bytes, *, quick: bool) -> Any:
    return simplejpeg.decode_jpeg(jpeg, "RGB", fastdct=quick, fastupsample=quick, strict=False)


@pytest.mark.parametrize("sampling", ["444", "422", "420", "440", "411", "Gray"])
@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("rows", [1, 15, 16, 17, 100, 255])
def test_the_first_rows_are_the_same_pixels(
    photograph: Callable[..., Any], sampling: str, quick: bool, rows: int
) -> None:
    pixels = photograph(200, 333, 1 if sampling == "Gray" else 3)
    colours = "GRAY" if sampling == "Gray" else "RGB"
    jpeg = simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), 90, colours, sampling)
    shortened = end_after(jpeg, rows)
    assert shortened is not None
    made = decoded(shortened, quick=quick)
    assert rows <= made.shape[0] < 333
    assert np.array_equal(made[:rows], decoded(jpeg, quick=quick)[:rows])


def test_nothing_is_done_where_most_rows_are_wanted(photograph: Callable[..., Any]) -> None:
    jpeg = simplejpeg.encode_jpeg(photograph(64, 64, 3), 90)
    assert end_after(jpeg, 64) is None
    assert end_after(jpeg, 17) is None
    assert end_after(jpeg, 16) is not None


def test_progressive_ones_and_such_without_an_end_are_decoded_whole(photograph: Callable[..., Any]) -> None:
    image = pyvips.Image.new_from_array(photograph(64, 256, 3))
    assert end_after(image.jpegsave_buffer(interlace=True), 8) is None
    whole = image.jpegsave_buffer()
    assert end_after(whole, 8) is not None
    assert end_after(whole[:-2], 8) is None


def test_anything_else_is_left_alone(photograph: Callable[..., Any]) -> None:
    jpeg = simplejpeg.encode_jpeg(photograph(64, 256, 3), 90)
    for length in range(0, 700, 7):
        assert end_after(jpeg[:length] + b"\xff\xd9", 8) is None or length > 20
    for other in (b"", b"\xff\xd8", b"II*\0", b"\xff\xd8\xff\xda\xff\xd9", b"\xff\xd8" + b"\xff" * 30 + b"\xff\xd9"):
        assert end_after(other, 8) is None
