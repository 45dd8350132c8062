"""One child of the supervisor: started, watched, started again when it crashes, stopped in time.

Everything runs in the main thread's event loop: the kernel counts a child's parent as dead when the *thread* that
started it ends (PR_SET_PDEATHSIG).
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

FIRST_DELAY_S = 0.1
LONGEST_DELAY_S = 15.0
STEADY_S = 20.0
"""A child that lived this long starts with a clean record after a crash."""
TRIES_AT_START = 4


class StartError(Exception):
    """A child does not come up; the text is one plain sentence."""


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """How to run a child. `prepare` and `is_ready` block and run in a thread; `why` tells what its log ends with."""

    name: str
    argv: Callable[[], Sequence[str]]
    environment: Mapping[str, str] | None = None
    descriptors: tuple[int, ...] = ()
    open_log: Callable[[], int] | None = None
    prepare: Callable[[], None] = lambda: None
    is_ready: Callable[[], bool] = lambda: True
    why: Callable[[], str] = lambda: ""
    stop_signal: signal.Signals = signal.SIGTERM
    stop_within_s: float = 15.0


@dataclass(slots=True)
class Child:
    """A child and the task that keeps it running."""

    spec: ChildSpec
    process: asyncio.subprocess.Process | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    failures: int = 0
    stopping: bool = False
    task: asyncio.Task[None] | None = None

    @property
    def gave_up_starting(self) -> bool:
        """Whether it failed again and again."""
        return self.failures >= TRIES_AT_START

    def launch(self) -> None:
        """Begins to keep it running."""
        self.task = asyncio.create_task(self._keep_running(), name=self.spec.name)

    async def wait_ready(self, within_s: float = 60.0) -> None:
        """Waits until the launched child is ready once. Raises StartError."""
        if self.task is None:
            raise StartError(f"{self.spec.name} has not been launched.")
        waiting = asyncio.ensure_future(self.ready.wait())
        done, _ = await asyncio.wait({waiting, self.task}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self.task in done:
            self.task.result()
        if waiting not in done and not self.stopping:
            raise StartError(f"{self.spec.name} is not ready after {within_s:.0f} seconds{self._log_says()}.")

    async def stop(self) -> None:
        """Stops it in order, and by force after its time is over."""
        self.stopping = True
        process = self.process
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(self.spec.stop_signal)
            try:
                await asyncio.wait_for(process.wait(), self.spec.stop_within_s)
            except TimeoutError:
                log.warning("%s does not stop and is killed", self.spec.name)
        self.kill()
        if self.task is not None:
            if process is None or process.returncode is not None:
                self.task.cancel()  # it may be waiting before a new start
            with suppress(asyncio.CancelledError, StartError):
                await self.task

    def kill(self) -> None:
        """Ends it and its descendants at once."""
        self.stopping = True
        if self.process is not None:
            kill_group(self.process.pid)

    async def _keep_running(self) -> None:
        while not self.stopping:
            began = time.monotonic()
            why = await self._run_once()
            if self.stopping:
                return
            self.failures = 1 if time.monotonic() - began > STEADY_S else self.failures + 1
            if not self.ready.is_set() and self.failures >= TRIES_AT_START:
                raise StartError(f"{self.spec.name} cannot start: it {why}{self._log_says()}.")
            delay_s = restart_delay_s(self.failures)
            log.warning("%s %s; it starts again in %.1f s%s", self.spec.name, why, delay_s, self._log_says())
            await asyncio.sleep(delay_s)

    def _log_says(self) -> str:
        tail = self.spec.why()
        return f". Its log ends with: {tail}" if tail else ""

    async def _run_once(self) -> str:
        """Runs it until it ends; the reason why it ended, for people."""
        try:
            await asyncio.to_thread(self.spec.prepare)
            process = self.process = await self._spawn()
        except Exception as exc:  # whatever it is, this child alone is affected
            return f"could not be started: {exc}"
        readiness = asyncio.create_task(self._watch_readiness(process))
        try:
            code = await process.wait()
        finally:
            readiness.cancel()
        kill_group(process.pid)  # what it may have left behind
        return describe_exit(code)

    async def _spawn(self) -> asyncio.subprocess.Process:
        output = self.spec.open_log() if self.spec.open_log else None
        try:
            return await asyncio.create_subprocess_exec(
                *self.spec.argv(),
                env=self.spec.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=self.spec.descriptors,
                start_new_session=True,
            )
        finally:
            if output is not None:
                os.close(output)

    async def _watch_readiness(self, process: asyncio.subprocess.Process) -> None:
        while process.returncode is None:
            if await asyncio.to_thread(self.spec.is_ready):
                if self.ready.is_set():
                    log.info("%s is back (process %d)", self.spec.name, process.pid)
                self.ready.set()
                return
            await asyncio.sleep(0.05)


def kill_group(pid: int) -> None:
    """SIGKILL for every process of the session's group that is left."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def restart_delay_s(failures: int) -> float:
    """Seconds to wait before the start after this many failures in a row: doubling, with an upper bound."""
    doublings = min(failures - 1, 16)  # enough for the bound, and no overflow after days
    return float(min(FIRST_DELAY_S * 2.0**doublings, LONGEST_DELAY_S))


def describe_exit(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"ended with status {code}"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"
