"""What the conversion makes of scientific images, as the image server shows it."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import httpx
import iiif_prezi3
import jsonschema
import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image

from iiif_server.http.app import create_app
from iiif_server.http.options import ServerOptions
from iiif_server.layout import part_object_key, record_key, revision_object_key
from iiif_server.parts import PARTS, format_parts
from iiif_server.record import Record, format_record, format_revision
from ingest.adoption.tile_codec import encode_tile
from ingest.conversion.converted import read_part_name
from storage.memory import MemoryStore
from tests.fixtures.conversions import CREATED

HEIGHT, WIDTH = 700, 900
NAME = "01k00000000000000000000001"


def publish(store: MemoryStore, conversion: Any, identifier: str) -> None:
    """Every object of the conversion, where it belongs."""
    facts = {"name": NAME, "created": CREATED, "master_sha256": "0" * 64}
    revision, parts = conversion.result.revision(**facts), conversion.result.part_revisions(**facts)
    for path in conversion.folder.rglob("*"):
        if path.is_file():
            name = path.relative_to(conversion.folder).as_posix()
            store.put(revision_object_key(identifier, NAME, name), path.read_bytes())
    for part in parts:
        key = part_object_key(identifier, NAME, read_part_name(part.part.name), "revision.json")
        store.put(key, format_revision(part.revision))
    store.put(part_object_key(identifier, NAME, None, PARTS), format_parts([part.part for part in parts]))
    record = Record(identifier, 1, "live", "public", {}, CREATED, revision=revision)
    store.put(record_key(identifier), format_record(record))


def ask(store: MemoryStore, *paths: str) -> list[httpx.Response]:
    async def all_of_them() -> list[httpx.Response]:
        app = create_app(store, ServerOptions())
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://h") as client:
            return [await client.get(f"/iiif/{path}") for path in paths]

    return asyncio.run(all_of_them())


def pixels_of(answer: httpx.Response) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB")).astype(int)


def soft_field(seed: int) -> np.ndarray:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return 20_000 + 9_000 * np.sin(x / (40 + seed)) * np.cos(y / (55 + 3 * seed)) + 1_000 * seed


@pytest.fixture
def stack(convert, tmp_path):
    values = np.stack([[soft_field(10 * z + c) for c in range(3)] for z in range(2)]).astype(np.uint16)
    path = tmp_path / "stack.ome.tif"
    metadata = {
        "axes": "ZCYX",
        "Channel": {"Name": ["DAPI", "GFP", "TRITC"]},
        "PhysicalSizeX": 0.5,
        "PhysicalSizeXUnit": "µm",
        "PhysicalSizeY": 0.5,
        "PhysicalSizeYUnit": "µm",
    }
    tifffile.imwrite(path, values, ome=True, photometric="minisblack", metadata=metadata)
    store = MemoryStore()
    publish(store, convert(path), "a")
    return store, values


def test_a_rendering_of_the_defaults_looks_like_the_stored_tiles(stack) -> None:
    store, _ = stack
    for plane in ("", ";z=2"):
        for region in ("0,0,512,512/max", "300,100,400,600/200,300", "full/450,350"):
            plain, rendered = ask(store, *(f"3/a{plane}{look}/{region}/0/default.png" for look in ("", ";c=g1")))
            difference = np.abs(pixels_of(plain) - pixels_of(rendered))
            assert difference.mean() < 1.5, (plane, region)


def test_a_window_shows_the_values_of_the_source(stack) -> None:
    store, values = stack
    for plane, name in enumerate(("a", "a;z=2")):
        (shown,) = ask(store, f"3/{name};c2=10000:30000,ffffff/100,50,300,200/max/0/default.png")
        expected = (values[plane, 1, 50:250, 100:400].astype(float) - 10_000) / 20_000 * 255
        assert np.abs(pixels_of(shown)[:, :, 0] - expected.clip(0, 255)).max() <= 0.5


def test_the_manifest_is_valid_and_all_that_it_names_is_there(stack) -> None:
    store, _ = stack
    whole, plane = ask(store, "presentation/3/a/manifest", "presentation/3/a;z=2/manifest")
    for manifest in (whole.json(), plane.json()):
        iiif_prezi3.Manifest.model_validate(manifest, strict=False)
        jsonschema.validate(manifest, iiif_prezi3.Manifest.model_json_schema())
    canvases = whole.json()["items"]
    assert plane.json()["items"][0]["id"] == canvases[1]["id"]
    for canvas in canvases:
        assert canvas["service"][0]["physicalScale"] == pytest.approx(0.0005)
        body = canvas["items"][0]["items"][0]["body"]
        labels = [item["label"].get("none") for item in body["items"][1:]]
        assert labels == [["DAPI"], ["GFP"], ["TRITC"]]
        images = [canvas["thumbnail"][0]["id"], *(item["service"][0]["id"] + "/info.json" for item in body["items"])]
        for answer in ask(store, *(image.removeprefix("http://h/iiif/") for image in images)):
            assert answer.status_code == 200


def curved_profile() -> bytes:
    return bytes(pyvips.Operation.call("profile_load", "p3"))


def deep_sources() -> dict[str, tuple[np.ndarray, dict[str, Any]]]:
    """(channels, height, width) of every kind, and how they are written."""
    fields = np.stack([soft_field(seed) for seed in range(5)])
    odd = fields[0].astype(np.float32) / 1e6
    odd[:90, :90], odd[:90, 200:290], odd[:90, 400:490] = np.nan, np.inf, -np.inf
    rgb = {"photometric": "rgb", "planarconfig": "separate"}
    return {
        "rgb with a profile": (fields[:3].astype(np.uint16), rgb | {"iccprofile": curved_profile()}),
        "rgb": (fields[:3].astype(np.uint16), rgb),
        "gray": (fields[:1].astype(np.uint16), {}),
        "float": (odd[None], {}),
        "negative": ((fields[:1] - 25_000).astype(np.int16), {}),
        "five channels": (fields.astype(np.uint16), {"planarconfig": "separate"}),
        "12 bits": ((fields[:1] / 8).astype(np.uint16), {}),
    }


@pytest.mark.parametrize("kind", deep_sources())
def test_naming_all_channels_shows_what_the_stored_tiles_show(convert, tmp_path, kind: str) -> None:
    values, options = deep_sources()[kind]
    path = tmp_path / "source.tif"
    values = values if len(values) > 1 else values[0]
    tifffile.imwrite(path, values, **{"photometric": "minisblack", **options})
    store = MemoryStore()
    publish(store, conversion := convert(path), "d")
    names = ";".join(f"c{n + 1}" for n in range(len(conversion.converted.samples.channels)))
    # Tiles at the edges were cut out of others, and compressed again.
    for region, within in (
        ("0,0,512,512/512,512", 0.7),
        ("512,512,388,188/388,188", 2.5),
        ("0,0,900,700/450,350", 2.5),
    ):
        plain, rendered = ask(store, *(f"3/{name}/{region}/0/default.png" for name in ("d", f"d;{names}")))
        bands = 1 if conversion.converted.channels == "gray" else 3
        # What JPEG does to hard contours of pure colours is done to both.
        once = Image.open(io.BytesIO(encode_tile(pixels_of(rendered)[:, :, :bands].astype(np.uint8), 88)))
        difference = np.abs(pixels_of(plain) - np.asarray(once.convert("RGB")).astype(int))
        assert difference.mean() < within, (region, difference.mean())


def test_numbers_that_are_none_stay_dark_and_infinity_is_bright(convert, tmp_path) -> None:
    values = soft_field(1).astype(np.float32) / 1e6
    values[:100, :100], values[:100, 200:300], values[:100, 400:500] = np.nan, np.inf, -np.inf
    tifffile.imwrite(tmp_path / "float.tif", values, photometric="minisblack")
    store = MemoryStore()
    publish(store, convert(tmp_path / "float.tif"), "f")
    plain, rendered = ask(store, *(f"3/f{look}/full/max/0/default.png" for look in ("", ";c=g1")))
    for start, bright in ((0, 0), (200, 255), (400, 0)):
        assert np.all(pixels_of(rendered)[:100, start : start + 100] == bright)
        assert np.abs(pixels_of(plain)[20:80, start + 20 : start + 80] - bright).max() <= 2
    assert np.abs(pixels_of(plain) - pixels_of(rendered)).mean() < 1.5
