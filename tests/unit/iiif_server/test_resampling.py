from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from iiif_server.resampling import BAND_PIXELS, Axis, plan_bands, rows_at_once, weigh_band

lengths = st.fractions(Fraction(1, 8), 9000, max_denominator=64)
starts = st.fractions(0, 500, max_denominator=64)
sizes = st.integers(1, 3000)
rows = st.integers(1, 4000)


@given(starts, lengths, sizes, rows)
def test_bands_follow_one_another_and_take_their_samples_where_the_whole_has_them(
    start: Fraction, length: Fraction, size: int, at_once: int
) -> None:
    axis, height = Axis(start, length, size), int(start + length) + 5
    row = 0
    for band in plan_bands(axis, height, at_once):
        assert band.first == row
        assert band.top + band.start == start + row * length / size
        assert band.length / band.count == length / size
        assert band.start >= 0
        assert band.start + band.length <= band.bottom - band.top
        row += band.count
    assert row == size


@given(starts, lengths, sizes, rows)
def test_each_band_has_the_rows_that_its_kernel_reaches(
    start: Fraction, length: Fraction, size: int, at_once: int
) -> None:
    height = int(start + length) + 5
    reach = 3 * max(length / size, Fraction(1))
    for band in plan_bands(Axis(start, length, size), height, at_once):
        assert band.start >= reach or band.top == 0
        assert band.bottom - band.top >= min(band.start + band.length + reach, height - band.top)


@given(st.integers(1, 9000), st.integers(1, 9000), sizes, sizes)
def test_the_weight_covers_every_band(width: int, height: int, made_width: int, made_height: int) -> None:
    axis = Axis(Fraction(0), Fraction(height), made_height)
    weight = weigh_band((width, height), (made_width, made_height), 3)
    for band in plan_bands(axis, height, rows_at_once(width, made_width)):
        assert (band.bottom - band.top) * (width + made_width) * 4 <= weight


def test_a_band_is_little_beside_a_large_window() -> None:
    assert weigh_band((8192, 8192), (4096, 4096), 3) <= 7 * BAND_PIXELS
