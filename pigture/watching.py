"""Progress on a terminal, and silence elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from pigture.ingesting import Watcher
from pigture.output import complain, print_line

if TYPE_CHECKING:
    from ingest.views import JobView

TAKING_IN_PART = 0.2
"""How much of a file's bar its copying takes; the rest is the conversion."""


class Silence:
    """Shows nothing but what is said."""

    def say(self, line: str) -> None:
        """A result, on standard output."""
        print_line(Console(), line)

    def complain(self, line: str) -> None:
        """A fault, on standard error."""
        complain(line)

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

    def say(self, line: str) -> None:
        """A result: above the bars where they share the terminal."""
        out = Console()
        if out.is_terminal:
            self._above(line)
        else:
            print_line(out, line)

    def complain(self, line: str) -> None:
        """A fault, above the bars."""
        self._above(line)

    def _above(self, line: str) -> None:
        # soft_wrap: the terminal breaks long lines, so that addresses can be copied whole.
        self._progress.console.print(line, soft_wrap=True, markup=False, highlight=False)

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
    # Not redirected: standard output may be a file, and the bars are on standard error.
    with Progress(
        *columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False
    ) as progress:
        yield Bars(progress)
