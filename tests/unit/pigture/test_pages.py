"""The pages' routes, on a small dist folder."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from pigture.pages import page_routes

INDEX = '<!doctype html><base href="/" /><script type="module" src="./assets/index-1a2b.js"></script>' + " " * 200
SCRIPT = "console.log('Здравствуйте');" * 20


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(INDEX, encoding="utf-8")
    (tmp_path / "assets" / "index-1a2b.js").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "icon.svg").write_text("<svg/>", encoding="utf-8")
    return tmp_path


async def _get(dist: Path, path: str, prefix: str = "", **headers: str) -> httpx.Response:
    app = Starlette(routes=page_routes(dist, prefix=prefix))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://pigture.test") as client:
        return await client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture
def get(dist: Path):
    return lambda path, **more: asyncio.run(_get(dist, path, **more))


@pytest.mark.parametrize(
    "path", ["/", "/view/earth", "/view/a%2Fb", "/view/%D0%9A%D0%B0%D1%80%D1%82%D0%B0", "/view/a@01h"]
)
def test_both_pages_are_the_same_document(get, path: str) -> None:
    response = get(path)
    assert response.status_code == 200
    assert response.text == INDEX
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"


def test_a_page_may_load_nothing_from_elsewhere(get) -> None:
    headers = get("/").headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["img-src"] == "'self' data: blob:"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_hashed_files_are_kept_for_ever_and_others_for_an_hour(get) -> None:
    script = get("/assets/index-1a2b.js")
    assert script.text == SCRIPT
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert get("/icon.svg").headers["cache-control"] == "public, max-age=3600"


def test_what_is_no_file_of_the_pages_is_not_found(get) -> None:
    assert get("/assets/..%2F..%2Fetc%2Fpasswd").status_code == 404
    assert get("/assets/other.js").status_code == 404
    assert get("/index.htm").status_code == 404


def test_files_go_out_packed_to_those_who_take_it(get) -> None:
    packed = get("/assets/index-1a2b.js", accept_encoding="br, gzip")
    plain = get("/assets/index-1a2b.js", accept_encoding="identity")
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text == SCRIPT
    assert packed.headers["etag"] != plain.headers["etag"]
    assert packed.headers["vary"] == "Accept-Encoding"


def test_an_unchanged_file_is_not_sent_again(get) -> None:
    etag = get("/").headers["etag"]
    again = get("/", if_none_match=f'"other", W/{etag}')
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == etag
    assert get("/", if_none_match='"other"').status_code == 200


def test_addresses_stand_below_the_public_prefix(get) -> None:
    assert '<base href="/museum/images/"' in get("/", prefix="/museum/images").text


def test_without_built_pages_one_sentence_says_what_to_do(tmp_path: Path) -> None:
    for path in ("/", "/view/a%2Fb"):
        response = asyncio.run(_get(tmp_path, path))
        assert response.status_code == 503
        assert "make install" in response.text
        assert response.headers["cache-control"] == "no-store"
