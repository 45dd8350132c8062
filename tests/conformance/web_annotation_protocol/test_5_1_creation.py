"""Web Annotation Protocol §5.1 and §5.2: new annotations, and the names that clients wish for."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.fixtures.annotation_protocol import (
    LD_JSON,
    RESOURCE,
    Site,
    listed,
)

pytestmark = pytest.mark.integration

# --- 5.1 Create a New Annotation


# "Upon receipt of an Annotation, the server MAY assign IRIs to any resource or blank node in the Annotation, and
# MUST assign an IRI to the Annotation resource in the id property, even if it already has one provided."
# "If the Annotation has an IRI in the id property, then it SHOULD be copied to the via property, and the IRI
# assigned by the server, at which the Annotation will be available, MUST be put in the id field to replace it."
@pytest.mark.parametrize("given", ["http://example.org/annotations/1", "urn:uuid:1b4e28ba", "7d2f-made-up"])
def test_5_1_the_server_gives_the_id_and_keeps_the_other_in_via(site: Site, given: str) -> None:
    answer = site.made("default", site.annotation(id=given))
    document = answer.json()
    assert document["id"] == answer.headers["location"] != given
    assert document["via"] == given
    assert site.get(document["id"]).json() == document


# "The IRI for the Annotation MUST be the IRI of the Container with an additional component added to the end."
def test_5_1_annotations_lie_below_their_container(site: Site, made: Any) -> None:
    rest = made.headers["location"].removeprefix(f"{site.url}/annotations/default/")
    assert rest
    assert "/" not in rest


def test_5_1_via_keeps_what_it_had(site: Site) -> None:
    via = ["http://example.org/a", "http://example.org/b"]
    assert site.made("default", site.annotation(via=via)).json()["via"] == via
    document = site.made("default", site.annotation(via=via, id="http://example.org/c")).json()
    assert document["via"] == [*via, "http://example.org/c"]
    assert "via" not in site.made().json()


# "The server MAY add information to the Annotation. Possible additional information includes the agent that created
# it, the time of the Annotation's creation, or additional types and formats of the constituent resources."
def test_5_1_creator_and_times_are_the_servers(site: Site) -> None:
    before = time.time()
    claimed = site.annotation(creator="http://example.org/boss", created="1999-01-01T00:00:00Z", modified="x")
    claimed["modified"] = "1999-01-01T00:00:00Z"
    document = site.made("default", claimed).json()
    assert document["creator"] == {"type": "Person", "name": "anna"}
    assert document["created"] == document["modified"]
    made = time.mktime(time.strptime(document["created"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
    assert before - 2 <= made <= time.time() + 2


# "If the Annotation contains a canonical property, then that reference MUST be maintained without change."
def test_5_1_canonical_is_kept(site: Site) -> None:
    canonical = "http://example.org/canonical/1"
    assert site.made("default", site.annotation(canonical=canonical, id="urn:x:1")).json()["canonical"] == canonical


# "The server MUST respond with a 201 Created response if the creation is successful, and an appropriate error code
# otherwise. The response MUST have a Location header with the Annotation's new IRI."
def test_5_1_created(site: Site, made: Any) -> None:
    assert made.status_code == 201
    assert site.get(made.headers["location"], token=None).status_code == 200
    assert made.headers["content-location"] == made.headers["location"]


# 1.2: "The response from a Container after creating an Annotation SHOULD include a representation of the
# Annotation, after any changes have been made to it, in the JSON-LD serialization."
def test_5_1_the_answer_is_the_annotation_as_it_is_kept(site: Site, made: Any) -> None:
    got = site.get(made.headers["location"])
    assert made.headers["content-type"] == LD_JSON
    assert made.content == got.content
    assert made.headers["etag"] == got.headers["etag"]
    turtle = site.made("default", accept="text/turtle")
    assert turtle.headers["content-type"].startswith("text/turtle")


def test_5_1_what_turtle_cannot_tell_is_answered_as_json_ld_once_it_is_kept(site: Site) -> None:
    document = site.annotation(**{"@context": ["http://www.w3.org/ns/anno.jsonld", "http://example.org/unknown"]})
    made = site.made("default", document, accept="text/turtle")
    assert made.headers["content-type"] == LD_JSON
    iri = made.headers["location"]
    assert site.get(iri, accept="text/turtle").status_code == 406
    assert site.get(iri).headers["etag"] == made.headers["etag"]
    put = site.request("PUT", iri, json=document, if_match=made.headers["etag"], accept="text/turtle")
    assert put.status_code == 200
    assert put.headers["content-type"] == LD_JSON
    assert site.get(iri).headers["etag"] == put.headers["etag"]


def test_5_1_unknown_keys_and_their_order_are_kept(site: Site) -> None:
    document = {
        "type": ["Annotation", "ex:Note"],
        "zeta": {"b": [1, 2.5, 1e300, -0.0, True, None], "a": "Ё\U0001f33f\u2028"},
        "@context": "http://www.w3.org/ns/anno.jsonld",
        "target": "http://example.org/1",
        "alpha": [],
    }
    answer = site.made("default", document)
    kept = site.get(answer.headers["location"]).json()
    own = ("id", "creator", "created", "modified")
    assert [name for name in kept if name not in own] == ["@context", "type", "zeta", "target", "alpha"]
    assert list(kept["zeta"]) == ["b", "a"]
    assert {name: value for name, value in kept.items() if name not in own} == document


# 4.1: "Annotation Containers MUST return a Link header on all responses […]"; the same for what the Annotation
# itself says (3).
def test_5_1_link_and_vary(made: Any) -> None:
    assert RESOURCE in listed(made.headers["link"])
    assert {"Accept", "Prefer"} <= listed(made.headers["vary"])


# "The Annotation, serialized as JSON-LD, is sent in the body of the request." (and by Accept-Post: JSON and Turtle)
@pytest.mark.parametrize("content_type", ["application/ld+json", "application/json", f"{LD_JSON}; charset=UTF-8"])
def test_5_1_json_under_all_its_names(site: Site, content_type: str) -> None:
    assert site.post("default", site.annotation(), content_type=content_type).status_code == 201


def test_5_1_turtle_can_be_sent(site: Site) -> None:
    turtle = """
    @prefix oa: <http://www.w3.org/ns/oa#> .
    <> a oa:Annotation ; oa:hasTarget <http://example.org/page1> ;
       oa:hasBody [ a oa:TextualBody ; <http://www.w3.org/1999/02/22-rdf-syntax-ns#value> "Ёлка" ] .
    """
    answer = site.request("POST", "default/", content=turtle.encode(), content_type="text/turtle")
    assert answer.status_code == 201, answer.text
    document = answer.json()
    assert document["id"] == answer.headers["location"]
    assert document["target"] == "http://example.org/page1"
    assert document["body"]["value"] == "Ёлка"
    assert "via" not in document


# --- 5.2 Suggesting an IRI for an Annotation


# "The IRI path segment that is appended to the Container IRI for a resource MAY be suggested by the Annotation
# Client by using the Slug HTTP header on the request when the resource is created. The server SHOULD use this name,
# so long as it does not already identify an existing resource, but MAY ignore it and use an automatically assigned
# name."
@pytest.mark.parametrize(
    ("slug", "segment"),
    [
        ("my_first_annotation", "my_first_annotation"),
        ('"my_quoted_annotation"', "my_quoted_annotation"),
        ("a b/c?d#e", "a-b-c-d-e"),
        ("%D0%81%D0%BB%D0%BA%D0%B0", "%D0%81%D0%BB%D0%BA%D0%B0"),
        ("..-x-", "x"),
    ],
)
def test_5_2_the_slug_becomes_the_name(site: Site, slug: str, segment: str) -> None:
    name = site.container()
    answer = site.made(name, slug=slug)
    assert answer.headers["location"] == f"{site.url}/annotations/{name}/{segment}"
    assert site.get(answer.headers["location"]).json() == answer.json()


@pytest.mark.parametrize("slug", ["..", "/", "%00", "%ff", "%20", "%2e%2e"])
def test_5_2_a_slug_of_which_nothing_is_left_is_ignored(site: Site, slug: str) -> None:
    answer = site.made("default", slug=slug)
    assert len(answer.headers["location"].rpartition("/")[2]) == 26


def test_5_2_a_name_that_is_taken_is_not_given_again(site: Site) -> None:
    name = site.container()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: site.made(name, slug="wish"), range(12)))
    locations = {answer.headers["location"] for answer in answers}
    assert len(locations) == 12
    assert f"{site.url}/annotations/{name}/wish" in locations
