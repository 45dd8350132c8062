"""The table of the annotation store's figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.annotation_load import Answers
from bench.table import Row, report

DOCUMENT = Path(__file__).parent.parent / "docs" / "bench-annotations.md"


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured with so many annotations in the store."""

    total: int
    create: Answers
    bare_inserts: float
    filled: float
    bulk: float
    bare_copy: float
    bulk_ratio: float
    page: Answers
    region: Answers
    text: Answers


def describe_figures(found: Figures) -> str:
    """All of them in one line."""
    create, page, region, text = found.create, found.page, found.region, found.text
    parts = (
        f"create {create.rate:.0f}/s, p99 {create.p99_ms:.1f} ms, {create.cpu_us:.0f} µs CPU",
        f"bare inserts {found.bare_inserts:.0f}/s",
        f"filled at {found.filled:.0f}/s, bulk {found.bulk:.0f}/s, bare COPY {found.bare_copy:.0f}/s",
        f"page {page.rate:.0f}/s, p99 {page.p99_ms:.1f} ms, {page.cpu_us:.0f} µs CPU",
        f"region p50 {region.p50_ms:.1f}, p99 {region.p99_ms:.1f} ms",
        f"text p50 {text.p50_ms:.1f}, p99 {text.p99_ms:.1f} ms",
    )
    return f"{found.total:,}: {'; '.join(parts)}"


def report_figures(found: Sequence[Figures], exported: tuple[float, float], slice_size: int) -> int:
    """Prints the table and puts it into the document. Returns 0 where every bar is met."""
    last, before = found[-1], found[-2]
    rows = [
        Row("single create, 8 clients", last.create.rate, 800, _cpu(last.create), unit="/s"),
        Row(
            "single create, p99", last.create.p99_ms, 40, f"p50 {last.create.p50_ms:.1f} ms", at_most=True, unit=" ms"
        ),
        Row(
            "single create against bare inserts", last.create.rate / last.bare_inserts, 0.3, _rate(last.bare_inserts)
        ),
        Row("canvas page of 50", last.page.rate, 500, _cpu(last.page), unit="/s"),
        Row("canvas page, p99", last.page.p99_ms, 20, f"p50 {last.page.p50_ms:.1f} ms", at_most=True, unit=" ms"),
        Row(
            "region search, p99", last.region.p99_ms, 40, f"p50 {last.region.p50_ms:.1f} ms", at_most=True, unit=" ms"
        ),
        Row("text search, p99", last.text.p99_ms, 40, f"p50 {last.text.p50_ms:.1f} ms", at_most=True, unit=" ms"),
    ]
    if last.bulk:
        rows[3:3] = [
            Row("bulk load", last.bulk, 8000, f"{slice_size:,} at once; all at {last.filled:,.0f}/s", unit="/s"),
            Row("bulk load against bare COPY", last.bulk_ratio, 0.45, _rate(last.bare_copy)),
        ]
    rows += [_growth(name, get, before, last) for name, get in _GROWING.items() if get(before)]
    if exported[0]:
        detail = f"{exported[0]:,.0f} annotations/s"
        rows.append(Row("memory after the export of all", exported[1], 300, detail, at_most=True, unit=" MB"))
    title = f"{last.total:,} annotations"
    notes = ["Growth is the time that something takes with all of them, against that with a tenth of them."]
    notes += [f"* {describe_figures(each)}" for each in found]
    return report(f"annotations-{last.total}", title, rows, notes, DOCUMENT)


_GROWING: dict[str, Callable[[Figures], float]] = {
    "single create": lambda found: 1 / found.create.rate,
    "bulk load": lambda found: 1 / found.bulk if found.bulk else 0.0,
    "canvas page": lambda found: 1 / found.page.rate,
    "region search, p99": lambda found: found.region.p99_ms,
    "text search, p99": lambda found: found.text.p99_ms,
}


def _growth(name: str, get: Callable[[Figures], float], before: Figures, last: Figures) -> Row:
    return Row(f"growth of {name}", get(last) / get(before), 1.5, f"from {before.total:,} on", at_most=True)


def _cpu(answers: Answers) -> str:
    return f"{answers.cpu_us:,.0f} µs CPU of the store each"


def _rate(rate: float) -> str:
    return f"{rate:,.0f}/s bare"
