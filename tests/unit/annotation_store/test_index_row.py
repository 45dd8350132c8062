"""An index entry as parameters of SQL."""

import json
import math
import uuid

import pytest
import shapely

from annotation_store.array_literal import array_literal
from annotation_store.extraction import IndexEntry, TargetEntry
from annotation_store.folding import STRIP
from annotation_store.geometry import Region, TimeSpan
from annotation_store.index_row import (
    MAX_KEY_CHARACTERS,
    MAX_TEXT_CHARACTERS,
    build_index_row,
    format_rows,
    mentioned_iris,
)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([], "{}"),
        (["a", 'b "c"', "d\\e", "", "NULL", "{,}"], '{"a","b \\"c\\"","d\\\\e","","NULL","{,}"}'),
        ([1, None, -2], "{1,NULL,-2}"),
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
    assert len(row.columns["words"]) == MAX_TEXT_CHARACTERS
    assert row.columns["tags"] == ["т" * MAX_KEY_CHARACTERS, "b"]


def test_regions_are_folded_and_times_bounded() -> None:
    shape = shapely.Polygon([(0, 0), (4, 0), (4, 4)])
    targets = (
        TargetEntry("c", "c", ("m",), Region((1, 2, 3, 4))),
        TargetEntry("c", "c#1", (), Region((0, 0, 4, 4), shape), TimeSpan(1.5, None)),
        TargetEntry("c", "c", (), None, TimeSpan(0, math.inf)),
    )
    row = build_index_row(entry(*targets), {"c": 2, "m": 1})
    assert row.columns["within"] == [1]
    assert [target["source"] for target in row.targets] == [2, 2, 2]
    assert [target.get("x0") for target in row.targets] == [2 * STRIP + 1, 2 * STRIP, None]
    assert [target.get("y1") for target in row.targets] == [4, 4, None]
    assert ["iri" in target for target in row.targets] == [False, True, False]
    assert [target.get("shape") for target in row.targets] == [None, f"\\x{shapely.to_wkb(shape).hex()}", None]
    assert [target.get("starts") for target in row.targets] == [None, 1.5, 0]
    assert [target.get("ends") for target in row.targets] == [None] * 3


@pytest.mark.parametrize("span", [TimeSpan(2, 1), TimeSpan(math.nan, 1), TimeSpan(-math.inf, 1), None])
def test_spans_that_are_none_are_left_out(span: TimeSpan | None) -> None:
    [target] = build_index_row(entry(TargetEntry("c", "c", (), None, span)), {"c": 1}).targets
    assert (target.get("starts"), target.get("ends")) == (None, None)


def test_parameters_are_literals_and_json() -> None:
    row = build_index_row(entry(TargetEntry("c", "c"), text="Ёлка", tags=('"a"',)), {"c": 5})
    parameters = row.parameters()
    assert parameters["words"] == "Ёлка"
    assert parameters["tags"] == '{"\\"a\\""}'
    assert json.loads(parameters["targets"]) == [{"position": 1, "source": 5}]
    with pytest.raises(TypeError):
        format_rows([{"words": "\ud800"}])
