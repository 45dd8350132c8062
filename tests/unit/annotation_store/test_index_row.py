"""An index entry as parameters of SQL."""

import math
import uuid

import pytest
import shapely

from annotation_store.array_literal import array_literal
from annotation_store.extraction import IndexEntry, TargetEntry
from annotation_store.folding import STRIP
from annotation_store.geometry import Region, TimeSpan
from annotation_store.index_row import MAX_KEY_CHARACTERS, MAX_TEXT_CHARACTERS, build_index_row, mentioned_iris


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([], "{}"),
        (["a", 'b "c"', "d\\e", "", "NULL", "{,}"], '{"a","b \\"c\\"","d\\\\e","","NULL","{,}"}'),
        ([1, None, -2], "{1,NULL,-2}"),
        ([0.1, 1e300], "{0.1,1e+300}"),
        ([b"\x00\xff"], '{"\\\\x00ff"}'),
        ([uuid.UUID(int=1)], "{00000000000000000000000000000001}"),
    ],
)
def test_arrays_as_postgresql_reads_them(values: list[object], text: str) -> None:
    assert array_literal(values) == text  # type: ignore[arg-type]  # a list of several kinds


def entry(*targets: TargetEntry, text: str = "", tags: tuple[str, ...] = ()) -> IndexEntry:
    return IndexEntry(targets, text, (), tags, tags, (), (), (), None, None)


def test_only_sources_and_wholes_are_interned() -> None:
    found = entry(TargetEntry("c1", "c1#xywh=1,2,3,4", ("m1", "m2")), TargetEntry("c2", "c2", ("m1",)))
    assert mentioned_iris(found) == {"c1", "c2", "m1", "m2"}


def test_texts_and_keys_are_cut_to_what_can_be_indexed() -> None:
    row = build_index_row(entry(text="x" * 10**6, tags=("т" * 1000, "т" * 999, "b")), {})
    assert len(row.words) == MAX_TEXT_CHARACTERS
    assert row.arrays["tags"] == ["т" * MAX_KEY_CHARACTERS, "b"]


def test_regions_are_folded_and_times_bounded() -> None:
    shape = shapely.Polygon([(0, 0), (4, 0), (4, 4)])
    targets = (
        TargetEntry("c", "c", ("m",), Region((1, 2, 3, 4))),
        TargetEntry("c", "c#1", (), Region((0, 0, 4, 4), shape), TimeSpan(1.5, None)),
        TargetEntry("c", "c", (), None, TimeSpan(0, math.inf)),
    )
    arrays = build_index_row(entry(*targets), {"c": 2, "m": 1}).arrays
    assert arrays["within"] == [1]
    assert arrays["sources"] == [2, 2, 2]
    assert arrays["lefts"] == [2 * STRIP + 1, 2 * STRIP, None]
    assert arrays["bottoms"] == [4, 4, None]
    assert [iri is None for iri in arrays["iris"]] == [True, False, True]
    assert arrays["shapes"] == [None, shapely.to_wkb(shape), None]
    assert (arrays["starts"], arrays["ends"]) == ([None, 1.5, 0], [None, None, None])


@pytest.mark.parametrize("span", [TimeSpan(2, 1), TimeSpan(math.nan, 1), TimeSpan(-math.inf, 1), None])
def test_spans_that_are_none_are_left_out(span: TimeSpan | None) -> None:
    arrays = build_index_row(entry(TargetEntry("c", "c", (), None, span)), {"c": 1}).arrays
    assert (arrays["starts"], arrays["ends"]) == ([None], [None])
