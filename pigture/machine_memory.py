"""How much memory there is for all of us: the machine's, or what a control group leaves of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")


def memory_bytes(groups: Path = _GROUPS, own_groups: Path = _OWN_GROUPS) -> int:
    """The least of all limits."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *_limits(groups, own_groups)])


def _limits(groups: Path, own_groups: Path) -> Iterator[int]:
    """Of our own group and those around it. In a container its own is the root."""
    for place in ("memory.max", "memory/memory.limit_in_bytes"):  # versions 2 and 1
        yield from _read(groups / place)
    try:
        lines = own_groups.read_text().splitlines()
    except OSError:  # no Linux
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        inside = Path(path.lstrip("/"))
        for group in (inside, *inside.parents):
            if not controllers:
                yield from _read(groups / group / "memory.max")
            elif "memory" in controllers.split(","):
                yield from _read(groups / "memory" / group / "memory.limit_in_bytes")


def _read(file: Path) -> Iterator[int]:
    """The number in the file; nothing where there is no file, or it says `max`."""
    try:
        text = file.read_text().strip()
    except OSError:
        return
    if text.isdigit():
        yield int(text)
