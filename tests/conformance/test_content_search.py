"""IIIF Content Search 2.0 and 1.0, and the annotation pages of Presentation 3.0, against a running store.

Above each test stands the sentence that it holds the server to.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import iiif_prezi3
import jsonschema
import pytest

pytestmark = pytest.mark.integration

Site = Any
MANIFEST = "https://images.example/iiif/presentation/3/leaf/manifest"
CANVAS = f"{MANIFEST}/canvas/1"
SECOND = f"{MANIFEST}/canvas/p2"
CONTEXT_3 = "http://iiif.io/api/presentation/3/context.json"
CONTEXT_2 = "http://iiif.io/api/search/2/context.json"
CONTEXT_1 = "http://iiif.io/api/search/1/context.json"
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M1,1L9,1L9,9z"/></svg>'


def at(source: str, value: str) -> dict[str, Any]:
    return {"source": source, "selector": {"type": "FragmentSelector", "value": value}}


def text(value: str, **members: Any) -> dict[str, Any]:
    return {"type": "TextualBody", "value": value, **members}


@pytest.fixture(scope="module")
def site(annotation_site: Site) -> Site:
    return annotation_site


@pytest.fixture(scope="module")
def layer(site: Site) -> str:
    """A container with birds on two canvases of a manifest, and other things."""
    name: str = site.container(label={"en": ["Birds"], "ru": ["Птицы"]})
    bodies: dict[str, dict[str, Any]] = {
        "hand": {
            "body": text("A bird in the hand is worth two in the bush; a bird!", format="text/plain"),
            "target": at(CANVAS, "xywh=pixel:10.4,20.6,30.2,40"),
            "motivation": "commenting",
        },
        "html": {"body": text("<p>Early <b>bird</b></p>"), "target": f"{CANVAS}#xywh=1,2,3,4"},
        "shape": {"body": text("birds of a feather"), "target": {"source": CANVAS, "selector": {
            "type": "SvgSelector", "value": SVG}}},
        "tag": {"body": text("bird", purpose="tagging"), "target": SECOND, "motivation": "tagging"},
        "percent": {"body": text("bird in percent"), "target": f"{CANVAS}#xywh=percent:1,2,3,4"},
        "pinned": {"body": text("pinned birth"), "target": f"{CANVAS.replace('leaf', 'leaf@r1')}#xywh=5,6,7,8"},
        "elsewhere": {"body": text("bird elsewhere"), "target": "https://other.example/canvas/9"},
    }  # fmt: skip
    for slug, members in bodies.items():
        site.made(name, site.annotation(**members), slug=slug)
    return name


def search(site: Site, version: int, scope: str, query: str = "", **headers: Any) -> dict[str, Any]:
    answer = site.client.get(f"{site.url}/iiif/search/{version}/{quote(scope, safe='')}{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def names(items: list[dict[str, Any]]) -> list[str]:
    return [(item.get("id") or item["@id"]).rpartition("/")[2] for item in items]


def all_names(site: Site, version: int, scope: str, query: str = "") -> list[str]:
    page = search(site, version, scope, query)
    found: list[str] = []
    while True:
        found += names(page["items" if version == 2 else "resources"])
        following = page.get("next")
        if following is None:
            return found
        page = site.client.get(following["id"] if version == 2 else following).json()


# --- Content Search 2.0


# §3.2.1: "The default, if a parameter is empty or not supplied, is to not restrict the annotations that match the
# search by that parameter."
def test_2_parameters_that_are_empty_or_missing_restrict_nothing(site: Site, layer: str) -> None:
    everything = all_names(site, 2, layer)
    assert everything == ["hand", "html", "shape", "tag", "percent", "pinned", "elsewhere"]
    assert all_names(site, 2, layer, "?q=&motivation=&date=&user=") == everything


# §3.2.1: "The search terms MAY be either words (to search for within textual bodies) …"
def test_2_words_are_searched_for_within_textual_bodies(site: Site, layer: str) -> None:
    assert all_names(site, 2, layer, "?q=bird") == ["hand", "html", "shape", "tag", "percent", "elsewhere"]
    assert all_names(site, 2, layer, "?q=bird+bush") == ["hand"]


# §3.2.1: "If multiple motivations are supplied, an annotation matches the search if any of the motivations are
# present."
def test_2_any_of_the_motivations_is_enough(site: Site, layer: str) -> None:
    assert all_names(site, 2, layer, "?motivation=commenting") == ["hand"]
    assert all_names(site, 2, layer, "?motivation=commenting+tagging") == ["hand", "tag"]


# §3.2.1: "An annotation matches if the date on which it was created falls within any of the supplied date ranges."
def test_2_any_of_the_date_ranges_is_enough(site: Site, layer: str) -> None:
    past = "2000-01-01T00:00:00Z/2001-01-01T00:00:00Z"
    assert all_names(site, 2, layer, f"?date={past}") == []
    assert "hand" in all_names(site, 2, layer, f"?date={past}+2020-01-01T00:00:00Z/2999-01-01T00:00:00Z")


# §3.2.1: "If multiple users are supplied, an annotation matches the search if any of the users created the
# annotation."
def test_2_any_of_the_users_is_enough(site: Site, layer: str) -> None:
    assert all_names(site, 2, layer, "?user=boris") == []
    assert len(all_names(site, 2, layer, "?user=boris+anna")) == 7


# §3.2.1: "Parameters that are received in a request but not implemented MUST be ignored, and SHOULD be included in
# the ignored property …"
def test_2_what_is_not_implemented_is_ignored_and_told(site: Site, layer: str) -> None:
    page = search(site, 2, layer, "?q=bush&box=1,2,3,4&colour=red&box=2")
    assert names(page["items"]) == ["hand"]
    assert page["ignored"] == ["box", "colour"]
    assert "ignored" not in search(site, 2, layer, "?q=bush")


# §3.1: "A service associated with a manifest will search all of the annotations on canvases or other objects below
# the manifest, … or a service on a canvas will search only annotations on that particular canvas."
@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (MANIFEST, ["hand", "html", "shape", "tag", "percent"]),
        (CANVAS, ["hand", "html", "shape", "percent"]),
        (MANIFEST.replace("leaf", "leaf@r7"), ["hand", "html", "shape", "tag", "percent"]),
        (SECOND, ["tag"]),
        ("https://other.example/canvas/9", ["elsewhere"]),
        ("https://other.example/nothing", []),
    ],
)
def test_2_the_resource_is_the_scope(site: Site, layer: str, scope: str, expected: list[str]) -> None:
    assert all_names(site, 2, scope, "?q=bird") == expected


# A revision that is pinned: viewers look for the canvases of the manifest that they have.
def test_2_targets_are_spelled_like_the_scope(site: Site, layer: str) -> None:
    pinned = MANIFEST.replace("leaf", "leaf@r7")
    page = search(site, 2, pinned, "?q=bush")
    assert page["items"][0]["target"]["source"] == f"{pinned}/canvas/1"


# §3.3.1: "The value of id will be the same as the URI used in the query … The full annotation description MUST be
# included in the response …"
def test_2_a_simple_list(site: Site, layer: str) -> None:
    page = search(site, 2, layer, "?q=bush")
    assert page["@context"] == CONTEXT_2
    assert page["type"] == "AnnotationPage"
    assert page["id"] == f"{site.url}/iiif/search/2/{layer}?q=bush"
    assert not {"next", "prev", "partOf"} & set(page)
    assert page["items"][0]["body"]["value"].startswith("A bird in the hand")


# §3.3.2: "The next page of results that follows the current response MUST be referenced in a next property, and the
# previous page SHOULD be referenced in a prev property. Each Annotation Page SHOULD also have a partOf property …"
def test_2_pages_are_linked(site: Site, layer: str) -> None:
    first = search(site, 2, layer)
    assert first["partOf"]["type"] == "AnnotationCollection"
    assert first["partOf"]["first"] == {"id": first["id"], "type": "AnnotationPage"}
    assert first["next"]["type"] == "AnnotationPage"
    assert first["startIndex"] == 0
    second = site.client.get(first["next"]["id"]).json()
    assert second["id"] == first["next"]["id"]
    assert second["startIndex"] == 3
    assert second["partOf"]["id"] == first["partOf"]["id"]
    assert site.client.get(second["prev"]["id"]).json()["items"] == first["items"]


# §4.3.2 (highlighting): the annotations in `annotations` have the motivation `highlighting` and a TextQuoteSelector.
def test_2_matches_are_a_second_page_of_annotations(site: Site, layer: str) -> None:
    page = search(site, 2, layer, "?q=bush")
    [extended] = page["annotations"]
    assert extended["type"] == "AnnotationPage"
    [highlight] = extended["items"]
    assert highlight["motivation"] == "highlighting"
    assert highlight["target"]["source"] == page["items"][0]["id"]
    [selector] = highlight["target"]["selector"]
    assert (selector["type"], selector["exact"]) == ("TextQuoteSelector", "bush")
    assert selector["prefix"].endswith("two in the ")
    assert selector["suffix"] == "; a bird!"
    birds = search(site, 2, CANVAS, "?q=bird+hand")["annotations"][0]["items"]
    assert [each["target"]["selector"][0]["exact"] for each in birds] == ["bird", "hand", "bird"]


# §5.2: autocompletion answers with a TermPage.
def test_2_autocompletion(site: Site, layer: str) -> None:
    page = site.client.get(f"{site.url}/iiif/search/2/{layer}/autocomplete?q=bir&x=1").json()
    assert page["@context"] == CONTEXT_2
    assert page["type"] == "TermPage"
    assert page["ignored"] == ["x"]
    assert [(term["value"], term["total"]) for term in page["items"]] == [("bird", 5), ("birds", 1), ("birth", 1)]
    [service] = page["items"][0]["service"]
    assert service == {"id": f"{site.url}/iiif/search/2/{layer}?q=bird", "type": "SearchService2"}
    assert len(site.client.get(service["id"]).json()["items"]) == 3


# §5.2: a TermPage "also where there are no terms".
def test_2_nothing_is_an_empty_page(site: Site, layer: str) -> None:
    empty = site.client.get(f"{site.url}/iiif/search/2/{layer}/autocomplete?q=zzz").json()
    assert (empty["type"], empty["items"]) == ("TermPage", [])
    assert search(site, 2, layer, "?q=zzz")["items"] == []
    refused = site.client.get(f"{site.url}/iiif/search/2/{layer}/autocomplete")
    assert site.problem(refused, 400, "invalid-request")["parameter"] == "q"


def test_2_several_words_are_completed_in_the_last(site: Site, layer: str) -> None:
    page = site.client.get(f"{site.url}/iiif/search/2/{layer}/autocomplete?q=early+bi").json()
    assert [term["value"] for term in page["items"]] == ["early bird"]


@pytest.mark.parametrize("version", [1, 2])
def test_headers_of_all_answers(site: Site, layer: str, version: int) -> None:
    context = CONTEXT_2 if version == 2 else CONTEXT_1
    url = f"{site.url}/iiif/search/{version}/{layer}?q=bird"
    answer = site.client.get(url)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-cache"
    assert "accept" in answer.headers["vary"].lower()
    linked = site.client.get(url, headers={"accept": "application/ld+json"})
    assert linked.headers["content-type"] == f'application/ld+json;profile="{context}"'
    assert linked.headers["etag"] != answer.headers["etag"]
    assert site.client.get(url, headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    assert site.client.head(url).headers["etag"] == answer.headers["etag"]
    assert site.client.options(url).status_code == 200
    posted = site.client.post(url)
    assert (posted.status_code, posted.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert site.client.get(url, headers={"accept": "image/png"}).status_code == 406
    assert site.client.get(f"{site.url}/iiif/search/{version}/nothing?q=bird").status_code == 404


# --- Content Search 1.0


# §3.3.2: "The layer MUST have the @type property, with the value of "sc:Layer"." "Each page SHOULD also have a
# startIndex property …" "The next page of results … MUST be referenced in a next property of the annotation list …"
def test_1_a_list_within_a_layer(site: Site, layer: str) -> None:
    first = search(site, 1, layer)
    assert first["@context"] == ["http://iiif.io/api/presentation/2/context.json", CONTEXT_1]
    assert first["@type"] == "sc:AnnotationList"
    assert first["within"]["@type"] == "sc:Layer"
    assert first["within"]["first"] == first["@id"]
    assert first["startIndex"] == 0
    second = site.client.get(first["next"]).json()
    assert second["startIndex"] == 3
    assert site.client.get(second["prev"]).json()["resources"] == first["resources"]


# §3.3.3: the annotations are Open Annotations; viewers read `on` with xywh in whole pixels.
def test_1_open_annotations(site: Site, layer: str) -> None:
    [resource] = search(site, 1, layer, "?q=bush")["resources"]
    assert resource["@type"] == "oa:Annotation"
    assert resource["motivation"] == "oa:commenting"
    assert resource["on"] == f"{CANVAS}#xywh=10,20,31,41"
    assert resource["resource"]["chars"].startswith("A bird")


# §3.4: "the hits list"; each hit names its annotations, and the match with what stands around it.
def test_1_hits(site: Site, layer: str) -> None:
    page = search(site, 1, layer, "?q=bush")
    [hit] = page["hits"]
    assert hit["@type"] == "search:Hit"
    assert hit["annotations"] == [page["resources"][0]["@id"]]
    assert (hit["match"], hit["after"]) == ("bush", "; a bird!")


# §3.2.1: "non-painting: Annotations with any motivation other than sc:painting"
def test_1_non_painting(site: Site, layer: str) -> None:
    assert len(all_names(site, 1, layer, "?motivation=non-painting")) == 7
    assert all_names(site, 1, layer, "?motivation=painting") == []


# §3.3.4: ignored parameters stand in the layer. §4.3: a TermList.
def test_1_ignored_and_terms(site: Site, layer: str) -> None:
    assert search(site, 1, layer, "?q=bush&box=1,2,3,4")["within"]["ignored"] == ["box"]
    url = f"{site.url}/iiif/search/1/{layer}/autocomplete"
    terms = site.client.get(f"{url}?q=bir&min=2").json()
    assert (terms["@context"], terms["@type"]) == (CONTEXT_1, "search:TermList")
    [term] = terms["terms"]
    assert (term["match"], term["count"]) == ("bird", 5)
    assert term["url"] == f"{site.url}/iiif/search/1/{layer}?q=bird"
    assert site.client.get(f"{url}?q=zzz").json()["terms"] == []


# --- Presentation 3.0


def canvas_page(site: Site, layer: str, canvas: str, **headers: Any) -> Any:
    return site.client.get(
        f"{site.url}/iiif/annotations/3/{layer}/page?canvas={quote(canvas, safe='')}", headers=headers
    )


# The published JSON schema, as the models of iiif-prezi3 hold it.
def test_3_pages_are_valid_by_the_published_schema(site: Site, layer: str) -> None:
    for page in (canvas_page(site, layer, CANVAS).json(), canvas_page(site, layer, "http://x.example/").json()):
        iiif_prezi3.AnnotationPage.model_validate(page, strict=False)
        jsonschema.validate(page, iiif_prezi3.AnnotationPage.model_json_schema())


# §5.5: "Annotation Pages MUST have the id property … The items property MUST be present (…)." What viewers read: one
# page, whole pixels, SVG as it came; regions in percent of a size that is not known here are left out.
def test_3_the_page_of_a_canvas(site: Site, layer: str) -> None:
    page = canvas_page(site, layer, CANVAS).json()
    assert page["@context"] == CONTEXT_3
    assert page["id"] == f"{site.url}/iiif/annotations/3/{layer}/page?canvas={quote(CANVAS, safe='')}"
    assert page["label"] == {"en": ["Birds"], "ru": ["Птицы"]}
    assert names(page["items"]) == ["hand", "html", "shape", "pinned"]
    assert not {"next", "prev"} & set(page)
    hand, html, shape, pinned = page["items"]
    assert hand["target"]["selector"]["value"] == "xywh=10,20,31,41"
    assert html["body"]["format"] == "text/html"
    fragment, svg = shape["target"]["selector"]
    assert (fragment["value"], svg["value"]) == ("xywh=1,1,8,8", SVG)
    assert pinned["target"] == f"{CANVAS}#xywh=5,6,7,8"


def test_3_pinned_canvases_have_the_same_page_in_their_spelling(site: Site, layer: str) -> None:
    canvas = CANVAS.replace("leaf", "leaf@r2")
    page = canvas_page(site, layer, canvas).json()
    assert names(page["items"]) == ["hand", "html", "shape", "pinned"]
    assert page["items"][0]["target"]["source"] == canvas
    assert page["items"][3]["target"] == f"{canvas}#xywh=5,6,7,8"


def test_3_a_page_changes_its_tag_with_its_content(site: Site) -> None:
    name, canvas = site.container(), "https://example.org/canvas/tagged"
    empty = canvas_page(site, name, canvas)
    assert empty.json()["items"] == []
    made = site.made(name, site.annotation(target=canvas))
    one = canvas_page(site, name, canvas)
    assert len(one.json()["items"]) == 1
    assert one.headers["etag"] != empty.headers["etag"]
    assert canvas_page(site, name, canvas, **{"if-none-match": one.headers["etag"]}).status_code == 304
    assert canvas_page(site, name, canvas).content == one.content
    site.request("DELETE", made.headers["location"], if_match=made.headers["etag"])
    assert canvas_page(site, name, canvas).headers["etag"] == empty.headers["etag"]


# §5.8: "Annotation Collections MUST have … id, type, label"; its pages have partOf, next and prev.
def test_3_the_collection_of_a_layer(site: Site, layer: str) -> None:
    collection = site.client.get(f"{site.url}/iiif/annotations/3/{layer}/collection").json()
    assert (collection["type"], collection["total"]) == ("AnnotationCollection", 7)
    assert collection["label"]["en"] == ["Birds"]
    page = site.client.get(collection["first"]["id"]).json()
    pages = [page]
    while "next" in page:
        page = site.client.get(page["next"]["id"]).json()
        pages.append(page)
    assert names(pages[0]["items"]) == ["hand", "html", "shape"]
    assert sum(len(each["items"]) for each in pages) == 7
    assert all(each["partOf"][0]["id"] == collection["id"] for each in pages)
    assert names(site.client.get(collection["last"]["id"]).json()["items"])[-1] == "elsewhere"
    for each in pages:
        jsonschema.validate(each, iiif_prezi3.AnnotationPage.model_json_schema())
    refused = site.client.get(f"{site.url}/iiif/annotations/3/{layer}/page?canvas=a%23b")
    assert site.problem(refused, 400, "invalid-request")["parameter"] == "canvas"


def test_3_layers_are_as_private_as_their_containers(site: Site) -> None:
    name = site.container(visibility="restricted")
    assert canvas_page(site, name, CANVAS).status_code == 401
    allowed = canvas_page(site, name, CANVAS, authorization="Bearer reader")
    assert (allowed.status_code, allowed.headers["cache-control"]) == (200, "private, no-store")
