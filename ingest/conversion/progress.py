"""Progress of the parts of a conversion, as one number from 0 to 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyvips

Progress = Callable[[float], None]


def part_of(progress: Progress, start: float, end: float) -> Progress:
    """Reports for one part that takes the whole from `start` to `end`."""
    return lambda done: progress(start + (end - start) * done)


def watch(image: pyvips.Image, progress: Progress) -> pyvips.Image:
    """The image; `progress` is called while it is computed, from libvips' threads."""

    def report(_: pyvips.Image, state: Any) -> None:
        progress(min(1.0, state.percent / 100))

    watched = image.copy()
    watched.set_progress(True)
    watched.signal_connect("eval", report)
    return watched
