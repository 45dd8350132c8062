"""What values a channel holds: extremes, and the window that shows most of them. PURE."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ingest.conversion.means import Values

LOW_SHARE, HIGH_SHARE = 0.001, 0.999
"""Percentiles between which a channel is shown where nothing else is told."""
SAMPLE_COUNT = 1_000_000
"""How many values of each channel stand for all, where a histogram cannot hold them one by one."""
_HISTOGRAM_BITS = 16
_LARGEST = 1e300
"""Windows stay below: the difference of two such values is finite."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What part of a channel holds; `minimum` exceeds `maximum` where there is no finite value."""

    minimum: float
    maximum: float
    histogram: Values | None
    sample: Values | None


def measure(values: Values, step: int) -> Measured:
    """Measures values of any shape; `step`: every so many values one is kept, where no histogram is."""
    flat = values.reshape(-1)
    if flat.dtype.kind != "f" and flat.dtype.itemsize * 8 <= _HISTOGRAM_BITS:
        start = int(np.iinfo(flat.dtype).min)
        shifted = flat if start == 0 else flat.astype(np.int32) - start
        return Measured(float(flat.min()), float(flat.max()), np.bincount(shifted, minlength=_bins(flat.dtype)), None)
    finite = flat[np.isfinite(flat)] if flat.dtype.kind == "f" else flat
    if not len(finite):
        return Measured(math.inf, -math.inf, None, finite)
    return Measured(float(finite.min()), float(finite.max()), None, finite[::step].astype(np.float64))


class ChannelStatistics:
    """Adds up what is measured of one channel."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._start = int(np.iinfo(dtype).min) if dtype.kind != "f" else 0
        self._histogram: Values | None = None
        self._samples: list[Values] = []
        self.minimum, self.maximum = math.inf, -math.inf

    def add(self, measured: Measured) -> None:
        """Takes another part in."""
        self.minimum = min(self.minimum, measured.minimum)
        self.maximum = max(self.maximum, measured.maximum)
        if measured.histogram is not None:
            self._histogram = measured.histogram + (0 if self._histogram is None else self._histogram)
        if measured.sample is not None:
            self._samples.append(measured.sample)

    @property
    def is_empty(self) -> bool:
        """It holds no finite value."""
        return self.minimum > self.maximum

    def window(self) -> tuple[float, float]:
        """From LOW_SHARE to HIGH_SHARE of the values; all of them where those are the same."""
        if self.is_empty:
            return 0.0, 1.0
        return open_up(*self._percentiles(), self.minimum, self.maximum)

    def _percentiles(self) -> tuple[float, float]:
        if self._histogram is not None:
            below = np.cumsum(self._histogram)
            low, high = (int(np.searchsorted(below, share * below[-1])) for share in (LOW_SHARE, HIGH_SHARE))
            return float(low + self._start), float(high + self._start)
        low, high = np.quantile(np.concatenate(self._samples), (LOW_SHARE, HIGH_SHARE))
        return float(low), float(high)


def open_up(low: float, high: float, minimum: float, maximum: float) -> tuple[float, float]:
    """A window of some width: the first two where they differ, else the last two, else it begins with the first."""
    low, high, minimum, maximum = (min(max(value, -_LARGEST), _LARGEST) for value in (low, high, minimum, maximum))
    if low < high:
        return low, high
    if minimum < maximum:
        return minimum, maximum
    return (low, low + max(1.0, abs(low))) if low < _LARGEST / 4 else (low / 2, low)


def used_range(maximum: float) -> tuple[float, float]:
    """From 0 to 2^k - 1 for the least k of at least 8 that holds the maximum."""
    return 0.0, float(2 ** max(8, int(maximum).bit_length()) - 1)


def _bins(dtype: np.dtype[Any]) -> int:
    return 1 << dtype.itemsize * 8
