"""Lines of a bulk request → rows for COPY, faults, other operations."""

import json
from datetime import UTC, datetime

import shapely

from annotation_store.bulk_operations import Removal
from annotation_store.copy_rows import COLUMNS, TARGET_COLUMNS
from annotation_store.creation import CreationPolicy
from annotation_store.documents import DocumentLimits
from annotation_store.http.bulk_preparing import LineTask, PreparedLines, prepare_lines
from annotation_store.iris import digest_iri
from annotation_store.query import ReviewState

GOOD = json.dumps(
    {
        "@context": "http://www.w3.org/ns/anno.jsonld",
        "type": "Annotation",
        "body": {"type": "TextualBody", "value": "a \\ backslash\tand a tab"},
        "target": ["https://e.org/1#xywh=1,2,3,4", "https://e.org/2"],
    }
).encode()
INVALID = b'{"@context": "http://www.w3.org/ns/anno.jsonld", "type": "Annotation"}'
REMOVAL = b'{"op": "delete", "id": "one", "etag": "*"}'
NOT_JSON = b"{"


def prepare(*lines: bytes) -> PreparedLines:
    policy = CreationPolicy("anna", ReviewState.ACCEPTED, keeps_others=False)
    return prepare_lines(
        LineTask(list(enumerate(lines, 1)), policy, datetime(2026, 1, 1, tzinfo=UTC), DocumentLimits())
    )


def test_each_line_becomes_a_row_a_fault_or_an_operation() -> None:
    prepared = prepare(GOOD, INVALID, REMOVAL, NOT_JSON, GOOD)
    assert list(prepared.names) == [1, 5]
    assert {number: fault["status"] for number, fault in prepared.faults.items()} == {2: 422, 4: 400}
    assert prepared.others == [(3, Removal("one", None))]
    assert set(prepared.batch.iris) == {"https://e.org/1", "https://e.org/2"}


def test_faults_stand_in_the_order_of_their_lines_whichever_step_found_them() -> None:
    assert list(prepare(INVALID, NOT_JSON, INVALID, NOT_JSON).faults) == [1, 2, 3, 4]


def test_rows_keep_the_order_of_lines_and_have_the_names_that_are_told() -> None:
    count = 450  # more than are prepared at once
    prepared = prepare(*[GOOD] * count)
    rows = [row.split("\t") for row in prepared.batch.rows.decode().splitlines()]
    assert [(int(row[0]), row[1]) for row in rows] == list(prepared.names.items())
    assert (len(rows), prepared.batch.count, len(set(prepared.names.values()))) == (count, count, count)


def test_a_row_has_the_columns_of_the_staging_table_escaped() -> None:
    row = prepare(GOOD).batch.rows.decode().removesuffix("\n").split("\t")
    assert len(row) == len(COLUMNS.split(", "))
    assert json.loads(row[5].replace("\\\\", "\\"))["body"]["value"] == "a \\ backslash\tand a tab"


def test_each_target_has_a_row_with_the_columns_of_their_staging_table() -> None:
    shape = {"type": "SvgSelector", "value": '<svg><polygon points="1,2 3,2 3,4"/></svg>'}
    spoken = {"type": "FragmentSelector", "value": "t=1.5,2"}
    targets = [{"source": "https://e.org/3", "selector": shape}, {"source": "https://e.org/4", "selector": spoken}]
    line = json.dumps({**json.loads(GOOD), "target": [*json.loads(GOOD)["target"], *targets]}).encode()
    rows = [row.split("\t") for row in prepare(line).batch.target_rows.decode().splitlines()]
    assert [row[:2] for row in rows] == [["1", "1"], ["1", "2"], ["1", "3"], ["1", "4"]]
    assert {len(row) for row in rows} == {len(TARGET_COLUMNS.split(", "))}
    assert rows[0][2:4] == [digest_iri("https://e.org/1").hex, digest_iri("https://e.org/1#xywh=1,2,3,4").hex]
    assert rows[0][4:] == ["1.0", "2.0", "4.0", "6.0", *["\\N"] * 3]
    assert rows[1][2:] == [digest_iri("https://e.org/2").hex, *["\\N"] * 8]
    assert rows[2][4:8] == ["1.0", "2.0", "3.0", "4.0"]
    assert shapely.from_wkb(rows[2][8].removeprefix("\\\\x")).equals(shapely.Polygon([(1, 2), (3, 2), (3, 4)]))
    assert rows[3][4:] == [*["\\N"] * 5, "1.5", "2.0"]
