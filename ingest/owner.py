"""Which process has a job, so that another one on the same machine can tell at once that it is dead.

By boot, PID namespace, PID and start time: all four together are never used twice. Where the two processes cannot see
each other (other machine, other container), nothing can be told, and the lease has to run out.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Owner:
    """A process; `realm` is where its PID has a meaning (boot and PID namespace)."""

    realm: str
    pid: int
    started: str

    def __str__(self) -> str:
        return f"{self.realm} {self.pid} {self.started}"


def this_process() -> Owner:
    """The calling process. Without /proc its realm is empty, and nobody ever thinks it dead."""
    pid = os.getpid()
    return Owner(_realm(), pid, _start_time(pid) or "")


def is_known_dead(text: str, here: Owner) -> bool:
    """Whether the owner written as `text` lived where `here` lives, and is gone for certain."""
    realm, _, rest = text.partition(" ")
    pid, _, started = rest.partition(" ")
    if not realm or realm != here.realm or not pid.isdigit():
        return False
    return _start_time(int(pid)) != started


def _realm() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _start_time(pid: int) -> str | None:
    """In clock ticks after boot (proc(5), stat, field 22); None where no such process runs."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]
