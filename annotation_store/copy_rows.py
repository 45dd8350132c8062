"""New annotations as rows for COPY into the tables that they are staged in (`bulk_repository`). PURE.

What is interned is named by its digest, so that rows can be made where no database is at hand; boxes lie in the strip
of canvas 0 and are moved to their own by the statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import shapely

from annotation_store.array_literal import array_literal
from annotation_store.extraction import IndexEntry, TargetEntry
from annotation_store.folding import fold_box
from annotation_store.geometry import Region, TimeSpan
from annotation_store.index_row import answered_iri, index_keys, index_text, time_bounds
from annotation_store.iris import digest_iri
from annotation_store.records import Draft

COLUMNS = (
    "line integer, name text, state text, creator text, created timestamptz, document text, words text, "
    "tags text[], motivations text[], body_types text[], creators text[], within uuid[], reply_to uuid, "
    "digests uuid[], aliases text[]"
)
TARGET_COLUMNS = (
    "line integer, position integer, source uuid, iri uuid, x0 float8, y0 float8, x1 float8, y1 float8, "
    "shape bytea, starts numeric, ends numeric"
)

_NULL = "\\N"
_NOWHERE = "\t".join([_NULL] * 5)
_NEVER = f"{_NULL}\t{_NULL}"
_SHORT = 500
"""Characters up to which the literals of keys and IRIs are remembered: most annotations have the same few."""


def format_copy_row(line: int, name: str, draft: Draft, entry: IndexEntry) -> str:
    """The row of COLUMNS, in COPY's text format, with the line feed. The draft's document is compact JSON."""
    answered, targets = answered_iri(entry), entry.targets
    fields = (
        str(line),
        name,
        draft.state.value,
        _text(draft.made_by),
        _moment(draft.made_at),
        draft.document.replace("\\", "\\\\"),  # JSON has line feeds and tabs within its strings escaped already
        index_text(entry.text),  # words parted by spaces: nothing to escape
        _keys(entry.tag_keys),
        _keys(entry.motivations),
        _keys(entry.body_types),
        _keys(entry.creators),
        _digests(targets[0].part_of if len(targets) == 1 else _within(targets)),
        _NULL if answered is None else digest_iri(answered).hex,
        _digests(draft.aliases),
        _text(array_literal(draft.aliases)),
    )
    return "\t".join(fields) + "\n"


def format_target_rows(line: int, targets: Sequence[TargetEntry]) -> str:
    """The rows of TARGET_COLUMNS, one for each target."""
    return "".join([_target(line, position, target) for position, target in enumerate(targets, 1)])


def _target(line: int, position: int, target: TargetEntry) -> str:
    source = _hex(target.source) if len(target.source) <= _SHORT else digest_iri(target.source).hex
    iri = _NULL if target.iri == target.source else digest_iri(target.iri).hex
    place = _NOWHERE if target.region is None else _place(target.region)
    time = _NEVER if target.time is None else _time(target.time)
    return f"{line}\t{position}\t{source}\t{iri}\t{place}\t{time}\n"


def _place(region: Region) -> str:
    left, top, right, bottom = fold_box(0, region.box)
    shape = _NULL if region.shape is None else f"\\\\x{shapely.to_wkb(region.shape).hex()}"
    return f"{left!r}\t{top!r}\t{right!r}\t{bottom!r}\t{shape}"


def _time(time: TimeSpan) -> str:
    return "\t".join([_NULL if bound is None else repr(bound) for bound in time_bounds(time)])


def _within(targets: Sequence[TargetEntry]) -> Sequence[str]:
    return [*dict.fromkeys(iri for target in targets for iri in target.part_of)]


def _keys(texts: tuple[str, ...]) -> str:
    return _remembered_keys(texts) if sum(map(len, texts)) <= _SHORT else _key_literal(texts)


def _key_literal(texts: tuple[str, ...]) -> str:
    return _text(array_literal(index_keys(texts)))


_remembered_keys = lru_cache(1000)(_key_literal)


def _digests(iris: Sequence[str]) -> str:
    if len(iris) == 1 and len(iris[0]) <= _SHORT:
        return f"{{{_hex(iris[0])}}}"
    return array_literal([digest_iri(iri) for iri in iris])


@lru_cache(5000)
def _hex(iri: str) -> str:
    return digest_iri(iri).hex


# The same for all lines of a batch, unless they are imported.
@lru_cache(1000)
def _moment(moment: datetime) -> str:
    return moment.isoformat()


def _text(value: str) -> str:
    # One by one: str.translate takes 65 µs where there is a single character beyond ASCII.
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
