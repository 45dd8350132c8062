"""A TIFF's directories as sources: one alone, or several as the channels of one picture."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pyvips

from ingest.conversion.readers.problems import SourceProblemError, damaged_header, truncated
from ingest.conversion.readers.source import ChannelHint, RawSamples, Source
from ingest.conversion.readers.tiff_page import open_raw, plane_bytes, raw_samples, read_page, sample_type
from ingest.conversion.tiff_layout import (
    COMPRESSION,
    DESCRIPTION,
    IMAGE_LENGTH,
    IMAGE_WIDTH,
    SAMPLES_PER_PIXEL,
    X_RESOLUTION,
    Y_RESOLUTION,
    Directory,
    MalformedTiffError,
    read_bytes,
)

_RATIONAL_BYTES = 8
_UNCOMPRESSED = 1
_MAX_TEXT_BYTES, _KEPT_TEXT_BYTES = 1024 * 1024, 65_536


@dataclass(frozen=True, slots=True)
class TiffFile:
    """The directories of the main chain of the file at `path`, at least one."""

    path: Path
    directories: Sequence[Directory]

    def page(self, number: int) -> Source:
        """A directory's picture. Raises SourceProblemError."""
        return read_page(self.path, self.directories[number], number)

    def plane(self, numbers: Sequence[int], hints: tuple[ChannelHint, ...]) -> Source:
        """A picture whose channels are these directories. Raises SourceProblemError."""
        shapes = {_shape(self.directories[number]) for number in numbers}
        if len(shapes) > 1:
            raise SourceProblemError("has channels of different sizes or types")
        return _join([self.page(number) for number in numbers], hints)

    def raw_plane(self, first: int, count: int, hints: tuple[ChannelHint, ...]) -> Source:
        """`count` channels, one behind the other from place `first`, as the first directory describes each.

        Raises SourceProblemError.
        """
        page, length = self.directories[0], plane_bytes(self.directories[0])
        start = int(page.offsets[0]) + first * length
        if start + count * length > self.path.stat().st_size:
            raise truncated()
        deep = raw_samples(page, start) is not None and (count > 1 or sample_type(page) != "uchar")
        model = replace(self.page(0), held_bytes=0 if deep else length, losses=())
        channels = [
            replace(model, open_image=partial(open_raw, self.path, page, place), raw=raw_samples(page, place))
            for place in range(start, start + count * length, length)
        ]
        return _join(channels, hints)

    def raw_planes(self) -> int:
        """How many pictures as the first directory describes lie behind its offset; 1 where that cannot be."""
        page = self.directories[0]
        length = plane_bytes(page)
        plain = page.number(COMPRESSION, _UNCOMPRESSED) == _UNCOMPRESSED and not page.tiled
        if not plain or sample_type(page) is None or not length or not len(page.offsets):
            return 1
        return max(1, (self.path.stat().st_size - int(page.offsets[0])) // length)

    def descriptions(self) -> list[str]:
        """The beginning of every directory's description. Raises SourceProblemError."""
        with self.path.open("rb") as file:
            try:
                texts = [read_bytes(file, page, DESCRIPTION, _MAX_TEXT_BYTES) for page in self.directories]
            except MalformedTiffError as exc:
                raise damaged_header("TIFF") from exc
        return [text[:_KEPT_TEXT_BYTES].rstrip(b"\0").decode("utf-8", "replace") for text in texts]

    def resolution(self) -> tuple[float, float] | None:
        """Pixels per unit of the first directory, across and down; None where it tells none."""
        values = []
        first = self.directories[0]
        with self.path.open("rb") as file:
            for tag in (X_RESOLUTION, Y_RESOLUTION):
                try:
                    data = read_bytes(file, first, tag, _RATIONAL_BYTES)
                except MalformedTiffError as exc:
                    raise damaged_header("TIFF") from exc
                if len(data) < _RATIONAL_BYTES:
                    return None
                numerator, denominator = struct.unpack(f"{first.order}II", data)
                if not numerator or not denominator:
                    return None
                values.append(numerator / denominator)
        return values[0], values[1]


def _shape(page: Directory) -> tuple[int, int, int, str | None]:
    return (
        page.number(IMAGE_WIDTH),
        page.number(IMAGE_LENGTH),
        page.number(SAMPLES_PER_PIXEL, 1),
        sample_type(page),
    )


def _join(channels: Sequence[Source], hints: tuple[ChannelHint, ...]) -> Source:
    if len(channels) == 1:
        return replace(channels[0], hints=hints)
    return replace(
        channels[0],
        open_image=partial(_open_joined, [channel.open_image for channel in channels]),
        held_bytes=sum(channel.held_bytes for channel in channels),
        held_because="its channels are read at the same time",
        separate=True,
        has_profile=False,
        raw=_join_raw([channel.raw for channel in channels]),
        hints=hints,
    )


def _join_raw(channels: Sequence[RawSamples | None]) -> RawSamples | None:
    found = [channel for channel in channels if channel is not None]
    if len(found) < len(channels):
        return None
    return replace(found[0], offsets=tuple(offset for channel in found for offset in channel.offsets))


def _open_joined(openers: Sequence[Callable[[], pyvips.Image]]) -> pyvips.Image:
    first, *others = (opener() for opener in openers)
    return first.bandjoin(others).copy(interpretation="multiband")
