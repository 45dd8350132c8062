"""The process that works on jobs: alone, or as a child of `pigture serve`."""

from __future__ import annotations

from pathlib import Path

from config.exposition import listening
from config.metrics import Samples
from config.process import ProcessNumbers, build_samples
from config.settings import Settings
from config.version import read_version
from ingest.worker import run_worker
from pigture.published_numbers import publishing


def run_worker_process(settings: Settings, numbers: Path | None = None) -> None:
    """Works until told to stop. With `numbers`, those of the process go into that file instead of being told here."""
    process, version = ProcessNumbers("worker"), read_version(settings.commit)

    def collect() -> Samples:
        return process.samples() | build_samples(version.version, version.commit)

    with publishing(numbers, process.samples), listening(None if numbers else settings.metrics_listen, collect):
        run_worker(settings)
