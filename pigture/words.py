"""Numbers and times as people read them. Pure."""

from __future__ import annotations

from datetime import datetime

UNITS = ("bytes", "KB", "MB", "GB", "TB")


def size_words(size_bytes: int) -> str:
    """1234567 → `1.2 MB` (decimal units)."""
    value, unit = float(size_bytes), UNITS[0]
    for next_unit in UNITS[1:]:
        if value < 999.95:
            break
        value, unit = value / 1000, next_unit
    return f"{size_bytes} bytes" if unit == UNITS[0] else f"{value:.1f} {unit}"


def age_words(moment: datetime, now: datetime) -> str:
    """How long ago: `just now`, `5 minutes ago`, `3 days ago`, then the date."""
    seconds = (now - moment).total_seconds()
    for limit_s, unit_s, name in ((3600, 60, "minute"), (86400, 3600, "hour"), (7 * 86400, 86400, "day")):
        if seconds < limit_s:
            return _ago(int(seconds // unit_s), name)
    return moment.astimezone().strftime("%Y-%m-%d")


def dimensions_words(width: int | None, height: int | None) -> str:
    """`10800×5400`; nothing where not known."""
    return f"{width}×{height}" if width and height else ""


def _ago(count: int, name: str) -> str:
    if count < 1:
        return "just now"
    return f"{count} {name}{'' if count == 1 else 's'} ago"
