"""What a key may look like: the same for every store, so that objects can be carried from one to another."""

from __future__ import annotations

import re

from storage.errors import InvalidKeyError

# What nearly all keys look like; the others are looked at more closely.
_PLAIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,119}(?:/[a-z0-9][a-z0-9._-]{0,119}){0,7}")
_UNCLEAN = re.compile(r"[\x00-\x1f\x7f\\]")

MAX_SEGMENT_BYTES = 255
MAX_KEY_BYTES = 1024


def check_key(key: str) -> str:
    """The key itself. Raises InvalidKeyError, where it is not clean or too long for a file system or S3.

    A first segment that begins with a dot is kept for a store's own files.
    """
    if _PLAIN.fullmatch(key):
        return key
    reason = _fault(key)
    if reason is not None:
        raise InvalidKeyError(key, reason)
    return key


def check_range(start: int, end: int) -> None:
    """Raises ValueError unless 0 <= start < end."""
    if not 0 <= start < end:
        raise ValueError(f"not a range: [{start}, {end})")


def _fault(key: str) -> str | None:
    if _UNCLEAN.search(key):
        return "a key has neither backslashes nor control characters"
    try:
        segments = [segment.encode() for segment in key.split("/")]
    except UnicodeEncodeError:
        return "a key is valid Unicode"
    if any(segment in (b"", b".", b"..") for segment in segments):
        return "a key is a relative path without empty, . or .. segments"
    if key.startswith("."):
        return "a key does not begin with a dot"
    if sum(map(len, segments)) + len(segments) - 1 > MAX_KEY_BYTES:
        return f"a key has at most {MAX_KEY_BYTES} bytes"
    if any(len(segment) > MAX_SEGMENT_BYTES for segment in segments):
        return f"a segment of a key has at most {MAX_SEGMENT_BYTES} bytes"
    return None
