"""The real image server on a loopback port, over what the real conversion made of pictures known pixel by pixel."""

from __future__ import annotations

import http.client
import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import httpx
import numpy as np
import pytest
import uvicorn
from PIL import Image

from config.access import Grant, Role, format_grants, hash_token
from iiif_server.geometry import Limits
from iiif_server.http.app import create_app
from iiif_server.http.options import ServerOptions
from iiif_server.layout import TOKENS_KEY, record_key, revision_object_key
from iiif_server.record import Record, format_record, format_revision
from ingest.conversion.run import ConversionRequest, run_conversion
from storage.filesystem import FilesystemStore

READER, NO_ROLE = "pigture_reader", "pigture_no_role"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
REVISION, OLD_REVISION = "01k00000000000000000000002", "01k00000000000000000000001"

# Neither side is a multiple of anything, and both levels have edge tiles.
SIZE = (1303, 907)
SQUARE = 100


def make_grid(width: int, height: int) -> Image.Image:
    """Squares of 100 pixels in colours that differ from all their neighbours'."""
    y, x = np.mgrid[0:height, 0:width] // SQUARE
    bands = [(37 * x + 91 * y) % 156 + 50, (113 * x + 29 * y) % 156 + 50, (53 * x + 131 * y) % 156 + 50]
    return Image.fromarray(np.stack(bands, 2).astype(np.uint8))


@dataclass(frozen=True)
class Site:
    """A running server: requests to it, and what it should show."""

    url: str
    client: httpx.Client
    pictures: dict[str, Image.Image]

    def get(self, path: str, **headers: str) -> httpx.Response:
        """`path` behind /iiif/; header names with _ for -."""
        return self.request("GET", path, **headers)

    def request(self, method: str, path: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, f"{self.url}/iiif/{path}", headers=named)

    def image(self, path: str) -> Image.Image:
        """The decoded picture of a 200."""
        response = self.get(path)
        assert response.status_code == 200, response.text
        image = Image.open(io.BytesIO(response.content))
        image.load()
        return image

    def info(self, version: int, name: str = "grid") -> dict:
        response = self.get(f"{version}/{name}/info.json")
        assert response.status_code == 200
        return response.json()

    def raw(self, method: str, target: str) -> tuple[int, dict[str, str], bytes]:
        """A request whose target goes out as it is, unnormalised."""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=10)
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            connection.endheaders()
            response = connection.getresponse()
            return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
        finally:
            connection.close()

    def problem(self, path: str, status: int, parameter: str | None = None) -> dict:
        """The problem document of a refused request (RFC 9457), its parameter being the one that is to blame."""
        response = self.get(path)
        assert response.status_code == status, (path, response.text[:200])
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["access-control-allow-origin"] == "*"
        document = response.json()
        assert document["status"] == status
        assert document.get("parameter") == parameter
        assert document["detail"].endswith(".")
        return document


class Shelf:
    """A store, and how pictures get into it."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.store = FilesystemStore(root)
        self.folder = folder
        self.pictures: dict[str, Image.Image] = {}

    def publish(
        self, identifier: str, source: Path, picture: Image.Image, revision: str = REVISION, **changes
    ) -> None:
        """Converts the file and publishes it; `picture` is what it should look like."""
        output = self.folder / f"out-{len(list(self.folder.iterdir()))}"
        output.mkdir()
        request = ConversionRequest(source, output, source.name, 90, 2, 10**9, 2048, 120)
        made = run_conversion(request, lambda _: None).revision(name=revision, created=NOW, master_sha256="0" * 64)
        for name in ("pyramid.tif", "index"):
            self.store.put(revision_object_key(identifier, revision, name), (output / name).read_bytes())
        self.store.put(revision_object_key(identifier, revision, "revision.json"), format_revision(made))
        self.put_record(Record(identifier, 1, "live", "public", {"en": ["A grid"]}, NOW, revision=made), **changes)
        self.pictures[quote(identifier, safe="")] = picture

    def put_record(self, record: Record, **changes) -> None:
        self.store.put(record_key(record.identifier), format_record(replace(record, **changes)))

    def save(self, picture: Image.Image, name: str, **options) -> Path:
        path = self.folder / name
        picture.save(path, **options)
        return path


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    shelf = Shelf(tmp_path_factory.mktemp("store"), tmp_path_factory.mktemp("sources"))
    grid = make_grid(*SIZE)
    png = shelf.save(grid, "grid.png")
    rights = "http://creativecommons.org/publicdomain/zero/1.0/"
    shelf.publish("grid", png, grid, OLD_REVISION)
    shelf.publish("grid", png, grid, rights=rights)
    shelf.publish("Жуки/№ 1", png, grid)
    shelf.publish("a@b;c", png, grid)
    shelf.publish("secret", png, grid, access="restricted")
    gray = make_grid(700, 600).convert("L")
    shelf.publish("gray", shelf.save(gray, "gray.png"), gray)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by 90°
    turned = make_grid(400, 300)
    shelf.publish(
        "turned",
        shelf.save(turned, "turned.jpg", exif=exif, quality=95, subsampling=0),
        turned.transpose(Image.Transpose.ROTATE_270),
    )
    shelf.put_record(Record("gone", 2, "deleted", "public", {}, NOW))
    grants = [
        Grant("reader", hash_token(READER), frozenset({Role.READ})),
        Grant("nobody", hash_token(NO_ROLE), frozenset()),
    ]
    shelf.store.put(TOKENS_KEY, format_grants(grants))
    return shelf


@contextmanager
def serving(shelf: Shelf, options: ServerOptions) -> Iterator[Site]:
    """The application in uvicorn, in a thread of its own."""
    app = create_app(FilesystemStore(shelf.root), options)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(trust_env=False, timeout=30) as client:
            yield Site(f"http://127.0.0.1:{port}", client, shelf.pictures)
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def site(shelf: Shelf) -> Iterator[Site]:
    """The server with its limits as they come: an area of 4096 x 4096, upscaling offered."""
    with serving(shelf, ServerOptions(cache_max_age_s=77, version="1.2.3", commit="abc")) as site:
        yield site


@pytest.fixture(scope="session")
def small_site(shelf: Shelf) -> Iterator[Site]:
    """A server that sends at most 600 x 400 pixels and does not enlarge."""
    options = ServerOptions(limits=Limits(max_width=600, max_height=400, upscaling=False))
    with serving(shelf, options) as site:
        yield site


@pytest.fixture(scope="session")
def pinned() -> str:
    """The current revision of `grid`, as it stands in URLs."""
    return f"grid@{REVISION}"


@pytest.fixture(scope="session")
def assert_shows() -> Callable[..., None]:
    """assert_shows(image, picture, region, mean): the image is that region of the picture, scaled, and not shifted.

    `mean` is the largest mean difference of samples. Losses of JPEG and the kernels lie at the squares' borders.
    """

    def check(
        image: Image.Image, picture: Image.Image, region: tuple[int, int, int, int] | None = None, mean: float = 2.5
    ) -> None:
        x, y, width, height = region or (0, 0, *picture.size)
        expected = picture.convert("RGB").crop((x, y, x + width, y + height))
        expected = expected.resize(image.size, Image.Resampling.BOX)
        difference = np.abs(_pixels(image) - _pixels(expected))
        assert difference.mean() < mean, difference.mean()
        assert difference[_inner(_pixels(expected))].max(initial=0) <= 8

    return check


def _pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB")).astype(int)


def _inner(pixels: np.ndarray, reach: int = 12) -> np.ndarray:
    """Where everything within reach has one colour, as a mask: there nothing but the colour itself may differ."""
    height, width = pixels.shape[:2]
    mask = np.zeros((height, width), bool)
    if min(height, width) > 2 * reach:
        here = pixels[reach:-reach, reach:-reach]
        corners = [
            pixels[y : y + here.shape[0], x : x + here.shape[1]] for y in (0, 2 * reach) for x in (0, 2 * reach)
        ]
        mask[reach:-reach, reach:-reach] = np.logical_and.reduce([(here == corner).all(2) for corner in corners])
    return mask
