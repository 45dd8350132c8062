"""A source file whose header was read and whose picture was not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyvips

from ingest.conversion.readers.kinds import Kind


@dataclass(frozen=True, slots=True)
class Source:
    """What the header says. Sizes are as stored, before EXIF orientation.

    `open_image` makes the lazy image anew, to be read once from top to bottom; nothing is decoded before that.
    Decoding holds about `held_bytes` in memory beside the usual strips, because of `held_because`.
    With `extra_is_alpha` channels behind the colours are transparency; otherwise they mean something else.
    `has_profile`: the file embeds an ICC profile, good or bad.
    """

    kind: Kind
    width: int
    height: int
    open_image: Callable[[], pyvips.Image]
    held_bytes: int = 0
    held_because: str = ""
    extra_is_alpha: bool = True
    has_profile: bool = False
    losses: tuple[str, ...] = ()
