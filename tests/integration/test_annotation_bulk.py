"""Bulk requests over HTTP on a real PostgreSQL: many lines in, a report out, nothing half done."""

from __future__ import annotations

import asyncio
import itertools
import json
import multiprocessing
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from annotation_store.bulk_repository import BulkRepository
from annotation_store.creation import CreationPolicy
from annotation_store.documents import DocumentLimits
from annotation_store.http.bulk_pool import PreparingPool
from annotation_store.http.bulk_preparing import LineTask
from annotation_store.query import ReviewState

pytestmark = pytest.mark.integration
Site = Any


@pytest.fixture(scope="module")
def site(annotation_site: Site) -> Site:
    return annotation_site


@pytest.fixture
def send(site: Site) -> Callable[..., Any]:
    def post(container: str, *lines: Any, query: str = "", **headers: Any) -> Any:
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        body = "\n".join(texts).encode()
        named = {"content_type": "application/x-ndjson", **headers}
        return site.request("POST", f"{container}/bulk{query}", content=body, **named)

    return post


def report_of(answer: Any) -> tuple[list[dict[str, Any]], dict[str, int]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    *lines, summary = [json.loads(line) for line in answer.text.splitlines()]
    return lines, summary["summary"]


def test_lines_are_made_as_single_requests_make_them(site: Site, send: Callable[..., Any]) -> None:
    name = site.container()
    document = site.annotation(
        id="urn:mine",
        motivation=["commenting", "replying"],
        body=[
            {"type": "TextualBody", "value": 'Жёлтые\tлистья\n\\ "quoted" {a,b} \\N', "language": "ru"},
            {"type": "TextualBody", "purpose": "tagging", "value": 'a "b" \\ {c},\t'},
        ],
        target=[
            {
                "source": {
                    "id": "https://e.org/canvas/1",
                    "type": "Canvas",
                    "partOf": ["https://e.org/m2", "https://e.org/m1"],
                },
                "selector": {"type": "SvgSelector", "value": "<svg><polygon points='1,2 30,2 30,40.5'/></svg>"},
            },
            "https://e.org/canvas/2#xywh=1.5,2,3,4",
            {"source": "https://e.org/film", "selector": {"type": "FragmentSelector", "value": "t=1,2.5"}},
        ],
    )
    single = site.made(name, document)
    lines, summary = report_of(send(name, document, {"op": "create", "annotation": document}))
    assert summary == {"created": 2, "updated": 0, "deleted": 0, "failed": 0}
    own = {"id", "created", "modified"}
    for place, line in enumerate(lines):
        assert (line["line"], line["status"]) == (place + 1, 201)
        read = site.get(line["id"], accept_encoding="identity")
        assert read.headers["etag"] == line["etag"]
        assert {k: v for k, v in read.json().items() if k not in own} == {
            k: v for k, v in single.json().items() if k not in own
        }
    assert site.get(f"{name}/").json()["total"] == 3
    with psycopg.connect(site.database_url) as connection:
        indexed = connection.execute(
            "select a.state, a.creator, a.editor, a.version, a.words, a.tags, a.motivations, a.body_types,"
            " a.creators, a.within, a.reply_to,"
            " (select array_agg((t.position, t.source, t.iri, t.box, t.shape, t.time)::text"
            " order by position) from annotations.target t where t.annotation = a.id)"
            " from annotations.annotation a join annotations.container c on c.id = a.container where c.name = %s",
            (name,),
        ).fetchall()
    assert len(indexed) == 3
    assert indexed[0] == indexed[1] == indexed[2]
    assert indexed[0][-1] is not None
    assert len(indexed[0][-1]) == 3


def test_what_is_wrong_is_told_by_line_and_harms_no_other(site: Site, send: Callable[..., Any]) -> None:
    name = site.container()
    good = site.annotation()
    lines, summary = report_of(
        send(
            name,
            good,
            "{nonsense",
            "",
            {**good, "motivation": 7},
            {"op": "explode"},
            {"op": "create", "annotation": good, "colour": 1},
            {"op": "update", "id": "x", "annotation": good},
            {"op": "delete", "id": "nothing", "etag": "*"},
            '{"id": "' + "x" * 30_000 + '"}',
            good,
        )
    )
    assert [(line["line"], line["status"]) for line in lines] == [
        (1, 201),
        (2, 400),
        (4, 422),
        (5, 422),
        (6, 422),
        (7, 422),
        (8, 404),
        (9, 413),
        (10, 201),
    ]
    assert lines[2]["errors"][0]["pointer"] == "/motivation"
    assert [lines[place]["errors"][0]["pointer"] for place in (3, 4, 5)] == ["/op", "/colour", "/etag"]
    assert summary == {"created": 2, "updated": 0, "deleted": 0, "failed": 7}
    assert site.get(f"{name}/").json()["total"] == 2


def test_lines_change_and_delete_with_the_etag(site: Site, send: Callable[..., Any]) -> None:
    name = site.container()
    first, second, third = (site.made(name) for _ in range(3))
    iris = [made.headers["location"] for made in (first, second, third)]
    text = {"type": "TextualBody", "value": "other"}
    lines, summary = report_of(
        send(
            name,
            {"op": "update", "id": iris[0], "etag": first.headers["etag"], "annotation": site.annotation(body=text)},
            {"op": "update", "id": iris[0], "etag": first.headers["etag"], "annotation": site.annotation()},
            {"op": "delete", "id": iris[1], "etag": second.headers["etag"]},
            {"op": "delete", "id": iris[2].rpartition("/")[2], "etag": "*"},
        )
    )
    assert [line["status"] for line in lines] == [200, 412, 204, 204]
    assert summary == {"created": 0, "updated": 1, "deleted": 2, "failed": 1}
    assert site.get(iris[0]).json()["body"] == text
    assert site.get(iris[0], accept_encoding="identity").headers["etag"] == lines[0]["etag"]
    assert [site.get(iri).status_code for iri in iris[1:]] == [410, 410]
    others = send(name, {"op": "delete", "id": iris[0], "etag": "*"}, authorization="Bearer boris")
    assert report_of(others)[0][0]["status"] == 403


def test_a_transaction_is_all_or_nothing(site: Site, send: Callable[..., Any]) -> None:
    name = site.container()
    made = site.made(name)
    delete = {"op": "delete", "id": made.headers["location"], "etag": "*"}
    lines = [site.annotation()] * 900
    answer = send(name, delete, *lines, {"op": "delete", "id": "nothing", "etag": "*"}, query="?mode=transaction")
    told = site.problem(answer, 422, "bulk-refused")["lines"]
    assert [(line["line"], line["status"]) for line in told] == [(902, 404)]
    assert site.get(f"{name}/").json()["total"] == 1
    assert site.get(made.headers["location"]).status_code == 200
    done, summary = report_of(send(name, delete, *lines, query="?mode=transaction"))
    assert summary == {"created": 900, "updated": 0, "deleted": 1, "failed": 0}
    assert [line["line"] for line in done] == list(range(1, 902))
    assert site.get(f"{name}/").json()["total"] == 900
    assert site.get(made.headers["location"]).status_code == 410


def test_one_annotation_can_change_twice_in_a_transaction(site: Site, send: Callable[..., Any]) -> None:
    name = site.container()
    iri = site.made(name).headers["location"]
    change = {"op": "update", "id": iri, "etag": "*", "annotation": site.annotation()}
    lines, _ = report_of(
        send(name, change, change, {"op": "delete", "id": iri, "etag": "*"}, query="?mode=transaction")
    )
    assert [line["status"] for line in lines] == [200, 200, 204]
    assert len(site.get(f"{iri}/versions").json()["items"]) == 4


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("?mode=perhaps", {}, 400),
        ("?mode=lines&mode=lines", {}, 400),
        ("?x=1", {}, 400),
        ("", {"content_type": "text/html"}, 415),
        ("", {"authorization": "Bearer reader"}, 403),
        ("", {"token": None}, 401),
        ("", {"review_state": "rejected"}, 403),
    ],
)
def test_requests_that_cannot_be_carried_out_are_refused_whole(
    site: Site, send: Callable[..., Any], query: str, headers: dict[str, Any], status: int
) -> None:
    assert send("default", site.annotation(), query=query, **headers).status_code == status


def test_no_annotation_can_be_called_like_a_part_of_its_container(site: Site) -> None:
    made = site.made("default", slug="bulk")
    assert not made.headers["location"].endswith("/bulk")
    site.problem(
        site.request("PUT", "default/events", json=site.annotation(), if_none_match="*"), 405, "method-not-allowed"
    )


def test_drafts_and_imports_of_others_come_in_bulk_too(site: Site, send: Callable[..., Any]) -> None:
    name = site.container()
    ours = site.annotation(creator={"type": "Person", "name": "anna"}, created="2001-02-03T04:05:06Z")
    [line], _ = report_of(send(name, ours, authorization="Bearer importer", review_state="draft"))
    read = site.get(line["id"])  # it is anna's
    assert read.json()["created"] == ours["created"]
    assert read.headers["review-state"] == "draft"
    assert site.get(line["id"], token=None).status_code == 404


def test_a_large_load_is_prepared_by_processes_and_several_at_once_all_arrive(
    store_url: str, serve_store: Callable[..., Any]
) -> None:
    with serve_store(store_url, bulk_processes=1) as site:

        def load(number: int) -> None:
            line = json.dumps(site.annotation(target=f"https://e.org/{number}")).encode() + b"\n"

            def body() -> Iterator[bytes]:
                for _ in range(15):
                    yield line * 100

            answer = site.client.post(
                f"{site.url}/annotations/default/bulk",
                content=body(),
                headers={"authorization": "Bearer anna", "content-type": "application/x-ndjson"},
            )
            results.append(report_of(answer)[1]["created"])

        results: list[int] = []
        threads = [threading.Thread(target=load, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results == [1500] * 3
        assert site.get("default/").json()["total"] == 4500
    with psycopg.connect(store_url) as connection:
        [count] = connection.execute("select count(*) from annotations.target").fetchone() or [0]
    assert count == 4500


def test_what_is_written_at_once_is_numbered_and_named_in_the_order_of_lines(
    site: Site, send: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, delays_s = BulkRepository.stage, itertools.cycle([0.3, 0.0, 0.2, 0.1, 0.0])

    async def stage_late(*arguments: Any) -> None:
        await asyncio.sleep(next(delays_s))
        await stage(*arguments)

    monkeypatch.setattr(BulkRepository, "stage", stage_late)
    name = site.container()
    # On both sides of where batches end: 200, 600, 1200, 2000.
    twice = {500: "urn:early", 700: "urn:early", 1900: "urn:late", 2100: "urn:late"}
    lines = [site.annotation(**({"id": twice[number]} if number in twice else {})) for number in range(1, 4501)]
    told, summary = report_of(send(name, *lines))
    assert summary["created"] == len(lines)
    assert [line["line"] for line in told] == list(range(1, 4501))
    numbers = [int(line["etag"].strip('"').partition("-")[0]) for line in told]
    assert numbers == sorted(set(numbers))
    for number, alias in ((500, "urn%3Aearly"), (1900, "urn%3Alate")):
        assert site.get(f"{name}/{alias}").headers["location"] == told[number - 1]["id"]


def test_an_alias_in_one_batch_belongs_to_its_first_line(site: Site, send: Callable[..., Any]) -> None:
    name = site.container()
    told, _ = report_of(send(name, *[site.annotation(id="urn:same") for _ in range(5)]))
    assert site.get(f"{name}/urn%3Asame").headers["location"] == told[0]["id"]


def test_a_process_that_is_killed_costs_nothing_but_time() -> None:
    async def run() -> list[int]:
        pool = PreparingPool(1)
        task = LineTask(
            [(1, b"{}"), (2, b"[]")],
            CreationPolicy("anna", ReviewState.ACCEPTED, keeps_others=False),
            datetime.now(UTC),
            DocumentLimits(),
        )
        counts = []
        try:
            for _ in range(3):
                counts.append(len((await pool.prepare(task, alone=False)).faults))
                for child in multiprocessing.active_children():
                    child.kill()
                    child.join()
        finally:
            pool.close()
        return counts

    assert asyncio.run(run()) == [2, 2, 2]
