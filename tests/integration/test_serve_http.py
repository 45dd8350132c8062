"""What clients of a whole `pigture serve` see of codings, timing and caching: nothing is done twice on the way."""

from __future__ import annotations

import gzip
from typing import Any

import httpx
import pytest
import pyvips

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def several(pigture_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server whose list of images is long enough to be compressed."""
    folder = tmp_path_factory.mktemp("several")
    for number in range(3):
        pyvips.Image.black(40 + number, 40).jpegsave(str(folder / f"coded {number}.jpg"))
    done = pigture_server.command("ingest", folder)
    assert done.returncode == 0, done.stderr
    return pigture_server


def raw(server: Any, path: str, coding: str) -> tuple[httpx.Headers, bytes]:
    with httpx.stream("GET", server.url + path, headers={"accept-encoding": coding}, trust_env=False) as answer:
        return answer.headers, b"".join(answer.iter_raw())


@pytest.mark.parametrize("path", ["/images?q=coded", "/iiif/3/coded%200/info.json", "/"])
def test_documents_are_compressed_once_on_either_way(several: Any, path: str) -> None:
    plain_headers, plain = raw(several, path, "identity")
    packed_headers, packed = raw(several, path, "gzip")
    assert "content-encoding" not in plain_headers
    assert packed_headers.get_list("content-encoding") == ["gzip"]
    assert gzip.decompress(packed) == plain
    assert int(packed_headers["content-length"]) == len(packed)
    assert packed_headers["etag"] != plain_headers["etag"]
    assert "Accept-Encoding" in packed_headers["vary"]
    known = {"accept-encoding": "gzip", "if-none-match": packed_headers["etag"]}
    assert several.get(path, headers=known).status_code == 304


def test_images_are_never_compressed_again(several: Any) -> None:
    headers, body = raw(several, "/iiif/3/coded%200/full/max/0/default.jpg", "gzip")
    assert "content-encoding" not in headers
    assert body.startswith(b"\xff\xd8")


def test_images_tell_how_they_were_made(several: Any) -> None:
    path = "/iiif/3/coded%201/full/20,/0/default.png"
    made = {several.get(path).headers["server-timing"].partition(";")[0] for _ in range(8)}
    assert made == {"computed", "cache"}
    copied = several.get("/iiif/3/coded%201/full/max/0/default.jpg").headers
    assert copied["server-timing"].startswith("copy;dur=")
    assert copied["timing-allow-origin"] == "*"
