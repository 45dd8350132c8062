from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from iiif_server.resampling import KERNEL_SUM, Enlarge, Shrink, plan_axis, shift_kernel

starts = st.fractions(0, 4096, max_denominator=64)
lengths = st.fractions(Fraction(1, 8), 20000, max_denominator=64)
sizes = st.integers(1, 5000)


def first_sample(plan: Shrink) -> Fraction:
    """Where libvips lays the first sample that is kept: the samples lie symmetrically in what was taken."""
    pitch = plan.factor * plan.box
    made = round(plan.length / pitch)
    centre = plan.start + plan.shift + Fraction(plan.length, 2)
    return centre + pitch * (plan.margin + Fraction(1, 2) - Fraction(made, 2))


@given(starts, lengths, sizes)
def test_samples_lie_within_a_tenth_of_a_pixel_of_where_they_belong(
    start: Fraction, length: Fraction, size: int
) -> None:
    match plan_axis(start, length, size):
        case Shrink() as plan:
            wanted = start + length / size / 2
            assert abs(first_sample(plan) - wanted) <= Fraction(1, 10) * length / size
            assert abs(plan.shift) <= Fraction(1, 2)
        case Enlarge(offset, scale, made):
            assert (offset, scale, made) == (start, size / length, size)


@given(starts, lengths, sizes)
def test_libvips_makes_all_the_samples_that_are_kept(start: Fraction, length: Fraction, size: int) -> None:
    plan = plan_axis(start, length, size)
    if isinstance(plan, Shrink):
        assert plan.length % plan.box == 0
        assert round(plan.length / plan.box / float(plan.factor)) >= plan.margin + plan.size
        assert 1 <= plan.factor < 4


def test_a_whole_offset_at_full_size_is_a_mere_cut() -> None:
    assert plan_axis(Fraction(7), Fraction(100), 100) == Shrink(7, 100, Fraction(0), 1, Fraction(1), 0, 100)


@given(st.fractions(Fraction(-1, 2), Fraction(1, 2), max_denominator=64))
def test_a_shift_keeps_brightness_exactly(shift: Fraction) -> None:
    weights = shift_kernel(shift)
    assert sum(weights) == KERNEL_SUM
    assert max(weights) <= KERNEL_SUM + 1
