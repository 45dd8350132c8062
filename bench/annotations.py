"""The annotation store over HTTP at a hundredth, a tenth and the whole of BENCH_ROWS annotations."""

from __future__ import annotations

import http.client
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from annotation_store.migrate import migrate as migrate_annotations
from bench.annotation_bare import copy_rate, insert_rate
from bench.annotation_corpus import BIG, SIDE, canvas_count, canvas_iri, document, lines, words
from bench.annotation_load import Answers, ask
from bench.annotation_table import Figures, describe_figures, report_figures
from bench.rig import Rig, family, listen_tcp
from bench.servers import wait_for_health
from ingest.migrate import migrate as migrate_catalog
from pigture.engines import EmbeddedPostgres, new_run_folder

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "6"))
ROUNDS = 3
SLICE = 20_000
BULK_ROUNDS = 5
"""Of loads of SLICE, and of bare COPY, in turn; fewer where they would be more than two fifths of all."""
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


def main() -> int:
    """Prints the table. Returns 0 where every bar is met."""
    with _site() as smallest:
        found = [*_measure([_fill(smallest, ROWS // 100)])]
    # What should hardly grow is measured side by side: a machine's speed drifts by more within minutes.
    with _site() as smaller, _site() as largest:
        found += _measure([_fill(smaller, ROWS // 10), _fill(largest, ROWS)])
        exported = _export(largest)
    return report_figures(found, exported, SLICE)


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


def _bulk_rounds(size: int) -> int:
    return min(BULK_ROUNDS, size * 2 // 5 // SLICE)


def _settle(site: Site) -> None:
    """What was written is on the disk, and nobody tidies up behind it any more while something else is measured."""
    with psycopg.connect(site.database_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _fill(site: Site, size: int) -> tuple[Site, Figures]:
    """All but what is loaded while it is measured."""
    filled = _load(site, 1, size + 1 - _bulk_rounds(size) * SLICE, size)
    _settle(site)
    return site, Figures(size, filled)


def _measure(filled: Sequence[tuple[Site, Figures]]) -> list[Figures]:
    """Each round goes through all stores."""
    for number in range(BULK_ROUNDS):
        for site, found in filled:
            if number < (rounds := _bulk_rounds(found.total)):
                first = found.total + 1 - (rounds - number) * SLICE
                found.bulk.append(_load(site, first, first + SLICE, found.total))
                found.bare_copy.append(copy_rate(site.database_url, SLICE))
    for site, _ in filled:
        _settle(site)
    for number in range(ROUNDS):
        for site, found in filled:
            found.page.append(_asked(site, "pages", _pages(found.total), number, 4))
            found.region.append(_asked(site, "regions", _regions(), number, 1))
            found.text.append(_asked(site, "texts", _texts(), number, 1))
    for number in range(ROUNDS):
        for site, found in filled:
            found.create.append(_asked(site, "creations", _creations(found.total), number, 8, site.token))
            found.bare_inserts.append(insert_rate(site.database_url, SECONDS, 8))
    for _, found in filled:
        print(describe_figures(found), flush=True)
    return [found for _, found in filled]


def _asked(
    site: Site, name: str, requests: list[dict[str, str]], number: int, clients: int, token: str | None = None
) -> Answers:
    """In each round others of the requests; none is asked again, for its answer would be at hand."""
    file = site.folder / f"{name}.txt"
    file.write_text("\n".join(json.dumps(request) for request in requests))
    pids = tuple(family(site.pids[0]))
    part = len(requests) // (2 * ROUNDS)
    ask(site.port, token, file, 1, clients, pids, 2 * number * part)
    answers = ask(site.port, token, file, SECONDS, clients, pids, (2 * number + 1) * part)
    if answers.errors:
        raise SystemExit(f"{answers.errors} errors of {name}")
    return answers


def _pages(size: int) -> list[dict[str, str]]:
    rng = random.Random(2)
    chosen = [rng.randrange(canvas_count(size)) for _ in range(40_000)]
    return [{"path": f"/iiif/annotations/3/default/page?canvas={quote(canvas_iri(n), safe='')}"} for n in chosen]


def _regions() -> list[dict[str, str]]:
    rng = random.Random(3)
    paths = []
    for _ in range(15_000):
        side = rng.uniform(0.05, 0.2) * SIDE
        x, y = rng.uniform(0, SIDE - side), rng.uniform(0, SIDE - side)
        region = f"{x:.0f},{y:.0f},{side:.0f},{side:.0f}"
        paths.append(f"/annotations/default/?target={quote(BIG, safe='')}&region={region}&limit=100")
    return [{"path": path} for path in paths]


def _texts() -> list[dict[str, str]]:
    rng = random.Random(4)
    paths = []
    for number in range(15_000):
        text = words(rng, 1 + number % 2)
        text = f"{text[:-3]}*" if number % 3 == 0 else text
        paths.append(f"/annotations/default/?text={quote(text)}&limit=20")
    return [{"path": path} for path in paths]


def _creations(start: int) -> list[dict[str, str]]:
    found = []
    for number in range(60_000):
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
