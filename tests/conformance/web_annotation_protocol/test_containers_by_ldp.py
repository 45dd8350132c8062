"""Containers themselves, which the protocol leaves to the Linked Data Platform (LDP); and the store's health."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.annotation_protocol import (
    MINIMAL,
    Site,
)

pytestmark = pytest.mark.integration

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
