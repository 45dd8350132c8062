"""Numbers of the processes behind one port: each writes its own to a file, and one of them reads all.

A process that is started again goes on counting where its file stands, so that no sum ever falls.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

from config.metrics import Samples, format_samples, merge_samples, only_counters, parse_samples

EVERY_S = 1.0
_log = logging.getLogger(__name__)


@contextmanager
def publishing(path: Path | None, collect: Callable[[], Samples]) -> Iterator[None]:
    """Writes what `collect` gives to `path` every second, and once more at the end; nothing without a path."""
    if path is None:
        yield
        return
    before = only_counters(_read(path))
    stop = Event()

    def publish_regularly() -> None:
        while not stop.wait(EVERY_S):
            _write(path, merge_samples((before, collect())))

    _write(path, merge_samples((before, collect())))
    thread = Thread(target=publish_regularly, name="numbers", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        _write(path, merge_samples((before, collect())))


def read_published(folder: Path | None) -> Samples:
    """The sum of everything that was published in the folder."""
    if folder is None:
        return {}
    return merge_samples(_read(path) for path in sorted(folder.glob("*.json")))


def _read(path: Path) -> Samples:
    try:
        return parse_samples(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError) as exc:
        _log.warning("%s cannot be read: %s", path, exc)
        return {}


def _write(path: Path, samples: Samples) -> None:
    # A reader sees the old file or the new one.
    fresh = path.with_suffix(".new")
    with suppress(OSError):  # the folder goes away with the supervisor, and numbers are worth no failure
        fresh.write_bytes(format_samples(samples))
        fresh.replace(path)
