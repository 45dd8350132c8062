"""Uploads, jobs, sessions, health."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import anyio
import httpx
import pytest

from config.access import Role
from config.version import Version
from iiif_server.record import Revision
from ingest.broker import open_broker
from ingest.catalog import open_catalog
from ingest.http import health
from ingest.http.app import create_api
from ingest.http.health import Health
from ingest.leases import claim_job, fail_job
from ingest.services import Services
from ingest.tokens import create_session_code, create_token

pytestmark = pytest.mark.integration

BASE = "http://localhost:8000"
OpenClient = Callable[..., httpx.Client]


@pytest.fixture
def client(services: Services, open_client: OpenClient) -> httpx.Client:
    return open_client(create_api(services, version=Version("1.2.3", "abc")))


@pytest.fixture
def curator(services: Services) -> dict[str, str]:
    return {"Authorization": f"Bearer {create_token(services, 'curator', [Role.CURATE])}"}


def problem(response: Any, status: int, type_: str) -> str:
    assert response.status_code == status, response.text
    document = response.json()
    assert document["type"] == f"urn:pigture:problem:{type_}"
    return str(document.get("detail"))


def test_an_upload_is_kept_and_its_job_can_be_followed(
    services: Services, client: httpx.Client, curator: dict[str, str], write_jpeg: Callable[..., Path]
) -> None:
    data = write_jpeg(width=1500, height=1500).read_bytes()
    query = {"identifier": "папка/лист", "filename": "leaf.jpg", "label": "A leaf", "access": "restricted"}
    answer = client.post("/uploads", params=query, content=data, headers=curator)
    assert answer.status_code == 202
    job = client.get(answer.headers["location"], headers=curator).json()
    assert (job["identifier"], job["state"], job["file_name"]) == ("папка/лист", "queued", "leaf.jpg")
    image = client.get(job["image"], headers=curator).json()
    assert (image["state"], image["label"], image["access"]) == ("converting", "A leaf", "restricted")
    assert image["master"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert [found.key.rpartition("/")[2] for found in services.store.list_objects("masters/")] == ["leaf.jpg"]
    assert [path.name for path in services.scratch.iterdir()] == [".lock"]
    assert [item["id"] for item in client.get("/jobs?state=queued", headers=curator).json()["items"]] == [job["id"]]
    assert client.get("/jobs?state=done", headers=curator).json()["items"] == []
    problem(client.get("/jobs?state=sleeping", headers=curator), 400, "invalid-request")


def test_uploads_that_cannot_be_taken_are_refused_and_leave_nothing(
    services: Services,
    client: httpx.Client,
    curator: dict[str, str],
    publish_image: Callable[..., Revision],
) -> None:
    publish_image("taken")
    before = [found.key for found in services.store.list_objects("")]
    problem(client.post("/uploads", content=b"x", headers=curator), 400, "invalid-request")
    problem(client.post("/uploads?identifier=a%00", content=b"x", headers=curator), 400, "invalid-request")
    problem(client.post("/uploads?identifier=a&access=x", content=b"x", headers=curator), 400, "invalid-request")
    problem(client.post("/uploads?identifier=taken", content=b"x", headers=curator), 409, "identifier-taken")
    assert "empty" in problem(client.post("/uploads?identifier=a", headers=curator), 422, "unreadable-source")
    assert [found.key for found in services.store.list_objects("")] == before
    assert [path.name for path in services.scratch.iterdir()] == [".lock"]


@pytest.mark.parametrize("announced", [True, False])
def test_an_upload_above_the_limit_is_refused(
    services: Services, curator: dict[str, str], open_client: OpenClient, announced: bool
) -> None:
    settings = services.settings.model_copy(update={"max_source_bytes": 3_000_000})
    body = b"x" * 3_000_001 if announced else iter([b"x" * 1_000_000] * 4)
    client = open_client(create_api(dataclasses.replace(services, settings=settings)))
    problem(client.post("/uploads?identifier=a", content=body, headers=curator), 413, "too-large")
    assert services.catalog.image("a") is None
    assert [found.key for found in services.store.list_objects("")] == ["access/tokens.json"]
    assert list(services.settings.data.glob("scratch/[!.]*")) == []


def test_a_failed_job_is_tried_again(services: Services, client: httpx.Client, curator: dict[str, str]) -> None:
    job = client.post("/uploads?identifier=a", content=b"no image", headers=curator).json()
    claim = claim_job(services.catalog, job["id"], "", 30)
    assert claim is not None
    problem(client.post(f"/jobs/{job['id']}/retry", headers=curator), 409, "not-retriable")
    fail_job(services.catalog, claim, "a is no image.", quarantine=True)
    assert client.get(f"/jobs/{job['id']}", headers=curator).json()["error"] == "a is no image."
    assert client.post(f"/jobs/{job['id']}/retry", headers=curator).json()["state"] == "queued"
    problem(client.get("/jobs/01nothing", headers=curator), 404, "unknown-job")
    problem(client.post("/jobs/%00/retry", headers=curator), 404, "unknown-job")


def test_a_one_time_link_opens_a_session(services: Services, client: httpx.Client) -> None:
    code = create_session_code(services, create_token(services, "lab", [Role.CURATE]))
    assert client.get("/session").json() == {"name": None, "roles": []}
    assert client.head(f"/session?code={code}").status_code == 200
    opened = client.get(f"/session?code={code}")
    assert (opened.status_code, opened.headers["location"]) == (303, f"{BASE}/")
    cookie = opened.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("pigture_session=", "httponly", "samesite=strict", "path=/"))
    assert "secure" not in cookie
    session = client.get("/session").json()
    assert session == {"name": "lab", "roles": ["curate"]}
    problem(client.get(f"/session?code={code}"), 403, "unknown-session-code")


def test_a_cookie_writes_only_for_pages_of_our_own(services: Services, client: httpx.Client) -> None:
    token = create_token(services, "lab", [Role.CURATE])
    client.get(f"/session?code={create_session_code(services, token)}")
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost:8001"}):
        problem(client.post("/uploads?identifier=a", content=b"x", headers=headers), 403, "forbidden")
        problem(client.delete("/session", headers=headers), 403, "forbidden")
    assert client.get("/jobs").status_code == 200
    assert client.post("/uploads?identifier=a", content=b"x", headers={"Origin": BASE}).status_code == 202

    stolen = client.cookies["pigture_session"]
    assert client.delete("/session", headers={"Origin": BASE}).status_code == 204
    assert client.get("/session").json() == {"name": None, "roles": []}
    problem(client.get("/jobs", headers={"Authorization": f"Bearer {stolen}"}), 401, "unauthorized")
    problem(client.get("/jobs", headers={"Cookie": f"pigture_session={stolen}"}), 401, "unauthorized")


def test_open_lets_programs_at_this_machine_write_and_nobody_else(
    services: Services, open_client: OpenClient
) -> None:
    settings = services.settings.model_copy(update={"open": True})
    api = create_api(dataclasses.replace(services, settings=settings))
    here, elsewhere = open_client(api, peer="127.0.0.1"), open_client(api)
    assert here.get("/session").json() == {"name": "open", "roles": ["curate", "read"]}
    assert here.post("/uploads?identifier=a", content=b"x").status_code == 202
    problem(elsewhere.post("/uploads?identifier=b", content=b"x"), 401, "unauthorized")
    for headers in (
        {"X-Forwarded-For": "127.0.0.1"},
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
    ):
        problem(here.post("/uploads?identifier=b", content=b"x", headers=headers), 401, "unauthorized")
    problem(here.delete("/images/a?purge=true"), 403, "forbidden")


def test_without_open_this_machine_needs_a_token_too(services: Services, open_client: OpenClient) -> None:
    here = open_client(create_api(services), peer="127.0.0.1")
    problem(here.post("/uploads?identifier=a", content=b"x"), 401, "unauthorized")


def test_health_tells_version_commit_and_every_part(client: httpx.Client) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "version": "1.2.3",
        "commit": "abc",
        "checks": {"database": "ok", "queue": "ok", "storage": "ok"},
    }


def test_checks_of_health_that_hang_do_not_pile_up_and_the_next_sound_one_counts(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage, release, hanging = services.store, threading.Event(), threading.Event()
    begun = []

    class Hanging:
        def head(self, key: str) -> Any:
            if hanging.is_set():
                begun.append(key)
                release.wait()
            return storage.head(key)

    monkeypatch.setattr(health, "TIMEOUT_S", 0.05)
    endpoint = Health(dataclasses.replace(services, store=cast("Any", Hanging())), Version("1", "c"), {})

    async def ask(count: int) -> list[int]:
        return [(await endpoint.read_health(cast("Any", None))).status_code for _ in range(count)]

    hanging.set()
    assert set(asyncio.run(ask(10))) == {503}
    assert len(begun) < 4
    hanging.clear()
    release.set()
    monkeypatch.undo()
    time.sleep(0.2)
    assert asyncio.run(ask(3)) == [200] * 3


@pytest.mark.parametrize("seconds", [0, 3600])
def test_health_asks_the_parts_beside_the_api_and_waits_for_none_for_ever(
    services: Services, open_client: OpenClient, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    monkeypatch.setattr(health, "TIMEOUT_S", 0.5)

    async def sound() -> bool:
        return True

    async def away() -> bool:
        await anyio.sleep(seconds)
        return False

    client = open_client(create_api(services, others={"annotations": sound, "others": away}))
    answer = client.get("/health")
    assert problem(answer, 503, "unhealthy") == "No answer from: others."
    assert answer.json()["checks"]["annotations"] == "ok"


def test_health_names_what_is_away(services: Services, open_client: OpenClient) -> None:
    catalog = open_catalog("postgresql://pigture@/pigture?host=/nowhere")
    away = dataclasses.replace(services, catalog=catalog, broker=open_broker("unix:///nowhere/socket"))
    client = open_client(create_api(away))
    answer = client.get("/health")
    assert problem(answer, 503, "unhealthy") == "No answer from: database, queue."
    assert answer.json()["checks"] == {"database": "no answer", "queue": "no answer", "storage": "ok"}
    problem(client.get("/images"), 503, "catalog-unavailable")
    catalog.close()
