"""Plans for levels of any scale: what may be copied, and that every tile of info.json comes out in its size."""

import dataclasses
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iiif_server.adopted_plan import copyable_tiles, plan_answer, scale_of
from iiif_server.geometry import Limits, resolve_request
from iiif_server.grid import TileGrid, ceil_div
from iiif_server.index import TileEntry
from iiif_server.plan import Render, TileCopy
from iiif_server.published import PublishedImage
from iiif_server.record import (
    Adopted,
    AdoptedLevel,
    Level,
    MalformedRecordError,
    Revision,
    find_adopted_level,
    format_revision,
    parse_revision,
)
from iiif_server.request import ExactSize, Format, ImageName, ImageRequest, PixelRegion, Quality, Rotation, Version
from iiif_server.tile_kinds import build_tile_kind
from iiif_server.tiles import locate_tile

LIMITS = Limits(max_area=1 << 40)


def adopted_revision(width, height, sizes, tiles):
    """`sizes` are (width, height, scale across, scale down) of the levels, `tiles` the sizes of their tiles."""
    levels, entry = [], 0
    for (w, h, across, down), (tw, th) in reversed(list(zip(sizes, tiles, strict=True))):
        scales = across.as_integer_ratio(), down.as_integer_ratio()
        levels.insert(0, AdoptedLevel(w, h, *scales, tw, th, entry, b"\xff\xd8" + bytes([len(levels)])))
        entry += ceil_div(w, tw) * ceil_div(h, th)
    tile_width, tile_height = tiles[0]
    offered, entry = [], 0
    for scale in reversed(list(TileGrid(width, height, tile_width, tile_height).scales())):
        offered.insert(0, Level(scale, ceil_div(width, scale), ceil_div(height, scale), entry))
        entry += ceil_div(offered[0].width, tile_width) * ceil_div(offered[0].height, tile_height)
    return Revision(
        name="01j00000000000000000000000",
        width=width,
        height=height,
        tile_width=tile_width,
        tile_height=tile_height,
        channels="rgb",
        levels=tuple(offered),
        jpeg_prefix=b"\xff\xd8",
        created=datetime(2026, 1, 1, tzinfo=UTC),
        master_sha256="",
        pyramid_sha256="",
        pyramid_size_bytes=1 << 40,
        adopted=Adopted("file:///a.tif", '"1"', tuple(levels)),
    )


def plan(revision, x, y, w, h, width, height, form=Format.JPG):
    request = ImageRequest(
        Version.V3,
        ImageName("a"),
        PixelRegion(x, y, w, h),
        ExactSize(width, height, upscale=False),
        Rotation(Fraction(0), mirrored=False),
        Quality.DEFAULT,
        form,
    )
    tile = revision.tile_width, revision.tile_height
    resolved = resolve_request(request, revision.width, revision.height, LIMITS, *tile)
    return plan_answer(resolved, revision)


def halved(width, height, tile=(256, 256), count=4):
    sizes = [(width >> n, height >> n, Fraction(1 << n), Fraction(1 << n)) for n in range(count)]
    return adopted_revision(width, height, sizes, [tile] * count)


@st.composite
def revisions(draw):
    width, height = draw(st.integers(1, 3000)), draw(st.integers(1, 3000))
    side = st.sampled_from([16, 240, 256, 512])
    sizes = [(width, height, Fraction(1), Fraction(1))]
    for ratio in sorted(draw(st.lists(st.integers(11, 400), max_size=4))):
        w, h = max(width * 10 // ratio, 1), max(height * 10 // ratio, 1)
        sizes.append((w, h, Fraction(width, w), Fraction(height, h)))
    return adopted_revision(width, height, sizes, [(draw(side), draw(side)) for _ in sizes])


@given(revisions(), st.data())
def test_every_tile_of_info_json_is_planned_within_its_level(revision, data):
    scale = data.draw(st.sampled_from([level.scale for level in revision.levels]))
    step_x, step_y = scale * revision.tile_width, scale * revision.tile_height
    x = step_x * data.draw(st.integers(0, (revision.width - 1) // step_x))
    y = step_y * data.draw(st.integers(0, (revision.height - 1) // step_y))
    w, h = min(step_x, revision.width - x), min(step_y, revision.height - y)
    width, height = ceil_div(w, scale), ceil_div(h, scale)
    made = plan(revision, x, y, w, h, width, height)
    level = revision.adopted.levels[made.level]
    if isinstance(made, TileCopy):
        assert (level.tile_width, level.tile_height) == (width, height)
        assert find_adopted_level(revision.adopted, made.entry_number) is level
        drift = Fraction(x + w) / Fraction(*level.scale_x) - (made.column + 1) * level.tile_width
        assert abs(drift) <= Fraction(1, 4)
        kind = build_tile_kind(made, None, revision)
        assert kind.number_at(x, y) == made.entry_number
        return
    assert (made.image.width, made.image.height) == (width, height)
    window = made.window
    assert 0 <= window.x < window.x + window.width <= level.width
    assert 0 <= window.y < window.y + window.height <= level.height
    covered = {
        (column, row)
        for read in made.tiles
        for column in (read.box.x, read.box.x + read.box.width)
        for row in (read.box.y, read.box.y + read.box.height)
    }
    assert min(column for column, _ in covered) <= window.x
    assert max(column for column, _ in covered) >= window.x + window.width
    assert min(row for _, row in covered) <= window.y
    assert max(row for _, row in covered) >= window.y + window.height
    first = level.first_entry
    count = ceil_div(level.width, level.tile_width) * ceil_div(level.height, level.tile_height)
    assert all(first <= read.entry_number < first + count for read in made.tiles)


def test_inner_tiles_of_whole_scales_are_copied_and_cut_ones_are_not():
    revision = halved(1501, 1103)
    assert plan(revision, 512, 512, 512, 512, 256, 256) == TileCopy(
        1, 1, 1, revision.adopted.levels[1].first_entry + 4
    )
    assert isinstance(plan(revision, 1024, 0, 477, 512, 239, 256), Render)
    assert isinstance(plan(revision, 512, 512, 512, 512, 256, 256, Format.PNG), Render)
    assert isinstance(plan(revision, 511, 512, 512, 512, 256, 256), Render)


def test_where_a_level_drifts_by_more_than_a_quarter_of_a_pixel_it_is_no_longer_copied():
    # 100,001 halved and rounded up is 50,001: half a pixel of drift over the whole width.
    scale = Fraction(100_001, 50_001)
    sizes = [(100_001, 1000, Fraction(1), Fraction(1)), (50_001, 500, scale, Fraction(2))]
    revision = adopted_revision(100_001, 1000, sizes, [(250, 250)] * 2)
    tiles = copyable_tiles(revision, revision.adopted.levels[1])
    assert (tiles.step_x, tiles.columns, tiles.rows) == (500, 100, 2)
    assert isinstance(plan(revision, 99 * 500, 0, 500, 500, 250, 250), TileCopy)
    assert isinstance(plan(revision, 100 * 500, 0, 500, 500, 250, 250), Render)


def test_a_level_whose_scales_differ_is_never_copied():
    sizes = [(1024, 1024, Fraction(1), Fraction(1)), (512, 256, Fraction(2), Fraction(4))]
    revision = adopted_revision(1024, 1024, sizes, [(256, 256)] * 2)
    assert copyable_tiles(revision, revision.adopted.levels[1]).columns == 0


def test_a_tile_gets_the_tables_of_its_own_level():
    revision = halved(1024, 1024, count=3)
    record = object.__new__(PublishedImage)
    for name, value in (("revision", revision), ("pyramid_key", "p")):
        object.__setattr__(record, name, value)
    entry = TileEntry(10, 20, None, complete=False)
    located = [locate_tile(record, entry, number) for number in (0, 1, 5)]
    assert [location.prefix for location in located] == [level.jpeg_prefix for level in revision.adopted.levels[::-1]]
    assert located[0].adopted == ("file:///a.tif", '"1"')


def test_scales_are_those_of_the_level_itself():
    revision = halved(1501, 1103)
    assert scale_of(revision, 2) == (4, 4)
    assert scale_of(dataclasses.replace(revision, adopted=None), 2) == 4


def test_an_adopted_revision_survives_being_written_and_read():
    revision = halved(1501, 1103)
    assert parse_revision(format_revision(revision)) == revision


def broken(**changes):
    revision = halved(1501, 1103)
    levels = list(revision.adopted.levels)
    number = changes.pop("number", 1)
    levels[number] = dataclasses.replace(levels[number], **changes)
    return dataclasses.replace(revision, adopted=dataclasses.replace(revision.adopted, levels=tuple(levels)))


@pytest.mark.parametrize(
    "revision",
    [
        broken(scale_x=(0, 1)),
        broken(scale_x=(1, 0)),
        broken(width=0),
        broken(tile_width=1),
        broken(first_entry=3),
        broken(jpeg_prefix=bytes(70_000)),
        broken(number=0, width=1500),
        dataclasses.replace(halved(9, 9), adopted=Adopted("file:///a.tif", '"1"', ())),
        dataclasses.replace(halved(9, 9, count=1), adopted=Adopted("http://a/", '"1"', halved(9, 9).adopted.levels)),
        dataclasses.replace(halved(9, 9, count=1), adopted=Adopted("file:///a", "", halved(9, 9).adopted.levels)),
    ],
)
def test_an_adopted_file_that_contradicts_itself_is_refused(revision):
    with pytest.raises(MalformedRecordError):
        parse_revision(format_revision(revision))
