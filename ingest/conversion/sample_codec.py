"""Tiles of samples as they lie in `samples.tif`: a predictor of TIFF, then zstd (see iiif_server.samples_record)."""

from __future__ import annotations

from typing import Any

import imagecodecs
import numpy as np

from ingest.conversion.means import Values

HORIZONTAL, FLOATING_POINT = 2, 3
"""TIFF 6.0 §14, and TIFF Technical Note 3."""
_LEVEL = 1
"""Level 3 takes five times as long for 4 to 6 % less."""


def predictor(dtype: np.dtype[Any]) -> int:
    """TIFF's number of the predictor for values of that type."""
    return FLOATING_POINT if dtype.kind == "f" else HORIZONTAL


def encode_samples(tile: Values) -> bytes:
    """The bytes of one channel's tile, (height, width)."""
    values = np.ascontiguousarray(tile)
    predict = imagecodecs.floatpred_encode if values.dtype.kind == "f" else imagecodecs.delta_encode
    return bytes(imagecodecs.zstd_encode(predict(values, axis=-1).tobytes(), level=_LEVEL))


def decode_samples(data: bytes, dtype: np.dtype[Any], side: int) -> Values:
    """Inverse of encode_samples for a tile of `side` x `side` values."""
    raw = imagecodecs.zstd_decode(data, out=side * side * dtype.itemsize)
    values = np.frombuffer(raw, dtype).reshape(side, side)
    restore = imagecodecs.floatpred_decode if dtype.kind == "f" else imagecodecs.delta_decode
    decoded: Values = restore(values, axis=-1)
    return decoded
