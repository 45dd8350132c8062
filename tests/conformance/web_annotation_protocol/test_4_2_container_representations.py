"""Web Annotation Protocol §4.2: what a container's description holds, and what clients may prefer."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.fixtures.annotation_protocol import (
    DESCRIPTIONS,
    IRIS,
    MINIMAL,
    Site,
    listed,
)

pytestmark = pytest.mark.integration

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
