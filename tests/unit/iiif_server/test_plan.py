import pytest
from hypothesis import given
from hypothesis import strategies as st

from iiif_server.geometry import Box, Limits, ResolvedImage
from iiif_server.grid import ceil_div
from iiif_server.plan import Render, TileCopy, plan_request
from iiif_server.request import Format, Quality, Version

UNLIMITED = Limits()


@pytest.fixture
def plan(resolve, revision_of):
    def call(path, width=4003, height=2999, version=Version.V3, **changes):
        return plan_request(resolve(path, width, height, UNLIMITED, version), revision_of(width, height, **changes))

    return call


@pytest.mark.parametrize(
    ("path", "tile"),
    [
        ("0,0,512,512/512,512/0/default.jpg", (0, 0, 0)),
        ("3584,2560,419,439/419,439/0/default.jpg", (0, 7, 5)),
        ("3584,2560,512,512/max/0/default.jpg", (0, 7, 5)),
        ("1024,1024,1024,1024/512,512/0/default.jpg", (1, 1, 1)),
        ("3072,2048,931,951/466,476/0/default.jpg", (1, 3, 2)),
        ("2048,2048,1955,951/489,238/0/color.jpg", (2, 1, 1)),
        ("full/501,375/0/default.jpg", (3, 0, 0)),
        ("full/501,/360/default.jpg", (3, 0, 0)),
    ],
)
def test_what_is_stored_is_copied(plan, revision_of, path, tile):
    copy = plan(path)
    assert isinstance(copy, TileCopy)
    assert (copy.level, copy.column, copy.row) == tile
    level = revision_of(4003, 2999).levels[copy.level]
    assert copy.entry_number == level.first_entry + copy.row * ceil_div(level.width, 512) + copy.column


@pytest.mark.parametrize(
    "path",
    [
        "0,0,512,512/512,512/0/default.png",
        "0,0,512,512/512,512/90/default.jpg",
        "0,0,512,512/512,512/!0/default.jpg",
        "0,0,512,512/512,512/0/gray.jpg",
        "0,0,512,512/512,512/0/bitonal.jpg",
        "0,0,512,512/511,511/0/default.jpg",
        "0,0,512,512/256,256/0/default.jpg",
        "0,0,511,512/511,512/0/default.jpg",
        "1,0,512,512/512,512/0/default.jpg",
        "256,256,512,512/512,512/0/default.jpg",
        "512,0,1024,1024/512,512/0/default.jpg",
        "full/251,188/0/default.jpg",
        "full/502,375/0/default.jpg",
        "full/max/0/default.jpg",
    ],
)
def test_what_is_not_stored_is_rendered(plan, path):
    assert isinstance(plan(path), Render)


@pytest.mark.parametrize("quality", ["default", "color", "gray"])
def test_every_quality_but_bitonal_is_what_a_gray_image_stores(plan, quality):
    assert isinstance(plan(f"0,0,512,512/max/0/{quality}.jpg", channels="gray"), TileCopy)
    assert isinstance(plan("0,0,512,512/max/0/bitonal.jpg", channels="gray"), Render)


def test_entries_begin_with_the_smallest_level_and_cover_every_tile_once(resolve, revision_of):
    revision = revision_of(4003, 2999)
    numbers = []
    for level in reversed(revision.levels):
        for y in range(0, 2999, 512 * level.scale):
            for x in range(0, 4003, 512 * level.scale):
                width, height = min(512 * level.scale, 4003 - x), min(512 * level.scale, 2999 - y)
                size = f"{ceil_div(width, level.scale)},{ceil_div(height, level.scale)}"
                resolved = resolve(f"{x},{y},{width},{height}/{size}/0/default.jpg", 4003, 2999, UNLIMITED)
                copy = plan_request(resolved, revision)
                assert isinstance(copy, TileCopy)
                numbers.append(copy.entry_number)
    assert numbers == list(range(sum(ceil_div(v.width, 512) * ceil_div(v.height, 512) for v in revision.levels)))


@pytest.mark.parametrize(
    ("path", "level"),
    [
        ("full/max/0/default.png", 0),
        ("full/^5000,/0/default.jpg", 0),
        ("full/2003,/0/default.jpg", 0),
        ("full/2002,/0/default.png", 1),
        ("full/2001,/0/default.jpg", 1),
        ("full/1001,/0/default.png", 2),
        ("full/10,/0/default.jpg", 3),
        ("full/10,2999/0/default.jpg", 0),
        ("2048,2048,1955,951/489,238/0/default.png", 2),
    ],
)
def test_the_coarsest_level_that_is_fine_enough_is_taken(plan, path, level):
    assert plan(path).level == level


def test_a_tile_in_another_format_comes_from_its_own_tile_alone(plan):
    render = plan("2048,2048,1955,951/489,238/0/default.png")
    assert render.window == Box(512, 512, 489, 238)
    assert [read.box for read in render.tiles] == [Box(512, 512, 489, 238)]


def test_whole_pixels_need_no_neighbours(plan):
    render = plan("100,100,300,200/max/90/default.jpg")
    assert render.window == Box(100, 100, 300, 200)
    assert len(render.tiles) == 1


def test_resampling_reaches_three_pixels_of_the_result_over_the_region(plan):
    render = plan("600,600,300,200/200,/0/default.jpg")
    assert (render.level, render.window) == (0, Box(593, 593, 314, 214))
    render = plan("0,0,300,200/^600,/0/default.jpg")
    assert (render.level, render.window) == (0, Box(0, 0, 304, 204))


def test_a_squeezed_side_is_taken_from_an_affordable_level(plan):
    render = plan("full/1,4096/0/default.png", 1_000_000, 4096)
    assert render.level == 3
    assert len(render.tiles) == 245


def covers(render):
    """Whether the tiles cover the window, each being needed."""
    window = render.window
    overlaps = []
    for read in render.tiles:
        width = min(read.box.x + read.box.width, window.x + window.width) - max(read.box.x, window.x)
        height = min(read.box.y + read.box.height, window.y + window.height) - max(read.box.y, window.y)
        overlaps.append((width, height))
    return min(map(min, overlaps)) > 0 and sum(w * h for w, h in overlaps) == window.width * window.height


@given(st.data(), st.integers(1, 60_000), st.integers(1, 60_000), st.sampled_from([256, 512]))
def test_every_render_is_covered_by_its_tiles_and_inside_its_level(revision_of, data, width, height, tile):
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    region = Box(x, y, data.draw(st.integers(1, width - x)), data.draw(st.integers(1, height - y)))
    image = ResolvedImage(
        region, data.draw(st.integers(1, 2000)), data.draw(st.integers(1, 2000)), 0, False, Quality.GRAY, Format.PNG
    )
    revision = revision_of(width, height, tile, tile)
    render = plan_request(image, revision)
    level, window = revision.levels[render.level], render.window
    assert covers(render)
    assert 0 <= window.x * level.scale <= region.x
    assert 0 <= window.y * level.scale <= region.y
    assert window.x + window.width <= level.width
    assert window.y + window.height <= level.height
    assert (window.x + window.width) * level.scale >= region.x + region.width
    assert (window.y + window.height) * level.scale >= region.y + region.height
