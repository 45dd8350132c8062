"""Runs what is needed in a data folder: everything (`pigture serve`), or engines and a worker for a while."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from config.settings import Settings
from pigture.children import StartError
from pigture.datafolder import (
    DataFolder,
    RunFile,
    read_run_file,
    write_run_file,
)
from pigture.environment import settings_document
from pigture.stack import Stack, build_stack, remove_run_folder

log = logging.getLogger(__name__)

T = TypeVar("T")
READY_WITHIN_S = 120.0
SAME_SIGNAL_S = 0.5
"""Signals this close together are one wish: `timeout`, among others, sends each of its own twice."""


class InterruptedBySignalError(Exception):
    """The user or the system asked to stop, and everything has been stopped."""


async def run_stack(
    settings: Settings, inherited: Mapping[str, str], run: RunFile, body: Callable[[Stack], Awaitable[T]]
) -> T:
    """Prepares a stack, runs `body` with it, and stops it however that ends. The caller holds the lock.

    The first SIGINT or SIGTERM cancels `body` and stops in order, the second kills. Raises StartError,
    InterruptedBySignalError, and whatever `body` raises.
    """
    folder = DataFolder(settings.data)
    _clear_earlier_run(folder)
    stack = build_stack(settings, folder, inherited)
    write_run_file(folder, _describe(run, stack))
    task = asyncio.ensure_future(body(stack))
    interrupted = _cancel_on_signals(task, stack)
    try:
        return await task
    except asyncio.CancelledError:
        raise InterruptedBySignalError from None
    finally:
        if interrupted.is_set():
            log.info("stopping; once more to stop at once")
        await stack.stop()
        stack.clean()
        folder.run_file.unlink(missing_ok=True)


async def start_engines(stack: Stack, run: RunFile) -> None:
    """Starts the engines, migrates catalog and annotations, and lets other commands know.

    Raises StartError, IngestError, StoreUnavailableError.
    """
    folder = DataFolder(stack.settings.data)
    importing = asyncio.create_task(asyncio.to_thread(_import_migrate))
    await stack.start_engines()
    migrate = await importing
    await asyncio.to_thread(migrate, stack.settings)
    write_run_file(folder, replace(_describe(run, stack), ready=True))


async def wait_until_healthy(stack: Stack, url: str) -> None:
    """Waits until GET /health answers 200. Raises StartError."""
    import httpx  # late: needed here only

    deadline = time.monotonic() + READY_WITHIN_S
    answer = "no answer"
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        while time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                response = await client.get(f"{url}/health")
                if response.status_code == 200:
                    return
                answer = response.text
            stack.check()
            await asyncio.sleep(0.05)
    raise StartError(f"Pigture is not ready after {READY_WITHIN_S:.0f} seconds: {answer}")


def _import_migrate() -> Callable[[Settings], None]:
    # Late, and while PostgreSQL starts: it takes as long as that.
    from pigture.migrating import migrate_all

    return migrate_all


def _describe(run: RunFile, stack: Stack) -> RunFile:
    return replace(run, run_folder=str(stack.run_folder), settings=settings_document(stack.settings))


def _clear_earlier_run(folder: DataFolder) -> None:
    left = read_run_file(folder)
    if left is not None:
        log.info("an earlier run (process %d) did not stop in order; recovering", left.pid)
        remove_run_folder(Path(left.run_folder))


def _cancel_on_signals(task: asyncio.Future[T], stack: Stack) -> asyncio.Event:
    interrupted = asyncio.Event()
    first_s = 0.0

    def on_signal() -> None:
        nonlocal first_s
        if not interrupted.is_set():
            first_s = time.monotonic()
            interrupted.set()
            task.cancel()
        elif time.monotonic() - first_s > SAME_SIGNAL_S:
            stack.kill()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, on_signal)
    return interrupted
