"""The annotation store within `pigture serve`: behind the proxy of the image workers, with the catalog's tokens."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import pyvips

from config.access import COOKIE_NAME, Role
from ingest.services import Services
from ingest.tokens import create_session_code, create_token, open_session, revoke_token
from pigture.annotation_process import build_annotations
from pigture.annotations_beside import AnnotationsBeside
from pigture.migrating import migrate_all

pytestmark = pytest.mark.integration

BODY = {
    "@context": "http://www.w3.org/ns/anno.jsonld",
    "type": "Annotation",
    "body": {"type": "TextualBody", "value": "Ёлка"},
    "target": "http://example.org/canvas/1",
}
LD_JSON = 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"'


@pytest.fixture
def ask(pigture_server: Any) -> Callable[..., httpx.Response]:
    def send(method: str, url: str, **headers: Any) -> httpx.Response:
        document = headers.pop("document", None)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("authorization", f"Bearer {pigture_server.token()}")
        named.setdefault("content-type", LD_JSON)
        url = url if url.startswith("http") else f"{pigture_server.url}/annotations/{url}"
        content = None if document is None else json.dumps(document)
        return httpx.request(method, url, content=content, headers=named, trust_env=False)

    return send


def test_every_method_and_header_passes_the_proxy(ask: Callable[..., httpx.Response], pigture_server: Any) -> None:
    container = ask("POST", "", slug="лист".encode(), document={"label": "A leaf"})
    assert container.status_code == 201, container.text
    made = ask("POST", container.headers["location"], slug="one", document=BODY)
    assert made.status_code == 201
    iri = made.headers["location"]
    assert iri == made.json()["id"] == f"{container.headers['location']}one"
    assert iri.startswith(f"{pigture_server.url}/annotations/")
    got = ask("GET", iri, authorization="")
    assert got.json() == made.json()
    assert {"link", "vary", "allow", "etag"} <= set(got.headers)
    assert ask("GET", iri, if_none_match=got.headers["etag"]).status_code == 304
    assert ask("HEAD", iri).headers["content-type"] == LD_JSON
    assert ask("PUT", iri, document=BODY).status_code == 428
    assert ask("PUT", iri, document=BODY, if_match='"old"').status_code == 412
    put = ask("PUT", iri, document=BODY, if_match=made.headers["etag"])
    assert put.status_code == 200
    prefer = 'return=representation;include="http://www.w3.org/ns/oa#PreferContainedIRIs"'
    listed = ask("GET", container.headers["location"], prefer=prefer)
    assert listed.json()["first"]["items"] == [iri]
    assert listed.headers["preference-applied"] == "return=representation"
    preflight = ask("OPTIONS", iri, origin="https://x.example", access_control_request_method="PUT")
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert ask("PATCH", iri).status_code == 405
    assert ask("DELETE", iri, if_match=put.headers["etag"]).status_code == 204
    assert ask("GET", iri).status_code == 410
    assert ask("DELETE", container.headers["location"], if_match="*").status_code == 204


def test_redirects_and_iris_lead_to_the_public_address(
    ask: Callable[..., httpx.Response], pigture_server: Any
) -> None:
    answer = ask("GET", "default")
    assert (answer.status_code, answer.headers["location"]) == (308, f"{pigture_server.url}/annotations/default/")


def test_manifests_lead_to_the_store_beside(
    ask: Callable[..., httpx.Response], pigture_server: Any, tmp_path: Path
) -> None:
    pyvips.Image.black(64, 48).jpegsave(str(tmp_path / "marked leaf.jpg"))
    assert pigture_server.command("ingest", tmp_path).returncode == 0
    address = f"{pigture_server.url}/iiif/presentation/3/marked%20leaf"
    manifest = httpx.get(f"{address}/manifest", trust_env=False).json()
    [canvas] = manifest["items"]
    [page] = canvas["annotations"]
    empty = httpx.get(page["id"], trust_env=False).json()
    assert (empty["id"], empty["type"], empty["items"]) == (page["id"], "AnnotationPage", [])
    noted = {**BODY, "target": f"{canvas['id']}#xywh=1,2,30,40"}
    made = ask("POST", "default/", document=noted)
    assert made.status_code == 201
    [shown] = httpx.get(page["id"], trust_env=False).json()["items"]
    assert shown["id"] == made.headers["location"]
    [search, older] = manifest["service"]
    for query, count in (("ёлка", 1), ("пальма", 0)):
        assert len(httpx.get(f"{search['id']}?q={query}", trust_env=False).json()["items"]) == count
        assert len(httpx.get(f"{older['@id']}?q={query}", trust_env=False).json()["resources"]) == count
    terms = httpx.get(f"{search['service'][0]['id']}?q=ёл", trust_env=False).json()
    assert [term["value"] for term in terms["items"]] == ["ёлка"]
    # What is noted on a canvas is seen on that of every revision, in the spelling of its manifest.
    revision = canvas["items"][0]["items"][0]["body"]["service"][0]["id"].rpartition("@")[2]
    [pinned] = httpx.get(f"{address}@{revision}/manifest", trust_env=False).json()["items"]
    assert pinned["id"] != canvas["id"]
    [again] = httpx.get(pinned["annotations"][0]["id"], trust_env=False).json()["items"]
    assert (again["id"], again["target"]) == (shown["id"], f"{pinned['id']}#xywh=1,2,30,40")


@pytest.fixture
def store(services: Services, serve_store: Callable[..., Any]) -> Iterator[httpx.Client]:
    """A client of the store over the catalog's tokens, in one process with something else."""
    migrate_all(services.settings)

    async def others(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for _ in range(2):
                await send({"type": (await receive())["type"] + ".complete"})
        else:
            await send({"type": "http.response.start", "status": 299, "headers": []})
            await send({"type": "http.response.body", "body": b""})

    url = str(services.settings.database_url)
    app = AnnotationsBeside(build_annotations(services), others)
    with serve_store(url, app) as site, httpx.Client(base_url=site.url, trust_env=False) as client:
        yield client


def test_the_store_and_the_others_share_a_port(store: httpx.Client) -> None:
    assert store.get("/annotations/").status_code == 200
    for path in ("/", "/health", "/annotationsx", "/images"):
        assert store.get(path).status_code == 299


VISIBILITIES = ("public", "restricted", "private")
CALLERS = ("nobody", "wrong", "revoked", "read", "annotate", "owner", "curate", "administer", "cookie", "foreign")


def row(*statuses: int) -> dict[str, int]:
    return dict(zip(CALLERS, statuses, strict=True))


# What each of CALLERS gets, by what is done and the visibility of the container that it is done in. The annotations
# are the owner's, who has the role annotate; the cookies are the curator's, from our own page and from another one.
TABLE: dict[tuple[str, str], dict[str, int]] = {
    ("read", "public"): row(200, 401, 401, 200, 200, 200, 200, 200, 200, 200),
    ("read", "restricted"): row(401, 401, 401, 200, 200, 200, 200, 200, 200, 200),
    ("read", "private"): row(401, 401, 401, 403, 403, 200, 403, 200, 403, 403),
    ("list", "public"): row(200, 401, 401, 200, 200, 200, 200, 200, 200, 200),
    ("list", "restricted"): row(401, 401, 401, 200, 200, 200, 200, 200, 200, 200),
    ("list", "private"): row(401, 401, 401, 403, 403, 200, 403, 200, 403, 403),
    ("create", "public"): row(401, 401, 401, 403, 201, 201, 201, 201, 201, 403),
    ("create", "restricted"): row(401, 401, 401, 403, 201, 201, 201, 201, 201, 403),
    ("create", "private"): row(401, 401, 401, 403, 403, 201, 403, 201, 403, 403),
    ("update", "public"): row(401, 401, 401, 403, 403, 200, 200, 200, 200, 403),
    ("update", "restricted"): row(401, 401, 401, 403, 403, 200, 200, 200, 200, 403),
    ("update", "private"): row(401, 401, 401, 403, 403, 200, 403, 200, 403, 403),
    ("delete", "public"): row(401, 401, 401, 403, 403, 412, 412, 412, 412, 403),
    ("delete", "private"): row(401, 401, 401, 403, 403, 412, 403, 412, 403, 403),
    ("change container", "public"): row(401, 401, 401, 403, 403, 412, 412, 412, 412, 403),
    ("change container", "private"): row(401, 401, 401, 403, 403, 412, 403, 412, 403, 403),
    ("make container", "public"): row(401, 401, 401, 403, 403, 403, 201, 201, 201, 403),
    ("make container", "private"): row(401, 401, 401, 403, 201, 201, 201, 201, 201, 403),
}


def test_who_may_do_what(services: Services, store: httpx.Client) -> None:
    roles = {"read": Role.READ, "annotate": Role.ANNOTATE, "owner": Role.ANNOTATE, "revoked": Role.CURATE}
    roles |= {"curate": Role.CURATE, "administer": Role.ADMINISTER}
    tokens = {name: create_token(services, name, [role]) for name, role in roles.items()}
    revoke_token(services, "revoked")
    session = open_session(services, create_session_code(services, tokens["curate"]))
    callers: dict[str, dict[str, str]] = {
        "nobody": {},
        "wrong": {"authorization": "Bearer guessed"},
        **{name: {"authorization": f"Bearer {token}"} for name, token in tokens.items()},
        "cookie": {"cookie": f"{COOKIE_NAME}={session}", "origin": str(store.base_url)},
        "foreign": {"cookie": f"{COOKIE_NAME}={session}", "origin": "http://evil.example"},
    }
    iris = {}
    for visibility in VISIBILITIES:
        with psycopg.connect(str(services.settings.database_url)) as connection:
            connection.execute(
                "insert into annotations.container (name, label, visibility, owner)"
                """ values (%s, '{"none": ["x"]}', %s, 'owner')""",
                (visibility, visibility),
            )
        made = store.post(f"/annotations/{visibility}/", json=BODY, headers=callers["owner"])
        assert made.status_code == 201, made.text
        iris[visibility] = made.headers["location"]

    def act(action: str, visibility: str, caller: str) -> httpx.Response:
        container = f"/annotations/{visibility}/"
        who = callers[caller]
        match action:
            case "read":
                return store.get(iris[visibility], headers=who)
            case "list":
                return store.get(container, headers=who)
            case "create":
                return store.post(container, json=BODY, headers=who)
            case "update":
                return store.put(iris[visibility], json=BODY, headers={"if-match": "*", **who})
            case "delete":
                return store.delete(iris[visibility], headers={"if-match": '"old"', **who})
            case "change container":
                return store.put(container, json={"label": "x"}, headers={"if-match": '"old"', **who})
            case _:
                return store.post("/annotations/", json={"visibility": visibility, "label": "x"}, headers=who)

    found = {
        (action, visibility): {caller: act(action, visibility, caller).status_code for caller in CALLERS}
        for action, visibility in TABLE
    }
    assert found == TABLE


def test_the_list_of_containers_is_that_of_the_caller(services: Services, store: httpx.Client) -> None:
    token = create_token(services, "anna", [Role.ANNOTATE])
    headers = {"authorization": f"Bearer {token}"}
    made = store.post("/annotations/", json={"visibility": "private", "label": "Mine"}, headers=headers)
    assert made.json()["visibility"] == "private"
    assert made.json()["creator"] == "anna"

    def names(**headers: str) -> list[str]:
        return [item["label"] for item in store.get("/annotations/", headers=headers).json()["contains"]]

    assert names() == ["Annotations"]
    assert sorted(names(**headers)) == ["Annotations", "Mine"]
    private = store.get(made.headers["location"], headers=headers)
    assert private.headers["cache-control"] == "private, no-store"


def test_a_restricted_container_can_be_asked_about_by_browsers(services: Services, store: httpx.Client) -> None:
    token = create_token(services, "admin", [Role.ADMINISTER])
    headers = {"authorization": f"Bearer {token}", "if-none-match": "*"}
    store.put("/annotations/house/", json={"visibility": "restricted"}, headers=headers)
    for path in ("/annotations/house/", "/annotations/nothing/", "/annotations/house/x", "/annotations/"):
        assert store.request("OPTIONS", path).status_code == 200


def test_a_store_by_itself_needs_postgresql_only(
    services: Services, pigture: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    refused = pigture("annotation-store")
    assert refused.returncode == 1
    assert "PIGTURE_DATABASE_URL" in refused.stderr
    heavy = "import sys, pigture.annotation_process; assert not {'pyvips', 'rdflib'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", heavy], check=True)
