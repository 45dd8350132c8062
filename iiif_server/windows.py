"""What a window makes of the values of a channel: the same share of full light in derivatives and in renderings."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def share_of_window(values: npt.NDArray[Any], low: float, high: float) -> npt.NDArray[np.float64]:
    """An array of the same shape: 0 up to `low`, 1 from `high` on, evenly between. What is no number is 0."""
    share = values.astype(np.float64)
    np.clip(share, low, high, out=share)
    # The ends of a window may lie further apart than the largest number: all of it is then shown as its lowest.
    with np.errstate(over="ignore", invalid="ignore"):
        share -= low
        share /= np.float64(high) - np.float64(low)
    share[np.isnan(share)] = 0
    return share
