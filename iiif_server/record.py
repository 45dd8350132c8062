"""The published description of an image: what the server knows of it without a database. PURE.

`record.json` holds a Record, `{revision}/revision.json` the Revision alone, each sealed by a checksum. Unknown keys
are ignored, so that a server one version older can read what a newer ingest wrote; older schemas are upgraded on
reading. What contradicts itself is refused: nothing behind this module meets an impossible pyramid.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

import msgspec
from pydantic import TypeAdapter, ValidationError

from iiif_server.base64_json import Base64Bytes
from iiif_server.grid import ceil_div
from iiif_server.index import is_head
from iiif_server.parts import MAX_PARTS
from iiif_server.samples_record import Samples, find_fault
from iiif_server.sealing import BrokenSealError, seal, unseal

SCHEMA_VERSION = 1

MAX_SIDE = 2**31 - 1
MAX_TILES = 2**32 - 1
MAX_PREFIX_BYTES = 65_536
ADOPTED_SCHEMES = ("file:///", "s3://")
WHOLE_HINT = "Everything is computed from the whole file: ingesting it would make it faster."
"""Among the losses of every revision whose adopted file has no tiles."""
_TILE_SIDES = range(16, 65_536)
_REVISION_NAME = re.compile(r"[0-9a-z]{1,64}")

LanguageMap = dict[str, list[str]]
"""Texts by language tag (`none` where unknown): Presentation 3.0 §4.1."""

_T = TypeVar("_T")


class MalformedRecordError(ValueError):
    """The bytes are no record that this version understands."""


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
class AdoptedLevel:
    """One level of an adopted file, `width` x `height` pixels as they are stored.

    One pixel of it covers `scale_x` x `scale_y` pixels of the image: exact fractions, numerator and denominator.
    Its tiles stand in the index row by row, beginning with number `first_entry`. Those of the codec `tiff` are never
    sent, and `jpeg_prefix` is then the head of a TIFF; see iiif_server.tiff_tile.

    With the codec `whole` the only level has a single tile, which is the file itself: a picture of a kind that
    iiif_server.whole_decoding supports. Decoding it takes `decode_bytes` of memory at the most.
    """

    width: int
    height: int
    scale_x: tuple[int, int]
    scale_y: tuple[int, int]
    tile_width: int
    tile_height: int
    first_entry: int
    jpeg_prefix: Base64Bytes
    codec: Literal["jpeg", "tiff", "whole"] = "jpeg"
    decode_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Adopted:
    """A file of somebody else's that holds the tiles, as it was when its index was made.

    `location` is its URL (`file:///…` or `s3://…`); with another ETag than `etag` it is another file. With an
    `icc_profile` its colours are no sRGB: the prefixes of the tiles carry it too.
    """

    location: str
    etag: str
    levels: tuple[AdoptedLevel, ...]
    icc_profile: Base64Bytes = b""

    @property
    def is_whole(self) -> bool:
        """The file is one picture without tiles, from which everything is computed."""
        return self.levels[0].codec == "whole"


@dataclass(frozen=True, slots=True)
class Revision:
    """One immutable state of an image's pixels. Sizes are after EXIF orientation.

    `levels` go from the full size (scale 1) to the smallest. `jpeg_prefix` stands in front of every tile whose
    index entry is not `complete`: SOI, the Adobe APP14 marker where one is due, and the shared tables.
    `losses` says in plain sentences what the conversion could not keep.

    With `adopted`, the tiles lie in a file of somebody else's, in levels of their own; `levels` are then those that
    viewers are offered, and the index knows nothing of them.

    `samples` are there where the stored tiles do not tell the whole truth: more than 8 bits, or other channels than
    gray or red, green and blue. `part_count` other pictures belong to the revision (see iiif_server.parts); `label`
    says what this one is among them. A pixel measures `pixel_size_mm` across and down, where the file says so.

    `index_head`, where it is not empty, are the first bytes of the index object; see iiif_server.index.take_head.
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
    adopted: Adopted | None = None
    samples: Samples | None = None
    part_count: int = 0
    label: str = ""
    pixel_size_mm: tuple[float, float] | None = None
    index_head: Base64Bytes = b""


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
# Every image that is met for the first time comes by here: in a third of pydantic's time.
_RECORD_DECODER, _REVISION_DECODER = msgspec.json.Decoder(Record), msgspec.json.Decoder(Revision)


def find_adopted_level(adopted: Adopted, entry_number: int) -> AdoptedLevel:
    """The level that an entry of the index belongs to."""
    return next(level for level in adopted.levels if level.first_entry <= entry_number)


def parse_record(data: bytes) -> Record:
    """The record in `data`. Raises MalformedRecordError."""
    record = _parse(_RECORD_DECODER, data)
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
    revision = _parse(_REVISION_DECODER, data)
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


def _parse(decoder: msgspec.json.Decoder[_T], data: bytes) -> _T:
    try:
        return decoder.decode(unseal(data))
    except (msgspec.MsgspecError, BrokenSealError, RecursionError) as exc:
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
    if revision.index_head and not is_head(revision.index_head):
        raise MalformedRecordError("the head of the index is none")
    _check_levels(revision)
    if revision.adopted is not None:
        _check_adopted(revision, revision.adopted)
    _check_science(revision)


def _check_science(revision: Revision) -> None:
    if not 0 <= revision.part_count <= MAX_PARTS:
        raise MalformedRecordError(f"{revision.part_count} is no number of parts")
    if revision.pixel_size_mm is not None and not all(0 < size < math.inf for size in revision.pixel_size_mm):
        raise MalformedRecordError("the size of a pixel is none")
    if revision.samples is not None and revision.adopted is not None:
        raise MalformedRecordError("an adopted file has no samples")
    fault = None if revision.samples is None else find_fault(revision.samples)
    if fault is not None:
        raise MalformedRecordError(fault)


def _check_levels(revision: Revision) -> None:
    scales = [level.scale for level in revision.levels]
    if scales[:1] != [1] or sorted(set(scales)) != scales:
        raise MalformedRecordError("the scales of the levels do not grow from 1")
    width, height = -revision.width, -revision.height
    tile_width, tile_height = revision.tile_width, revision.tile_height
    entry = 0
    for level in reversed(revision.levels):
        # ceil_div, written out: this is done for every image that is met.
        across, down = width // level.scale, height // level.scale
        if level.width != -across or level.height != -down or level.first_entry != entry:
            raise MalformedRecordError(f"the level of scale {level.scale} does not fit the others")
        entry += (across // tile_width) * (down // tile_height)
    if entry > MAX_TILES:
        raise MalformedRecordError(f"{entry} tiles are more than an index holds")


def _check_adopted(revision: Revision, adopted: Adopted) -> None:
    if not adopted.etag or not adopted.location.startswith(ADOPTED_SCHEMES):
        raise MalformedRecordError("the adopted file is not named")
    if len(adopted.icc_profile) > MAX_PREFIX_BYTES:
        raise MalformedRecordError("the colour profile is too long")
    entry = 0
    for level in reversed(adopted.levels):
        _check_adopted_level(level)
        if level.first_entry != entry:
            raise MalformedRecordError("the levels of the adopted file do not follow one another in the index")
        entry += ceil_div(level.width, level.tile_width) * ceil_div(level.height, level.tile_height)
    if not 0 < entry <= MAX_TILES:
        raise MalformedRecordError(f"an index does not hold {entry} tiles")
    if len(adopted.levels) > 1 and any(level.codec == "whole" for level in adopted.levels):
        raise MalformedRecordError("a file that is one picture has one level")
    first = adopted.levels[0]
    if (first.width, first.height, first.scale_x, first.scale_y) != (revision.width, revision.height, (1, 1), (1, 1)):
        raise MalformedRecordError("the first level of the adopted file is not the image")


def _check_adopted_level(level: AdoptedLevel) -> None:
    numbers = (level.width, level.height, *level.scale_x, *level.scale_y)
    if not all(0 < number <= MAX_SIDE for number in numbers):
        raise MalformedRecordError("a level of the adopted file has an impossible size or scale")
    if level.codec == "whole":
        if (level.tile_width, level.tile_height) != (level.width, level.height) or level.decode_bytes < 0:
            raise MalformedRecordError("a file that is one picture has one tile")
    elif level.tile_width not in _TILE_SIDES or level.tile_height not in _TILE_SIDES:
        raise MalformedRecordError("the tiles of the adopted file have an impossible size")
    if len(level.jpeg_prefix) > MAX_PREFIX_BYTES:
        raise MalformedRecordError("the shared JPEG tables are too long")
