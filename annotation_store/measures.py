"""How large the regions of annotations are in millimetres, where the scale of the image is known. PURE.

Derived whenever it is asked for and never kept: documents stay as they were written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from annotation_store.canvas_iris import unpin
from annotation_store.documents import JsonObject
from annotation_store.extraction import IndexEntry, TargetEntry
from annotation_store.geometry import Region

PREFIX = "pigture"
MEASURES = f"{PREFIX}:measures"
MEASURES_CONTEXT: JsonObject = {
    PREFIX: "urn:pigture:",
    f"{PREFIX}:annotation": {"@type": "@id"},
    f"{PREFIX}:canvas": {"@type": "@id"},
}


@dataclass(frozen=True, slots=True)
class CanvasScale:
    """A pixel of the canvas, as the image's `revision` has it, measures `across_mm` x `down_mm`."""

    revision: str
    across_mm: float
    down_mm: float


Scales = Mapping[str, CanvasScale]
"""By the canvas's IRI, as `canvas_of` tells it."""


@dataclass(frozen=True, slots=True)
class Measures:
    """The box around a region, its left top corner counted from the canvas's, and the area that it covers (of points
    and lines 0); by the scale of `revision`.
    """

    revision: str
    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float
    area_mm2: float


def canvas_of(target: TargetEntry) -> str:
    """The canvas's IRI with the revision that the annotation was made on: as its source pins it, or as the copy does
    that a state of the target names; without a revision where neither does.
    """
    given = target.iri.partition("#")[0]
    if given != target.source:
        return given
    return next((copy for copy in target.cached if copy != given and unpin(copy) == given), given)


def measured_targets(entry: IndexEntry) -> Iterator[tuple[TargetEntry, Region]]:
    """Those that have a region in pixels."""
    return ((target, target.region) for target in entry.targets if target.region is not None)


def measure(region: Region, scale: CanvasScale) -> Measures:
    """Of the shape, as far as the region has one: of an outline that crosses itself too often that is its hull."""
    left, top, right, bottom = region.box
    area = (right - left) * (bottom - top) if region.shape is None else region.shape.area
    across, down = scale.across_mm, scale.down_mm
    return Measures(
        scale.revision,
        *(_rounded(left * across), _rounded(top * down)),
        *(_rounded((right - left) * across), _rounded((bottom - top) * down)),
        _rounded(area * across * down),
    )


def describe_measures(entry: IndexEntry, iri: str, scales: Scales) -> Iterator[JsonObject]:
    """A JSON-LD object for each of the annotation's regions whose scale is known, by MEASURES_CONTEXT."""
    for target, region in measured_targets(entry):
        canvas = canvas_of(target)
        if canvas in scales:
            told = {"annotation": iri, "canvas": canvas, **asdict(measure(region, scales[canvas]))}
            yield {f"{PREFIX}:{name}": value for name, value in told.items()}


def _rounded(value: float) -> float:
    """To nine digits, more than any scale has: 300 pixels of 0.00025 mm are 0.075 mm."""
    return float(f"{value:.9g}")
