"""Shapes as paths: what is drawn stays the same."""

from __future__ import annotations

import pytest

from annotation_store.serialisers.svg_paths import draw_as_paths
from annotation_store.svg_shapes import parse_svg_region

SHAPES = [
    '<polygon points="0,0 40,0 0,20"/>',
    '<polygon class="a" points="0 0 40 0 40 20 0 20" stroke="red"></polygon>',
    '<polyline points="1,2 3,4.5 9,1" fill="none" />',
    '<rect x="1" y="2.5" width="30" height="4"/>',
    '<rect width="30" height="4"></rect>',
    '<circle cx="10.5" cy="10" r="5"/>',
    '<g><ellipse cx="10" cy="20" rx="5" ry="2.25"/><path d="M 0,0 L 1,1 L 1,0 Z"/></g>',
]
OTHERS = [
    '<path d="M 0,0 L 9,9 L 9,0 Z"/>',
    '<rect width="30"/>',
    '<rect width="100%" height="x"/>',
    "<polygon><title>a</title></polygon>",
    '<line x1="0" y1="0" x2="4" y2="4"/>',
    "no SVG at all <rect",
]


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_have_the_same_outline_as_paths(shape: str) -> None:
    drawn = draw_as_paths(f"<svg>{shape}</svg>")
    assert "<path" in drawn
    assert not any(f"<{name}" in drawn for name in ("polygon", "polyline", "rect", "circle", "ellipse"))
    before, after = parse_svg_region(f"<svg>{shape}</svg>"), parse_svg_region(drawn)
    assert after.box == pytest.approx(before.box, abs=0.02)
    assert after.shape is not None
    if before.shape is not None:
        assert after.shape.area == pytest.approx(before.shape.area, rel=0.01)


@pytest.mark.parametrize("other", OTHERS)
def test_what_is_no_shape_stays_as_it_is(other: str) -> None:
    assert draw_as_paths(f"<svg>{other}</svg>") == f"<svg>{other}</svg>"


def test_the_short_way_gives_what_the_long_one_gives() -> None:
    short = draw_as_paths('<svg><polygon points=" 0,0 40,0 0,20 "/></svg>')
    assert draw_as_paths('<svg><polygon points=" 0,0 40,0 0,20 "></polygon></svg>') == short
    assert short == '<svg><path d="M 0,0 40,0 0,20 Z"/></svg>'


def test_how_a_shape_looks_stays() -> None:
    drawn = draw_as_paths('<svg><rect stroke="red" x="1" y="2" width="3" height="4" data-a="b"/></svg>')
    assert drawn == '<svg><path stroke="red" data-a="b" d="M 1,2 h 3 v 4 h -3 Z"/></svg>'
