"""The index made anew from the documents, and the commands that work on annotations."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from annotation_store.database import Database
from annotation_store.interning import Interner
from annotation_store.reindexing import Reindexer

pytestmark = pytest.mark.integration
Site = Any

_INDEX = """
select a.id, a.words, a.tags, a.motivations, a.body_types, a.creators, a.within, a.reply_to, a.version,
    a.changed::text,
    (select array_agg((t.*)::text order by t.position) from annotations.target t where t.annotation = a.id)
from annotations.annotation a order by a.id
"""


def index_of(url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(_INDEX).fetchall()


def reindex(url: str, container: str | None = None) -> list[int]:
    told: list[int] = []

    async def run() -> None:
        database = Database(url)
        await database.open()
        try:
            await Reindexer(database, Interner()).run(container, told.append)
        finally:
            await database.close()

    asyncio.run(run())
    return told


def fill(site: Site) -> list[str]:
    target = {
        "source": {"id": "https://e.org/canvas/1", "type": "Canvas", "partOf": "https://e.org/manifest"},
        "selector": {"type": "SvgSelector", "value": "<svg><circle cx='9' cy='9' r='5'/></svg>"},
    }
    tag = {"type": "TextualBody", "purpose": "tagging", "value": "Ёлка"}
    first = site.made(document=site.annotation(target=[target, "https://e.org/film#t=1,2"], body=[tag]))
    reply = site.annotation(motivation="replying", target=first.headers["location"])
    gone = site.made(document=reply)
    site.request("DELETE", gone.headers["location"], if_match=gone.headers["etag"])
    lines = "\n".join([json.dumps(reply)] * 120).encode()
    answer = site.request("POST", "default/bulk", content=lines, content_type="application/x-ndjson")
    return [first.headers["location"], *(json.loads(line)["id"] for line in answer.text.splitlines()[:-1])]


def test_a_reindexed_row_is_as_a_fresh_one(store_url: str, serve_store: Callable[..., Any]) -> None:
    with serve_store(store_url) as site:
        fill(site)
    fresh = index_of(store_url)
    with psycopg.connect(store_url) as connection:
        connection.execute(
            "update annotations.annotation set words = null, tags = '{x}', within = null, creators = null,"
            " reply_to = null, motivations = null, body_types = null where deleted is null"
        )
        connection.execute("delete from annotations.target")
    assert index_of(store_url) != fresh
    assert reindex(store_url) == [100, 121]
    assert index_of(store_url) == fresh
    assert reindex(store_url, "nothing") == []


def test_writers_and_a_reindex_do_each_other_no_harm(store_url: str, serve_store: Callable[..., Any]) -> None:
    with serve_store(store_url) as site:
        iris = fill(site)
        stop = threading.Event()

        def write() -> None:
            while not stop.is_set():
                for iri in iris[:20]:
                    document = {**site.annotation(), "body": {"type": "TextualBody", "value": "changed"}}
                    tag = site.get(iri).headers["etag"]
                    statuses.add(site.request("PUT", iri, json=document, if_match=tag).status_code)

        statuses: set[int] = set()
        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(3):
                reindex(store_url)
        finally:
            stop.set()
            writer.join()
        assert statuses == {200}
    written = index_of(store_url)
    reindex(store_url)
    assert index_of(store_url) == written


def test_the_commands_import_export_reindex_and_purge(pigture_server: Any, tmp_path: Path) -> None:
    document = {
        "@context": "http://www.w3.org/ns/anno.jsonld",
        "type": "Annotation",
        "creator": {"type": "Person", "name": "Анна"},
        "target": "https://e.org/canvas/command#xywh=1,2,3,4",
    }
    source = tmp_path / "in.ndjson"
    source.write_text("\n".join([json.dumps(document)] * 3))
    done = pigture_server.command("annotations", "import", "default", source)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "3 created, 0 updated, 0 deleted, 0 failed\n"
    output = tmp_path / "out.geojson"
    canvas = "https://e.org/canvas/command"
    done = pigture_server.command(
        "annotations", "export", "default", "--format", "geojson", "--canvas", canvas, "--output", output
    )
    assert (done.returncode, done.stderr) == (0, "")
    features = json.loads(output.read_text())["features"]
    assert len(features) == 3
    done = pigture_server.command("annotations", "export", "default")
    exported = [json.loads(line) for line in done.stdout.splitlines()]
    assert [item["creator"] for item in exported if item["target"] == document["target"]] == [document["creator"]] * 3
    path = features[0]["id"].removeprefix(pigture_server.url)
    assert pigture_server.get(path).status_code == 200
    done = pigture_server.command("annotations", "purge", "default", path.rpartition("/")[2])
    assert (done.returncode, done.stderr) == (0, "")
    assert pigture_server.get(path).status_code == 410
    assert pigture_server.command("annotations", "reindex").stdout.startswith("Reindexed ")


def test_commands_say_what_is_wrong(pigture_server: Any, tmp_path: Path) -> None:
    source = tmp_path / "in.ndjson"
    source.write_text(
        '{"@context":"http://www.w3.org/ns/anno.jsonld","type":"Annotation","target":"urn:x"}\nnonsense\n'
    )
    done = pigture_server.command("annotations", "import", "default", source, "--transaction")
    assert done.returncode == 1
    assert "nothing was written" in done.stderr
    assert "Line 2" in done.stderr
    done = pigture_server.command("annotations", "export", "nowhere")
    assert done.returncode == 1
    assert "no container" in done.stderr
    assert done.stderr.count("\n") == 1
