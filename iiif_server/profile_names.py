"""What an ICC profile calls itself. PURE."""

from __future__ import annotations


def names_srgb(profile: bytes) -> bool:
    """Whether it is sRGB by its name: whoever embeds sRGB says so."""
    return any("sRGB".encode(code) in profile for code in ("ascii", "utf-16-be"))
