"""Web Annotation Protocol §1.2 and §3: what a store is for, and how an annotation is read."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.fixtures.annotation_protocol import (
    CONSTRAINED,
    LD_JSON,
    RESOURCE,
    Site,
    listed,
)

pytestmark = pytest.mark.integration

ANNOTATION = '<http://www.w3.org/ns/oa#Annotation>; rel="type"'
ANNOTATION_METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PUT"}


# --- 1.2 Summary


# "Annotation Containers SHOULD only contain Annotations, and not other resources."
@pytest.mark.parametrize(
    "document", [{"type": "Book"}, {"label": "no annotation"}, {"type": "AnnotationPage", "items": []}]
)
def test_1_2_containers_take_annotations_only(site: Site, document: dict[str, Any]) -> None:
    answer = site.post("default", {"@context": "http://www.w3.org/ns/anno.jsonld", **document})
    errors = site.problem(answer, 422, "invalid-annotation")["errors"]
    assert errors
    assert all(set(error) == {"pointer", "rule", "section"} for error in errors)


# --- 3 Annotation Retrieval


# "The Annotation Server MUST support the following HTTP methods on the Annotation's IRI: GET (retrieve the
# description of the Annotation), HEAD (retrieve the headers of the Annotation without an entity-body), OPTIONS
# (enable CORS pre-flight requests)."
def test_3_get_head_and_options_of_an_annotation(site: Site, made: Any) -> None:
    iri = made.headers["location"]
    got = site.get(iri)
    assert got.status_code == 200
    head = site.request("HEAD", iri)
    assert head.status_code == 200
    assert head.content == b""
    changing = {"date"}
    assert {k: v for k, v in head.headers.items() if k not in changing} == {
        k: v for k, v in got.headers.items() if k not in changing
    }
    options = site.request("OPTIONS", iri, token=None)
    assert options.status_code == 200
    assert listed(options.headers["allow"]) == ANNOTATION_METHODS
    preflight = site.request(
        "OPTIONS", iri, token=None, origin="https://x.example", access_control_request_method="PUT"
    )
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert listed(preflight.headers["access-control-allow-methods"]) >= ANNOTATION_METHODS
    allowed = {name.lower() for name in listed(preflight.headers["access-control-allow-headers"])}
    assert allowed >= {"accept", "authorization", "content-type", "if-match", "if-none-match", "prefer", "slug"}


# "Servers SHOULD use HTTPS rather than HTTP for all interactions, including retrieval of Annotations."
def test_3_behind_a_proxy_iris_have_the_scheme_that_the_client_used(site: Site, made: Any) -> None:
    # The unit tests of config.base_url hold which proxies are believed; here, that IRIs follow the request.
    path = urlsplit(made.headers["location"]).path
    answer = site.get(path.removeprefix("/annotations/"), host="annotations.example:444")
    assert answer.json()["id"] == f"http://annotations.example:444{path}"


# "Servers MUST support the JSON-LD representation using the Web Annotation profile. These responses MUST have a
# Content-Type header with the application/ld+json media type, and it SHOULD have the Web Annotation profile IRI of
# http://www.w3.org/ns/anno.jsonld in the profile parameter."
@pytest.mark.parametrize(
    "accept", [None, "*/*", "application/*", "application/ld+json", LD_JSON, f"text/html, {LD_JSON};q=0.3"]
)
def test_3_json_ld_with_the_profile(site: Site, made: Any, accept: str | None) -> None:
    headers = {} if accept is None else {"accept": accept}
    got = site.get(made.headers["location"], **headers)
    assert got.headers["content-type"] == LD_JSON
    assert got.json()["@context"] == "http://www.w3.org/ns/anno.jsonld"


# "Servers SHOULD support a Turtle representation, and MAY support other formats."
def test_3_turtle(site: Site, made: Any) -> None:
    got = site.get(made.headers["location"], accept="text/turtle")
    assert got.headers["content-type"].startswith("text/turtle")
    assert made.headers["location"] in got.text
    assert "I like this page!" in got.text
    assert got.headers["etag"] != made.headers["etag"]


def test_3_plain_json(site: Site, made: Any) -> None:
    got = site.get(made.headers["location"], accept="application/json")
    assert got.headers["content-type"] == "application/json"
    assert got.json() == made.json()


# "If more than one representation of the Annotation is available, then the server SHOULD support content
# negotiation. Content negotiation for different serializations is performed by including the desired media type in
# the HTTP Accept header of the request […]"
@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/turtle, application/ld+json;q=0.9", "text/turtle"),
        ("text/turtle;q=0.5, application/json;q=0.8", "application/json"),
        ("text/*", "text/turtle"),
        ("*/*, application/ld+json;q=0", "application/json"),
        ("application/json, application/ld+json", "application/ld+json"),
    ],
)
def test_3_the_representation_is_negotiated(site: Site, made: Any, accept: str, expected: str) -> None:
    got = site.get(made.headers["location"], accept=accept)
    assert got.headers["content-type"].partition(";")[0] == expected


# "Servers MAY support different JSON-LD profiles. Content negotiation for different JSON-LD profiles is performed
# by adding a profile parameter to the JSON-LD media type in a space separated, quoted list as part of the Accept
# header."
def test_3_a_list_of_profiles_is_read(site: Site, made: Any) -> None:
    accept = 'application/ld+json; profile="http://example.org/other http://www.w3.org/ns/anno.jsonld"'
    assert site.get(made.headers["location"], accept=accept).headers["content-type"] == LD_JSON


# "Servers SHOULD use the 200 HTTP status code when no errors occurred while processing the request to retrieve an
# Annotation […]. The response from the Annotation Server MUST have a Link header entry where the target IRI is
# http://www.w3.org/ns/ldp#Resource and the rel parameter value is type. The Annotation type of
# http://www.w3.org/ns/oa#Annotation MAY also be added with the same rel type."
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_3_links_tell_the_types(site: Site, made: Any, method: str) -> None:
    answer = site.request(method, made.headers["location"])
    assert answer.status_code == 200
    assert {RESOURCE, ANNOTATION, CONSTRAINED} <= listed(answer.headers["link"])


# "For HEAD and GET requests, the response MUST have an ETag header with an entity reference value that implements
# the notion of entity tags from HTTP."
def test_3_the_etag_is_strong_and_saves_the_body(site: Site, made: Any) -> None:
    etag = site.get(made.headers["location"]).headers["etag"]
    assert etag.startswith('"')
    assert etag.endswith('"')
    for known in (etag, f'"x", {etag}', f"W/{etag}", "*"):
        answer = site.get(made.headers["location"], if_none_match=known)
        assert answer.status_code == 304
        assert answer.content == b""
        assert answer.headers["etag"] == etag
        assert "Accept" in answer.headers["vary"]
    assert site.get(made.headers["location"], if_none_match='"other"').status_code == 200


def test_3_the_etag_tells_compressed_bytes_apart_and_still_matches(site: Site) -> None:
    document = site.annotation(body={"type": "TextualBody", "value": "leaf " * 300})
    iri = site.made("default", document).headers["location"]
    plain = site.get(iri, accept_encoding="identity")
    coded = site.get(iri, accept_encoding="gzip")
    assert coded.headers["content-encoding"] == "gzip"
    assert coded.json() == plain.json()
    assert coded.headers["etag"] != plain.headers["etag"]
    known = site.get(iri, accept_encoding="gzip", if_none_match=coded.headers["etag"])
    assert (known.status_code, known.headers["etag"]) == (304, coded.headers["etag"])
    assert site.request("PUT", iri, json=document, if_match=coded.headers["etag"]).status_code == 200


# "The response MUST have an Allow header that lists the HTTP methods available for interacting with the
# Annotation."
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PATCH"])
def test_3_allow_lists_the_methods(site: Site, made: Any, method: str) -> None:
    assert listed(site.request(method, made.headers["location"]).headers["allow"]) == ANNOTATION_METHODS


# "For HEAD and GET requests, if the server supports content negotiation by format or JSON-LD profile, the response
# MUST have a Vary header with Accept in the value."
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_3_vary_names_accept(site: Site, made: Any, method: str) -> None:
    assert "Accept" in listed(site.request(method, made.headers["location"]).headers["vary"])
