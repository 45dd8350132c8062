"""The children of one supervisor and their order: PostgreSQL, Valkey, then what uses them; stopped the other way."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from config.settings import Settings
from pigture.children import Child, ChildSpec, StartError
from pigture.datafolder import DataFolder
from pigture.engines import EmbeddedEngine, EmbeddedPostgres, EmbeddedValkey, new_run_folder
from pigture.environment import child_environment
from pigture.launch import launch_argv
from pigture.sockets import listen_unix


@dataclass(slots=True)
class Stack:
    """What runs. `settings` are those in force, with the engines' URLs; `inherited` is the environment as it came."""

    settings: Settings
    run_folder: Path
    inherited: Mapping[str, str]
    engines: tuple[EmbeddedEngine, ...]
    children: list[Child] = field(default_factory=list)
    stages: list[list[Child]] = field(default_factory=list)
    api_listener: socket.socket | None = None

    async def start_engines(self) -> None:
        """Starts the embedded engines and waits until they answer. Raises StartError."""
        started = [self._launch(engine_spec(engine)) for engine in self.engines]
        # Each is a stage of its own: Valkey stops before PostgreSQL.
        self.stages += [[child] for child in started]
        await asyncio.gather(*(child.wait_ready() for child in started))

    def start_worker(self) -> None:
        """Launches the process that works on jobs."""
        self.stages.append(
            [self._launch(self._service("worker", "worker", "--numbers", str(self._numbers("worker"))))]
        )

    def start_http(self, listener: socket.socket) -> None:
        """Launches the API, and the image workers on the public socket."""
        path = self.run_folder / "api"
        self.api_listener = listen_unix(path)
        api, public = self.api_listener.fileno(), listener.fileno()
        api_child = self._launch(
            self._service("API", "api", "--fd", str(api), "--numbers", str(self._numbers()), descriptors=(api,))
        )
        argv = ("image-server", "--fd", str(public), "--api-socket", str(path))
        workers = [
            self._launch(self._service(name, *argv, "--numbers", str(self._numbers(name)), descriptors=(public,)))
            for name in (f"image worker {number + 1}" for number in range(self.settings.image_workers))
        ]
        # The image workers stop first: what they still hand to the API is answered.
        self.stages += [[api_child], workers]

    def check(self) -> None:
        """Raises StartError where a child fails again and again."""
        for child in self.children:
            if child.gave_up_starting:
                raise StartError(f"{child.spec.name} cannot start. The messages above say why.")

    async def stop(self) -> None:
        """Stops everything in order: HTTP, worker, Valkey, PostgreSQL."""
        for stage in reversed(self.stages):
            await asyncio.gather(*(child.stop() for child in stage))

    def kill(self) -> None:
        """Ends everything at once."""
        for child in reversed(self.children):
            child.kill()

    def clean(self) -> None:
        """Removes the sockets."""
        if self.api_listener is not None:
            self.api_listener.close()
        remove_run_folder(self.run_folder)

    def _numbers(self, name: str | None = None) -> Path:
        """Where a child writes what it counts; the folder of all without a name."""
        folder = self.run_folder / "numbers"
        folder.mkdir(exist_ok=True)
        return folder / f"{name.replace(' ', '-')}.json" if name else folder

    def _launch(self, spec: ChildSpec) -> Child:
        child = Child(spec)
        self.children.append(child)
        child.launch()
        return child

    def _service(self, name: str, *argv: str, descriptors: tuple[int, ...] = ()) -> ChildSpec:
        command = launch_argv([sys.executable, "-m", "pigture", *argv], os.getpid(), signal.SIGKILL)
        environment = child_environment(self.settings, self.inherited)
        return ChildSpec(name, lambda: command, environment, descriptors)


def build_stack(settings: Settings, folder: DataFolder, inherited: Mapping[str, str]) -> Stack:
    """A stack with an embedded engine for each URL that is not set. Nothing is started."""
    run_folder = new_run_folder()
    postgres = EmbeddedPostgres(folder.postgres, run_folder) if settings.database_url is None else None
    valkey = EmbeddedValkey(folder.valkey, run_folder) if settings.redis_url is None else None
    urls = {
        "database_url": postgres.url if postgres else settings.database_url,
        "redis_url": valkey.url if valkey else settings.redis_url,
    }
    engines: Iterable[EmbeddedEngine | None] = (postgres, valkey)
    return Stack(
        settings=settings.model_copy(update=urls),
        run_folder=run_folder,
        inherited=inherited,
        engines=tuple(engine for engine in engines if engine is not None),
    )


def engine_spec(engine: EmbeddedEngine) -> ChildSpec:
    """How to keep an engine running."""
    return ChildSpec(
        name=engine.name,
        argv=lambda: engine.argv,
        open_log=engine.open_log,
        prepare=engine.prepare,
        is_ready=engine.is_ready,
        why=engine.log_tail,
        stop_signal=engine.stop_signal,
        stop_within_s=20.0,
    )


def remove_run_folder(folder: Path) -> None:
    """Removes a run folder, also one that a killed supervisor left. Anything else is left alone."""
    if folder.name.startswith("pigture-") and folder.is_dir() and not folder.is_symlink():
        with suppress(OSError):
            if folder.stat().st_uid == os.geteuid():
                shutil.rmtree(folder)
