"""A source file whose header was read and whose picture was not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyvips

from ingest.conversion.readers.kinds import Kind


@dataclass(frozen=True, slots=True)
class ChannelHint:
    """What the file tells of a channel: its name, colour (six hexadecimal digits, lower case) and window, if any."""

    name: str = ""
    color: str = ""
    window: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class RawSamples:
    """Samples that lie uncompressed in the file, row by row: `bands` of each pixel at each of the offsets.

    `dtype` is numpy's, byte order included.
    """

    offsets: tuple[int, ...]
    dtype: str
    bands: int


@dataclass(frozen=True, slots=True)
class Source:
    """What the header says. Sizes are as stored, before EXIF orientation.

    `open_image` makes the lazy image anew, to be read once from top to bottom; nothing is decoded before that.
    Decoding holds about `held_bytes` in memory beside the usual strips, because of `held_because`.
    With `extra_is_alpha` channels behind the colours are transparency; otherwise they mean something else.
    `has_profile`: the file embeds an ICC profile, good or bad.
    With `raw`, its samples can be read without decoding: libvips maps such files whole, which takes address space.
    With `separate`, each band is a channel of its own, and not colours together; `hints` tell of the channels.
    Unless it `opens_quickly`, opening alone decodes it (and it holds no more than 8-bit colours).
    """

    kind: Kind
    path: Path
    width: int
    height: int
    open_image: Callable[[], pyvips.Image]
    held_bytes: int = 0
    held_because: str = ""
    extra_is_alpha: bool = True
    has_profile: bool = False
    losses: tuple[str, ...] = ()
    separate: bool = False
    hints: tuple[ChannelHint, ...] = ()
    opens_quickly: bool = True
    raw: RawSamples | None = None
