"""Pyramids of other programs' making, served where they lie: size, pixels and seams of every tile for viewers."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import pyvips
import simplejpeg
from PIL import Image

from iiif_server.geometry import Limits
from iiif_server.http.app import create_app
from iiif_server.http.options import ServerOptions
from iiif_server.record import WHOLE_HINT
from ingest.adoption.whole_index import WholeLimits
from ingest.errors import UnusableSourceError
from storage.adopted import AdoptedObjects
from storage.memory import MemoryStore

WIDTH, HEIGHT = 1501, 1103
Scenario = Callable[[httpx.AsyncClient], Awaitable[None]]


@pytest.fixture
def serve(tmp_path: Path) -> Callable[..., None]:
    """serve(store, scenario): plays a scenario against a server that may adopt from the test's folder."""

    def run(store: MemoryStore, scenario: Scenario, roots: tuple[str, ...] | None = None) -> None:
        async def play() -> None:
            options = ServerOptions(record_ttl_s=0, limits=Limits(max_area=4096 * 4096))
            adopted = AdoptedObjects(roots if roots is not None else (str(tmp_path),))
            app = create_app(store, options, None, adopted)
            transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # ours is a plain ASGI app
            async with httpx.AsyncClient(transport=transport, base_url="http://images.example") as client:
                await scenario(client)

        asyncio.run(play())

    return run


def vips_256(foreign: Any, path: Path, pixels: Any) -> Path:
    return foreign.vips(path, pixels)


def vips_sub_directories(foreign: Any, path: Path, pixels: Any) -> Path:
    return foreign.vips(path, pixels, subifd=True, bigtiff=True)


def vips_rgb_jpeg(foreign: Any, path: Path, pixels: Any) -> Path:
    return foreign.vips(path, pixels, tile=512, Q=95)


def gdal(foreign: Any, path: Path, pixels: Any) -> Path:
    sizes = [(-(-WIDTH // s), -(-HEIGHT // s)) for s in (2, 4, 8)]
    return foreign.levels(path, pixels, sizes, (512, 512), bigtiff=True)


def scanner(foreign: Any, path: Path, pixels: Any) -> Path:
    return foreign.levels(path, pixels, [(WIDTH // 4, HEIGHT // 4), (WIDTH // 16, HEIGHT // 16)], (240, 240))


def big_endian_below(foreign: Any, path: Path, pixels: Any) -> Path:
    return foreign.levels(
        path, pixels, [(WIDTH // 2, HEIGHT // 2), (WIDTH // 4, HEIGHT // 4)], byteorder=">", below=True
    )


def unusual_scales(foreign: Any, path: Path, pixels: Any) -> Path:
    return foreign.levels(path, pixels, [(WIDTH * 10 // 27, HEIGHT * 10 // 27), (151, 111)], (128, 192))


def deflated(foreign: Any, path: Path, pixels: Any) -> Path:
    return foreign.vips(path, pixels, compression="deflate", predictor="horizontal")


def lzw_below(foreign: Any, path: Path, pixels: Any) -> Path:
    return foreign.vips(path, pixels, compression="lzw", subifd=True)


def uncompressed(foreign: Any, path: Path, pixels: Any) -> Path:
    return foreign.vips(path, pixels, tile=128, compression="none")


def webp(foreign: Any, path: Path, pixels: Any) -> Path:
    colours = np.repeat(pixels, 3, 2) if pixels.shape[2] == 1 else pixels
    return foreign.vips(path, colours, compression="webp", Q=90)


MAKERS = [vips_256, vips_sub_directories, vips_rgb_jpeg, gdal, scanner, big_endian_below, unusual_scales]
DECODED = [deflated, lzw_below, uncompressed, webp]


def tiles_of(info: dict[str, Any], factor: int) -> list[tuple[int, int, int, int, int, int]]:
    """x, y, w, h of each region and the size of its tile, as viewers derive them (Image API 2.1, appendix A)."""
    tile = info["tiles"][0]
    step_x, step_y = tile["width"] * factor, tile.get("height", tile["width"]) * factor
    found = []
    for y in range(0, info["height"], step_y):
        for x in range(0, info["width"], step_x):
            w, h = min(step_x, info["width"] - x), min(step_y, info["height"] - y)
            found.append((x, y, w, h, -(-w // factor), -(-h // factor)))
    return found


async def rebuild(client: httpx.AsyncClient, info: dict[str, Any], factor: int, bands: int) -> Any:
    """The whole picture at 1/factor, put together from its tiles, each of which must have exactly its size."""
    whole = np.zeros((-(-info["height"] // factor), -(-info["width"] // factor), bands), np.uint8)
    for x, y, w, h, width, height in tiles_of(info, factor):
        response = await client.get(f"/iiif/3/a/{x},{y},{w},{h}/{width},{height}/0/default.jpg")
        assert response.status_code == 200, response.text
        tile = simplejpeg.decode_jpeg(response.content, "GRAY" if bands == 1 else "RGB")
        assert tile.shape == (height, width, bands)
        whole[y // factor :, x // factor :][:height, :width] = tile
        two = await client.get(f"/iiif/2/a/{x},{y},{w},{h}/{width},/0/default.jpg")
        assert two.content == response.content
    return whole


def reference(pixels: Any, info: dict[str, Any], factor: int) -> Any:
    """By averaging over just the area that each pixel of each tile stands for: cut tiles are stretched a little."""
    bands = pixels.shape[2]
    whole = np.zeros((-(-pixels.shape[0] // factor), -(-pixels.shape[1] // factor), bands))
    for x, y, w, h, width, height in tiles_of(info, factor):
        for band in range(bands):
            region = Image.fromarray(pixels[y : y + h, x : x + w, band].astype(np.float32))
            shown = np.asarray(region.resize((width, height), Image.Resampling.BOX))
            whole[y // factor :, x // factor :, band][:height, :width] = shown
    return whole


def assert_shows(picture: Any, expected: Any, factor: int, tile: tuple[int, int]) -> None:
    error = np.abs(picture - expected).mean(2)
    # What a pixel's rounding at the far edges may cost; the shortest waves are no longer than a pixel from 1/16 on.
    assert error.mean() < (7 if factor < 16 else 12), f"1/{factor}: {error.mean():.1f}"
    # Seams and black rims would stand out along the borders of the tiles and at the far edges.
    columns = [*range(tile[0], picture.shape[1] - 1, tile[0]), picture.shape[1] - 1]
    rows = [*range(tile[1], picture.shape[0] - 1, tile[1]), picture.shape[0] - 1]
    for x in columns:
        assert error[:, x - 1 : x + 1].mean() < 2.5 * error.mean() + 6, f"1/{factor}: column {x}"
    for y in rows:
        assert error[y - 1 : y + 1].mean() < 2.5 * error.mean() + 6, f"1/{factor}: row {y}"


@pytest.mark.parametrize("make", [*MAKERS, *DECODED], ids=lambda make: make.__name__)
@pytest.mark.parametrize("bands", [3, 1])
def test_every_tile_has_its_size_and_shows_the_picture(
    make: Callable[..., Path], bands: int, foreign: Any, adopt_file: Any, photograph: Any, serve: Any, tmp_path: Path
) -> None:
    pixels, store = photograph(WIDTH, HEIGHT, bands), MemoryStore()
    adopt_file(store, make(foreign, tmp_path / "a.tif", pixels))

    async def scenario(client: httpx.AsyncClient) -> None:
        info = (await client.get("/iiif/3/a/info.json")).json()
        assert (info["width"], info["height"]) == (WIDTH, HEIGHT)
        tile = info["tiles"][0]
        factors = tile["scaleFactors"]
        assert factors == [1 << n for n in range(len(factors))]
        for factor in factors:
            picture = await rebuild(client, info, factor, bands)
            expected = reference(pixels, info, factor)
            assert_shows(picture, expected, factor, (tile["width"], tile.get("height", tile["width"])))
        for size in info["sizes"]:
            response = await client.get(f"/iiif/3/a/full/{size['width']},{size['height']}/0/default.jpg")
            image = pyvips.Image.new_from_buffer(response.content, "")
            assert (image.width, image.height) == (size["width"], size["height"])
        assert (await client.get("/iiif/3/a/100,50,500,400/250,200/90/gray.png")).status_code == 200

    serve(store, scenario)


def test_tiles_and_renders_of_another_colour_space_look_the_same(
    foreign: Any, adopt_file: Any, photograph: Any, serve: Any, tmp_path: Path
) -> None:
    wide = pyvips.Image.profile_load("p3")
    image = pyvips.Image.new_from_array(photograph(600, 500)).copy(interpretation="srgb")
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", wide)
    image.tiffsave(
        str(tmp_path / "a.tif"), compression="jpeg", Q=95, tile=True, pyramid=True, tile_width=256, tile_height=256
    )
    store = MemoryStore()
    revision = adopt_file(store, tmp_path / "a.tif")
    assert revision.adopted.icc_profile == wide
    assert revision.losses == ()

    async def scenario(client: httpx.AsyncClient) -> None:
        tile = await client.get("/iiif/3/a/0,0,256,256/256,256/0/default.jpg")
        render = await client.get("/iiif/3/a/0,0,256,256/256,256/0/default.png")
        copied = pyvips.Image.new_from_buffer(tile.content, "")
        assert copied.get("icc-profile-data") == wide
        computed = pyvips.Image.new_from_buffer(render.content, "")
        assert computed.get_typeof("icc-profile-data") == 0
        seen = copied.icc_transform("srgb", embedded=True, intent="relative", black_point_compensation=True).numpy()
        assert np.abs(seen.astype(int) - computed.numpy()).mean() < 1
        unread = copied.numpy().astype(int)
        assert np.abs(seen.astype(int) - unread).mean() > 3, "the profile would not be missed"
        assert (await client.get("/iiif/3/a/0,0,256,256/256,256/0/gray.jpg")).status_code == 200

    serve(store, scenario)


def jpeg_as_it_is(image: pyvips.Image, path: Path) -> Path:
    image.jpegsave(str(path), Q=95)
    return path


def png_as_it_is(image: pyvips.Image, path: Path) -> Path:
    image.pngsave(str(path))
    return path


def tiff_of_strips(image: pyvips.Image, path: Path) -> Path:
    image.tiffsave(str(path), compression="lzw", predictor="horizontal")
    return path


def tiff_of_one_level(image: pyvips.Image, path: Path) -> Path:
    image.tiffsave(str(path), compression="deflate", tile=True)
    return path


@pytest.mark.parametrize("make", [jpeg_as_it_is, png_as_it_is, tiff_of_strips, tiff_of_one_level])
@pytest.mark.parametrize("bands", [3, 1])
def test_every_tile_of_a_picture_without_levels_has_its_size_and_shows_the_picture(
    make: Callable[..., Path], bands: int, adopt_file: Any, photograph: Any, serve: Any, tmp_path: Path
) -> None:
    pixels, store = photograph(WIDTH, HEIGHT, bands), MemoryStore()
    image = pyvips.Image.new_from_array(pixels).copy(interpretation="b-w" if bands == 1 else "srgb")
    revision = adopt_file(store, make(image, tmp_path / "a.picture"))
    assert revision.adopted.is_whole
    assert revision.losses == (WHOLE_HINT,)

    async def scenario(client: httpx.AsyncClient) -> None:
        info = (await client.get("/iiif/3/a/info.json")).json()
        assert (info["width"], info["height"]) == (WIDTH, HEIGHT)
        assert info["tiles"] == [{"width": 512, "scaleFactors": [1, 2, 4]}]
        assert [size["width"] for size in info["sizes"]] == [376, 751, 1501]
        for factor in (4, 1, 2):
            expected = reference(pixels, info, factor)
            assert_shows(await rebuild(client, info, factor, bands), expected, factor, (512, 512))
        assert (await client.get("/iiif/3/a/100,50,500,400/250,200/90/gray.png")).status_code == 200

    serve(store, scenario)


def test_a_picture_that_is_damaged_later_is_a_clean_error(
    adopt_file: Any, photograph: Any, serve: Any, tmp_path: Path
) -> None:
    store = MemoryStore()
    path = png_as_it_is(pyvips.Image.new_from_array(photograph(300, 200)), tmp_path / "a.png")
    adopt_file(store, path)
    status, damaged = path.stat(), bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    with path.open("r+b") as file:
        file.write(damaged)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    async def scenario(client: httpx.AsyncClient) -> None:
        response = await client.get("/iiif/3/a/full/max/0/default.jpg")
        assert response.status_code == 500
        assert response.json()["type"].endswith("damaged-image")

    serve(store, scenario)


def test_pictures_beyond_the_limits_are_refused_with_the_way_out(
    adopt_file: Any, photograph: Any, tmp_path: Path
) -> None:
    path = png_as_it_is(pyvips.Image.new_from_array(photograph(300, 200)), tmp_path / "a.png")
    for limits, words in (
        (
            WholeLimits(max_bytes=1000),
            r"larger than what may be computed .* \(1,000 bytes, setting max_whole_bytes\)",
        ),
        (WholeLimits(max_pixels=59_999), r"with 60,000 pixels .* setting max_whole_pixels"),
        (WholeLimits(memory_bytes=60_000), r"more than image servers can give"),
    ):
        with pytest.raises(UnusableSourceError, match=rf"{words}.*Ingest converts it\."):
            adopt_file(MemoryStore(), path, limits=limits)
