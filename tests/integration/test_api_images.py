from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from config.access import Role
from iiif_server.layout import record_key
from iiif_server.record import Revision, parse_record
from ingest.http.app import create_api
from ingest.leases import claim_job, fail_job
from ingest.services import Services
from ingest.submit import submit_file
from ingest.tokens import create_token

pytestmark = pytest.mark.integration

BASE = "http://pigture.test"
Publish = Callable[..., Revision]
OpenClient = Callable[..., httpx.Client]


@pytest.fixture
def client(services: Services, open_client: OpenClient) -> httpx.Client:
    return open_client(create_api(services), base_url=BASE)


@pytest.fixture
def bearer(services: Services) -> Callable[..., dict[str, str]]:
    """Headers with a fresh token of these roles."""

    def make(*roles: Role) -> dict[str, str]:
        return {"Authorization": f"Bearer {create_token(services, '+'.join(roles), roles)}"}

    return make


def problem(response: Any, status: int, type_: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert (document["status"], document["type"]) == (status, f"urn:pigture:problem:{type_}")
    return document


@pytest.fixture
def four_images(services: Services, publish_image: Publish, write_jpeg: Callable[..., Path]) -> None:
    """One of each kind: failed, converting, restricted, public (the newest), and one deleted."""
    publish_image("public", seed=1, label="A leaf")
    publish_image("restricted", seed=2, access="restricted")
    submit_file(services, write_jpeg("3.jpg", seed=3), identifier="converting")
    job_id = submit_file(services, write_jpeg("4.jpg", seed=4), identifier="failed").job_id
    claim = claim_job(services.catalog, job_id, "", 30)
    assert claim is not None
    fail_job(services.catalog, claim, "4.jpg is no image.", quarantine=True)


@pytest.mark.usefixtures("four_images")
def test_everybody_sees_what_they_may(client: httpx.Client, bearer: Callable[..., dict[str, str]]) -> None:
    def names(**arguments: Any) -> list[str]:
        return [item["identifier"] for item in client.get("/images", **arguments).json()["items"]]

    curator = bearer(Role.CURATE)
    assert names() == ["public"]
    assert names(headers=bearer(Role.READ)) == ["restricted", "public"]
    assert names(headers=curator) == ["failed", "converting", "restricted", "public"]
    items = client.get("/images", headers=curator).json()["items"]
    assert [item["state"] for item in items] == ["failed", "converting", "live", "live"]
    assert [item["error"] for item in items] == ["4.jpg is no image.", None, None, None]
    client.delete("/images/public", headers=curator)
    assert "public" not in names(headers=curator)
    assert "public" in names(headers=curator, params={"deleted": "true"})
    assert names(params={"deleted": "true"}) == []


@pytest.mark.usefixtures("four_images")
def test_details_are_for_those_who_may_see_the_image(
    client: httpx.Client, bearer: Callable[..., dict[str, str]]
) -> None:
    reader, curator = bearer(Role.READ), bearer(Role.CURATE)
    assert client.get("/images/public").json()["label"] == "A leaf"
    assert "master" not in client.get("/images/public").json()
    denied = client.get("/images/restricted")
    problem(denied, 401, "unauthorized")
    assert denied.headers["www-authenticate"] == "Bearer"
    assert client.get("/images/restricted", headers=reader).json()["access"] == "restricted"
    problem(client.get("/images/failed", headers=reader), 404, "unknown-image")
    failed = client.get("/images/failed", headers=curator).json()
    assert (failed["state"], failed["master"]["state"], failed["jobs"][0]["state"]) == (
        "failed",
        "quarantined",
        "failed",
    )
    invalid = client.get("/images/public", headers={"Authorization": "Bearer nonsense"})
    problem(invalid, 401, "unauthorized")
    assert invalid.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_pages_of_the_list_are_linked_by_cursors(client: httpx.Client, publish_image: Publish) -> None:
    for number in range(3):
        publish_image(f"leaf {number}", seed=number)
    first = client.get("/images", params={"limit": 2}).json()
    second = client.get("/images", params={"limit": 2, "cursor": first["next"]}).json()
    assert [item["identifier"] for item in first["items"] + second["items"]] == ["leaf 2", "leaf 1", "leaf 0"]
    assert second["next"] is None
    assert [item["identifier"] for item in client.get("/images", params={"q": "F 1"}).json()["items"]] == ["leaf 1"]
    for query in (
        {"limit": "0"},
        {"limit": "1001"},
        {"limit": "x"},
        {"cursor": "-1"},
        {"cursor": "9" * 30},
        {"q": "\0"},
    ):
        (name,) = query
        assert problem(client.get("/images", params=query), 400, "invalid-request")["parameter"] == name


def test_identifiers_with_slashes_and_cyrillic_are_one_raw_segment(
    client: httpx.Client, publish_image: Publish
) -> None:
    publish_image("папка/лист@1")
    item = client.get("/images").json()["items"][0]
    assert item["id"] == f"{BASE}/images/%D0%BF%D0%B0%D0%BF%D0%BA%D0%B0%2F%D0%BB%D0%B8%D1%81%D1%82%401"
    assert client.get(item["id"]).json()["identifier"] == "папка/лист@1"
    problem(
        client.get(f"{BASE}/images/%D0%BF%D0%B0%D0%BF%D0%BA%D0%B0/%D0%BB%D0%B8%D1%81%D1%82%401"), 404, "not-found"
    )
    problem(client.get("/images/a;b"), 400, "invalid-request")
    problem(client.get("/images/a@01r"), 404, "not-found")
    problem(client.get("/images/%ff"), 400, "invalid-request")


def test_the_public_url_stands_before_every_address(
    services: Services, publish_image: Publish, open_client: OpenClient
) -> None:
    publish_image("leaf")
    settings = services.settings.model_copy(update={"public_url": "https://example.org/iiif"})
    client = open_client(create_api(dataclasses.replace(services, settings=settings)))
    item = client.get("/images").json()["items"][0]
    assert item["manifest"] == "https://example.org/iiif/iiif/presentation/3/leaf/manifest"


def test_forwarded_hosts_are_believed_on_the_unix_socket_only(
    services: Services, publish_image: Publish, open_client: OpenClient
) -> None:
    publish_image("leaf")
    headers = {"X-Forwarded-Host": "images.example.org", "X-Forwarded-Proto": "https"}
    clients = [open_client(create_api(services), peer=peer) for peer in ("", "192.0.2.1")]
    items = [client.get("/images", headers=headers).json()["items"][0] for client in clients]
    assert [item["service"] for item in items] == [
        "https://images.example.org/iiif/3/leaf",
        "http://localhost:8000/iiif/3/leaf",
    ]


def test_reading_is_open_to_pages_of_other_origins_and_writing_is_not(client: httpx.Client) -> None:
    origin = {"Origin": "https://mirador.example"}
    assert client.get("/images", headers=origin).headers["access-control-allow-origin"] == "*"
    preflight = client.options("/images/leaf", headers=origin | {"Access-Control-Request-Method": "DELETE"})
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
    assert "access-control-allow-origin" not in client.post("/uploads", headers=origin).headers


def test_a_curator_edits_and_deletes_and_an_administrator_purges(
    services: Services, client: httpx.Client, bearer: Callable[..., dict[str, str]], publish_image: Publish
) -> None:
    publish_image("leaf", label="Old", rights="https://r.example/")
    curator, administrator = bearer(Role.CURATE), bearer(Role.ADMINISTER)
    edited = client.patch(
        "/images/leaf", json={"label": "New", "access": "restricted", "rights": None}, headers=curator
    )
    assert (edited.json()["label"], edited.json()["access"], edited.json()["rights"]) == ("New", "restricted", None)
    record = parse_record(services.store.read(record_key("leaf")).data)
    assert (record.label, record.access, record.rights) == ({"none": ["New"]}, "restricted", None)
    assert client.patch("/images/leaf", json={"label": {"ru": ["Лист"]}}, headers=curator).json()["label"] == "Лист"

    problem(client.delete("/images/leaf?purge=true", headers=curator), 403, "forbidden")
    assert client.delete("/images/leaf", headers=curator).status_code == 204
    problem(client.get("/images/leaf"), 410, "deleted-image")
    problem(client.delete("/images/leaf", headers=curator), 410, "deleted-image")
    assert client.delete("/images/leaf?purge=true", headers=administrator).status_code == 204
    assert list(services.store.list_objects("masters/")) == []
    problem(client.delete("/images/nothing", headers=curator), 404, "unknown-image")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{broken",
        b'{"state": "live"}',
        b'{"label": 5}',
        b'{"label": {"en": "x"}}',
        b'{"access": "secret"}',
    ],
)
def test_a_patch_that_says_nothing_sensible_is_refused(
    client: httpx.Client, bearer: Callable[..., dict[str, str]], publish_image: Publish, body: bytes
) -> None:
    publish_image("leaf")
    problem(client.patch("/images/leaf", content=body, headers=bearer(Role.CURATE)), 400, "invalid-request")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/images/leaf"),
        ("DELETE", "/images/leaf"),
        ("DELETE", "/images/leaf?purge=true"),
        ("POST", "/uploads?identifier=leaf"),
        ("POST", "/jobs/01j/retry"),
        ("GET", "/jobs"),
        ("GET", "/jobs/01j"),
    ],
)
def test_nothing_is_written_and_no_job_is_seen_by_a_stranger(
    client: httpx.Client, bearer: Callable[..., dict[str, str]], method: str, path: str
) -> None:
    problem(client.request(method, path), 401, "unauthorized")
    problem(client.request(method, path, headers=bearer(Role.READ, Role.ANNOTATE)), 403, "forbidden")


def test_a_method_that_is_not_offered_is_answered_with_those_that_are(client: httpx.Client) -> None:
    response = client.put("/images/leaf")
    problem(response, 405, "method-not-allowed")
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "PATCH", "DELETE"}
    problem(client.get("/nothing"), 404, "not-found")
