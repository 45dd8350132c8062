"""Means of 2x2 pixels, in the type that the pixels have. PURE."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]
"""Samples of any type as (height, width, bands)."""

_WIDER: dict[str, npt.DTypeLike] = {
    "uint8": np.uint16,
    "int8": np.int16,
    "uint16": np.uint32,
    "int16": np.int32,
    "uint32": np.uint64,
    "int32": np.int64,
}
"""What the sum of four values fits into."""


def halve_pixels(pixels: Values) -> Values:
    """Means of 2x2 pixels; an odd last row or column counts twice.

    Whole numbers are rounded once, halves to even. Of floating-point values those that are no numbers do not count.
    """
    height, width, _ = pixels.shape
    even = (
        np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge") if height % 2 or width % 2 else pixels
    )
    quarters = [even[row::2, column::2] for row in (0, 1) for column in (0, 1)]
    if pixels.dtype.kind == "f":
        with np.errstate(over="ignore"):
            return _mean_of_floats(quarters).astype(pixels.dtype)
    wide = np.dtype(_WIDER[pixels.dtype.name])
    total = quarters[0].astype(wide)
    for quarter in quarters[1:]:
        total += quarter
    one, two = wide.type(1), wide.type(2)
    # Always up would brighten every level.
    rounded: Values = (total + one + (total >> two & one)) >> two
    return rounded.astype(pixels.dtype)


def _mean_of_floats(quarters: list[Values]) -> Values:
    present = [~np.isnan(quarter) for quarter in quarters]
    count = sum(known.astype(np.float64) for known in present)
    mean = np.zeros(quarters[0].shape, np.float64)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        for quarter, known in zip(quarters, present, strict=True):
            mean += np.where(known, quarter, 0) / count  # divided first: no sum leaves the type
    return mean
