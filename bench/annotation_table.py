"""The table of the annotation store's figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from statistics import median

from bench.annotation_load import Answers
from bench.table import Row, report

DOCUMENT = Path(__file__).parent.parent / "docs" / "bench-annotations.md"


@dataclass(slots=True)
class Figures:
    """What was measured with so many annotations in the store, round by round; `filled` at how many per second."""

    total: int
    filled: float
    create: list[Answers] = field(default_factory=list)
    bare_inserts: list[float] = field(default_factory=list)
    bulk: list[float] = field(default_factory=list)
    bare_copy: list[float] = field(default_factory=list)
    page: list[Answers] = field(default_factory=list)
    region: list[Answers] = field(default_factory=list)
    text: list[Answers] = field(default_factory=list)


def describe_figures(found: Figures) -> str:
    """All of them in one line."""
    create, page, region, text = map(_middle, (found.create, found.page, found.region, found.text))
    bulk = f", bulk {median(found.bulk):.0f}/s, bare COPY {median(found.bare_copy):.0f}/s" if found.bulk else ""
    parts = (
        f"create {create.rate:.0f}/s, p99 {create.p99_ms:.1f} ms, {create.cpu_us:.0f} µs CPU",
        f"bare inserts {median(found.bare_inserts):.0f}/s",
        f"filled at {found.filled:.0f}/s{bulk}",
        f"page {page.rate:.0f}/s, p99 {page.p99_ms:.1f} ms, {page.cpu_us:.0f} µs CPU",
        f"region p50 {region.p50_ms:.1f}, p99 {region.p99_ms:.1f} ms",
        f"text p50 {text.p50_ms:.1f}, p99 {text.p99_ms:.1f} ms",
    )
    return f"{found.total:,}: {'; '.join(parts)}"


def report_figures(found: Sequence[Figures], exported: tuple[float, float], slice_size: int) -> int:
    """Prints the table and puts it into the document. Returns 0 where every bar is met."""
    last, before = found[-1], found[-2]
    create, page, region, text = map(_middle, (last.create, last.page, last.region, last.text))
    inserts = _ratio((each.rate for each in last.create), last.bare_inserts)
    rows = [
        Row("single create, 8 clients", create.rate, 800, _cpu(create), unit="/s"),
        Row("single create, p99", create.p99_ms, 40, f"p50 {create.p50_ms:.1f} ms", at_most=True, unit=" ms"),
        Row("single create against bare inserts", inserts, 0.3, _rate(median(last.bare_inserts))),
        Row("canvas page of 50", page.rate, 500, _cpu(page), unit="/s"),
        Row("canvas page, p99", page.p99_ms, 20, f"p50 {page.p50_ms:.1f} ms", at_most=True, unit=" ms"),
        Row("region search, p99", region.p99_ms, 40, f"p50 {region.p50_ms:.1f} ms", at_most=True, unit=" ms"),
        Row("text search, p99", text.p99_ms, 40, f"p50 {text.p50_ms:.1f} ms", at_most=True, unit=" ms"),
    ]
    if last.bulk:
        loaded = f"{slice_size:,} at once; all at {last.filled:,.0f}/s"
        against = _ratio(last.bulk, last.bare_copy)
        rows[3:3] = [
            Row("bulk load", median(last.bulk), 8000, loaded, unit="/s"),
            Row("bulk load against bare COPY", against, 0.45, _rate(median(last.bare_copy))),
        ]
    rows += [_growth(name, get, before, last) for name, get in _GROWING.items() if get(before)]
    if exported[0]:
        detail = f"{exported[0]:,.0f} annotations/s"
        rows.append(Row("memory after the export of all", exported[1], 300, detail, at_most=True, unit=" MB"))
    title = f"{last.total:,} annotations"
    notes = ["Growth is the time that something takes with all of them, against that with a tenth of them, in turn."]
    notes += [f"* {describe_figures(each)}" for each in found]
    return report(f"annotations-{last.total}", title, rows, notes, DOCUMENT)


_GROWING: dict[str, Callable[[Figures], list[float]]] = {
    "single create": lambda found: [1 / each.rate for each in found.create],
    "bulk load": lambda found: [1 / rate for rate in found.bulk],
    "canvas page": lambda found: [1 / each.rate for each in found.page],
    "region search, p99": lambda found: [each.p99_ms for each in found.region],
    "text search, p99": lambda found: [each.p99_ms for each in found.text],
}


def _growth(name: str, get: Callable[[Figures], list[float]], before: Figures, last: Figures) -> Row:
    grown = _ratio(get(last), get(before))
    return Row(f"growth of {name}", grown, 1.5, f"from {before.total:,} on", at_most=True)


def _ratio(ours: Iterable[float], theirs: Iterable[float]) -> float:
    """That of rounds in turn; further ones of either are left out."""
    return median(one / other for one, other in zip(ours, theirs, strict=False))


def _middle(rounds: Sequence[Answers]) -> Answers:
    """Each figure's median."""
    columns = zip(*(astuple(each) for each in rounds), strict=True)
    return Answers(*(median(column) for column in columns))


def _cpu(answers: Answers) -> str:
    return f"{answers.cpu_us:,.0f} µs CPU of the store each"


def _rate(rate: float) -> str:
    return f"{rate:,.0f}/s bare"
