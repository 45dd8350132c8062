"""New annotations as rows for COPY into the table that they are staged in (`bulk_repository`). PURE.

What is interned is named by its digest, so that rows can be made where no database is at hand; boxes lie in the strip
of canvas 0 and are moved to their own by the statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from annotation_store.array_literal import array_literal
from annotation_store.extraction import IndexEntry, TargetEntry
from annotation_store.index_row import TARGET_COLUMNS, answered_iri, index_keys, index_text, target_row
from annotation_store.iris import digest_iri
from annotation_store.records import Draft

COLUMNS = (
    "line integer, name text, state text, creator text, created timestamptz, document text, words text, "
    "tags text[], motivations text[], body_types text[], creators text[], within uuid[], reply_to uuid, "
    "sources uuid[], iris uuid[], lefts float8[], tops float8[], rights float8[], bottoms float8[], shapes bytea[], "
    "starts numeric[], ends numeric[], digests uuid[], aliases text[]"
)

_SHORT = 500
"""Characters up to which the literals of keys and IRIs are remembered: most annotations have the same few."""


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
    answered = answered_iri(entry)
    fields = (
        str(line),
        name,
        draft.state.value,
        _text(draft.creator or draft.editor),
        _moment(draft.created or draft.moment),
        _text(draft.document),
        _text(index_text(entry.text)),
        _keys(entry.tag_keys),
        _keys(entry.motivations),
        _keys(entry.body_types),
        _keys(entry.creators),
        _digests([*dict.fromkeys(iri for target in entry.targets for iri in target.part_of)]),
        "\\N" if answered is None else digest_iri(answered).hex,
        _digests([target.source for target in entry.targets]),
        *_targets(entry.targets),
        _digests(draft.aliases),
        _text(array_literal(draft.aliases)),
    )
    return "\t".join(fields) + "\n"


def _targets(targets: Sequence[TargetEntry]) -> list[str]:
    """All columns of targets but the sources."""
    rows = [target_row(target, _NO_NUMBERS) for target in targets]
    columns = list(zip(*rows, strict=True))[1:] or [()] * (len(TARGET_COLUMNS) - 1)
    return ["{NULL}" if column == (None,) else _text(array_literal(column)) for column in columns]


def _keys(texts: tuple[str, ...]) -> str:
    return _remembered_keys(texts) if sum(map(len, texts)) <= _SHORT else _key_literal(texts)


def _key_literal(texts: tuple[str, ...]) -> str:
    return _text(array_literal(index_keys(texts)))


_remembered_keys = lru_cache(1000)(_key_literal)


def _digests(iris: Sequence[str]) -> str:
    if len(iris) == 1 and len(iris[0]) <= _SHORT:
        return _remembered_digest(iris[0])
    return array_literal([digest_iri(iri) for iri in iris])


@lru_cache(5000)
def _remembered_digest(iri: str) -> str:
    return array_literal([digest_iri(iri)])


# The same for all lines of a batch, unless they are imported.
@lru_cache(1000)
def _moment(moment: datetime) -> str:
    return moment.isoformat()


def _text(value: str) -> str:
    # One by one: str.translate takes 65 µs where there is a single character beyond ASCII.
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
