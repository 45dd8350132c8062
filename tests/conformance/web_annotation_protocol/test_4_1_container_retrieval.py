"""Web Annotation Protocol §4 and §4.1: containers, and the headers of all their answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.annotation_protocol import (
    BASIC_CONTAINER,
    CONSTRAINED,
    DESCRIPTIONS,
    IRIS,
    LD_JSON,
    MINIMAL,
    RESOURCE,
    Site,
    listed,
)

pytestmark = pytest.mark.integration

CONTAINER_METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"}


# --- 4 Annotation Containers


# "An Annotation Server MUST provide one or more Containers within which Annotations can be managed: an Annotation
# Container."
def test_4_there_is_a_container_from_the_first_start(site: Site) -> None:
    root = site.get("", token=None)
    assert root.status_code == 200
    assert root.json()["type"] == "BasicContainer"
    iris = [item["id"] for item in root.json()["contains"]]
    assert f"{site.url}/annotations/default/" in iris
    assert site.get("default/", token=None).status_code == 200


# "An Annotation Container is at the same time both a Container (a service for managing Annotations) and an
# OrderedCollection (an ordered list of Annotations)." "Annotation Containers SHOULD implement the LDP Basic
# Container specification […]"
def test_4_a_container_is_a_basic_container_and_a_collection(site: Site) -> None:
    assert site.get("default/").json()["type"] == ["BasicContainer", "AnnotationCollection"]


# "The URI of an Annotation Container MUST NOT have a query or fragment component, and the path component MUST end
# in a "/" character."
def test_4_a_container_without_its_slash_is_led_to_the_one_with_it(site: Site) -> None:
    for path, iri in (("default", "/annotations/default/"), ("", "/annotations/")):
        status, headers = site.raw("GET", f"/annotations/{path}".rstrip("/"))
        assert (status, headers["location"]) == (308, site.url + iri)


# --- 4.1 Container Retrieval


# "The Annotation Server MUST support the following HTTP methods on the Annotation Container's IRI: GET (retrieve
# the description of the Container and the list of its contents […]), HEAD […], OPTIONS (enable CORS pre-flight
# requests)."
def test_4_1_get_head_and_options_of_a_container(site: Site) -> None:
    assert site.get("default/").status_code == 200
    head = site.request("HEAD", "default/")
    assert (head.status_code, head.content) == (200, b"")
    options = site.request("OPTIONS", "default/", token=None)
    assert options.status_code == 200
    assert options.headers["access-control-allow-origin"] == "*"


# "When an HTTP GET request is issued against the Annotation Container, the server MUST return a description of the
# container. That description MUST be available in JSON-LD, SHOULD be available in Turtle, and MAY be available in
# other formats. The JSON-LD serialization of the Container's description SHOULD use both the LDP context […], and
# the Web Annotation's profile and context, unless the request would determine otherwise."
def test_4_1_the_description_uses_both_contexts(site: Site) -> None:
    answer = site.get("default/")
    assert answer.headers["content-type"] == LD_JSON
    assert answer.json()["@context"] == ["http://www.w3.org/ns/anno.jsonld", "http://www.w3.org/ns/ldp.jsonld"]


@pytest.mark.parametrize("prefer", [MINIMAL, IRIS, DESCRIPTIONS])
def test_4_1_the_description_is_available_in_turtle(site: Site, filled: tuple[str, list[str]], prefer: str) -> None:
    answer = site.get(f"{filled[0]}/", accept="text/turtle", prefer=prefer)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/turtle")
    assert "BasicContainer" in answer.text


# "Servers SHOULD use the 200 HTTP status code if the request is successfully completed without errors […]." "If the
# Accept header is absent from a GET request, then Annotation Servers MUST respond with a JSON-LD representation of
# the Annotation Container […]"
def test_4_1_without_accept_it_is_json_ld(site: Site) -> None:
    status, headers = site.raw("GET", "/annotations/default/")
    assert (status, headers["content-type"]) == (200, LD_JSON)


# "All supported methods for interacting with the Annotation Container SHOULD be advertised in the Allow header of
# the GET, HEAD and OPTIONS responses from the container's IRI. The Allow header MAY also be included on any other
# responses."
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PATCH"])
def test_4_1_allow_lists_the_methods(site: Site, method: str) -> None:
    assert listed(site.request(method, "default/").headers["allow"]) == CONTAINER_METHODS


# "Annotation Containers MUST return a Link header on all responses with the following components: It MUST advertise
# its type by including a link where the rel parameter value is type and the target IRI is the appropriate Container
# Type […]. It MUST advertise that it imposes Annotation protocol specific constraints by including a link where the
# target IRI is http://www.w3.org/TR/annotation-protocol/, and the rel parameter value is the IRI
# http://www.w3.org/ns/ldp#constrainedBy."
# "For HEAD and GET requests, responses from Annotation Containers MUST include an ETag header that implements the
# notion of entity tags from HTTP."
# "If the server supports content negotiation by format or JSON-LD profile, the response to a HEAD or GET request
# from the Annotation Container MUST have a Vary header that includes Accept in the value […]"
@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {}, 200),
        ("HEAD", {}, 200),
        ("OPTIONS", {}, 200),
        ("GET", {"prefer": MINIMAL}, 200),
        ("GET", {"if_none_match": "*"}, 304),
        ("GET", {"accept": "image/png"}, 406),
        ("GET", {"token": "wrong"}, 401),
        ("POST", {"content": "{", "content_type": LD_JSON}, 400),
        ("POST", {"content": "{}", "content_type": "text/plain"}, 415),
        ("PUT", {"json": {"label": "x"}, "token": "curator"}, 428),
        ("PUT", {"json": {"label": "x"}, "token": "curator", "if_match": '"old"'}, 412),
        ("DELETE", {"token": "boris"}, 403),
        ("PATCH", {}, 405),
    ],
)
def test_4_1_every_answer_of_a_container_has_its_headers(
    site: Site, method: str, headers: dict[str, Any], status: int
) -> None:
    answer = site.request(method, "default/", **headers)
    assert answer.status_code == status
    assert {BASIC_CONTAINER, CONSTRAINED} <= listed(answer.headers["link"])
    # Of a refused change the tag is the container's (412), or none: any other would be taken for the container's.
    assert answer.headers.get("etag", "").startswith('"') == (method in ("GET", "HEAD", "OPTIONS") or status == 412)
    assert {"Accept", "Prefer"} <= listed(answer.headers["vary"])


def test_4_1_the_answer_to_a_creation_is_one_of_the_container(made: Any) -> None:
    assert {BASIC_CONTAINER, RESOURCE, CONSTRAINED} <= listed(made.headers["link"])
    assert made.headers["etag"].startswith('"')


def test_4_1_the_etag_of_a_container_changes_with_all_that_changes_in_it(site: Site) -> None:
    name = site.container()
    seen = {site.get(f"{name}/").headers["etag"]}

    def changed() -> bool:
        etag = site.get(f"{name}/").headers["etag"]
        again = site.get(f"{name}/", if_none_match=etag)
        new = etag not in seen and again.status_code == 304
        seen.add(etag)
        return new

    made = site.made(name)
    assert changed()
    put = site.request("PUT", made.headers["location"], json=site.annotation(), if_match=made.headers["etag"])
    assert changed()
    assert site.request("DELETE", made.headers["location"], if_match=put.headers["etag"]).status_code == 204
    assert changed()
    assert site.request("PUT", f"{name}/", token="curator", json={"label": "y"}, if_match="*").status_code == 200
    assert changed()


# "Responses from Annotation Containers that support the use of the POST method to create Annotations SHOULD include
# an Accept-Post header on responses to GET, HEAD and OPTIONS requests. The value is a comma separated list of
# media-types that are acceptable for the client to send via POST."
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_4_1_accept_post_lists_what_can_be_sent(site: Site, method: str) -> None:
    accepted = listed(site.request(method, "default/").headers["accept-post"])
    assert accepted == {LD_JSON, "application/ld+json", "application/json", "text/turtle"}


def test_4_1_pages_of_other_origins_can_read_all_of_it(site: Site) -> None:
    exposed = {name.lower() for name in listed(site.get("default/").headers["access-control-expose-headers"])}
    assert exposed >= {
        *("etag", "allow", "vary", "link", "location", "content-location", "prefer", "accept-post"),
        "preference-applied",
    }
