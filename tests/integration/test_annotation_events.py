"""Live changes of a container by Server-Sent Events, on a real PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from annotation_store.migrate import migrate
from pigture.engines import EmbeddedPostgres

pytestmark = pytest.mark.integration
Site = Any
ANNOTATION = {"@context": "http://www.w3.org/ns/anno.jsonld", "type": "Annotation", "target": "https://e.org/1"}
Event = tuple[str, dict[str, Any], str]


@pytest.fixture(scope="module")
def site(annotation_site: Site) -> Site:
    return annotation_site


@contextmanager
def listening(site: Site, container: str, token: str | None = None, **headers: str) -> Iterator[Iterator[Event]]:
    """The stream's events as (event, data, id); entered when the stream has begun."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if token is not None:
        named["authorization"] = f"Bearer {token}"
    url = f"{site.url}/annotations/{container}/events"
    with site.client.stream("GET", url, headers=named, timeout=20) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        lines = answer.iter_lines()
        assert next(lines).startswith("retry:")
        yield _events(lines)


def _events(lines: Iterator[str]) -> Iterator[Event]:
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        else:
            if "event" in fields:
                yield fields["event"], json.loads(fields["data"]), fields["id"]
            fields = {}


def test_changes_are_told_as_they_happen(site: Site) -> None:
    name = site.container()
    with listening(site, name) as events:
        made = site.made(name)
        event, data, _ = next(events)
        iri = made.headers["location"]
        assert (event, data["id"], data["version"]) == ("create", iri, 1)
        assert data["etag"] == site.get(iri, accept_encoding="identity").headers["etag"]
        changed = site.request("PUT", iri, json=site.annotation(), if_match=data["etag"])
        event, data, _ = next(events)
        assert (event, data["etag"].replace("-j", "")) == (
            "update",
            changed.headers["etag"].replace("-j", "").replace("-gzip", ""),
        )
        site.request("DELETE", iri, if_match=data["etag"])
        event, data, _ = next(events)
        assert (event, data["id"]) == ("delete", iri)


def test_a_stream_resumes_where_it_broke_off(site: Site) -> None:
    name = site.container()
    with listening(site, name) as events:
        site.made(name)
        _, _, place = next(events)
    missed = [site.made(name).headers["location"] for _ in range(3)]
    with listening(site, name, last_event_id=place) as events:
        assert [next(events)[1]["id"] for _ in missed] == missed
        later = site.made(name).headers["location"]
        assert next(events)[1]["id"] == later
    with listening(site, name, last_event_id="99999999999-1") as events:  # of another history
        latest = site.made(name).headers["location"]
        assert next(events)[1]["id"] == latest


def test_drafts_are_told_to_those_who_see_them(site: Site) -> None:
    name = site.container()
    with listening(site, name, "boris") as others, listening(site, name, "curator") as curator:
        draft = site.made(name, review_state="draft")
        path = draft.headers["location"]
        after = site.made(name).headers["location"]
        assert [next(curator)[1]["id"] for _ in range(2)] == [path, after]
        assert next(others)[1]["id"] == after
        for state, seen, told in (("in_review", "update", "update"), ("draft", "update", "delete")):
            tag = site.get(f"{path}/review").headers["etag"]
            site.request("PUT", f"{path}/review", json={"state": state}, if_match=tag)
            assert next(curator)[::2][0] == seen
            event, data, _ = next(others)
            assert (event, data["id"]) == (told, path)


def test_a_running_transaction_hides_nothing_that_comes_after_it(site: Site) -> None:
    name = site.container()
    with listening(site, name) as events, psycopg.connect(site.database_url) as connection:
        # It has its place in the order already, and what is written meanwhile waits for it.
        [number] = connection.execute("select id from annotations.container where name = %s", (name,)).fetchone() or [
            0
        ]
        connection.execute(
            "insert into annotations.annotation (container, name, state, creator, editor, action, document)"
            " values (%s, 'slow', 'accepted', 'x', 'x', 'create', '{}')",
            (number,),
        )
        made = site.made(name).headers["location"]
        connection.commit()
        assert [next(events)[1]["id"].rpartition("/")[2] for _ in range(2)] == ["slow", made.rpartition("/")[2]]


def test_streams_are_for_those_who_may_read(site: Site) -> None:
    name = site.container(visibility="private")
    assert site.get(f"{name}/events", token=None).status_code == 401
    assert site.get(f"{name}/events", token="boris").status_code == 403
    assert site.request("HEAD", f"{name}/events", token="curator").status_code == 200
    assert site.get(f"{name}/events?x=1", token="curator").status_code == 400
    site.problem(site.request("POST", f"{name}/events", token="curator"), 405, "method-not-allowed")


def test_a_stream_outlives_a_restart_of_postgresql(
    tmp_path: Path, engine_run_folder: Path, serve_store: Callable[..., Any]
) -> None:
    server = EmbeddedPostgres(tmp_path / "cluster", engine_run_folder / "other")
    (engine_run_folder / "other").mkdir()
    server.start()
    try:
        migrate(server.url)
        with serve_store(server.url) as site, listening(site, "default") as events:
            first = site.made().headers["location"]
            assert next(events)[1]["id"] == first
            server.stop()
            assert site.post("default", site.annotation()).status_code == 503
            server.start()
            for _ in range(200):
                answer = site.post("default", site.annotation())
                if answer.status_code == 201:
                    break
            assert next(events)[1]["id"] == answer.headers["location"]
    finally:
        server.stop()


def test_streams_and_bulk_requests_pass_the_proxy_of_the_image_workers(pigture_server: Any) -> None:
    base = f"{pigture_server.url}/annotations/default"
    headers = {"authorization": f"Bearer {pigture_server.token()}", "content-type": "application/x-ndjson"}
    line = json.dumps(ANNOTATION).encode() + b"\n"
    with (
        httpx.Client(trust_env=False, timeout=30) as client,
        client.stream("GET", f"{base}/events") as stream,
    ):
        lines = stream.iter_lines()
        assert next(lines).startswith("retry:")
        report = client.post(f"{base}/bulk", content=iter([line] * 900), headers=headers)
        told = [json.loads(text) for text in report.text.splitlines()]
        assert told[-1]["summary"]["created"] == 900
        events = _events(lines)
        assert {next(events)[1]["id"] for _ in range(900)} == {item["id"] for item in told[:-1]}
        exported = client.get(f"{base}/export").text.splitlines()
        assert {json.loads(text)["id"] for text in exported} >= {item["id"] for item in told[:-1]}
