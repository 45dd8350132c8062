"""How adopted files are called. PURE."""

from __future__ import annotations

from urllib.parse import unquote


def file_name_of(location: str) -> str:
    """What the file is called by people."""
    name = location.rpartition("/")[2]
    return unquote(name) if location.startswith("file:") else name
