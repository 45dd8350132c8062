"""Boxes of many canvases in one plane."""

import math

from hypothesis import given
from hypothesis import strategies as st

from annotation_store.folding import STRIP, Box, fold_box

NUMBERS = st.integers(1, 2**28)
EDGES = st.floats(-1e9, 1e9, allow_nan=False)


def meet(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    left, right = sorted((draw(EDGES), draw(EDGES)))
    top, bottom = sorted((draw(EDGES), draw(EDGES)))
    return left, top, right, bottom


def test_a_box_lies_in_the_strip_of_its_canvas() -> None:
    assert fold_box(3, (1.5, 2.0, 10.0, 20.25)) == (3 * STRIP + 1.5, 2.0, 3 * STRIP + 10.0, 20.25)


@given(NUMBERS, boxes(), boxes())
def test_boxes_that_meet_still_meet(canvas: int, one: Box, other: Box) -> None:
    if meet(one, other):
        assert meet(fold_box(canvas, one), fold_box(canvas, other))


@given(NUMBERS, boxes(), boxes())
def test_boxes_of_different_canvases_never_meet(canvas: int, one: Box, other: Box) -> None:
    assert not meet(fold_box(canvas, one), fold_box(canvas + 1, other))


def test_what_is_no_number_lies_at_the_edge() -> None:
    assert fold_box(1, (math.nan, -math.inf, math.inf, 5.0)) == (STRIP, 0.0, 2 * STRIP - 1.0, 5.0)
