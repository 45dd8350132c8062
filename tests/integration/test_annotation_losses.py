"""What happens to annotations when PostgreSQL is killed under the store: nothing that was acknowledged is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from annotation_store.migrate import migrate
from pigture.engines import EmbeddedPostgres, new_run_folder

pytestmark = pytest.mark.integration

TOKEN = {"authorization": "Bearer anna", "content-type": "application/ld+json"}


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A server that this test may kill."""
    server = EmbeddedPostgres(tmp_path / "cluster", new_run_folder(tmp_path))
    server.start()
    migrate(server.url)
    yield server
    server.stop()


def annotation(number: int) -> dict[str, Any]:
    return {
        "@context": "http://www.w3.org/ns/anno.jsonld",
        "type": "Annotation",
        "label": str(number),
        "target": f"http://example.org/canvas/{number % 7}",
    }


def write_on(url: str, acknowledged: dict[str, str], refused: list[httpx.Response], stop: threading.Event) -> None:
    """Makes annotations and changes each once, until told to stop; keeps what was acknowledged."""
    with httpx.Client(base_url=url, trust_env=False, timeout=30, headers=TOKEN) as client:
        number = 0
        while not stop.is_set():
            number += 1
            made = client.post("/annotations/default/", json=annotation(number))
            if made.status_code != 201:
                refused.append(made)
                time.sleep(0.05)
                continue
            iri = made.headers["location"]
            acknowledged[iri] = str(number)
            changed = client.put(iri, json=annotation(-number), headers={"if-match": made.headers["etag"]})
            if changed.status_code == 200:
                acknowledged[iri] = str(-number)
            else:
                refused.append(changed)
                acknowledged[iri] = "either"  # it may have been written before the answer was lost


def wait_for(condition: Callable[[], bool], within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_nothing_acknowledged_is_lost_when_postgresql_is_killed(
    own_postgres: EmbeddedPostgres, serve_store: Callable[..., Any]
) -> None:
    acknowledged: list[dict[str, str]] = [{} for _ in range(4)]
    refused: list[httpx.Response] = []
    stop = threading.Event()
    with serve_store(own_postgres.url, page_items=1000) as site:
        writers = [threading.Thread(target=write_on, args=(site.url, kept, refused, stop)) for kept in acknowledged]
        for writer in writers:
            writer.start()
        try:
            wait_for(lambda: sum(map(len, acknowledged)) > 40)
            assert own_postgres.process is not None
            own_postgres.process.kill()
            own_postgres.process.wait()
            wait_for(lambda: len(refused) > 3)
            own_postgres.start()
            written = sum(map(len, acknowledged))
            wait_for(lambda: sum(map(len, acknowledged)) > written + 40)
        finally:
            stop.set()
            for writer in writers:
                writer.join()
        assert {answer.status_code for answer in refused} == {503}
        assert {answer.headers["retry-after"] for answer in refused} == {"2"}
        wait_for(lambda: site.get("default/").status_code == 200)
        total = site.get("default/").json()["total"]
        kept = {iri: label for part in acknowledged for iri, label in part.items()}
        for iri, label in kept.items():
            found = site.get(iri)
            assert found.status_code == 200, iri
            assert label in ("either", found.json()["label"])
    with psycopg.connect(own_postgres.url) as connection:
        # The counts are those of the rows, whatever was cut off.
        rows = connection.execute(
            "select count(*), (select sum(total) from annotations.tally), (select count(*) from annotations.target),"
            " sum(version) - count(*) - (select count(*) from annotations.version) from annotations.annotation"
        ).fetchone()
    assert rows is not None
    assert rows[0] == rows[1] == rows[2] == total >= len(kept)
    assert rows[3] == 0


def test_a_store_starts_without_postgresql_and_finds_it_later(
    own_postgres: EmbeddedPostgres, serve_store: Callable[..., Any]
) -> None:
    own_postgres.stop()
    with serve_store(own_postgres.url) as site:
        answer = site.get("default/")
        assert site.problem(answer, 503, "store-unavailable")
        assert answer.headers["retry-after"] == "2"
        assert site.request("OPTIONS", "default/").status_code == 200
        assert site.client.get(f"{site.url}/health").status_code == 503
        own_postgres.start()
        wait_for(lambda: bool(site.get("default/").status_code == 200))
        assert site.client.get(f"{site.url}/health").status_code == 200
