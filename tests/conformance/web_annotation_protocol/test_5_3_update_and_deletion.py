"""Web Annotation Protocol §5.3 and §5.4: annotations are changed and deleted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.fixtures.annotation_protocol import (
    IRIS,
    LD_JSON,
    Site,
    listed,
)

pytestmark = pytest.mark.integration

# --- 5.3 Update an Existing Annotation


# "Annotations can be updated by using a PUT request to replace the entire state of the Annotation. Annotation
# Servers SHOULD support this method." "Replacing the Annotation with a new state MUST be done with the PUT method,
# where the body of the request is the intended new state of the Annotation."
# "If successful, the server MUST return a 200 OK status with the Annotation as the body according to the
# content-type requested. As with creation, the server MUST return the new state of the Annotation in the response."
def test_5_3_put_replaces_the_annotation(site: Site, made: Any) -> None:
    iri = made.headers["location"]
    new = {**made.json(), "body": "http://example.org/body", "motivation": "tagging"}
    answer = site.request("PUT", iri, json=new, if_match=made.headers["etag"])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == LD_JSON
    assert answer.headers["etag"] != made.headers["etag"]
    got = site.get(iri)
    assert got.content == answer.content
    assert got.headers["etag"] == answer.headers["etag"]
    kept = got.json()
    assert {**kept, "modified": ""} == {**new, "modified": ""}
    assert kept["modified"] >= kept["created"] == made.json()["created"]
    turtle = site.request("PUT", iri, json=new, if_match="*", accept="text/turtle")
    assert turtle.headers["content-type"].startswith("text/turtle")


# "The client SHOULD use the If-Match header with a value of the ETag it received from the server before the editing
# process began, to avoid collisions of multiple users modifying the same Annotation at the same time."
def test_5_3_a_stale_etag_is_refused_and_nothing_is_written(site: Site, made: Any) -> None:
    iri = made.headers["location"]
    first = site.request("PUT", iri, json=site.annotation(motivation="tagging"), if_match=made.headers["etag"])
    before = site.get(iri).content
    for stale in (made.headers["etag"], '"other"', f"W/{first.headers['etag']}", ""):
        answer = site.request("PUT", iri, json=site.annotation(), if_match=stale)
        site.problem(answer, 412, "changed-meanwhile")
        assert answer.headers["etag"] == first.headers["etag"]
        assert site.get(iri).content == before
    site.problem(site.request("PUT", iri, json=site.annotation()), 428, "precondition-required")
    listed_tags = f'"other", {first.headers["etag"]}'
    assert site.request("PUT", iri, json=site.annotation(), if_match=listed_tags).status_code == 200


def test_5_3_of_two_updates_at_once_exactly_one_wins(site: Site) -> None:
    for _ in range(5):
        made = site.made()

        def put(number: int, made: Any = made) -> tuple[int, str]:
            new = site.annotation(label=str(number))
            answer = site.request("PUT", made.headers["location"], json=new, if_match=made.headers["etag"])
            return answer.status_code, str(number)

        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(put, range(8)))
        winners = [number for status, number in results if status == 200]
        assert len(winners) == 1
        assert {status for status, _ in results} == {200, 412}
        assert site.get(made.headers["location"]).json()["label"] == winners[0]


def test_5_3_of_an_update_and_a_deletion_at_once_exactly_one_wins(site: Site) -> None:
    for turn in range(6):
        made = site.made()
        iri, etag = made.headers["location"], made.headers["etag"]
        methods = ["PUT", "DELETE"] if turn % 2 else ["DELETE", "PUT"]
        with ThreadPoolExecutor(2) as pool:
            found = dict(
                zip(
                    methods,
                    pool.map(
                        lambda method, iri=iri, etag=etag: (
                            site.request(method, iri, json=site.annotation(label="new"), if_match=etag).status_code
                        ),
                        methods,
                    ),
                    strict=True,
                )
            )
        if found["DELETE"] == 204:
            assert found["PUT"] in (410, 412)
            assert site.get(iri).status_code == 410
        else:
            assert (found["DELETE"], found["PUT"]) == (412, 200)
            assert site.get(iri).json()["label"] == "new"


# "Servers SHOULD reject update requests that modify the values of the canonical or via properties, if they have
# been already set […]"
# 6: "409: The Annotation Client tried to set or change a value that the server does not allow Clients to modify
# […]"
@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"via": "http://example.org/other"}, "/via"),
        ({"canonical": "http://example.org/other"}, "/canonical"),
        ({"id": "http://example.org/other"}, "/id"),
    ],
)
def test_5_3_id_via_and_canonical_cannot_be_changed(site: Site, change: dict[str, str], pointer: str) -> None:
    made = site.made("default", site.annotation(id="urn:uuid:mine", canonical="http://example.org/canonical"))
    new = {**made.json(), **change}
    answer = site.request("PUT", made.headers["location"], json=new, if_match=made.headers["etag"])
    assert site.problem(answer, 409, "protected-value")["errors"][0]["pointer"] == pointer
    assert site.get(made.headers["location"]).content == made.content


def test_5_3_what_only_the_server_sets_stays_when_it_is_left_out(site: Site) -> None:
    made = site.made("default", site.annotation(id="urn:uuid:mine", canonical="http://example.org/canonical"))
    for given in ({}, {"id": "urn:uuid:mine"}, {"id": made.headers["location"]}, {"creator": "http://x.example/"}):
        answer = site.request("PUT", made.headers["location"], json=site.annotation(**given), if_match="*")
        assert answer.status_code == 200, answer.text
        for name in ("id", "via", "canonical", "creator", "created"):
            assert answer.json()[name] == made.json()[name]


# 3: "The response MUST have an Allow header that lists the HTTP methods available for interacting with the
# Annotation."
def test_5_3_allow_tells_of_put(site: Site, made: Any) -> None:
    assert "PUT" in listed(site.get(made.headers["location"]).headers["allow"])


def test_5_3_put_creates_only_where_that_is_said(site: Site) -> None:
    name = site.container()
    site.problem(site.request("PUT", f"{name}/new", json=site.annotation(), if_match="*"), 404, "unknown-annotation")
    site.problem(site.request("PUT", f"{name}/new", json=site.annotation()), 404, "unknown-annotation")
    answer = site.request("PUT", f"{name}/new", json=site.annotation(), if_none_match="*")
    assert (answer.status_code, answer.headers["location"]) == (201, f"{site.url}/annotations/{name}/new")
    again = site.request("PUT", f"{name}/new", json=site.annotation(), if_none_match="*")
    site.problem(again, 412, "name-taken")


# --- 5.4 Delete an Existing Annotation


# "Clients MUST use the DELETE HTTP method to request that an Annotation be deleted by the server. Annotation
# Servers SHOULD support this method. Clients SHOULD send the ETag of the Annotation in the If-Match header to
# ensure that it is operating against the most recent version of the Annotation."
# "If the DELETE request is successfully processed, then the server MUST return a 204 status response."
def test_5_4_delete(site: Site, made: Any) -> None:
    iri = made.headers["location"]
    site.problem(site.request("DELETE", iri), 428, "precondition-required")
    site.problem(site.request("DELETE", iri, if_match='"old"'), 412, "changed-meanwhile")
    assert site.get(iri).status_code == 200
    answer = site.request("DELETE", iri, if_match=made.headers["etag"])
    assert (answer.status_code, answer.content) == (204, b"")


# "The IRIs of deleted Annotations SHOULD NOT be re-used for subsequent Annotations." "410: The Annotation is known
# to have existed in the past and was deleted."
def test_5_4_a_deleted_iri_is_gone_for_ever(site: Site) -> None:
    name = site.container()
    made = site.made(name, slug="once")
    iri = made.headers["location"]
    assert site.request("DELETE", iri, if_match=made.headers["etag"]).status_code == 204
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        assert site.request(method, iri, json=site.annotation(), if_match="*").status_code == 410
    site.problem(site.get(iri), 410, "deleted-annotation")
    assert site.made(name, slug="once").headers["location"] != iri
    site.problem(site.request("PUT", iri, json=site.annotation(), if_none_match="*"), 410, "deleted-annotation")


# "The IRI of the deleted Annotation MUST be removed from the Annotation Container it was created in."
def test_5_4_a_deleted_annotation_leaves_its_container(site: Site) -> None:
    name = site.container()
    kept, gone = site.made(name), site.made(name)
    site.request("DELETE", gone.headers["location"], if_match="*")
    document = site.get(f"{name}/", prefer=IRIS).json()
    assert document["total"] == 1
    assert document["first"]["items"] == [kept.headers["location"]]
