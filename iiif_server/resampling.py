"""Where the samples of a resize lie, per axis, exactly. PURE: int and Fraction only.

A region of the full image lies in general between whole pixels of a level. Its samples are kept where they belong,
by a fractional shift of less than half a pixel, so that regions from any level meet without a jump.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

# libvips convolves bytes with weights of seven bits: whole numbers up to 64 are kept exactly, others are not.
KERNEL_SUM = 64

# A shift below this part of an output pixel is not worth a convolution.
_NEGLIGIBLE_SHIFT = Fraction(1, 10)
# Neighbours to each side, in output pixels, that take part in the resampling at the region's edge.
_MARGIN = 3
# How many widths of the far margin are tried in search of a small shift.
_MARGINS_TRIED = 6
_ROUNDS_SAFELY = Fraction(1, 2)
# From here on the kernel's reach is not worth reading for: a result this small has no neighbours to fit to.
_COARSE_FACTOR = 8


@dataclass(frozen=True, slots=True)
class Shrink:
    """Take `length` pixels from `start` on (both may reach over the edges), as seen from `shift` pixels further on;
    average `box` by `box` of them, reduce by `factor`, drop `margin` pixels at the near side, and keep `size`.

    -1/2 <= shift <= 1/2. `factor` is 1 where nothing is left to reduce.
    """

    start: int
    length: int
    shift: Fraction
    box: int
    factor: Fraction
    margin: int
    size: int


@dataclass(frozen=True, slots=True)
class Enlarge:
    """Pixel number j of `size` shows what lies (j + 1/2) / `scale` pixels behind `offset`; scale > 1."""

    offset: Fraction
    scale: Fraction
    size: int


AxisPlan = Shrink | Enlarge


def plan_axis(start: Fraction, length: Fraction, size: int) -> AxisPlan:
    """How [start, start + length), in pixels of the source and counted from its edge, becomes `size` pixels."""
    factor = length / size
    if factor < 1:
        return Enlarge(start, 1 / factor, size)
    if factor == 1 and start.denominator == 1:
        return Shrink(int(start), size, Fraction(0), 1, factor, 0, size)
    best: Shrink | None = None
    for plan in _candidates(start, factor, size):
        if abs(plan.shift) < _NEGLIGIBLE_SHIFT * factor:
            return replace(plan, shift=Fraction(0))
        if best is None or abs(plan.shift) < abs(best.shift):
            best = plan
    assert best is not None  # noqa: S101  there is a candidate for every factor
    return best


def _candidates(start: Fraction, factor: Fraction, size: int) -> Iterator[Shrink]:
    """Ways to shrink that give the same samples, and need different shifts.

    libvips lays the samples symmetrically into what it is given. One pixel more to read moves them by half a pixel,
    one more to drop at the far end by half a `factor`: most shifts can be had that way, without a convolution.
    """
    margin = 0 if factor > _COARSE_FACTOR else _MARGIN
    box = max(math.floor(factor / 2), 1)
    for dropped_behind in range(margin, margin + _MARGINS_TRIED):
        made = margin + size + dropped_behind
        centre = start + factor * Fraction(size + dropped_behind - margin, 2)
        exact_boxes = factor * made / box
        for boxes in {math.floor(exact_boxes), math.ceil(exact_boxes)}:
            # libvips rounds to the number of pixels that it makes.
            if boxes > 0 and abs(boxes * box - factor * made) < factor * _ROUNDS_SAFELY:
                exact_start = centre - Fraction(boxes * box, 2)
                whole_start = round(exact_start)
                yield Shrink(whole_start, boxes * box, exact_start - whole_start, box, factor / box, margin, size)


def shift_kernel(shift: Fraction) -> list[int]:
    """Seven weights, for the pixels -3 to 3, that look at a signal `shift` pixels further on (Lanczos 3).

    Their sum is KERNEL_SUM exactly, so that no brightness is lost.
    """
    exact = [_lanczos3(position - float(shift)) for position in range(-3, 4)]
    weights = [round(weight * KERNEL_SUM / sum(exact)) for weight in exact]
    weights[exact.index(max(exact))] += KERNEL_SUM - sum(weights)
    return weights


def _lanczos3(x: float) -> float:
    if x == 0:
        return 1.0
    if abs(x) >= 3:
        return 0.0
    return 3 * math.sin(math.pi * x) * math.sin(math.pi * x / 3) / (math.pi * x) ** 2
