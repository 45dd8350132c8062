"""Originals and pyramids over HTTP: who may, whole, in ranges, again, and as adopted files (RFC 9110, RFC 6266)."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from config.access import Role
from config.settings import Settings
from iiif_server.layout import CHANGES_PREFIX, revision_object_key
from iiif_server.record import Revision
from ingest.adoption.submit_adoption import submit_adoption
from ingest.delete import delete_image
from ingest.http.app import create_api
from ingest.job import ACTIVE
from ingest.services import Services
from ingest.submit import submit_file
from ingest.tokens import create_token

pytestmark = pytest.mark.integration

IDENTIFIER = "лес/лист"
ORIGINAL = f"/images/{quote(IDENTIFIER, safe='')}/original"
PYRAMID = f"/images/{quote(IDENTIFIER, safe='')}/pyramid"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    folder.mkdir()
    return folder


@pytest.fixture
def ingest_settings(ingest_settings: Settings, archive: Path) -> Settings:
    return ingest_settings.model_copy(update={"adopt_roots": (str(archive),)})


@pytest.fixture
def client(services: Services, open_client: Callable[..., httpx.Client]) -> httpx.Client:
    """Asks as a curator."""
    made = open_client(create_api(services), base_url="http://h")
    made.headers["authorization"] = f"Bearer {create_token(services, 'curator', [Role.CURATE])}"
    made.headers["accept-encoding"] = "identity"
    return made


@pytest.fixture
def published(services: Services, publish_image: Callable[..., Revision]) -> Revision:
    return publish_image(IDENTIFIER, seed=1)


@pytest.fixture
def original(published: Revision, tmp_path: Path) -> bytes:
    return (tmp_path / "1.jpg").read_bytes()


def test_the_original_comes_as_it_came_in(client: httpx.Client, original: bytes) -> None:
    answer = client.get(ORIGINAL)
    assert answer.status_code == 200
    assert answer.content == original
    sha256 = hashlib.sha256(original)
    assert answer.headers["etag"] == f'"{sha256.hexdigest()}"'
    assert answer.headers["repr-digest"] == f"sha-256=:{base64.b64encode(sha256.digest()).decode()}:"
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-length"] == str(len(original))
    assert answer.headers["content-disposition"] == 'attachment; filename="1.jpg"'
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_pyramid_of_the_current_and_of_a_given_revision(
    client: httpx.Client, published: Revision, publish_image: Callable[..., Revision]
) -> None:
    newer = publish_image(IDENTIFIER, seed=2, replace=True)
    pinned = PYRAMID.replace("/pyramid", f"@{published.name}/pyramid")
    for path, revision in ((PYRAMID, newer), (pinned, published)):
        answer = client.get(path)
        assert answer.content == b"pyramid of " + revision.name.encode()
        assert answer.headers["etag"] == f'"{revision.name}"'
        assert answer.headers["content-type"] == "image/tiff"
        assert answer.headers["content-disposition"].endswith("filename*=UTF-8''" + quote("лист.tif"))
    assert client.get(pinned.replace("pyramid", "original")).headers["content-disposition"].endswith('"1.jpg"')


# §9.3.2: "The HEAD method is identical to GET except that the server MUST NOT send content in the response"; §14.2:
# "A server MUST ignore a Range header field received with a request method … for which range handling is not
# defined."
@pytest.mark.parametrize("path", [ORIGINAL, PYRAMID])
def test_head_is_get_without_content(client: httpx.Client, original: bytes, path: str) -> None:
    get, head = client.get(path), client.head(path, headers={"range": "bytes=0-1"})
    assert head.status_code == 200
    assert head.content == b""
    assert dict(head.headers) == dict(get.headers)


# §15.3.7.1: "If a single part is being transferred, the server generating the 206 response MUST generate a
# Content-Range header field".
@pytest.mark.parametrize(("asked", "start", "end"), [("5-9", 5, 10), ("-7", -7, None), ("100-", 100, None)])
def test_one_range(client: httpx.Client, original: bytes, asked: str, start: int, end: int | None) -> None:
    answer = client.get(ORIGINAL, headers={"range": f"bytes={asked}"})
    assert answer.status_code == 206
    assert answer.content == original[start:end]
    first, size = start % len(original), len(original)
    last = first + len(answer.content) - 1
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{size}"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["etag"] == client.head(ORIGINAL).headers["etag"]


# §15.3.7.2: "If multiple parts are being transferred, the server … MUST generate 'multipart/byteranges' content";
# "MUST NOT generate a Content-Range header field in the header section of a multipart response".
def test_several_ranges(client: httpx.Client, original: bytes) -> None:
    answer = client.get(ORIGINAL, headers={"range": "bytes=0-3, -2"})
    assert answer.status_code == 206
    kind, _, boundary = answer.headers["content-type"].partition("; boundary=")
    assert kind == "multipart/byteranges"
    assert "content-range" not in answer.headers
    assert answer.headers["content-length"] == str(len(answer.content))
    _, first, second, _ = answer.content.split(f"--{boundary}".encode())
    size = len(original)
    assert first.endswith(f"Content-Range: bytes 0-3/{size}\r\n\r\n".encode() + original[:4] + b"\r\n")
    assert second.endswith(f"bytes {size - 2}-{size - 1}/{size}\r\n\r\n".encode() + original[-2:] + b"\r\n")


# §15.5.17: "A server that generates a 416 response to a byte-range request SHOULD generate a Content-Range header
# field specifying the current length of the selected representation".
def test_a_range_behind_the_end(client: httpx.Client, original: bytes) -> None:
    answer = client.get(ORIGINAL, headers={"range": f"bytes={len(original)}-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(original)}"
    assert answer.headers["content-type"] == "application/problem+json"
    assert "content-disposition" not in answer.headers


# §13.1.5: "If the validator given in the If-Range header field … matches …, then the recipient … processes the Range
# header field as requested; otherwise … ignores".
def test_a_download_is_resumed_only_where_the_file_is_still_the_same(client: httpx.Client, original: bytes) -> None:
    etag = client.head(ORIGINAL).headers["etag"]
    asked = {"range": "bytes=100-"}
    assert client.get(ORIGINAL, headers={**asked, "if-range": etag}).content == original[100:]
    for other in ('"other"', f"W/{etag}", "Tue, 24 Nov 2026 00:00:00 GMT"):
        answer = client.get(ORIGINAL, headers={**asked, "if-range": other})
        assert (answer.status_code, answer.content) == (200, original)


# §13.2.2: If-Match before If-None-Match before Range; §13.1.1: strong, §13.1.2: weak comparison.
def test_conditions_come_before_ranges(client: httpx.Client, original: bytes) -> None:
    etag = client.head(ORIGINAL).headers["etag"]
    for condition in (etag, f'"x", {etag}', f"W/{etag}", "*"):
        answer = client.get(ORIGINAL, headers={"if-none-match": condition, "range": "bytes=0-1"})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
        assert answer.headers["vary"] == "Authorization, Cookie"
    for condition, status in ((etag, 200), ("*", 200), ('"x"', 412), (f"W/{etag}", 412)):
        assert client.get(ORIGINAL, headers={"if-match": condition}).status_code == status


def test_scripts_of_other_origins_that_have_a_token_may_read_the_headers(
    client: httpx.Client, original: bytes
) -> None:
    answer = client.get(ORIGINAL, headers={"origin": "https://x.example", "range": "bytes=0-1"})
    assert answer.headers["access-control-allow-origin"] == "*"
    exposed = answer.headers["access-control-expose-headers"]
    for name in ("Content-Range", "Accept-Ranges", "ETag", "Content-Disposition", "Repr-Digest"):
        assert name in exposed
    asked = {"origin": "https://x.example", "access-control-request-method": "GET"}
    allowed = client.options(ORIGINAL, headers=asked).headers["access-control-allow-headers"]
    assert {"Range", "If-Range"} <= set(allowed.split(", "))


def test_an_identifier_that_looks_like_a_file_is_an_image(
    client: httpx.Client, publish_image: Callable[..., Revision]
) -> None:
    publish_image("a/original", seed=3)
    assert client.get("/images/a%2Foriginal").json()["identifier"] == "a/original"
    assert client.get("/images/a%2Foriginal/original").headers["content-type"] == "image/jpeg"
    assert client.get("/images/a/original").status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_files_are_only_read(client: httpx.Client, method: str) -> None:
    for path in ("/images/scan/original", "/images/nothing/pyramid"):
        answer = client.request(method, path)
        assert answer.status_code == 405
        assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_what_is_not_there_is_said(
    client: httpx.Client, services: Services, published: Revision, write_jpeg: Callable[..., Path]
) -> None:
    def problem(path: str) -> tuple[int, str]:
        answer = client.get(path)
        return answer.status_code, answer.json()["type"].rpartition(":")[2]

    assert problem("/images/nothing/original") == (404, "unknown-image")
    assert problem(PYRAMID.replace("/pyramid", "@nothing/pyramid")) == (404, "unknown-image")
    assert problem(f"{ORIGINAL}/x") == (404, "not-found")
    submit_file(services, write_jpeg("9.jpg", seed=9), identifier="waiting")
    assert problem("/images/waiting/pyramid") == (404, "missing-file")
    assert client.get("/images/waiting/original").status_code == 200
    services.store.delete(revision_object_key(IDENTIFIER, published.name, "pyramid.tif"))
    assert problem(PYRAMID) == (404, "missing-file")
    delete_image(services, IDENTIFIER, purge=False)
    assert problem(ORIGINAL) == (410, "deleted-image")


def test_details_tell_what_the_caller_may_download(
    client: httpx.Client, services: Services, published: Revision
) -> None:
    path = ORIGINAL.removesuffix("/original")
    assert client.get(path).json()["downloads"] == {
        "original": f"http://h{ORIGINAL}",
        "pyramid": f"http://h{PYRAMID}",
    }
    reader = {"authorization": f"Bearer {create_token(services, 'reader', [Role.READ])}"}
    assert client.get(path, headers=reader).json()["downloads"] == {"pyramid": f"http://h{PYRAMID}"}
    del client.headers["authorization"]
    assert client.get(path).json()["downloads"] == {}


def test_an_adopted_file_is_sent_as_long_as_it_is_the_one_that_was_indexed(
    client: httpx.Client,
    services: Services,
    archive: Path,
    foreign: Any,
    photograph: Any,
    start_worker: Callable[..., Event],
) -> None:
    path = foreign.vips(archive / "скан 1.tif", photograph(1000, 700))
    stop = start_worker()
    job_id = submit_adoption(services, str(path), identifier="a").job_id
    deadline = time.monotonic() + 60
    while (job := services.catalog.job(job_id)) is None or job.state in ACTIVE:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    stop.set()
    whole = path.read_bytes()
    tags = set()
    for which in ("original", "pyramid"):
        answer = client.get(f"/images/a/{which}")
        assert (answer.status_code, answer.content) == (200, whole)
        assert answer.headers["content-disposition"].endswith("UTF-8''" + quote("скан 1.tif"))
        assert client.get(f"/images/a/{which}", headers={"range": "bytes=-9"}).content == whole[-9:]
        tags.add(answer.headers["etag"])
    assert len(tags) == 1
    reader = {"authorization": f"Bearer {create_token(services, 'reader', [Role.READ])}"}
    assert client.get("/images/a/pyramid", headers=reader).status_code == 403
    path.write_bytes(whole[::-1])
    for which in ("original", "pyramid"):
        answer = client.get(f"/images/a/{which}")
        assert answer.status_code == 503
        assert answer.json()["type"].endswith("image-changed")
    [mark] = list(services.store.list_objects(CHANGES_PREFIX))
    assert json.loads(services.store.read(mark.key).data) == ["a", services.catalog.image("a").summary.revision]
