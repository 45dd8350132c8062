"""Processes that prepare lines, started when a request is large enough to need them, and kept."""

from __future__ import annotations

import asyncio
import ctypes
import multiprocessing
import os
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from annotation_store.http.bulk_preparing import LineTask, PreparedLines, prepare_lines

_PR_SET_PDEATHSIG = 1
_NICENESS = 5
"""PostgreSQL and other requests come first: what is prepared too early only lies about."""


class PreparingPool:
    """Used from one event loop. With 0 processes everything is prepared in threads."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._executor: ProcessPoolExecutor | None = None

    @property
    def width(self) -> int:
        """How many tasks it works on at once."""
        return max(1, self._processes)

    async def prepare(self, task: LineTask, *, alone: bool) -> PreparedLines:
        """`alone`: there is no more than this task, which is not worth a process."""
        if alone or self._processes == 0:
            return await asyncio.to_thread(prepare_lines, task)
        executor = self._started()
        try:
            return await asyncio.get_running_loop().run_in_executor(executor, prepare_lines, task)
        except BrokenProcessPool:  # somebody killed one; the next task starts others
            if self._executor is executor:
                self._executor = None
                executor.shutdown(wait=False)
            return await asyncio.to_thread(prepare_lines, task)

    def close(self) -> None:
        """Ends the processes."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None

    def _started(self) -> ProcessPoolExecutor:
        if self._executor is None:
            context = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(
                self._processes, mp_context=context, initializer=_begin, initargs=(os.getpid(),)
            )
        return self._executor


def _begin(parent: int) -> None:
    """The process ends with its parent, leaves interrupts of a terminal to it, and processors to whoever waits."""
    os.nice(_NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
