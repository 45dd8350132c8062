"""Content codings of documents: whether a client takes gzip, and the bytes then. Pure: RFC 9110 §12.5.3, §8.4.

Images are never coded again, and small documents are not: their headers weigh more than what would be saved.
"""

from __future__ import annotations

import zlib

GZIP = "gzip"
LEAST_BYTES = 512
"""Documents below are sent as they are: they fit into one packet in any case."""

_LEVEL = 6
_GZIP_WINDOW = 16
_SMALL_BYTES = 4096
_SMALL = (_GZIP_WINDOW + 12, 5)
_LARGE = (_GZIP_WINDOW + 15, 8)


def accepts_gzip(accept_encoding: str | None) -> bool:
    """Whether the client takes gzip, and likes it no less than the bytes as they are."""
    if not accept_encoding:
        return False
    qualities: dict[str, float] = {}
    for item in accept_encoding.split(","):
        coding, *parameters = (part.strip().lower() for part in item.split(";"))
        qualities["gzip" if coding == "x-gzip" else coding] = _quality(parameters)
    everything = qualities.get("*")
    gzip = qualities.get(GZIP, everything if everything is not None else 0.0)
    # Not named, identity is acceptable, but whoever names others prefers those.
    return gzip > 0 and gzip >= qualities.get("identity", 0.0)


def gzip_document(body: bytes) -> bytes:
    """The body as gzip, always the same bytes. Small ones get small windows: clearing those is most of the work."""
    window, memory = _SMALL if len(body) <= _SMALL_BYTES else _LARGE
    coder = zlib.compressobj(_LEVEL, zlib.DEFLATED, window, memory)
    return coder.compress(body) + coder.flush()


def is_json(content_type: str) -> bool:
    """Whether that is the media type of a JSON document (RFC 6839 §3.1)."""
    subtype = content_type.partition(";")[0].strip().lower().removeprefix("application/")
    return subtype == "json" or subtype.endswith("+json")


def _quality(parameters: list[str]) -> float:
    """0 where it is malformed: better no coding than one that is not wanted."""
    text = next((text[2:].strip() for text in parameters if text.startswith("q=")), "1")
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0
