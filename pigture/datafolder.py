"""The data folder: where things lie in it, and the lock that one supervisor at a time holds."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal


class DataFolderError(Exception):
    """The data folder cannot be used; the text is one plain sentence."""


class DataFolderBusyError(DataFolderError):
    """Another process holds the lock."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Paths under the folder that PIGTURE_DATA names."""

    path: Path

    @property
    def lock(self) -> Path:
        """Locked (flock) by the supervisor as long as it lives."""
        return self.path / "lock"

    @property
    def visitors(self) -> Path:
        """Locked (shared) by commands that use the engines of a supervisor that ends with its own command."""
        return self.path / "visitors"

    @property
    def run_file(self) -> Path:
        """What runs here: see RunFile."""
        return self.path / "run.json"

    @property
    def token(self) -> Path:
        """The administrator's token of this machine, mode 0600."""
        return self.path / "token"

    @property
    def samples_marker(self) -> Path:
        """There once the sample images have been ingested, or were not wanted."""
        return self.path / "samples-ingested"

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data directory."""
        return self.path / "postgres"

    @property
    def valkey(self) -> Path:
        """Valkey's append-only file."""
        return self.path / "valkey"

    def make(self) -> None:
        """Makes the folder. Raises DataFolderError."""
        try:
            self.path.mkdir(mode=0o755, parents=True, exist_ok=True)
            self.visitors.touch(mode=0o600)
        except OSError as exc:
            raise DataFolderError(f"The data folder {self.path} cannot be used: {exc.strerror}.") from exc


@dataclass(frozen=True, slots=True)
class RunFile:
    """What a supervisor tells the other commands: who it is, and the settings in force with the engines' URLs.

    `ready` is set when the engines answer. The file is of use only while its writer holds the lock.
    """

    pid: int
    purpose: Literal["serve", "ingest"]
    run_folder: str
    settings: Mapping[str, Any]
    url: str | None = None
    ready: bool = False


def write_run_file(folder: DataFolder, run: RunFile) -> None:
    """Replaces the run file at once; only this user may read it, since settings hold secrets."""
    new = folder.run_file.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(run), file)
    new.replace(folder.run_file)


def read_run_file(folder: DataFolder) -> RunFile | None:
    """The run file as the last supervisor left it; None where there is none that this version understands."""
    try:
        return RunFile(**json.loads(folder.run_file.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
