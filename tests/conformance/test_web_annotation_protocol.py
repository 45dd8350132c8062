"""Web Annotation Protocol (W3C Recommendation, 23 February 2017), in its order, against a running store.

Above each test stands the sentence that it holds the server to.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.integration

LD_JSON = 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"'
RESOURCE = '<http://www.w3.org/ns/ldp#Resource>; rel="type"'
ANNOTATION = '<http://www.w3.org/ns/oa#Annotation>; rel="type"'
BASIC_CONTAINER = '<http://www.w3.org/ns/ldp#BasicContainer>; rel="type"'
CONSTRAINED = '<http://www.w3.org/TR/annotation-protocol/>; rel="http://www.w3.org/ns/ldp#constrainedBy"'
MINIMAL = 'return=representation;include="http://www.w3.org/ns/ldp#PreferMinimalContainer"'
IRIS = 'return=representation;include="http://www.w3.org/ns/oa#PreferContainedIRIs"'
DESCRIPTIONS = 'return=representation;include="http://www.w3.org/ns/oa#PreferContainedDescriptions"'
CONTAINER_METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"}
ANNOTATION_METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PUT"}
Site = Any


def listed(value: str) -> set[str]:
    return {item.strip() for item in value.split(",")}


@pytest.fixture(scope="module")
def site(annotation_site: Site) -> Site:
    return annotation_site


@pytest.fixture
def made(site: Site) -> Any:
    """A new annotation: the answer to its creation."""
    return site.made()


@pytest.fixture(scope="module")
def filled(site: Site) -> tuple[str, list[str]]:
    """A container with seven annotations, three to a page, and their IRIs in order."""
    name = site.container()
    return name, [site.made(name).headers["location"] for _ in range(7)]


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


# --- 4.2.1 Container Representation Preferences


# "If no preference is given by the client, the server SHOULD default to the PreferContainedDescriptions behavior."
def test_4_2_1_without_a_preference_there_are_full_descriptions(site: Site, filled: tuple[str, list[str]]) -> None:
    plain, preferred = site.get(f"{filled[0]}/"), site.get(f"{filled[0]}/", prefer=DESCRIPTIONS)
    assert plain.json() == preferred.json()
    first = plain.json()["first"]
    assert [item["id"] for item in first["items"]] == filled[1][:3]
    assert first["items"][0]["body"]["value"] == "I like this page!"
    assert "preference-applied" not in plain.headers
    assert preferred.headers["preference-applied"] == "return=representation"


def test_4_2_1_preferences_come_in_many_spellings(site: Site, filled: tuple[str, list[str]]) -> None:
    for prefer in (
        "return=representation; include=http://www.w3.org/ns/ldp#PreferMinimalContainer",
        'respond-async, Return="representation" ; include="http://www.w3.org/ns/ldp#PreferMinimalContainer"',
        f"handling=lenient, {MINIMAL}",
    ):
        assert isinstance(site.get(f"{filled[0]}/", prefer=prefer).json()["first"], str), prefer
    for prefer in ("return=minimal", "", 'return=representation;include="http://example.org/other"', "=;,"):
        assert isinstance(site.get(f"{filled[0]}/", prefer=prefer).json()["first"], dict), prefer


# --- 4.2.2 Representations without Annotations


# "If the client requests the minimal representation of an Annotation Container, the response MUST NOT include
# either the ldp:contains predicate nor embed the first page of Annotations within the response." (4.2.1: "[…] but
# SHOULD include a reference to the first and last Annotation Pages.")
def test_4_2_2_the_minimal_container(site: Site, filled: tuple[str, list[str]]) -> None:
    answer = site.get(f"{filled[0]}/", prefer=MINIMAL)
    document = answer.json()
    assert document["id"] == f"{site.url}/annotations/{filled[0]}/"
    assert document["total"] == 7
    assert document["label"] == filled[0]
    assert "contains" not in document
    for page in ("first", "last"):
        assert site.get(document[page]).json()["type"] == "AnnotationPage"
    assert answer.headers["preference-applied"] == "return=representation"


# --- 4.2 Container Representations, with Annotation IRIs (4.2.3) and Descriptions (4.2.4)


# "Each Collection Page contains an ordered list with a subset of the managed Annotations, such that if every page
# is traversed, a client can reconstruct the complete, ordered contents of the container/collection."
@pytest.mark.parametrize("prefer", [IRIS, DESCRIPTIONS])
def test_4_2_all_pages_together_are_the_container(site: Site, filled: tuple[str, list[str]], prefer: str) -> None:
    page = site.get(f"{filled[0]}/", prefer=prefer).json()["first"]
    seen: list[str] = []
    sizes: list[int] = []
    while True:
        items = page["items"]
        seen += [item if isinstance(item, str) else item["id"] for item in items]
        sizes.append(len(items))
        if "next" not in page:
            break
        page = site.get(page["next"]).json()
    assert seen == filled[1]
    assert sizes == [3, 3, 1]


# "If there are greater than zero Annotations in the Container, the representation MUST either include a link to the
# first page of Annotations as the value of the first property, or include the representation of the first page
# embedded within the response. If there is more than one page of Annotations, then the representation SHOULD have a
# link to the last page using the last property."
# "The representation of the Container SHOULD include the total property with the total number of annotations in the
# Container. The Container SHOULD include the modified property with the most recent timestamp of when any of the
# annotations in the Container."
# 4.2.3, 4.2.4: "[…] it MUST respond to PreferContainedIRIs with a response containing an AnnotationPage as the
# value of first with its items containing only the IRIs of the contained Annotations." "[…] to
# PreferContainedDescriptions […] containing complete, inline Annotations."
@pytest.mark.parametrize("prefer", [IRIS, DESCRIPTIONS])
def test_4_2_the_collection_has_total_first_and_last(site: Site, filled: tuple[str, list[str]], prefer: str) -> None:
    document = site.get(f"{filled[0]}/", prefer=prefer).json()
    assert document["total"] == 7
    made = [site.get(iri).json()["modified"] for iri in filled[1]]
    assert document["modified"] >= max(made)
    assert {isinstance(item, str) for item in document["first"]["items"]} == {prefer == IRIS}
    assert site.get(document["first"]["id"]).json()["items"] == document["first"]["items"]
    last = site.get(document["last"]).json()
    assert (last["items"][-1] if prefer == IRIS else last["items"][-1]["id"]) == filled[1][-1]
    assert "next" not in last


def test_4_2_a_container_with_nothing_in_it(site: Site) -> None:
    document = site.get(f"{site.container()}/").json()
    assert document["total"] == 0
    assert document["first"]["items"] == []
    assert "next" not in document["first"]


# "The IRI of the Container provided in the response SHOULD differentiate between whether the pages contain just the
# IRIs, or the full descriptions of the Annotations. It is RECOMMENDED that this be done with a query parameter. The
# server MAY redirect the client to this IRI and deliver the response there, otherwise it MUST include a Content-
# Location header with the IRI as its value."
def test_4_2_each_form_has_an_iri_of_its_own(site: Site, filled: tuple[str, list[str]]) -> None:
    forms = {prefer: site.get(f"{filled[0]}/", prefer=prefer) for prefer in (IRIS, DESCRIPTIONS)}
    assert len({answer.headers["content-location"] for answer in forms.values()}) == 2
    assert len({answer.headers["etag"] for answer in forms.values()}) == 2
    for answer in forms.values():
        document = answer.json()
        assert document["id"] == answer.headers["content-location"]
        assert urlsplit(document["id"]).query
        assert site.get(document["id"]).json() == document
        assert "Prefer" in listed(answer.headers["vary"])


# --- 4.3 Annotation Pages


# "Individual pages are instances of the Activity Streams OrderedCollectionPage class, which is refered to as
# AnnotationPage in the Web Annotation JSON-LD context. The page contains the Annotations, either via their IRIs or
# full descriptions, in the items property."
def test_4_3_pages_hold_iris_or_descriptions(site: Site, filled: tuple[str, list[str]]) -> None:
    iris = site.get(site.get(f"{filled[0]}/", prefer=IRIS).json()["first"]["next"]).json()
    assert iris["type"] == "AnnotationPage"
    assert iris["items"] == filled[1][3:6]
    whole = site.get(site.get(f"{filled[0]}/").json()["first"]["next"]).json()
    for item in whole["items"]:
        alone = site.get(item["id"]).json()
        del alone["@context"]  # the page says it for all
        assert item == alone


def test_4_3_other_contexts_of_an_annotation_stay_with_it(site: Site) -> None:
    name = site.container()
    contexts = ["http://www.w3.org/ns/anno.jsonld", "http://example.org/ext.jsonld"]
    site.made(
        name, site.annotation(**{"@context": contexts, "label": 'urn:pigture:items {"id":"urn:pigture:items"}'})
    )
    [item] = site.get(f"{name}/").json()["first"]["items"]
    assert item["@context"] == contexts
    assert item["label"] == 'urn:pigture:items {"id":"urn:pigture:items"}'


# "If the Page is not the last Page in the Collection, then it MUST have a reference to the Page which follows it
# using the next property. If the Page is not the first Page in the Collection, it SHOULD have a reference [to] the
# previous Page using the prev property."
# "Each page MUST have a link to the Collection that it is part of, using the partOf property. The description of
# the Collection SHOULD include both the total and modified properties."
@pytest.mark.parametrize("prefer", [IRIS, DESCRIPTIONS])
def test_4_3_pages_are_linked_both_ways(site: Site, filled: tuple[str, list[str]], prefer: str) -> None:
    collection = site.get(f"{filled[0]}/", prefer=prefer).json()
    first = site.get(collection["first"]["id"]).json()
    second = site.get(first["next"]).json()
    third = site.get(second["next"]).json()
    assert "prev" not in first
    assert "next" not in third
    assert site.get(second["prev"]).json()["items"] == first["items"]
    assert site.get(third["prev"]).json()["items"] == second["items"]
    for page in (first, second, third):
        assert {name: page["partOf"][name] for name in ("id", "total", "modified")} == {
            name: collection[name] for name in ("id", "total", "modified")
        }
        assert page["id"] != collection["id"]


def test_4_3_pages_stay_while_annotations_come_and_go(site: Site) -> None:
    name = site.container()
    made = [site.made(name) for _ in range(5)]
    first = site.get(f"{name}/", prefer=IRIS).json()["first"]
    site.request("DELETE", made[0].headers["location"], if_match="*")
    site.made(name)
    second = site.get(first["next"]).json()
    assert second["items"][:2] == [answer.headers["location"] for answer in made[3:]]


# "The client SHOULD NOT send the Prefer header when requesting the Page, as it has already been taken into account
# when requesting the Collection."
def test_4_3_prefer_changes_no_page(site: Site, filled: tuple[str, list[str]]) -> None:
    page = site.get(f"{filled[0]}/", prefer=IRIS).json()["first"]["id"]
    assert site.get(page, prefer=DESCRIPTIONS).json() == site.get(page).json()


# "As the Page is not an LDP Container, it does not have the requirement to include a Link header with a type."
# "405: The requested HTTP method is not allowed for the resource, such as trying to POST to an Annotation Container
# page […]"
def test_4_3_a_page_is_no_container(site: Site, filled: tuple[str, list[str]]) -> None:
    page = site.get(f"{filled[0]}/", prefer=IRIS).json()["first"]["id"]
    assert BASIC_CONTAINER not in site.get(page).headers["link"]
    for method in ("POST", "PUT", "DELETE"):
        answer = site.request(method, page, token="admin", json=site.annotation(), if_match="*")
        assert answer.status_code == 405
        assert listed(answer.headers["allow"]) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize(
    "query", ["page=x", "page=-1", "iris=2", "page=1&page=2", "page=" + "9" * 19, "%ff", "other=1"]
)
def test_4_3_queries_that_lead_to_no_page_are_refused(site: Site, query: str) -> None:
    site.problem(site.get(f"default/?{query}"), 400, "invalid-request")


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


# --- 6 Error Conditions (not normative)


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


# --- Containers themselves: "The creation, management, and structure of Annotation Containers are beyond the scope
# of this specification. Please see the Linked Data Platform specification for additional information."


# LDP §5.2.3.1: "LDP clients SHOULD create member resources by submitting a representation as the entity body of the
# HTTP POST to a known LDPC. If the resource was created successfully, LDP servers MUST respond with status code 201
# (Created) and the Location header set to the new resource's URL."
def test_ldp_containers_are_made_by_post(site: Site) -> None:
    document = {"type": "AnnotationCollection", "label": {"en": ["Leaves"], "ru": ["Листья"]}}
    answer = site.request("POST", "", token="curator", json=document, slug="leaves")
    assert answer.status_code == 201
    assert answer.headers["location"] == answer.json()["id"] == f"{site.url}/annotations/leaves/"
    assert answer.json()["label"] == "Leaves"
    assert site.get("leaves/", prefer=MINIMAL).headers["etag"] == answer.headers["etag"]
    other = site.request("POST", "", token="curator", slug="leaves")
    assert other.status_code == 201
    assert other.headers["location"] != answer.headers["location"]


# LDP §4.2.4.5: "LDP clients SHOULD use the HTTP If-Match header and HTTP ETags to ensure it isn't modifying a
# resource that has changed since the client last retrieved its representation."
def test_ldp_containers_are_changed_and_deleted_by_those_who_know_them(site: Site) -> None:
    name = site.container()
    made = site.made(name)
    etag = site.get(f"{name}/").headers["etag"]
    site.problem(site.request("PUT", f"{name}/", token="curator", json={"label": "x"}), 428, "precondition-required")
    site.problem(
        site.request("PUT", f"{name}/", token="curator", json={"label": "x"}, if_match='"c1-1-1-d-j"'),
        412,
        "changed-meanwhile",
    )
    changed = site.request("PUT", f"{name}/", token="curator", json={"label": "x"}, if_match=etag)
    assert (changed.status_code, changed.json()["label"]) == (200, "x")
    assert changed.headers["etag"] != etag
    site.problem(site.request("PUT", f"{name}/", json={"label": "x"}, if_match="*"), 403, "forbidden")
    site.problem(
        site.request("PUT", f"{name}/", token="curator", json={"label": "x"}, if_none_match="*"), 412, "name-taken"
    )
    assert site.request("DELETE", f"{name}/", token="curator", if_match="*").status_code == 204
    site.problem(site.get(f"{name}/"), 410, "deleted-container")
    site.problem(site.get(made.headers["location"]), 410, "deleted-container")
    site.problem(site.post(name, site.annotation()), 410, "deleted-container")


@pytest.mark.parametrize(
    "document",
    [
        {"label": 5},
        {"label": ""},
        {"label": "x" * 10_001},
        {"type": "Annotation"},
        {"visibility": "secret"},
        {"label": {}},
    ],
)
def test_ldp_descriptions_that_cannot_be_used_are_refused(site: Site, document: dict[str, Any]) -> None:
    site.problem(site.request("POST", "", token="curator", json=document), 400, "invalid-request")


def test_health_of_a_store_by_itself(site: Site) -> None:
    document = site.client.get(f"{site.url}/health").json()
    assert document == {"status": "ok", "version": "1.2.3", "commit": "abc", "checks": {"database": "ok"}}
