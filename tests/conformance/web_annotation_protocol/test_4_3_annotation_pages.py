"""Web Annotation Protocol §4.3: the pages of a container."""

from __future__ import annotations

import pytest

from tests.fixtures.annotation_protocol import (
    BASIC_CONTAINER,
    DESCRIPTIONS,
    IRIS,
    Site,
    listed,
)

pytestmark = pytest.mark.integration


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
