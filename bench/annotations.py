"""The annotation store over HTTP at a hundredth, a tenth and the whole of BENCH_ROWS annotations."""

from __future__ import annotations

import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from annotation_store.migrate import migrate as migrate_annotations
from bench.annotation_bare import copy_rate, insert_rate
from bench.annotation_corpus import BIG, SIDE, canvas_count, canvas_iri, document, lines, words
from bench.annotation_load import Answers, ask
from bench.rig import Rig, family, listen_tcp
from bench.servers import wait_for_health
from bench.table import Row, report
from ingest.migrate import migrate as migrate_catalog
from pigture.engines import EmbeddedPostgres, new_run_folder

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "6"))
ROUNDS = 3
SLICE = 20_000
DOCUMENT = Path(__file__).parent.parent / "docs" / "bench-annotations.md"
_EXTRA = 500_000_000
"""Numbers of annotations that are made one by one, on canvases of their own."""


@dataclass(frozen=True, slots=True)
class Site:
    """A running store."""

    folder: Path
    port: int
    pids: tuple[int, ...]
    token: str
    database_url: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured with so many annotations in the store."""

    total: int
    create: Answers
    bare_inserts: float
    bulk: float
    bare_copy: float
    page: Answers
    region: Answers
    text: Answers


def main() -> int:
    """Prints the table. Returns 0 where every bar is met."""
    sizes = [ROWS // 100, ROWS // 10, ROWS]
    found: list[Figures] = []
    exported = (0.0, 0.0)
    for size in sizes:
        with _site() as site:
            _load(site, 1, size + 1 - 2 * SLICE if size > 3 * SLICE else size + 1, size)
            found.append(_measure(site, size))
            print(_line(found[-1]), flush=True)
            if size == ROWS:
                exported = _export(site)
    return _report(found, exported)


@contextmanager
def _site() -> Iterator[Site]:
    with Rig() as rig:
        engine = EmbeddedPostgres(rig.folder / "postgres", new_run_folder(rig.folder))
        engine.start()
        try:
            migrate_catalog(engine.url)
            migrate_annotations(engine.url)
            environment = {
                "PIGTURE_DATABASE_URL": engine.url,
                "PIGTURE_STORAGE": (rig.folder / "storage").as_uri(),
                "PIGTURE_REDIS_URL": "redis://127.0.0.1:1",  # nothing is queued
                "PIGTURE_DATA": str(rig.folder / "data"),
                "PIGTURE_ANNOTATION_RATE_PER_S": "0",
                "PIGTURE_LOG_LEVEL": "warning",
            }
            argv = [
                sys.executable,
                "-m",
                "pigture",
                "token",
                "create",
                "--name",
                "bench",
                "--role",
                "curate",
                "--json",
            ]
            told = subprocess.run(argv, env={**os.environ, **environment}, check=True, capture_output=True, text=True)
            listener = listen_tcp()
            descriptor = listener.fileno()
            argv = [sys.executable, "-m", "pigture", "annotation-store", "--fd", str(descriptor)]
            process = rig.start(argv, environment=environment, descriptors=(descriptor,), pinned=False)
            port = int(listener.getsockname()[1])
            wait_for_health(port)
            yield Site(rig.folder, port, (process.pid,), json.loads(told.stdout)["token"], engine.url)
        finally:
            engine.stop()


def _load(site: Site, start: int, stop: int, total: int) -> float:
    """Loads annotations of `total` by bulk requests. Returns how many per second."""
    taken = 0.0
    for first in range(start, stop, 50_000):
        batch = b"".join(lines(first, min(first + 50_000, stop), total))
        began = time.perf_counter()
        _bulk(site, batch)
        taken += time.perf_counter() - began
    return (stop - start) / max(taken, 1e-9)


def _bulk(site: Site, body: bytes) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=600)
    headers = {"Authorization": f"Bearer {site.token}", "Content-Type": "application/x-ndjson"}
    connection.request("POST", "/annotations/default/bulk?mode=lines", body, headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status != 200 or b'"failed":0' not in text.replace(b" ", b""):
        raise SystemExit(f"bulk: {answer.status} {text[-500:]!r}")


def _measure(site: Site, size: int) -> Figures:
    bulk, bare_copy = [], []
    for number in range(2):
        if size > 3 * SLICE:
            first = size + 1 - (2 - number) * SLICE
            bulk.append(_load(site, first, first + SLICE, size))
            bare_copy.append(copy_rate(site.database_url, SLICE))
    with psycopg.connect(site.database_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    page = _asked(site, "pages", _pages(size), 4)
    region = _asked(site, "regions", _regions(), 1)
    text = _asked(site, "texts", _texts(), 1)
    created, inserted = [], []
    for number in range(ROUNDS):
        start = size + number * 100_000
        created.append(_asked(site, "creations", _creations(start), 8, site.token))
        inserted.append(insert_rate(site.database_url, SECONDS, 8))
    middle = sorted(created, key=lambda answers: answers.rate)[ROUNDS // 2]
    return Figures(
        size,
        middle,
        statistics.median(inserted),
        statistics.median(bulk) if bulk else 0.0,
        statistics.median(bare_copy) if bare_copy else 0.0,
        page,
        region,
        text,
    )


def _asked(site: Site, name: str, requests: list[dict[str, str]], clients: int, token: str | None = None) -> Answers:
    file = site.folder / f"{name}.txt"
    file.write_text("\n".join(json.dumps(request) for request in requests))
    pids = tuple(family(site.pids[0]))
    ask(site.port, token, file, 1, clients, pids)
    answers = ask(site.port, token, file, SECONDS, clients, pids, len(requests) // 2)
    if answers.errors:
        raise SystemExit(f"{answers.errors} errors of {name}")
    return answers


def _pages(size: int) -> list[dict[str, str]]:
    rng = random.Random(2)
    chosen = [rng.randrange(canvas_count(size)) for _ in range(20_000)]
    return [{"path": f"/iiif/annotations/3/default/page?canvas={quote(canvas_iri(n), safe='')}"} for n in chosen]


def _regions() -> list[dict[str, str]]:
    rng = random.Random(3)
    paths = []
    for _ in range(5000):
        side = rng.uniform(0.05, 0.2) * SIDE
        x, y = rng.uniform(0, SIDE - side), rng.uniform(0, SIDE - side)
        region = f"{x:.0f},{y:.0f},{side:.0f},{side:.0f}"
        paths.append(f"/annotations/default/?target={quote(BIG, safe='')}&region={region}&limit=100")
    return [{"path": path} for path in paths]


def _texts() -> list[dict[str, str]]:
    rng = random.Random(4)
    paths = []
    for number in range(5000):
        text = words(rng, 1 + number % 2)
        text = f"{text[:-3]}*" if number % 3 == 0 else text
        paths.append(f"/annotations/default/?text={quote(text)}&limit=20")
    return [{"path": path} for path in paths]


def _creations(start: int) -> list[dict[str, str]]:
    found = []
    for number in range(20_000):
        canvas = f"https://bench.example/extra/{(start + number) // 50}"
        text = json.dumps(document(_EXTRA + start + number, canvas), ensure_ascii=False)
        found.append({"path": "/annotations/default/", "body": text})
    return found


def _export(site: Site) -> tuple[float, float]:
    """Annotations per second, and the store's greatest memory in MB."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=600)
    connection.request("GET", "/annotations/default/export", headers={"Authorization": f"Bearer {site.token}"})
    answer = connection.getresponse()
    count = 0
    while piece := answer.read(1 << 20):
        count += piece.count(b"\n")
    if answer.status != 200:
        return 0.0, 0.0
    status = Path(f"/proc/{site.pids[0]}/status").read_text()
    peak_kb = int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
    return count / (time.perf_counter() - began), peak_kb / 1000


def _line(found: Figures) -> str:
    create, page, region, text = found.create, found.page, found.region, found.text
    parts = (
        f"create {create.rate:.0f}/s, p99 {create.p99_ms:.1f} ms, {create.cpu_us:.0f} µs CPU",
        f"bare inserts {found.bare_inserts:.0f}/s",
        f"bulk {found.bulk:.0f}/s, bare COPY {found.bare_copy:.0f}/s",
        f"page {page.rate:.0f}/s, p99 {page.p99_ms:.1f} ms, {page.cpu_us:.0f} µs CPU",
        f"region p50 {region.p50_ms:.1f}, p99 {region.p99_ms:.1f} ms",
        f"text p50 {text.p50_ms:.1f}, p99 {text.p99_ms:.1f} ms",
    )
    return f"{found.total:,}: {'; '.join(parts)}"


def _report(found: list[Figures], exported: tuple[float, float]) -> int:
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
            Row("bulk load", last.bulk, 8000, f"{SLICE:,} at once", unit="/s"),
            Row("bulk load against bare COPY", last.bulk / last.bare_copy, 0.45, _rate(last.bare_copy)),
        ]
    rows += [_growth(name, get, before, last) for name, get in _GROWING.items() if get(before)]
    if exported[0]:
        detail = f"{exported[0]:,.0f} annotations/s"
        rows.append(Row("memory after the export of all", exported[1], 300, detail, at_most=True, unit=" MB"))
    title = f"{last.total:,} annotations"
    notes = ["Growth is the time that something takes with all of them, against that with a tenth of them."]
    notes += [f"* {_line(each)}" for each in found]
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
