"""New annotations as rows for COPY into the table that they are staged in (`bulk_repository`). PURE.

What is interned is named by its digest, so that rows can be made where no database is at hand; boxes lie in the strip
of canvas 0 and are moved to their own by the statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from annotation_store.array_literal import array_literal
from annotation_store.extraction import IndexEntry
from annotation_store.index_row import answered_iri, build_index_row
from annotation_store.iris import digest_iri
from annotation_store.records import Draft

COLUMNS = (
    "line integer, name text, state text, creator text, created timestamptz, document text, words text, "
    "tags text[], motivations text[], body_types text[], creators text[], within uuid[], reply_to uuid, "
    "sources uuid[], iris uuid[], lefts float8[], tops float8[], rights float8[], bottoms float8[], shapes bytea[], "
    "starts numeric[], ends numeric[], digests uuid[], aliases text[]"
)

_TEXTS = ("tags", "motivations", "body_types", "creators")
_NUMBERS = ("lefts", "tops", "rights", "bottoms", "starts", "ends")


class _NoNumbers(Mapping[str, int]):
    """0 for every IRI."""

    def __getitem__(self, iri: str) -> int:
        return 0

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


_NO_NUMBERS = _NoNumbers()


def format_copy_row(line: int, name: str, draft: Draft, entry: IndexEntry) -> str:
    """In COPY's text format, with the line feed."""
    row = build_index_row(entry, _NO_NUMBERS)
    arrays = row.arrays
    within = {digest_iri(iri) for target in entry.targets for iri in target.part_of}
    answered = answered_iri(entry)
    created: datetime = draft.created or draft.moment
    fields = (
        str(line),
        name,
        draft.state.value,
        _text(draft.creator or draft.editor),
        created.isoformat(),
        _text(draft.document),
        _text(row.words),
        *[_text(array_literal(arrays[column])) for column in _TEXTS],
        array_literal(within),
        "\\N" if answered is None else digest_iri(answered).hex,
        array_literal([digest_iri(target.source) for target in entry.targets]),
        array_literal(arrays["iris"]),
        *[array_literal(arrays[column]) for column in _NUMBERS[:4]],
        array_literal(arrays["shapes"]).replace("\\", "\\\\"),
        *[array_literal(arrays[column]) for column in _NUMBERS[4:]],
        array_literal(map(digest_iri, draft.aliases)),
        _text(array_literal(draft.aliases)),
    )
    return "\t".join(fields) + "\n"


def _text(value: str) -> str:
    # One by one: str.translate takes 65 µs where there is a single character beyond ASCII.
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
