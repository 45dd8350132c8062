"""Searching a container over HTTP: each parameter, pairs of them, pages, and who sees what."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

pytestmark = pytest.mark.integration

Site = Any
A, B = "https://example.org/canvas/a", "https://example.org/canvas/b"
MANIFEST = "https://example.org/manifest"
TRIANGLE = '<svg xmlns="http://www.w3.org/2000/svg"><polygon points="0,0 100,0 0,100"/></svg>'
OURS = "https://images.example/iiif/presentation/3/leaf/manifest"


def text(value: str, **members: Any) -> dict[str, Any]:
    return {"type": "TextualBody", "value": value, **members}


def box(source: Any, value: str) -> dict[str, Any]:
    return {"source": source, "selector": {"type": "FragmentSelector", "value": value}}


CORPUS: dict[str, dict[str, Any]] = {
    "plain": {"target": A, "body": text("A leaf with holes"), "motivation": "commenting"},
    "boxed": {"target": box(A, "xywh=pixel:10.5,20,100,50"), "body": text("Жёлтые листья")},
    "shaped": {"target": {"source": A, "selector": {"type": "SvgSelector", "value": TRIANGLE}}},
    "other": {"target": f"{B}#xywh=10,20,100,50", "body": text("A leaf of 3.14 cm"), "motivation": "describing"},
    "tagged": {"target": B, "body": text("Quercus  Robur", purpose="tagging"), "motivation": "tagging"},
    "within": {"target": {"id": B, "type": "Canvas", "partOf": [{"id": MANIFEST, "type": "Manifest"}]}},
    "timed": {"target": box("https://example.org/film", "t=10,20")},
    "still": {"target": box("https://example.org/film", "t=30")},
    "image": {"target": A, "body": {"id": "https://example.org/x.jpg", "type": "Image"}},
    "many": {"target": [box(A, "xywh=500,500,10,10"), box(B, "xywh=0,0,10,10")]},
    "pinned": {"target": box(f"{OURS.replace('leaf', 'leaf@r1')}/canvas/1", "xywh=1,2,3,4")},
    "unpinned": {"target": f"{OURS}/canvas/1#xywh=1,2,3,4"},
}


@pytest.fixture(scope="module")
def site(annotation_site: Site) -> Site:
    return annotation_site


@pytest.fixture(scope="module")
def container(site: Site) -> str:
    """A container with the corpus, each annotation under its name."""
    name: str = site.container()
    for slug, members in CORPUS.items():
        document = site.annotation(**members)
        if "body" not in members:
            del document["body"]
        site.made(name, document, slug=slug, token="boris" if slug == "image" else "anna")
    return name


def found(site: Site, container: str, *parameters: tuple[str, str], **others: Any) -> list[str]:
    """The names of all that is found, page after page."""
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters)
    path: str | None = f"{container}/?{query}"
    names: list[str] = []
    while path:
        answer = site.get(path, **others)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        names += [item["id"].rpartition("/")[2] for item in page["items"]]
        path = page.get("next")
    return names


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ([("target", A)], {"plain", "boxed", "shaped", "image", "many"}),
        ([("target", A), ("target", B)], {"plain", "boxed", "shaped", "image", "many", "other", "tagged", "within"}),
        ([("target", f"{B}#xywh=10,20,100,50")], {"other"}),
        ([("target", "https://example.org/nothing")], set()),
        ([("manifest", MANIFEST)], {"within"}),
        ([("target", f"{OURS}/canvas/1")], {"pinned", "unpinned"}),
        ([("target", f"{OURS.replace('leaf', 'leaf@r2')}/canvas/1")], {"pinned", "unpinned"}),
        ([("manifest", OURS)], {"pinned", "unpinned"}),
        ([("target", A), ("region", "0,0,30,30")], {"boxed", "shaped"}),
        ([("target", A), ("region", "70,60,20,20")], {"boxed"}),
        ([("target", A), ("region", "0,0,10,20")], {"shaped"}),
        ([("target", A), ("region", "110.5,20,5,5")], set()),
        ([("target", A), ("region", TRIANGLE)], {"boxed", "shaped"}),
        ([("target", A), ("region", "POLYGON((90 90,200 90,200 200,90 90))")], set()),
        ([("target", A), ("region", "0,0,1,1"), ("region", "505,505,1,1")], {"shaped", "many"}),
        ([("target", B), ("region", "505,505,1,1")], set()),
        ([("time", "15,16")], {"timed"}),
        ([("time", "20,30")], set()),
        ([("time", "20,")], {"still"}),
        ([("time", "30,30")], {"still"}),
        ([("target", "https://example.org/film"), ("time", "0,")], {"timed", "still"}),
        ([("text", "leaf")], {"plain", "other"}),
        ([("text", "ЖЕЛТЫЙ лист")], {"boxed"}),
        ([("text", '"leaf with holes"')], {"plain"}),
        ([("text", '"holes leaf"')], set()),
        ([("text", "hol*")], {"plain"}),
        ([("text", "листь*")], {"boxed"}),
        ([("text", "3.14")], {"other"}),
        ([("text", "holes"), ("text", "листья")], {"plain", "boxed"}),
        ([("text", "the")], set()),
        ([("creator", "boris")], {"image"}),
        ([("motivation", "oa:describing")], {"other"}),
        ([("tag", "QUERCUS robur")], {"tagged"}),
        ([("body_type", "Image")], {"image"}),
        ([("created", "2020")], set()),
        ([("created", "2020/..")], set(CORPUS)),
        ([("modified", "../2021")], set()),
        ([("state", "accepted")], set(CORPUS)),
        ([("state", "draft")], set()),
        ([("target", A), ("text", "leaf")], {"plain"}),
        ([("target", B), ("text", "leaf")], {"other"}),
        ([("target", B), ("region", "0,0,50,50"), ("text", "leaf")], {"other"}),
        ([("target", A), ("creator", "boris"), ("body_type", "Image")], {"image"}),
        ([("text", "leaf"), ("motivation", "commenting")], {"plain"}),
        ([("manifest", MANIFEST), ("target", A)], set()),
        ([("manifest", MANIFEST), ("target", B)], {"within"}),
        ([("text", "leaf"), ("created", "2020/..")], {"plain", "other"}),
    ],
)
def test_a_parameter_finds_what_it_says(
    site: Site, container: str, parameters: list[tuple[str, str]], expected: set[str]
) -> None:
    names = found(site, container, *parameters)
    assert set(names) == expected
    assert len(names) == len(expected)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("region=1,2,3,4", "region"),
        ("target=", "target"),
        ("colour=red", "colour"),
        ("target=x&page=3", "page"),
        ("target=x&iris=2", "iris"),
        ("text=%22%22", "text"),
        ("state=lost", "state"),
        ("created=yesterday", "created"),
        ("limit=0", "limit"),
        ("text=leaf&cursor=AAAA", "cursor"),
        ("time=soon", "time"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(site: Site, container: str, query: str, parameter: str) -> None:
    problem = site.problem(site.get(f"{container}/?{query}"), 400, "invalid-request")
    assert problem["parameter"] == parameter


def test_pages_lead_forwards_and_back(site: Site, container: str) -> None:
    first = site.get(f"{container}/?created=2020/..&limit=5").json()
    assert first["type"] == "AnnotationPage"
    assert first["@context"] == "http://www.w3.org/ns/anno.jsonld"
    assert first["partOf"] == {"id": first["id"], "type": "AnnotationCollection"}
    assert first["startIndex"] == 0
    assert "prev" not in first
    second = site.get(first["next"]).json()
    assert second["id"] == first["next"]
    assert second["startIndex"] == 5
    third = site.get(second["next"]).json()
    assert "next" not in third
    assert [item["id"].rpartition("/")[2] for page in (first, second, third) for item in page["items"]] == list(
        CORPUS
    )
    back = site.get(third["prev"]).json()
    assert (back["items"], back["startIndex"]) == (second["items"], 5)
    again = site.get(back["prev"]).json()
    assert again["items"] == first["items"]
    assert "prev" not in again


def test_a_cursor_is_good_for_its_query_only(site: Site, container: str) -> None:
    page = site.get(f"{container}/?created=2020/..&limit=2").json()
    cursor = parse_qs(urlsplit(page["next"]).query)["cursor"][0]
    site.problem(site.get(f"{container}/?created=2021/..&limit=2&cursor={cursor}"), 400, "invalid-request")


def test_results_as_iris_as_turtle_and_not_at_all(site: Site, container: str) -> None:
    whole = site.get(f"{container}/?tag=quercus%20robur")
    assert whole.headers["cache-control"] == "private, no-cache"
    assert whole.json()["items"][0]["body"]["value"] == "Quercus  Robur"
    iris = site.get(f"{container}/?tag=quercus%20robur&iris=1").json()
    assert iris["items"] == [item["id"] for item in whole.json()["items"]]
    turtle = site.get(f"{container}/?tag=quercus%20robur", accept="text/turtle")
    assert turtle.status_code == 200
    assert "Quercus  Robur" in turtle.text
    tag = whole.headers["etag"]
    assert site.get(f"{container}/?tag=quercus%20robur", if_none_match=tag).status_code == 304
    assert site.get(f"{container}/?tag=nothing", if_none_match=tag).status_code == 200
    assert site.get(f"{container}/?tag=nothing").json()["items"] == []


def test_the_tag_of_a_page_changes_with_what_is_on_it(site: Site) -> None:
    name = site.container()
    made = site.made(name)
    before = site.get(f"{name}/?text=page").headers["etag"]
    changed = {**made.json(), "body": text("Another page")}
    site.request("PUT", made.headers["location"], json=changed, if_match=made.headers["etag"])
    assert site.get(f"{name}/?text=page").headers["etag"] != before
    assert site.get(f"{name}/?text=like").json()["items"] == []


def test_all_containers_are_searched_as_far_as_they_are_seen(site: Site) -> None:
    word = "всезнайка"
    made = {
        visibility: site.made(
            site.container(visibility=visibility), site.annotation(body=text(word)), token="curator"
        ).headers["location"]
        for visibility in ("public", "restricted")
    }
    private = site.request("POST", "", json={"label": "mine", "visibility": "private"}).headers["location"]
    mine = site.request("POST", private, json=site.annotation(body=text(word))).headers["location"]

    def seen(token: str | None) -> set[str]:
        page = site.get(f"?text={quote(word)}&iris=1", token=token).json()
        return set(page["items"])

    assert seen(None) == {made["public"]}
    assert seen("reader") == set(made.values())
    assert seen("anna") == {*made.values(), mine}
    assert seen("boris") == set(made.values())
    assert seen("admin") == {*made.values(), mine}
    site.problem(site.get("?region=1,2,3,4"), 400, "invalid-request")


def test_an_annotation_is_found_by_the_id_that_its_client_made(site: Site) -> None:
    name = site.container()
    alias = "urn:uuid:7e6f2a9c-0000-4000-8000-000000000001"
    made = site.made(name, site.annotation(id=alias))
    path = f"{name}/{quote(alias, safe='')}"
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        answer = site.request(method, path, json=made.json() if method == "PUT" else None)
        assert (answer.status_code, answer.headers["location"]) == (307, made.headers["location"])
    assert site.request("OPTIONS", path).status_code == 200
    site.problem(site.get(f"{name}/urn:uuid:unknown"), 404, "unknown-annotation")
    site.made(name, site.annotation(id="plain-id"), slug="named")
    assert site.get(f"{name}/plain-id").headers["location"].endswith(f"{name}/named")


def test_an_alias_tells_nothing_of_what_is_not_seen(site: Site) -> None:
    private = site.request("POST", "", json={"label": "mine", "visibility": "private"}).headers["location"]
    site.request("POST", private, json=site.annotation(id="urn:mine"))
    assert site.get(f"{private}urn:mine").status_code == 307
    assert site.get(f"{private}urn:mine", token=None).status_code == 401
