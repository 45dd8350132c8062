"""Millimetres of regions."""

from __future__ import annotations

from typing import Any

import pytest

from annotation_store.extraction import extract_entry
from annotation_store.measures import CanvasScale, Measures, canvas_of, describe_measures, measure

CANVAS = "https://e.org/iiif/presentation/3/leaf/manifest/canvas/1"
PINNED = CANVAS.replace("leaf", "leaf@01j")
HOLED = "M 0,0 H 40 V 20 H 0 Z M 10,5 H 20 V 15 H 10 Z"
SCALE = CanvasScale("01j", 0.00025, 0.0005)


def entry_of(*targets: Any) -> Any:
    return extract_entry({"target": list(targets)})


def drawn(shape: str, **members: Any) -> dict[str, Any]:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg">{shape}</svg>'
    return {
        "type": "SpecificResource",
        "source": CANVAS,
        "selector": {"type": "SvgSelector", "value": svg},
        **members,
    }


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (f"{CANVAS}#xywh=40,20,300,100", (0.01, 0.01, 0.075, 0.05, 0.00375)),
        (f"{CANVAS}#xywh=1.5,0,0.5,1", (0.000375, 0, 0.000125, 0.0005, 6.25e-8)),
        (drawn('<polygon points="0,0 40,0 0,20"/>'), (0, 0, 0.01, 0.01, 0.00005)),
        (drawn('<path fill="none" d="M 0,0 L 40,20"/>'), (0, 0, 0.01, 0.01, 0)),
        (drawn(f'<path fill-rule="evenodd" d="{HOLED}"/>'), (0, 0, 0.01, 0.01, 8.75e-5)),
        ({"source": CANVAS, "selector": {"type": "PointSelector", "x": 4, "y": 2}}, (0.001, 0.001, 0, 0, 0)),
    ],
)  # fmt: skip
def test_pixels_that_are_not_square_are_measured_in_both_directions(target: Any, expected: Any) -> None:
    (found,) = entry_of(target).targets
    assert measure(found.region, SCALE) == Measures("01j", *expected)


@pytest.mark.parametrize(
    ("target", "canvas"),
    [
        (f"{CANVAS}#xywh=1,2,3,4", CANVAS),
        (f"{PINNED}#xywh=1,2,3,4", PINNED),
        (drawn("", state={"type": "TimeState", "cached": PINNED}), PINNED),
        (drawn("", state=[{"type": "HttpRequestState"}, {"type": "TimeState", "cached": ["x:y", PINNED]}]), PINNED),
        (drawn("", state={"type": "TimeState", "cached": PINNED.replace("leaf", "other")}), CANVAS),
        (drawn("", source=PINNED, state={"type": "TimeState", "cached": CANVAS}), PINNED),
        (drawn("", state="x:y"), CANVAS),
        ("https://e.org/other#xywh=1,2,3,4", "https://e.org/other"),
    ],
)
def test_the_revision_is_the_one_that_the_source_or_a_state_pins(target: Any, canvas: str) -> None:
    (found,) = entry_of(target).targets
    assert canvas_of(found) == canvas


def test_only_regions_of_a_known_scale_are_told() -> None:
    entry = entry_of(
        f"{CANVAS}#xywh=4,2,8,6", CANVAS, f"{CANVAS}#xywh=percent:0,0,50,50", "https://e.org/x#xywh=1,1,1,1"
    )
    assert list(describe_measures(entry, "urn:a", {CANVAS: SCALE})) == [
        {
            "pigture:annotation": "urn:a",
            "pigture:canvas": CANVAS,
            "pigture:revision": "01j",
            "pigture:x_mm": 0.001,
            "pigture:y_mm": 0.001,
            "pigture:width_mm": 0.002,
            "pigture:height_mm": 0.003,
            "pigture:area_mm2": 0.000006,
        }
    ]
    assert list(describe_measures(entry, "urn:a", {})) == []
