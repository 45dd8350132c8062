"""Web Annotation Protocol §6 (not normative): what is refused, and how."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.annotation_protocol import (
    LD_JSON,
    MINIMAL,
    Site,
)

pytestmark = pytest.mark.integration


# "400: The Annotation Client sent a request which the Annotation Server cannot process due to the request not
# following the appropriate specifications."
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"a":1,"a":2}',
        b'{"a":"\\u0000"}',
        b'{"a":"\\ud800"}',
        b'{"a":1e999}',
        b'{"a":NaN}',
        b"\xff",
    ],
)
def test_6_400_what_is_no_json_object_that_can_be_kept(site: Site, content: bytes) -> None:
    answer = site.request("POST", "default/", content=content, content_type=LD_JSON)
    site.problem(answer, 400, "malformed-document")


def test_6_400_nesting_has_a_bound(site: Site) -> None:
    deep: Any = "x"
    for _ in range(12):
        deep = {"a": deep}
    site.problem(site.post("default", site.annotation(deep=deep)), 400, "malformed-document")


def test_6_400_turtle_that_is_none(site: Site) -> None:
    for content in (b"<", b"", b"<http://example.org/a> a <http://example.org/B> ."):
        answer = site.request("POST", "default/", content=content, content_type="text/turtle")
        assert answer.status_code in (400, 422), answer.text


# "401: The Annotation Client is not authorized to perform the requested operation, such as creating or deleting an
# Annotation, as it did not supply authentication credentials."
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_6_401_changing_takes_a_token(site: Site, made: Any, method: str) -> None:
    answer = site.request(method, made.headers["location"], token=None, json=site.annotation(), if_match="*")
    site.problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert site.get(made.headers["location"]).content == made.content


# "403: The Annotation Client is not authorized to perform the requested operation, as the authentication
# credentials supplied did not meet the requirements of a particular access control policy for the Annotation or
# Annotation Container."
def test_6_403_only_the_creator_or_a_curator_may_change(site: Site, made: Any) -> None:
    iri = made.headers["location"]
    for method in ("PUT", "DELETE"):
        for token in ("boris", "reader"):
            answer = site.request(method, iri, token=token, json=site.annotation(), if_match="*")
            site.problem(answer, 403, "forbidden")
    assert site.request("PUT", iri, token="curator", json=site.annotation(), if_match="*").status_code == 200
    assert site.get(iri).json()["creator"]["name"] == "anna"


# "404: The Annotation or Annotation Container requested does not exist."
@pytest.mark.parametrize(
    "path",
    [
        "default/nothing",
        "nothing/",
        "nothing/nothing",
        "default//",
        "default/a/b",
        "default/%00",
        "%2e%2e/",
        "a%2Fb/",
    ],
)
def test_6_404(site: Site, path: str) -> None:
    status, headers = site.raw("GET", f"/annotations/{path}")
    assert status == 404
    assert headers["content-type"] == "application/problem+json"


# "405: The requested HTTP method is not allowed for the resource, such as […] trying to PATCH an Annotation when
# that functionality is not supported."
def test_6_405(site: Site, made: Any) -> None:
    site.problem(site.request("PATCH", made.headers["location"], json={}), 405, "method-not-allowed")
    site.problem(site.request("POST", made.headers["location"], json={}), 405, "method-not-allowed")
    site.problem(site.request("DELETE", "", token="admin", if_match="*"), 405, "method-not-allowed")


# "406: The requested format for the Annotation or Annotation Container's representation is not available, for
# example if a client requested RDF/XML and the server does not support that (optional) transformation."
@pytest.mark.parametrize("accept", ["application/rdf+xml", "text/turtle;q=0", "application/ld+json;q=0.0, image/*"])
def test_6_406(site: Site, made: Any, accept: str) -> None:
    site.problem(site.get(made.headers["location"], accept=accept), 406, "not-acceptable")
    site.problem(site.get("default/", accept=accept), 406, "not-acceptable")
    before = site.get("default/", prefer=MINIMAL).json()["total"]
    site.problem(site.post("default", site.annotation(), accept=accept), 406, "not-acceptable")
    assert site.get("default/", prefer=MINIMAL).json()["total"] == before


def test_6_406_turtle_of_a_context_that_is_not_known(site: Site) -> None:
    contexts = ["http://www.w3.org/ns/anno.jsonld", "http://example.org/ext.jsonld"]
    iri = site.made("default", site.annotation(**{"@context": contexts})).headers["location"]
    site.problem(site.get(iri, accept="text/turtle"), 406, "not-acceptable")


# "413" (RFC 9110 §15.5.14)
def test_6_413(site: Site) -> None:
    large = site.annotation(body={"type": "TextualBody", "value": "x" * 20_000})
    site.problem(site.post("default", large), 413, "too-large")

    def pieces() -> Any:
        yield from (b"x" * 10_000 for _ in range(3))

    answer = site.request("POST", "default/", content=pieces(), content_type=LD_JSON)
    site.problem(answer, 413, "too-large")


# "415: The Annotation Client sent an entity-body that is not able to be processed by the Server […]"
@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": "text/plain"},
        {"content_type": "application/rdf+xml"},
        {"content_type": f"{LD_JSON}; charset=utf-16"},
        {"content_type": LD_JSON, "content_encoding": "gzip"},
        {"content_type": ""},
    ],
)
def test_6_415(site: Site, headers: dict[str, str]) -> None:
    answer = site.request("POST", "default/", content=b"{}", **headers)
    site.problem(answer, 415, "unsupported-media-type")
    assert "application/ld+json" in answer.headers["accept-post"]


# 422 (RFC 9110 §15.5.21): all rules that are broken, at once.
def test_6_422_says_everything_that_is_wrong(site: Site) -> None:
    document = site.annotation(motivation=5, canonical=["a", "b"])
    del document["target"]
    errors = site.problem(site.post("default", document), 422, "invalid-annotation")["errors"]
    assert {"/motivation", "/canonical"} <= {error["pointer"] for error in errors}
    assert len(errors) >= 3
