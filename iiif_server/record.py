"""The published description of an image: what the server knows of it without a database. PURE.

`record.json` holds a Record, `{revision}/revision.json` the Revision alone. Unknown keys are ignored, so that
a server one version older can read what a newer ingest wrote; older schemas are upgraded on reading.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import PlainSerializer, PlainValidator, TypeAdapter, ValidationError

SCHEMA_VERSION = 1

LanguageMap = dict[str, list[str]]
"""Texts by language tag (`none` where unknown): Presentation 3.0 §4.1."""


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
    try:
        record = _RECORD.validate_json(data)
    except ValidationError as exc:
        raise MalformedRecordError(str(exc)) from exc
    if record.schema_version > SCHEMA_VERSION:
        raise MalformedRecordError(f"schema version {record.schema_version} is newer than {SCHEMA_VERSION}")
    if (record.state == "live") != (record.revision is not None):
        raise MalformedRecordError("a live record has a revision, a deleted one has none")
    return record


def format_record(record: Record) -> bytes:
    """UTF-8 JSON; parse_record is its inverse."""
    return _RECORD.dump_json(record)


def parse_revision(data: bytes) -> Revision:
    """The revision in `data`. Raises MalformedRecordError."""
    try:
        return _REVISION.validate_json(data)
    except ValidationError as exc:
        raise MalformedRecordError(str(exc)) from exc


def format_revision(revision: Revision) -> bytes:
    """UTF-8 JSON; parse_revision is its inverse."""
    return _REVISION.dump_json(revision)
