from __future__ import annotations

import numpy as np
import pytest

from ingest.conversion.sample_statistics import ChannelStatistics, measure, open_up, used_range


def statistics_of(*parts, step=1):
    statistics = ChannelStatistics(parts[0].dtype)
    for part in parts:
        statistics.add(measure(part, step))
    return statistics


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "int32", "float32", "float64"])
def test_windows_leave_a_thousandth_at_both_ends(dtype):
    values = np.arange(-100, 100).repeat(500).astype(np.int64)
    values = (values if np.dtype(dtype).kind != "u" else values + 100).astype(dtype)
    statistics = statistics_of(values[:30_000], values[30_000:])
    assert (statistics.minimum, statistics.maximum) == (values.min(), values.max())
    assert statistics.window() == (values.min(), values.max())
    values[:50], values[-50:] = values.min(), values.max()
    values[50:1000] = values[1000]
    assert statistics_of(values).window() == (values[1000], values.max())


def test_what_is_not_finite_counts_nowhere():
    statistics = statistics_of(np.array([np.nan, np.inf, -np.inf, 2.0, 5.0]))
    assert (statistics.minimum, statistics.maximum) == (2, 5)
    low, high = statistics.window()
    assert 2 <= low < high <= 5
    assert statistics_of(np.full(9, np.nan)).is_empty
    assert statistics_of(np.full(9, np.nan)).window() == (0, 1)


def test_a_sample_stands_for_very_many_values():
    values = np.random.default_rng(1).normal(0, 1, 200_000)
    low, high = statistics_of(values, step=7).window()
    assert (low, high) == pytest.approx((-3.09, 3.09), abs=0.2)


@pytest.mark.parametrize(
    ("given", "window"),
    [
        ((1, 5, 0, 9), (1, 5)),
        ((4, 4, 0, 9), (0, 9)),
        ((4, 4, 4, 4), (4, 8)),
        ((-0.25, -0.25, -0.25, -0.25), (-0.25, 0.75)),
        ((1.7e308, 1.7e308, 1.7e308, 1.7e308), (5e299, 1e300)),
    ],
)
def test_a_window_has_always_some_width(given, window):
    assert open_up(*given) == window


@pytest.mark.parametrize(("maximum", "top"), [(0, 255), (255, 255), (256, 511), (4095, 4095), (4096, 8191)])
def test_colours_use_whole_bits(maximum, top):
    assert used_range(maximum) == (0, top)
