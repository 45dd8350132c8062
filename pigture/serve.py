"""`pigture serve`: everything in one, on one port."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import closing

from config.settings import Settings
from config.version import read_version
from pigture.datafolder import DataFolder, DataFolderBusyError, RunFile, read_run_file
from pigture.locks import locked
from pigture.sockets import http_url, listen
from pigture.stack import Stack
from pigture.supervisor import InterruptedBySignalError, run_stack, start_engines, wait_until_healthy

log = logging.getLogger(__name__)

Say = Callable[[str], None]


class AlreadyRunningError(Exception):
    """Another supervisor works in the data folder; the text is one plain sentence."""


def serve(settings: Settings, inherited: Mapping[str, str], say: Say) -> None:
    """Runs until SIGINT or SIGTERM.

    Raises AlreadyRunningError, ListenError, StartError, DataFolderError, IngestError.
    """
    folder = DataFolder(settings.data)
    folder.make()
    try:
        with locked(folder), closing(listen(settings.host, settings.port)) as listener:
            asyncio.run(_serve(settings, inherited, listener, say))
    except DataFolderBusyError as exc:
        raise AlreadyRunningError(_who_runs(folder)) from exc
    except InterruptedBySignalError:
        say("Stopped.")


async def _serve(settings: Settings, inherited: Mapping[str, str], listener: socket.socket, say: Say) -> None:
    url = http_url(listener, settings.host)
    run = RunFile(os.getpid(), "serve", run_folder="", settings={}, url=url)

    async def body(stack: Stack) -> None:
        try:
            await start_engines(stack, run)
            stack.start_worker()
            stack.start_http(listener)
            signing_in = asyncio.create_task(asyncio.to_thread(_sign_in_path, stack.settings))
            await wait_until_healthy(stack, url)
            say(f"Pigture {read_version(settings.commit).version} is ready: {settings.public_url or url}")
            say(f"Signs a browser in, once: {settings.public_url or url}{await signing_in}")
            await asyncio.to_thread(_queue_samples, stack.settings)
            await asyncio.Event().wait()
        finally:
            listener.close()  # new connections are refused from now on

    await run_stack(settings, inherited, run, body)


def _sign_in_path(settings: Settings) -> str:
    from ingest.services import open_services
    from pigture.first_run import make_sign_in_path

    with open_services(settings) as services:
        return make_sign_in_path(services, DataFolder(settings.data).token)


def _queue_samples(settings: Settings) -> None:
    from ingest.services import open_services
    from pigture.first_run import ingest_samples
    from pigture.samples import sample_files

    with open_services(settings) as services:
        ingest_samples(services, DataFolder(settings.data), sample_files())


def _who_runs(folder: DataFolder) -> str:
    run = read_run_file(folder)
    match run:
        case RunFile(purpose="serve", url=str(url), pid=pid):
            return f"Pigture is already running in {folder.path}: {url} (process {pid})."
        case RunFile(pid=pid):
            return f"A pigture command (process {pid}) is at work in {folder.path}. Start again when it has finished."
        case _:
            return f"Another Pigture is starting in {folder.path}."
