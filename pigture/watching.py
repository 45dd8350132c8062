"""Progress on a terminal, and silence elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from pigture.ingesting import Watcher

if TYPE_CHECKING:
    from ingest.views import JobView

TAKING_IN_PART = 0.2
"""How much of a file's bar its copying takes; the rest is the conversion."""


class Silence:
    """Shows nothing."""

    def taking_in(self, path: Path, done: int, total: int) -> None:
        """Nothing."""

    def waiting(self, path: Path, job: JobView) -> None:
        """Nothing."""

    def finished(self, path: Path) -> None:
        """Nothing."""


class Bars:
    """A bar for each file at work; files that wait their turn are not shown."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[Path, TaskID] = {}

    def taking_in(self, path: Path, done: int, total: int) -> None:
        """Moves through the first part of the bar."""
        self._show(path, "reading", TAKING_IN_PART * done / max(total, 1))

    def waiting(self, path: Path, job: JobView) -> None:
        """Moves through the rest while the job runs."""
        if job.state == "running":
            self._show(path, "converting", TAKING_IN_PART + (1 - TAKING_IN_PART) * job.progress)
        elif path in self._tasks:
            self._progress.update(self._tasks[path], state="waiting", visible=len(self._tasks) == 1)

    def finished(self, path: Path) -> None:
        """Takes the bar away."""
        task = self._tasks.pop(path, None)
        if task is not None:
            self._progress.remove_task(task)

    def _show(self, path: Path, state: str, part: float) -> None:
        if path not in self._tasks:
            self._tasks[path] = self._progress.add_task(path.name, total=1.0, state=state)
        self._progress.update(self._tasks[path], completed=part, state=state, visible=True)


@contextmanager
def watching(console: Console) -> Iterator[Watcher]:
    """Bars on `console` where that is a terminal."""
    if not console.is_terminal:
        yield Silence()
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[state]}", style="dim"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bars(progress)
