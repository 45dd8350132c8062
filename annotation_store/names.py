"""The last segment of an IRI: what a client may suggest by Slug, and how it stands in a path. PURE."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, unquote_to_bytes

MAX_CHARACTERS = 128
CONTAINER_PARTS = frozenset({"bulk", "events", "export"})
"""What lies beside a container's annotations, so that none of them can be called that."""

# Letters, digits and what RFC 3986 §2.3 leaves unreserved; everything else becomes a hyphen.
_UNWANTED = re.compile(r"[^\w.~-]+")


def parse_slug(header: str | None) -> str | None:
    """The name that a Slug header wishes for (RFC 5023 §9.7: percent-encoded UTF-8); None if nothing is left."""
    if not header:
        return None
    try:
        text = unquote_to_bytes(header).decode("utf-8").strip().strip('"')
    except UnicodeDecodeError:
        return None
    name = _UNWANTED.sub("-", unicodedata.normalize("NFC", text))[:MAX_CHARACTERS].strip("-.")
    return name if is_name(name) and name not in CONTAINER_PARTS else None


def parse_segment(raw: str) -> str | None:
    """The name in a raw segment of a path; None if nothing can be called that."""
    try:
        name = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        return None
    return name if is_name(name) else None


def format_segment(name: str) -> str:
    """Inverse of parse_segment."""
    # Nearly all names are made by us, and a page has hundreds of them.
    return name if name.isascii() and name.isalnum() else quote(name, safe="~")


def is_name(text: str) -> bool:
    """Whether something can be called that: NFC, 1 to 128 characters, none of which means anything in a path."""
    return (
        0 < len(text) <= MAX_CHARACTERS
        and text.strip("-.") == text
        and _UNWANTED.search(text) is None
        and unicodedata.is_normalized("NFC", text)
    )
