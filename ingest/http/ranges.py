"""Which bytes of a file are asked for. Pure: RFC 9110 §13.1.5, §14.1.2, §14.2, §15.3.7."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_RANGES = 16
"""With more than these the whole file is sent, as §14.2 allows: nobody reads a file in so many pieces at once."""

_SPEC = re.compile(r"(\d{0,19})-(\d{0,19})")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes [start, end)."""

    start: int
    end: int


class RangeNotSatisfiableError(Exception):
    """No byte that was asked for is in the file (416)."""


def parse_ranges(header: str | None, size_bytes: int) -> list[ByteRange] | None:
    """The ranges of a Range header, those that overlap made one; None where the whole file is to be sent.

    Raises RangeNotSatisfiableError.
    """
    unit, equals, text = (header or "").partition("=")
    if not equals or unit.strip().lower() != "bytes":
        return None
    specs = [part.strip() for part in text.split(",") if part.strip()]
    if not 0 < len(specs) <= MAX_RANGES:
        return None
    found: list[ByteRange] = []
    for spec in specs:
        match = _SPEC.fullmatch(spec)
        if match is None or match[0] == "-":
            return None
        if match[1] and match[2] and int(match[1]) > int(match[2]):
            return None
        resolved = _resolve(match[1], match[2], size_bytes)
        if resolved is not None:
            found.append(resolved)
    if not found:
        raise RangeNotSatisfiableError
    return _coalesced(found)


def is_range_in_force(if_range: str | None, etag: str) -> bool:
    """Whether a Range counts: without If-Range, or where that is the strong validator of the file as it is now.

    Dates never match: no Last-Modified is sent.
    """
    return if_range is None or if_range.strip() == etag


def _resolve(first: str, last: str, size_bytes: int) -> ByteRange | None:
    if not first:
        start, end = max(0, size_bytes - int(last)), size_bytes
    else:
        start, end = int(first), min(int(last) + 1, size_bytes) if last else size_bytes
    return ByteRange(start, end) if start < end else None


def _coalesced(ranges: list[ByteRange]) -> list[ByteRange]:
    """In the order that was asked for, as long as none overlap (§15.3.7.2)."""
    merged: list[ByteRange] = []
    for item in sorted(ranges, key=lambda found: found.start):
        if merged and item.start < merged[-1].end:
            merged[-1] = ByteRange(merged[-1].start, max(merged[-1].end, item.end))
        else:
            merged.append(item)
    return ranges if len(merged) == len(ranges) else merged
