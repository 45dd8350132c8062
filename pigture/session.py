"""The services for one command: those of a running server, those that the settings name, or engines of its own."""

from __future__ import annotations

import asyncio
import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from config.settings import Settings, load_settings
from pigture.datafolder import DataFolder, DataFolderBusyError, DataFolderError, RunFile, read_run_file
from pigture.locks import is_locked, lock_now, locked, open_lock
from pigture.supervisor import run_stack, start_engines

if TYPE_CHECKING:
    from ingest.services import Services
    from pigture.stack import Stack

T = TypeVar("T")
READY_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Session:
    """What a command works with. `is_supervisor`: the engines end with it; `stopped` tells it to end early."""

    services: Services
    base_url: str
    is_supervisor: bool
    stopped: threading.Event


Work = Callable[[Session], T]


def with_session(settings: Settings, inherited: Mapping[str, str], work: Work[T], *, worker: bool = False) -> T:
    """Runs `work` with services. `worker`: jobs have to be worked on meanwhile.

    Raises DataFolderError, StartError, InterruptedBySignalError, and whatever `work` raises.
    """
    folder = DataFolder(settings.data)
    if settings.database_url and settings.redis_url and not is_locked(folder):
        return _work_direct(settings, base_url(settings, None), work)
    while True:
        with _visit(folder):
            run = find_running(folder)
            if run is not None:
                in_force = load_settings(**run.settings)
                return _work_direct(in_force, base_url(in_force, run.url), work)
        try:
            return _work_as_supervisor(settings, inherited, work, worker)
        except DataFolderBusyError:
            continue  # somebody was faster: theirs are used


def find_running(folder: DataFolder) -> RunFile | None:
    """The supervisor in the folder, once its engines answer; None where there is none. Raises DataFolderError."""
    deadline = time.monotonic() + READY_WITHIN_S
    while is_locked(folder):
        run = read_run_file(folder)
        if run is not None and run.ready:
            return run
        if time.monotonic() > deadline:
            raise DataFolderError(f"Another Pigture is starting in {folder.path} and does not come up.")
        time.sleep(0.05)
    return None


def base_url(settings: Settings, running_at: str | None) -> str:
    """What comes before /iiif in the addresses that a command prints."""
    return settings.public_url or running_at or f"http://{settings.host}:{settings.port}"


def _work_direct(settings: Settings, url: str, work: Work[T]) -> T:
    from ingest.services import open_services

    with open_services(settings) as services:
        return work(Session(services, url, is_supervisor=False, stopped=threading.Event()))


def _work_as_supervisor(settings: Settings, inherited: Mapping[str, str], work: Work[T], worker: bool) -> T:
    folder = DataFolder(settings.data)
    folder.make()
    run = RunFile(os.getpid(), "ingest", run_folder="", settings={})

    async def body(stack: Stack) -> T:
        await start_engines(stack, run)
        if worker:
            stack.start_worker()
        result = await _in_thread(stack.settings, work)
        while not lock_now(visitors, fcntl.LOCK_EX):  # noqa: ASYNC110  other processes hold it
            await asyncio.sleep(0.1)
        return result

    # Given back last: a visitor who comes while the engines stop waits, and then finds nobody.
    with open_lock(folder.visitors) as visitors, locked(folder):
        return asyncio.run(run_stack(settings, inherited, run, body))


async def _in_thread(settings: Settings, work: Work[T]) -> T:
    """Runs `work` beside the supervision of the children; tells it to end where this is cancelled."""
    stopped = threading.Event()

    def run() -> T:
        from ingest.services import open_services

        with open_services(settings) as services:
            return work(Session(services, base_url(settings, None), is_supervisor=True, stopped=stopped))

    thread = asyncio.ensure_future(asyncio.to_thread(run))
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        stopped.set()
        await asyncio.wait({thread})
        if not thread.cancelled():
            thread.exception()
        raise


@contextmanager
def _visit(folder: DataFolder) -> Iterator[None]:
    """Keeps a supervisor that would end with its own command running while its engines are used here."""
    if not folder.visitors.exists():
        yield
        return
    with open_lock(folder.visitors) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
