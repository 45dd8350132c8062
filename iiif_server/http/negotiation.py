"""Which of the two names of a JSON-LD document goes out. PURE: RFC 9110 §12.5.1, Image API 3.0 §5, 2.1 §5."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

JSON = "application/json"
JSON_LD = "application/ld+json"


@dataclass(frozen=True, slots=True)
class _Range:
    main: str
    sub: str
    quality: float


def choose_media_type(accept: str | None, offers: Sequence[str]) -> str:
    """The offer (`type/subtype`, the preferred first) that `accept` likes best; the first where it likes none.

    Answering something that was not asked for is allowed, and more use than a 406.
    """
    ranges = [parsed for item in (accept or "").split(",") if (parsed := _parse_range(item)) is not None]
    return max(offers, key=lambda offer: _quality(offer, ranges)) if ranges else offers[0]


def _quality(offer: str, ranges: Sequence[_Range]) -> float:
    """That of the most specific range that matches."""
    main, _, sub = offer.partition("/")
    for wanted in ((main, sub), (main, "*"), ("*", "*")):
        matching = [entry.quality for entry in ranges if (entry.main, entry.sub) == wanted]
        if matching:
            return max(matching)
    return 0.0


def _parse_range(item: str) -> _Range | None:
    media_range, *parameters = (part.strip().lower() for part in item.split(";"))
    main, slash, sub = media_range.partition("/")
    if not slash:
        return None
    quality = next((text[2:] for text in parameters if text.startswith("q=")), "1")
    try:
        return _Range(main, sub, min(max(float(quality), 0.0), 1.0))
    except ValueError:
        return None
