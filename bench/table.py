"""Rows of the tables: printed, ratio first, and kept in docs/bench.md between marks of each bench's name."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.load import Sample, Target, measure

ROUNDS = 5
DOCUMENT = Path(__file__).parent.parent / "docs" / "bench.md"


@dataclass(frozen=True, slots=True)
class Row:
    """A figure, and the bar that it is to reach, if there is one."""

    name: str
    value: float
    bar: float | None
    detail: str
    at_most: bool = False
    unit: str = "x"

    @property
    def met(self) -> bool:
        """Whether the bar is reached."""
        return self.bar is None or (self.value <= self.bar if self.at_most else self.value >= self.bar)

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """What stands in the columns of the table."""
        bar = "" if self.bar is None else f"{'at most ' if self.at_most else ''}{self.bar:g}{self.unit}"
        verdict = "" if self.bar is None else ("met" if self.met else "MISSED")
        return f"{self.value:.2f}{self.unit}", bar, verdict, self.name, self.detail


def interleave(targets: Sequence[Target], seconds: float, rounds: int = ROUNDS) -> dict[str, list[Sample]]:
    """Every target in each round, one after the other; each round goes on where the last one ended."""
    samples: dict[str, list[Sample]] = {target.name: [] for target in targets}
    # What was asked for while warming up is not asked again: it may be kept somewhere.
    start = max(int(measure(target, 1, 0).rate) for target in targets) + 1
    for _ in range(rounds):
        for target in targets:
            samples[target.name].append(measure(target, seconds, start))
        start += max(int(samples[target.name][-1].rate * seconds) for target in targets)
    return samples


def median(samples: Sequence[Sample], what: Callable[[Sample], float]) -> float:
    """The middle of the rounds."""
    return statistics.median(what(sample) for sample in samples)


def ratio(
    ours: Sequence[Sample], theirs: Sequence[Sample], what: Callable[[Sample], float] = lambda s: s.rate
) -> float:
    """The median of the ratios, round by round."""
    return statistics.median(what(a) / max(what(b), 1e-9) for a, b in zip(ours, theirs, strict=True))


def describe(samples: Sequence[Sample]) -> str:
    """Rate, processor time and size of a target's answers in words."""
    errors = sum(sample.errors for sample in samples)
    text = f"{median(samples, lambda s: s.rate):,.0f}/s, {median(samples, lambda s: s.cpu_us):,.0f} µs CPU"
    text += f", {median(samples, lambda s: s.bytes_each) / 1000:.1f} kB"
    return text + (f", {errors} ERRORS" if errors else "")


def report(bench: str, title: str, rows: Sequence[Row], notes: Sequence[str] = (), document: Path = DOCUMENT) -> int:
    """Prints the rows and writes them down. Returns 0 where every bar is met, else 1."""
    print(f"\n{title}")
    for row in rows:
        value, bar, verdict, name, detail = row.cells
        print(f"  {value:>10}  {bar:>16}  {verdict:6}  {name}  ({detail})")
    for note in notes:
        print(f"  {note}")
    _write(bench, title, rows, notes, document)
    return 0 if all(row.met for row in rows) else 1


def _write(bench: str, title: str, rows: Sequence[Row], notes: Sequence[str], document: Path) -> None:
    lines = [f"## {title}", "", "| figure | must reach | | what | of |", "|---|---|---|---|---|"]
    lines += [f"| {' | '.join(row.cells)} |" for row in rows]
    lines += ["", *(f"{note}  " for note in notes), "", f"Measured {datetime.now(UTC):%Y-%m-%d}.", ""]
    text = document.read_text(encoding="utf-8")
    begin, end = f"<!-- {bench} -->", f"<!-- /{bench} -->"
    block = "\n".join((begin, *lines, end))
    if begin in text:
        text = re.sub(f"{re.escape(begin)}.*{re.escape(end)}", lambda _: block, text, flags=re.DOTALL)
    else:
        text = f"{text.rstrip()}\n\n{block}\n"
    document.write_text(text, encoding="utf-8")
