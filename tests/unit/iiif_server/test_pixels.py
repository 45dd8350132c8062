"""Renders against a resize of the source in floating point, by pixels."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import pyvips

from iiif_server import pixels
from iiif_server.encoders import MEDIA_TYPES, check_sides
from iiif_server.errors import DamagedImageError, InvalidRequestError, RenderCancelledError
from iiif_server.geometry import Limits, resolve_request
from iiif_server.grammar import parse_request
from iiif_server.index import read_entry
from iiif_server.layout import revision_object_key
from iiif_server.pixels import render_image
from iiif_server.plan import Render, plan_request
from iiif_server.record import Record
from iiif_server.renders import turned_size, weigh_render
from iiif_server.request import Format, ImageRequest, Version
from iiif_server.resampling import weigh_band
from storage.memory import MemoryStore

WIDTH, HEIGHT = 1003, 731
LIMITS = Limits(max_area=5_000_000)


class Studio:
    """One published picture, and renders of it."""

    def __init__(self, publish: Callable[..., Record], pixels: Any) -> None:
        self.store = MemoryStore()
        self.pixels = pixels
        self.revision = publish(self.store, pixels, tile=128).revision

    def plan(self, path: str) -> Render:
        request = parse_request(Version.V3, f"a/{path}")
        assert isinstance(request, ImageRequest)
        assert self.revision is not None
        resolved = resolve_request(request, self.revision.width, self.revision.height, LIMITS, 128, 128)
        plan = plan_request(resolved, self.revision)
        assert isinstance(plan, Render), "a stored tile"
        return plan

    def tiles(self, plan: Render) -> list[bytes]:
        revision = self.revision
        assert revision is not None
        index = self.store.read(revision_object_key("a", revision.name, "index")).data
        pyramid = self.store.read(revision_object_key("a", revision.name, "pyramid.tif")).data
        entries = [read_entry(index, read.entry_number) for read in plan.tiles]
        return [
            (b"" if entry.complete else revision.jpeg_prefix) + pyramid[entry.offset : entry.offset + entry.length]
            for entry in entries
        ]

    def encode(self, path: str) -> bytes:
        plan = self.plan(path)
        assert self.revision is not None
        scale = self.revision.levels[plan.level].scale
        return render_image(plan, scale, self.pixels.shape[2], self.tiles(plan), lambda: False)

    def render(self, path: str) -> Any:
        image = pyvips.Image.new_from_buffer(self.encode(path), "")
        return image.numpy().reshape(image.height, image.width, image.bands)


@pytest.fixture(scope="module")
def make_studio(publish: Callable[..., Record], photograph: Callable[..., Any]) -> Callable[..., Studio]:
    studios: dict[int, Studio] = {}

    def make(bands: int = 3) -> Studio:
        if bands not in studios:
            studios[bands] = Studio(publish, photograph(WIDTH, HEIGHT, bands))
        return studios[bands]

    return make


@pytest.fixture
def studio(make_studio: Callable[..., Studio]) -> Studio:
    return make_studio()


def weights(start: float, length: float, size: int, source: int) -> Any:
    """(size, source): Lanczos 3 by definition; the source's edge goes on outside."""
    factor = length / size
    reach = 3 * max(factor, 1)
    matrix = np.zeros((size, source))
    for row in range(size):
        centre = start + (row + 0.5) * factor
        positions = np.arange(math.floor(centre - reach), math.ceil(centre + reach) + 1)
        x = (positions + 0.5 - centre) / max(factor, 1)
        values = np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0)
        np.add.at(matrix[row], positions.clip(0, source - 1), values / values.sum())
    return matrix


def reference(pixels: Any, x: int, y: int, w: int, h: int, width: int, height: int) -> Any:
    down, across = weights(y, h, height, pixels.shape[0]), weights(x, w, width, pixels.shape[1])
    return np.einsum("yj,jib,xi->yxb", down, pixels.astype(float), across, optimize=True).clip(0, 255)


def similarity(left: Any, right: Any) -> float:
    """Mean SSIM over windows of 8x8."""
    left, right = (np.asarray(a, float).mean(2) for a in (left, right))

    def mean(a: Any) -> Any:
        total = np.pad(a, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
        return (total[8:, 8:] - total[:-8, 8:] - total[8:, :-8] + total[:-8, :-8]) / 64

    m, n = mean(left), mean(right)
    v, w, c = mean(left**2) - m * m, mean(right**2) - n * n, mean(left * right) - m * n
    return float((((2 * m * n + 6.5) * (2 * c + 58.5)) / ((m * m + n * n + 6.5) * (v + w + 58.5))).mean())


def shift_of(left: Any, right: Any, axis: int) -> float:
    """How far `left` lies from `right`, in pixels, by least squares."""
    slope = np.gradient(right.mean(2), axis=axis)
    return float(-((left.mean(2) - right.mean(2)) * slope).sum() / (slope**2).sum())


@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize(
    ("region", "size"),
    [
        ((0, 0, WIDTH, HEIGHT), (300, 219)),
        ((0, 0, WIDTH, HEIGHT), (499, 364)),
        ((0, 0, WIDTH, HEIGHT), (97, 71)),
        ((101, 203, 301, 299), (301, 299)),
        ((101, 203, 301, 299), (173, 172)),
        ((101, 203, 301, 299), (150, 149)),
        ((103, 201, 302, 298), (75, 74)),
        ((7, 5, 640, 480), (160, 120)),
        ((333, 77, 401, 211), (400, 40)),
        ((900, 600, 103, 131), (60, 76)),
        ((501, 301, 77, 55), (200, 143)),
        ((13, 11, 900, 40), (450, 40)),
    ],
)
def test_a_render_is_the_resized_source(
    make_studio: Callable[..., Studio], bands: int, region: tuple[int, ...], size: tuple[int, int]
) -> None:
    studio = make_studio(bands)
    upscale = "^" if size[0] > region[2] else ""
    made = studio.render(f"{','.join(map(str, region))}/{upscale}{size[0]},{size[1]}/0/default.png")
    wanted = reference(studio.pixels, *region, *size)
    assert made.shape == (size[1], size[0], bands)
    assert similarity(made, wanted) >= 0.98
    assert abs(shift_of(made, wanted, 0)) < 0.25
    assert abs(shift_of(made, wanted, 1)) < 0.25
    assert abs(made.mean() - wanted.mean()) < 1


def test_regions_at_full_size_are_the_pixels_themselves(studio: Studio) -> None:
    made = studio.render("101,203,301,299/max/0/default.png").astype(int)
    assert np.abs(made - studio.pixels[203:502, 101:402]).mean() < 2


def test_a_solid_colour_stays_as_it_is(publish: Callable[..., Record]) -> None:
    studio = Studio(publish, np.full((300, 517, 3), 250, np.uint8))
    for path in ("full/313,/0/default.png", "3,5,401,201/180,/0/default.png", "1,1,50,50/^77,/0/default.png"):
        assert set(studio.render(path).ravel().tolist()) <= {249, 250, 251}


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("mirrored", [False, True])
def test_mirroring_comes_before_turning_clockwise(studio: Studio, turns: int, mirrored: bool) -> None:
    plain = studio.render("100,80,300,200/150,100/0/default.png")
    wanted = np.rot90(plain[:, ::-1] if mirrored else plain, -turns)
    made = studio.render(f"100,80,300,200/150,100/{'!' * mirrored}{turns * 90}/default.png")
    assert np.array_equal(made, wanted)


@pytest.mark.parametrize("form", ["png", "webp", "tif", "gif"])
def test_corners_are_transparent_where_the_format_can(studio: Studio, form: str) -> None:
    made = studio.render(f"full/200,/30/default.{form}")
    assert made.shape[2] == 4
    assert [made[y, x, 3] for y in (0, -1) for x in (0, -1)] == [0, 0, 0, 0]
    assert made[made.shape[0] // 2, made.shape[1] // 2, 3] == 255
    plan = studio.plan(f"full/200,/30/default.{form}")
    wanted = turned_size(plan.image)
    assert abs(made.shape[1] - wanted[0]) <= 2
    assert abs(made.shape[0] - wanted[1]) <= 2


def test_an_avif_shows_the_picture_of_the_png_and_keeps_its_transparent_corners(studio: Studio) -> None:
    for path in ("full/300,/0/default", "full/300,/30/default"):
        png, avif = (studio.render(f"{path}.{form}").astype(int) for form in ("png", "avif"))
        assert png.shape == avif.shape
        seen = png[:, :, -1] > 250 if png.shape[2] == 4 else np.ones(png.shape[:2], bool)
        assert np.abs(png - avif)[seen].mean() < 4
        if png.shape[2] == 4:
            assert avif[0, 0, 3] == 0


def test_an_avif_beyond_what_its_encoder_holds_is_refused_beforehand() -> None:
    with pytest.raises(InvalidRequestError, match="at most 16384 pixels"):
        check_sides(16_385, 1, Format.AVIF)


def test_corners_are_white_in_jpeg(studio: Studio) -> None:
    made = studio.render("full/200,/30/default.jpg")
    assert made.shape[2] == 3
    assert min(made[y, x].min() for y in (0, -1) for x in (0, -1)) >= 250


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize("quality", ["default", "color", "gray", "bitonal"])
@pytest.mark.parametrize("bands", [1, 3])
def test_every_quality_works_in_every_format(
    make_studio: Callable[..., Studio], form: Format, quality: str, bands: int
) -> None:
    made = make_studio(bands).render(f"50,50,300,200/120,80/0/{quality}.{form}").astype(int)
    assert made.shape[:2] == (80, 120)
    if quality in ("gray", "bitonal"):
        assert np.ptp(made[:, :, :3], axis=2).max() <= 2
    if quality == "bitonal" and form is not Format.JPG:
        assert set(np.unique(made[:, :, 0]).tolist()) == {0, 255}


@pytest.mark.parametrize("form", ["png", "tif"])
def test_bitonal_takes_one_bit_per_pixel(studio: Studio, form: str) -> None:
    data = studio.encode(f"full/200,/0/bitonal.{form}")
    assert pyvips.Image.new_from_buffer(data, "").get("bits-per-sample") == 1


@pytest.mark.parametrize("form", list(Format))
def test_no_image_carries_an_orientation_or_a_profile(studio: Studio, form: Format) -> None:
    data = studio.encode(f"full/100,/0/gray.{form}")
    fields = pyvips.Image.new_from_buffer(data, "").get_fields()
    assert not {"exif-data", "icc-profile-data", "xmp-data"} & set(fields)
    assert form in MEDIA_TYPES


def test_one_pixel_and_one_row_work(studio: Studio) -> None:
    assert studio.render("0,0,1,1/max/0/default.png").shape == (1, 1, 3)
    assert studio.render(f"0,0,{WIDTH},{HEIGHT}/1,1/0/default.png").shape == (1, 1, 3)
    assert studio.render(f"0,100,{WIDTH},1/500,1/0/default.png").shape == (1, 500, 3)
    assert studio.render("1002,730,1,1/^50,50/0/default.png").shape == (50, 50, 3)


def test_a_tile_that_cannot_be_decoded_is_damage(studio: Studio) -> None:
    plan = studio.plan("full/300,/0/default.jpg")
    for broken in (b"", b"junk", studio.tiles(plan)[0][:300]):
        with pytest.raises(DamagedImageError):
            render_image(plan, 2, 3, [broken] * len(plan.tiles), lambda: False)


def test_a_tile_that_claims_to_be_huge_is_damage_before_anything_is_allocated(studio: Studio) -> None:
    plan = studio.plan("full/300,/0/default.jpg")
    tile = bytearray(studio.tiles(plan)[0])
    frame = tile.index(b"\xff\xc0")
    tile[frame + 5 : frame + 9] = b"\xfd\xe8" * 2
    with pytest.raises(DamagedImageError, match="claims 65000x65000"):
        render_image(plan, 2, 3, [bytes(tile)] * len(plan.tiles), lambda: False)


def test_a_cancelled_render_ends_before_it_is_encoded(studio: Studio) -> None:
    plan = studio.plan("full/300,/0/default.jpg")
    with pytest.raises(RenderCancelledError):
        render_image(plan, 2, 3, studio.tiles(plan), lambda: True)


def test_sides_that_a_format_cannot_hold_are_refused_beforehand() -> None:
    check_sides(16_383, 1, Format.WEBP)
    check_sides(200_000, 1, Format.PNG)
    check_sides(16_384, 1, Format.AVIF)
    for form in (Format.WEBP, Format.AVIF, Format.JPG, Format.GIF):
        with pytest.raises(InvalidRequestError):
            check_sides(1, 66_000, form)


@pytest.mark.parametrize(
    "path", ["full/300,/0/default.jpg", "full/120,/0/color.jpg", "100,80,300,200/150,100/0/default.jpg"]
)
def test_a_fourth_byte_for_each_pixel_changes_nothing(
    studio: Studio, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    padded = studio.encode(path)
    monkeypatch.setattr(pixels, "_is_quicker_padded", lambda *_: False)
    assert studio.encode(path) == padded


def test_weight_counts_the_window_and_the_result(studio: Studio) -> None:
    plan = studio.plan("full/300,/0/default.jpg")
    window = (plan.window.width, plan.window.height)
    before = window[0] * window[1] * 4 + weigh_band(window, (300, 219), 3)
    assert weigh_render(plan, 3) == before + 300 * 219 * 12
    avif = studio.plan("full/300,/0/default.avif")
    assert weigh_render(avif, 3) == before + 300 * 219 * 28
    assert Fraction(turned_size(studio.plan("full/300,/90/default.jpg").image)[0]) == 219


def test_a_region_enlarged_to_just_the_size_of_its_surroundings_is_not_mistaken_for_them(studio: Studio) -> None:
    # With the pixels around it that the resampling needs, the region is as large as the result.
    picture = studio.render(f"2,2,{WIDTH - 4},{HEIGHT - 4}/^{WIDTH},{HEIGHT}/0/default.png")
    expected = reference(studio.pixels, 2, 2, WIDTH - 4, HEIGHT - 4, WIDTH, HEIGHT)
    assert abs(shift_of(picture[:200, :200], expected[:200, :200], 1)) < 0.25
    assert abs(shift_of(picture[:200, :200], expected[:200, :200], 0)) < 0.25
