"""What a conversion process does to itself first: it dies with its parent and keeps to its memory."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

from ingest.conversion.readers.problems import MEBIBYTE

_PR_SET_PDEATHSIG = 1
_RESERVED_BYTES = 512 * MEBIBYTE
"""Address space that programs, libraries and arenas reserve without using it as memory."""
_THREAD_BYTES = 24 * MEBIBYTE
"""The same for each thread: stacks of libvips' threads and of the tiles' pool, and their buffers."""


def die_with_parent(parent: int) -> None:
    """Has the kernel kill this process when the thread that started it ends; exits where it has ended already."""
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent process is gone")


def limit_memory(memory_mb: int, threads: int) -> None:
    """Makes allocations fail beyond so many MiB, and leaves no core file."""
    size = memory_mb * MEBIBYTE + _RESERVED_BYTES + threads * _THREAD_BYTES
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (size if hard == resource.RLIM_INFINITY else min(size, hard), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
