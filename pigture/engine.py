"""What the embedded engines have in common: a program out of a wheel, its folder, socket, log and process."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

LONGEST_SOCKET_PATH = 100  # bytes; sun_path holds 107 on Linux, 103 on macOS
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
LARGEST_LOG = 8 * 1024 * 1024


class EngineError(Exception):
    """An embedded engine cannot run; the text is one plain sentence."""


def new_run_folder(parent: Path | None = None) -> Path:
    """Makes a folder for sockets, reachable by this user only: in `parent` (else: for temporary files) or /tmp.

    The other places are passed over where the sockets' paths would become too long.
    """
    wanted = parent or Path(tempfile.gettempdir())
    roomy = len(os.fsencode(wanted / "pigture-12345678/postgres/.s.PGSQL.5432.lock")) <= LONGEST_SOCKET_PATH
    folder = Path(tempfile.mkdtemp(prefix="pigture-", dir=wanted if roomy else "/tmp"))  # noqa: S108  private in there
    if os.geteuid() == 0:
        folder.chmod(0o711)  # so that PostgreSQL, as another user, can be let into its own folder inside
    return folder


@dataclass(slots=True)
class EmbeddedEngine(ABC):
    """What both have in common: a folder for the data, one for the socket, and at most one process."""

    folder: Path
    run_folder: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]
    death_signal: ClassVar[signal.Signals]

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients connect."""

    @property
    @abstractmethod
    def argv(self) -> list[str]:
        """The command that runs the engine in the foreground, launched so that it dies with this process."""

    @abstractmethod
    def prepare(self) -> None:
        """Makes the folder ready for a start, after a crash too. Blocks. Raises EngineError."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the engine answers now. Blocks for a moment."""

    @property
    def pid(self) -> int | None:
        """The process started by start()."""
        return self.process.pid if self.process else None

    @property
    def log_file(self) -> Path:
        """What the engine writes while it runs."""
        return self.folder.with_name(f"{self.folder.name}.log")

    def open_log(self) -> int:
        """A descriptor to append to the log, which begins anew when it has grown large."""
        large = self.log_file.exists() and self.log_file.stat().st_size > LARGEST_LOG
        return os.open(self.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if large else 0), 0o600)

    def log_tail(self) -> str:
        """The last lines of the log, as one line."""
        text = self.log_file.read_text(errors="replace") if self.log_file.exists() else ""
        return " | ".join(line.strip() for line in text.splitlines()[-4:])

    def start(self) -> None:
        """Starts the engine and waits until it answers. Raises EngineError."""
        self.prepare()
        deadline = time.monotonic() + START_TIMEOUT_S
        self._spawn()
        while not self.is_ready():
            if time.monotonic() > deadline:
                self.stop()
                raise EngineError(f"{self.name} does not answer: {self.log_tail()}")
            if self.process is None or self.process.poll() is not None:
                # After a kill -9 the shared memory is in use until the last backend has noticed.
                if "still in use" not in self.log_tail():
                    raise EngineError(f"{self.name} cannot start: {self.log_tail()}")
                self._spawn()
            time.sleep(0.05)

    def _spawn(self) -> None:
        log = self.open_log()
        try:
            self.process = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        finally:
            os.close(log)

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Stops in order, and by force after `timeout_s`."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None


def installed(package: str, pattern: str) -> Path:
    """The program of that name pattern in an installed package. Raises EngineError."""
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in Path(folder).glob(pattern):
            return path
    raise EngineError(f"The package {package} is not installed, or does not support this machine.")
