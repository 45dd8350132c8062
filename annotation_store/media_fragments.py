"""Media fragments: `xywh=` and `t=` (Media Fragments URI 1.0 §4.2), as IIIF and Annotorious write them. PURE.

More is read than the recommendation's grammar allows: decimals, and corners left of or above the canvas.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from annotation_store.geometry import Region, TimeSpan

_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_SPATIAL = re.compile(rf"(?:(pixel|percent):)?({_NUMBER}),({_NUMBER}),({_NUMBER}),({_NUMBER})")
_CLOCK = r"(?:(?:[0-9]+:)?[0-5]?[0-9]:[0-5]?[0-9](?:\.[0-9]*)?|[0-9]+(?:\.[0-9]*)?s?|\.[0-9]+)"
_TEMPORAL = re.compile(rf"(?:npt:)?(?:({_CLOCK})(?:,({_CLOCK}))?|,({_CLOCK}))")
_DIMENSIONS = frozenset({"xywh", "t", "track", "id"})
# Farther away lies no canvas; floats are exact well beyond.
MAX_COORDINATE = 1e9
_SHORT = 200
"""Characters up to which fragments are remembered."""


@dataclass(frozen=True, slots=True)
class MediaFragment:
    """`percent`: a region is given in percent of the canvas and `region` is None. `faults` names what is amiss."""

    region: Region | None = None
    time: TimeSpan | None = None
    percent: bool = False
    known: bool = False
    faults: tuple[str, ...] = ()


def parse_media_fragment(fragment: str) -> MediaFragment:
    """What a fragment (without `#`) says; later values of a dimension win (§5.1), malformed ones do not count."""
    return _remembered(fragment) if len(fragment) <= _SHORT else _parse(fragment)


def _parse(fragment: str) -> MediaFragment:
    if fragment.startswith("xywh=") and "&" not in fragment and "%" not in fragment:  # nearly all
        region, percent, understood = _read_box(fragment[5:])
        return MediaFragment(region, None, percent, known=True, faults=() if understood else ("xywh",))
    region, time, percent, known = None, None, False, False
    faults: list[str] = []
    for part in fragment.removeprefix("#").split("&"):
        name, _, value = unquote(part).partition("=")
        known = known or name in _DIMENSIONS
        if name == "xywh":
            region, percent, understood = _read_box(value)
        elif name == "t":
            time = _read_time(value)
            understood = time is not None
        else:
            continue
        if not understood:
            faults.append(name)
    return MediaFragment(region, time, percent, known, tuple(faults))


# A bulk load validates a whole batch and then extracts from it: each is asked about twice.
_remembered = lru_cache(2048)(_parse)


def parse_xywh(value: str) -> Region | None:
    """The region of an `xywh` value in pixels; None if it is malformed or in percent."""
    return _read_box(value)[0]


def parse_time(value: str) -> TimeSpan | None:
    """The span of a `t` value: seconds or clock times, `start`, `start,end` or `,end`; None if it is malformed."""
    return _read_time(value)


def _read_box(value: str) -> tuple[Region | None, bool, bool]:
    match = _SPATIAL.fullmatch(value.strip())
    if match is None:
        return None, False, False
    unit, *texts = match.groups()
    x, y, width, height = map(float, texts)
    right, bottom = x + width, y + height
    if width < 0 or height < 0 or min(x, y) < -MAX_COORDINATE or not max(right, bottom) <= MAX_COORDINATE:
        return None, False, False
    if unit == "percent":
        return None, True, True
    return Region((x, y, right, bottom)), False, True


def _read_time(value: str) -> TimeSpan | None:
    match = _TEMPORAL.fullmatch(value.strip())
    if match is None:
        return None
    start_text, end_text, only_end = match.groups()
    start = _seconds(start_text) if start_text else 0.0
    end = _seconds(end_text or only_end) if end_text or only_end else None
    if not math.isfinite(start) or (end is not None and (not math.isfinite(end) or end < start)):
        return None
    return TimeSpan(start, end)


def _seconds(text: str) -> float:
    seconds = 0.0
    for part in text.removesuffix("s").split(":"):
        seconds = seconds * 60 + float(part)
    return seconds
