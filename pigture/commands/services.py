"""`serve`, and the single services that compose.yaml runs: the same code, one process each."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from config.settings import Settings
from pigture.commands.options import Data, Descriptor, Numbers, command_settings, service_settings
from pigture.errors import CommandError
from pigture.output import print_line


def serve(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.", show_default="8000")] = None,
    image_workers: Annotated[int | None, typer.Option(help="Processes that serve images.", show_default="2")] = None,
    public_url: Annotated[
        str | None, typer.Option(help="Base URL that viewers use.", show_default="from each request")
    ] = None,
    allow_open: Annotated[
        bool, typer.Option("--open", help="Allow writes without a token from this machine (loopback only).")
    ] = False,
) -> None:
    """Run everything: PostgreSQL, Valkey, image workers, API and worker, on one port."""
    from pigture.commands.options import stdout
    from pigture.serve import serve as run

    settings = service_settings(
        "serve",
        data=data,
        host=host,
        port=port,
        image_workers=image_workers,
        public_url=public_url,
        open=allow_open or None,
    )
    console = stdout()
    run(settings, os.environ, lambda line: print_line(console, line))


def image_server(
    fd: Descriptor = None,
    api_socket: Annotated[Path | None, typer.Option(hidden=True, help="Where other requests go.")] = None,
    numbers: Numbers = None,
) -> None:
    """Run an image server: it sees storage only, and any number of them behave as one."""
    from pigture.image_worker import run_image_server

    run_image_server(service_settings("image-server"), fd, api_socket, numbers)


def api(fd: Descriptor = None, numbers: Numbers = None) -> None:
    """Run the API and the pages."""
    settings = _with_urls(service_settings("api"))
    from pigture.api_process import run_api

    run_api(settings, fd, numbers)


def annotation_store(fd: Descriptor = None) -> None:
    """Run an annotation store: it needs PostgreSQL only, and any number of them behave as one."""
    settings = service_settings("annotation-store")
    if settings.database_url is None:
        raise CommandError("The annotation store needs PIGTURE_DATABASE_URL; `pigture serve` runs it without.")
    from pigture.annotation_process import run_annotation_store

    run_annotation_store(settings, fd)


def worker(numbers: Numbers = None) -> None:
    """Run a worker: it converts what the queue holds."""
    settings = _with_urls(service_settings("worker"))
    from pigture.worker_process import run_worker_process

    run_worker_process(settings, numbers)


def migrate(data: Data = None) -> None:
    """Bring the schemas of catalog and annotations up to date."""
    settings = command_settings(data=data)
    if settings.database_url is None:
        from pigture.session import with_session

        with_session(settings, os.environ, lambda _: None)  # a start migrates
        return
    from pigture.migrating import migrate_all

    migrate_all(settings)


def _with_urls(settings: Settings) -> Settings:
    missing = [name for name in ("database_url", "redis_url") if getattr(settings, name) is None]
    if missing:
        names = " and ".join(f"PIGTURE_{name.upper()}" for name in missing)
        raise CommandError(f"A single service needs {names}; `pigture serve` runs everything without.")
    return settings
