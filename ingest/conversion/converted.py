"""What a conversion made, and the revisions that become of it. PURE."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from iiif_server.parts import Part, PartName, parse_part_name
from iiif_server.record import Level, Revision
from ingest.conversion.levels import TILE, LevelSize
from ingest.conversion.messages import PartMessage, PictureMessage, ResultMessage


@dataclass(frozen=True, slots=True)
class PartRevision:
    """A picture beside the first: how it is listed, and its revision."""

    part: Part
    revision: Revision


@dataclass(frozen=True, slots=True)
class Converted:
    """What came out; `picture` is the first, `pixel_size_mm` that of its pixels. `parts` are in their order."""

    picture: PictureMessage
    pixel_size_mm: tuple[float, float] | None
    parts: tuple[PartMessage, ...] = ()

    def revision(self, *, name: str, created: datetime, master_sha256: str) -> Revision:
        """The first picture as a revision of an image."""
        revision = _build_revision(self.picture, name, created, master_sha256)
        return replace(revision, part_count=len(self.parts), pixel_size_mm=self.pixel_size_mm)

    def part_revisions(self, *, name: str, created: datetime, master_sha256: str) -> tuple[PartRevision, ...]:
        """The others, in the order in which they are shown."""
        return tuple(self._build_part(part, name, created, master_sha256) for part in self.parts)

    def _build_part(self, message: PartMessage, name: str, created: datetime, master_sha256: str) -> PartRevision:
        revision = _build_revision(message.picture, name, created, master_sha256)
        # Planes of a stack are seen through the same optics; pages and labels are not.
        if message.name.startswith(("z=", "t=")):
            revision = replace(revision, pixel_size_mm=self.pixel_size_mm)
        smallest = revision.levels[-1]
        part = Part(
            name=message.name,
            label=message.picture.label,
            width=revision.width,
            height=revision.height,
            thumbnail_width=smallest.width,
            thumbnail_height=smallest.height,
        )
        return PartRevision(part, revision)


def build_converted(message: ResultMessage, parts: Iterable[PartMessage]) -> Converted:
    """From the messages of the conversion process."""
    return Converted(message.picture, message.pixel_size_mm, tuple(parts))


def read_part_name(text: str) -> PartName:
    """Inverse of iiif_server.parts.format_part_name. Raises MalformedPartNameError."""
    fields = [(key, value) for key, _, value in (field.partition("=") for field in text.split(";"))]
    name = parse_part_name(fields)
    if name is None:
        raise ValueError("the first picture is no part")
    return name


def build_record_levels(sizes: Iterable[tuple[int, int, int]]) -> tuple[Level, ...]:
    """Levels as (scale, width, height), the full size first, with each one's place in the index."""
    levels: list[Level] = []
    entry = 0
    for size in reversed([LevelSize(*item) for item in sizes]):  # the index begins with the smallest level
        levels.insert(0, Level(size.scale, size.width, size.height, entry))
        entry += size.columns * size.rows
    return tuple(levels)


def _build_revision(picture: PictureMessage, name: str, created: datetime, master_sha256: str) -> Revision:
    levels = build_record_levels(picture.levels)
    return Revision(
        name=name,
        width=levels[0].width,
        height=levels[0].height,
        tile_width=TILE,
        tile_height=TILE,
        channels=picture.channels,
        levels=levels,
        jpeg_prefix=picture.jpeg_prefix,
        created=created,
        master_sha256=master_sha256,
        pyramid_sha256=picture.pyramid_sha256,
        pyramid_size_bytes=picture.pyramid_size_bytes,
        losses=picture.losses,
        samples=picture.samples,
        label=picture.label,
        index_head=picture.index_head,
    )
