"""Who may do what over HTTP, as one table of all routes; a test holds it against the routes that there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col
from starlette.routing import Route

from config.access import COOKIE_NAME, Role
from iiif_server.record import Revision
from ingest.http.app import create_api
from ingest.services import Services
from ingest.tables import Token
from ingest.tokens import create_session_code, create_token, open_session, revoke_token
from pigture.pages import page_routes

pytestmark = pytest.mark.integration

BASE = "http://pigture.test"
CALLERS = (
    *("nobody", "wrong token", "expired token", "revoked token", "expired cookie"),
    *("read", "annotate", "curate", "administer"),
    *("curator's cookie", "its cookie from elsewhere", "its cookie from our page"),
)

# By route, method and what is asked: the status for each caller, in the order of CALLERS. What goes wrong only
# behind the gate (no such image, no identifier) shows that the gate was passed, and changes nothing.
PUBLIC = (200, 401, 401, 401, 200, 200, 200, 200, 200, 200, 200, 200)
OPEN_TO_ALL = (200,) * 12
RESTRICTED = (401, 401, 401, 401, 401, 200, 200, 200, 200, 200, 200, 200)


def jobs(passed: int) -> tuple[int, ...]:
    return (401, 401, 401, 401, 401, 403, 403, *(passed,) * 5)


def writes(passed: int) -> tuple[int, ...]:
    return (401, 401, 401, 401, 401, 403, 403, passed, passed, 403, 403, passed)


TABLE: dict[tuple[str, str, str], tuple[int, ...]] = {
    ("/images", "GET", "/images"): PUBLIC,
    ("/images/{identifier:path}", "GET", "/images/public"): PUBLIC,
    ("/images/{identifier:path}", "GET", "/images/restricted"): RESTRICTED,
    ("/images/{identifier:path}/{which}", "GET", "/images/public/original"): jobs(200),
    ("/images/{identifier:path}/{which}", "GET", "/images/restricted/original"): jobs(200),
    ("/images/{identifier:path}/{which}", "GET", "/images/public/pyramid"): (*(401,) * 5, *(200,) * 7),
    ("/images/{identifier:path}/{which}", "GET", "/images/restricted/pyramid"): RESTRICTED,
    ("/images/{identifier:path}", "PATCH", "/images/public"): writes(400),
    ("/images/{identifier:path}", "PATCH", "/images/restricted"): writes(400),
    ("/images/{identifier:path}", "DELETE", "/images/nothing"): writes(404),
    ("/images/{identifier:path}", "DELETE", "/images/nothing?purge=true"): (
        *(401, 401, 401, 401, 401, 403, 403, 403, 404, 403, 403, 403),
    ),
    ("/jobs", "GET", "/jobs"): jobs(200),
    ("/jobs/{job_id}", "GET", "/jobs/nothing"): jobs(404),
    ("/jobs/{job_id}/retry", "POST", "/jobs/nothing/retry"): writes(404),
    ("/uploads", "POST", "/uploads"): writes(400),
    ("/uploads", "POST", "/uploads?identifier=public&replace=true"): writes(422),  # an empty file
    ("/session", "GET", "/session"): PUBLIC,
    ("/session", "GET", "/session?code=guessed"): (403,) * 12,
    # A cookie that is no longer in force is thrown away only on demand of our own pages, too.
    ("/session", "DELETE", "/session"): (204, 204, 204, 204, 403, 204, 204, 204, 204, 403, 403, 204),
    ("/metrics", "GET", "/metrics"): (401, 401, 401, 401, 401, 403, 403, 403, 200, 403, 403, 403),
    ("/health", "GET", "/health"): OPEN_TO_ALL,
    ("/", "GET", "/"): OPEN_TO_ALL,
    ("/view/{identifier:path}", "GET", "/view/restricted"): OPEN_TO_ALL,
    ("/icon.svg", "GET", "/icon.svg"): OPEN_TO_ALL,
}


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """Pages as they are built, in little."""
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / "index.html").write_text('<base href="/">')
    (folder / "icon.svg").write_text("<svg/>")
    return folder


@pytest.fixture
def headers(services: Services) -> dict[str, dict[str, str]]:
    """What each caller sends."""
    made = {role.value: create_token(services, role.value, [role]) for role in Role}
    tokens = {role: {"Authorization": f"Bearer {token}"} for role, token in made.items()}
    expired = create_token(services, "expired", list(Role), datetime.now(UTC) + timedelta(days=1))
    revoked = create_token(services, "revoked", list(Role))
    revoke_token(services, "revoked")
    session = open_session(services, create_session_code(services, made["curate"]))
    old_session = open_session(services, create_session_code(services, expired))
    with services.catalog.begin() as transaction:
        past = datetime.now(UTC) - timedelta(seconds=1)
        expiring = (col(Token.name) == "expired") | (col(Token.parent) == "expired")
        transaction.execute(update(Token).where(expiring).values(expires=past))
    cookie = {"Cookie": f"{COOKIE_NAME}={session}"}
    return {
        "nobody": {},
        "wrong token": {"Authorization": "Bearer pigture_wrong"},
        "expired token": {"Authorization": f"Bearer {expired}"},
        "revoked token": {"Authorization": f"Bearer {revoked}"},
        "expired cookie": {"Cookie": f"{COOKIE_NAME}={old_session}"},
        **tokens,
        "curator's cookie": cookie,
        "its cookie from elsewhere": cookie | {"Origin": "https://evil.example"},
        "its cookie from our page": cookie | {"Origin": BASE},
    }


@pytest.fixture
def client(
    services: Services, open_client: Callable[..., httpx.Client], publish_image: Callable[..., Revision], dist: Path
) -> httpx.Client:
    publish_image("public", seed=1)
    publish_image("restricted", seed=2, access="restricted")
    return open_client(create_api(services, extra_routes=page_routes(dist)), base_url=BASE)


def test_everybody_may_exactly_what_the_table_says(
    services: Services, client: httpx.Client, headers: dict[str, dict[str, str]]
) -> None:
    def written() -> list[tuple[str, str]]:
        return [(found.key, found.etag) for found in services.store.list_objects("images/")]

    before = written()
    actual = {}
    for (route, method, path), _ in TABLE.items():
        statuses = []
        for caller in CALLERS:
            client.cookies.clear()
            if method == "DELETE" and route == "/session" and caller == "its cookie from our page":
                statuses.append(204)  # it would end the session that the others need; see below
                continue
            statuses.append(client.request(method, path, headers=headers[caller]).status_code)
        actual[route, method, path] = tuple(statuses)
    assert actual == TABLE
    assert written() == before
    assert client.delete("/session", headers=headers["its cookie from our page"]).status_code == 204


def test_the_table_holds_every_route_and_method(services: Services, dist: Path) -> None:
    routes = create_api(services, extra_routes=page_routes(dist)).routes
    there_are = {
        (route.path, method)
        for route in routes
        if isinstance(route, Route)
        for method in (route.methods or ()) - {"HEAD"}
    }
    assert len([route for route in routes if not isinstance(route, Route)]) == 0
    assert {(route, method) for route, method, _ in TABLE} == there_are


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "TRACE", "QUERY"])
def test_other_methods_are_refused_to_everybody(
    client: httpx.Client, headers: dict[str, dict[str, str]], method: str
) -> None:
    for route, path in (("/images", "/images"), ("/health", "/health"), ("/jobs", "/jobs"), ("/", "/")):
        assert (route, method, path) not in TABLE
        assert client.request(method, path, headers=headers["administer"]).status_code == 405
