"""The published description of an image: what the server knows of it without a database. PURE.

`record.json` holds a Record, `{revision}/revision.json` the Revision alone, each sealed by a checksum. Unknown keys
are ignored, so that a server one version older can read what a newer ingest wrote; older schemas are upgraded on
reading. What contradicts itself is refused: nothing behind this module meets an impossible pyramid.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import PlainSerializer, PlainValidator, TypeAdapter, ValidationError

from iiif_server.grid import ceil_div
from iiif_server.sealing import BrokenSealError, seal, unseal

SCHEMA_VERSION = 1

MAX_SIDE = 2**31 - 1
MAX_TILES = 2**32 - 1
MAX_PREFIX_BYTES = 65_536
_TILE_SIDES = range(16, 65_536)
_REVISION_NAME = re.compile(r"[0-9a-z]{1,64}")

LanguageMap = dict[str, list[str]]
"""Texts by language tag (`none` where unknown): Presentation 3.0 §4.1."""

_T = TypeVar("_T")


class MalformedRecordError(ValueError):
    """The bytes are no record that this version understands."""


def _decode_base64(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return base64.b64decode(value, validate=True)
    raise ValueError("base64 text expected")


Base64Bytes = Annotated[
    bytes,
    PlainValidator(_decode_base64),
    PlainSerializer(lambda value: base64.b64encode(value).decode(), return_type=str, when_used="json"),
]


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the pyramid.

    `width` x `height` are those of the picture, ceil(image / scale); what the file stores beyond is padding.
    Its tiles stand in the index row by row, beginning with number `first_entry`.
    """

    scale: int
    width: int
    height: int
    first_entry: int


@dataclass(frozen=True, slots=True)
class Revision:
    """One immutable state of an image's pixels. Sizes are after EXIF orientation.

    `levels` go from the full size (scale 1) to the smallest. `jpeg_prefix` stands in front of every tile whose
    index entry is not `complete`: SOI, the Adobe APP14 marker where one is due, and the shared tables.
    `losses` says in plain sentences what the conversion could not keep.
    """

    name: str
    width: int
    height: int
    tile_width: int
    tile_height: int
    channels: Literal["gray", "rgb"]
    levels: tuple[Level, ...]
    jpeg_prefix: Base64Bytes
    created: datetime
    master_sha256: str
    pyramid_sha256: str
    pyramid_size_bytes: int
    losses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """An image as it is now. `generation` grows with every publication; a deleted one has no revision."""

    identifier: str
    generation: int
    state: Literal["live", "deleted"]
    access: Literal["public", "restricted"]
    label: LanguageMap
    updated: datetime
    rights: str | None = None
    revision: Revision | None = None
    schema_version: int = SCHEMA_VERSION


_RECORD: TypeAdapter[Record] = TypeAdapter(Record)
_REVISION: TypeAdapter[Revision] = TypeAdapter(Revision)


def parse_record(data: bytes) -> Record:
    """The record in `data`. Raises MalformedRecordError."""
    record = _parse(_RECORD, data)
    if record.schema_version > SCHEMA_VERSION:
        raise MalformedRecordError(f"schema version {record.schema_version} is newer than {SCHEMA_VERSION}")
    if (record.state == "live") != (record.revision is not None):
        raise MalformedRecordError("a live record has a revision, a deleted one has none")
    if record.revision is not None:
        _check(record.revision)
    return record


def format_record(record: Record) -> bytes:
    """UTF-8 JSON; parse_record is its inverse."""
    return seal(_RECORD.dump_json(record))


def parse_revision(data: bytes) -> Revision:
    """The revision in `data`. Raises MalformedRecordError."""
    revision = _parse(_REVISION, data)
    _check(revision)
    return revision


def format_revision(revision: Revision) -> bytes:
    """UTF-8 JSON; parse_revision is its inverse."""
    return seal(_REVISION.dump_json(revision))


def build_revision_document(revision: Revision) -> dict[str, Any]:
    """The revision as plain JSON values, to be kept where checksums are the keeper's own affair."""
    document: dict[str, Any] = _REVISION.dump_python(revision, mode="json")
    return document


def read_revision_document(document: Mapping[str, Any]) -> Revision:
    """Inverse of build_revision_document. Raises MalformedRecordError."""
    try:
        revision = _REVISION.validate_python(dict(document))
    except ValidationError as exc:
        raise MalformedRecordError(str(exc)) from exc
    _check(revision)
    return revision


def _parse(kind: TypeAdapter[_T], data: bytes) -> _T:
    try:
        return kind.validate_json(unseal(data))
    except (ValidationError, BrokenSealError) as exc:
        raise MalformedRecordError(str(exc)) from exc


def _check(revision: Revision) -> None:
    """Raises MalformedRecordError unless the numbers describe one possible pyramid."""
    if not _REVISION_NAME.fullmatch(revision.name):
        raise MalformedRecordError("the name of the revision is none")
    if not (0 < revision.width <= MAX_SIDE and 0 < revision.height <= MAX_SIDE):
        raise MalformedRecordError(f"{revision.width} x {revision.height} is no size of an image")
    if revision.tile_width not in _TILE_SIDES or revision.tile_height not in _TILE_SIDES:
        raise MalformedRecordError(f"{revision.tile_width} x {revision.tile_height} is no size of a tile")
    if len(revision.jpeg_prefix) > MAX_PREFIX_BYTES:
        raise MalformedRecordError("the shared JPEG tables are too long")
    _check_levels(revision)


def _check_levels(revision: Revision) -> None:
    scales = [level.scale for level in revision.levels]
    if scales[:1] != [1] or sorted(set(scales)) != scales:
        raise MalformedRecordError("the scales of the levels do not grow from 1")
    entry = 0
    for level in reversed(revision.levels):
        size = ceil_div(revision.width, level.scale), ceil_div(revision.height, level.scale)
        if (level.width, level.height) != size or level.first_entry != entry:
            raise MalformedRecordError(f"the level of scale {level.scale} does not fit the others")
        entry += ceil_div(level.width, revision.tile_width) * ceil_div(level.height, revision.tile_height)
    if entry > MAX_TILES:
        raise MalformedRecordError(f"{entry} tiles are more than an index holds")
