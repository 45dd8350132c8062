"""Stacks, documents and slides: every picture of the file becomes a part, named and labelled, with its own values."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import tifffile

from iiif_server.samples_record import SAMPLES
from ingest.conversion.readers.problems import SourceProblemError

SHAPE = (2, 3, 2, 60, 90)  # t, z, c, y, x


@pytest.fixture
def stack():
    random = np.random.default_rng(5)
    values = random.integers(0, 3000, SHAPE, np.uint16)
    values[..., 1, :, :] //= 4
    return values


def names(conversion):
    made = conversion.result.part_revisions(name="r", created=conversion.converted.created, master_sha256="0" * 64)
    return [(part.part.name, part.part.label) for part in made]


def values_of(conversion):
    """The full size, as (channels, height, width)."""
    pages = tifffile.imread(conversion.folder / SAMPLES, key=0)
    return pages if pages.ndim == 3 else pages[None]


def assert_planes(conversion, stack):
    """Every z and t of (t, z, c, y, x) lies where its name says."""
    for t in range(stack.shape[0]):
        for z in range(stack.shape[1]):
            name = ";".join(f"{axis}={n + 1}" for axis, n in (("z", z), ("t", t)) if n)
            part = conversion.part(name) if name else conversion
            assert np.array_equal(values_of(part), stack[t, z])
            assert part.rebuild(0).shape[:2] == stack.shape[3:]
            assert part.converted.samples.channels == conversion.converted.samples.channels


STACK_NAMES = [
    ("z=2", "z 2, t 1"),
    ("z=3", "z 3, t 1"),
    ("t=2", "z 1, t 2"),
    ("z=2;t=2", "z 2, t 2"),
    ("z=3;t=2", "z 3, t 2"),
]


@pytest.mark.parametrize("axes", ["TZCYX", "TCZYX", "ZTCYX", "ZCTYX", "CTZYX", "CZTYX"])
def test_ome_tiff_in_every_order_of_axes(convert, tmp_path, stack, axes):
    values = np.transpose(stack, ["TZCYX".index(axis) for axis in axes])
    channels = {"Name": ["DAPI", "Белок"], "Color": [0x0000FFFF, -16776961]}
    scale = {"PhysicalSizeX": 0.25, "PhysicalSizeXUnit": "µm", "PhysicalSizeY": 500, "PhysicalSizeYUnit": "nm"}
    tifffile.imwrite(
        tmp_path / "s.ome.tif",
        values,
        photometric="minisblack",
        metadata={"axes": axes, "Channel": channels, **scale},
    )
    conversion = convert(tmp_path / "s.ome.tif")
    revision = conversion.converted
    assert (revision.part_count, revision.label, revision.losses) == (5, "z 1, t 1", ())
    assert names(conversion) == STACK_NAMES
    assert_planes(conversion, stack)
    first, second = revision.samples.channels
    assert (first.name, first.color, second.name, second.color) == ("DAPI", "0000ff", "Белок", "ff0000")
    assert (second.minimum, second.maximum) == (stack[:, :, 1].min(), stack[:, :, 1].max())
    assert second.high == np.quantile(stack[:, :, 1], 0.999, method="inverted_cdf")
    assert revision.pixel_size_mm == pytest.approx((0.00025, 0.0005))
    assert conversion.part("t=2").converted.pixel_size_mm == revision.pixel_size_mm


def test_levels_of_others_in_sub_directories_are_made_anew(convert, tmp_path):
    values = np.random.default_rng(1).integers(0, 4000, (3, 700, 600), np.uint16)
    with tifffile.TiffWriter(tmp_path / "s.ome.tif") as writer:
        writer.write(values, photometric="minisblack", subifds=1, metadata={"axes": "CYX"}, tile=(128, 128))
        writer.write(values[:, ::2, ::2] * 0, photometric="minisblack", subfiletype=1, tile=(128, 128))
    conversion = convert(tmp_path / "s.ome.tif")
    assert conversion.converted.part_count == 0
    assert np.array_equal(values_of(conversion), values)
    assert [channel.color for channel in conversion.converted.samples.channels] == ["00ff00", "ff00ff", "00ffff"]
    assert tifffile.imread(conversion.folder / SAMPLES, key=1).mean() > 1000


def test_colours_in_an_ome_tiff_stay_colours(convert, tmp_path):
    values = np.random.default_rng(1).integers(0, 255, (2, 50, 70, 3), np.uint8)
    tifffile.imwrite(tmp_path / "s.ome.tif", values, photometric="rgb", metadata={"axes": "ZYXS"})
    conversion = convert(tmp_path / "s.ome.tif")
    assert names(conversion) == [("z=2", "z 2")]
    assert conversion.converted.samples is None
    assert np.abs(conversion.part("z=2").rebuild(0).mean() - values[1].mean()) < 2


def test_other_images_of_an_ome_tiff_are_associated_ones(convert, tmp_path):
    with tifffile.TiffWriter(tmp_path / "s.ome.tif", ome=True) as writer:
        for name, shape in (("slide", (80, 90)), ("label image", (20, 30)), ("Detail", (2, 40, 50))):
            axes = "YX" if len(shape) == 2 else "ZYX"
            writer.write(
                np.full(shape, 100, np.uint8), photometric="minisblack", metadata={"axes": axes, "Name": name}
            )
    conversion = convert(tmp_path / "s.ome.tif")
    assert names(conversion) == [("image=label", "label image"), ("image=series-3", "Detail")]
    assert conversion.converted.losses == ("Of the image “Detail” only the first plane was converted.",)
    assert (conversion.part("image=label").converted.width, conversion.converted.width) == (30, 90)


def test_planes_that_lie_in_other_files_are_told(convert, tmp_path):
    tifffile.imwrite(tmp_path / "one.tif", np.zeros((2, 20, 30), np.uint16), photometric="minisblack", metadata=None)
    rewrite_description(tmp_path / "one.tif", ome(3, here=2))
    conversion = convert(tmp_path / "one.tif")
    assert names(conversion) == [("z=2", "z 2")]
    assert conversion.converted.losses == ("Only 2 of 3 planes lie in the file.",)


def ome(size_z, here, first=0, uuid="urn:uuid:1"):
    data = "".join(
        f'<TiffData FirstZ="{z + first}" IFD="{z}" PlaneCount="1"><UUID FileName="x.tif">{uuid}</UUID></TiffData>'
        for z in range(here)
    )
    other = f'<TiffData FirstZ="{here}" IFD="0"><UUID FileName="y.tif">urn:uuid:2</UUID></TiffData>'
    pixels = (
        f'<Pixels DimensionOrder="XYCZT" SizeX="30" SizeY="20" SizeC="1" SizeZ="{size_z}" SizeT="1" Type="uint16">'
    )
    root = '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:1">'
    return f'{root}<Image ID="Image:0">{pixels}{data}{other}</Pixels></Image></OME>'


def rewrite_description(path, text):
    """tifffile writes the OME-XML of its own files only."""
    pages = tifffile.imread(path, key=slice(None))
    with tifffile.TiffWriter(path) as writer:
        for number, page in enumerate(pages.reshape(-1, *pages.shape[-2:])):
            description = text if number == 0 else None
            writer.write(page, photometric="minisblack", description=description, metadata=None)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (ome(3, here=2, first=1), "is one of several files of an OME-TIFF, or damaged"),
        (ome(3, here=2, uuid="urn:uuid:3"), "is one of several files of an OME-TIFF, or damaged"),
        (ome(3, here=2).replace('SizeC="1"', 'SizeC="7"'), "is one of several files of an OME-TIFF, or damaged"),
    ],
)
def test_ome_tiff_without_its_first_plane_is_refused(convert, tmp_path, text, sentence):
    tifffile.imwrite(tmp_path / "one.tif", np.zeros((2, 20, 30), np.uint16), photometric="minisblack", metadata=None)
    rewrite_description(tmp_path / "one.tif", text)
    with pytest.raises(SourceProblemError, match=sentence):
        convert(tmp_path / "one.tif")


@pytest.mark.parametrize(
    "text",
    [
        ome(3, 2)[:-20],
        ome(0, 2),
        ome(3, 2).replace("XYCZT", "YXABC"),
        ome(3, 2).replace('"20"', '"x"').replace('FirstZ="0"', 'FirstZ="9e9"'),
        ome(3, 2).replace("<Image", '<!DOCTYPE a [<!ENTITY b "c">]><Image'),
        "<OME>" + "<a>" * 5000,
        "<OME/>",
    ],
    ids=["cut", "no-size", "order", "number", "entities", "deep", "empty"],
)
def test_ome_xml_that_makes_no_sense_is_ignored_and_told(convert, tmp_path, text):
    tifffile.imwrite(tmp_path / "one.tif", np.zeros((2, 20, 30), np.uint16), photometric="minisblack", metadata=None)
    rewrite_description(tmp_path / "one.tif", text)
    conversion = convert(tmp_path / "one.tif")
    assert names(conversion) == [("page=2", "Page 2")]
    assert conversion.converted.losses == ("The OME-XML of the file cannot be used and was ignored.",)


def test_absurd_sizes_in_ome_xml_end_at_once(convert, tmp_path):
    tifffile.imwrite(tmp_path / "one.tif", np.zeros((2, 20, 30), np.uint16), photometric="minisblack", metadata=None)
    rewrite_description(tmp_path / "one.tif", ome(4_000_000_000, 2))
    assert convert(tmp_path / "one.tif").converted.losses == ("Only 2 of 4,000,000,000 planes lie in the file.",)


@pytest.mark.parametrize("one_directory", [False, True])
@pytest.mark.parametrize("big_endian", [False, True])
def test_imagej_hyperstacks(convert, tmp_path, stack, one_directory, big_endian):
    luts = [np.stack([np.arange(256, dtype=np.uint8) * on for on in color]) for color in ((1, 0, 0), (0, 1, 1))]
    metadata = {"axes": "TZCYX", "unit": "um", "Ranges": (100.0, 2000.0, 50.0, 700.0), "LUTs": luts}
    with tifffile.TiffWriter(tmp_path / "s.tif", imagej=True, byteorder=">" if big_endian else "<") as writer:
        writer.write(stack, metadata=metadata, resolution=(4.0, 2.0), resolutionunit=1)
    if one_directory:
        cut_chain(tmp_path / "s.tif")
    conversion = convert(tmp_path / "s.tif")
    assert names(conversion) == STACK_NAMES
    assert_planes(conversion, stack)
    channels = conversion.converted.samples.channels
    assert [(channel.color, channel.low, channel.high) for channel in channels] == [
        ("ff0000", 100, 2000),
        ("00ffff", 50, 700),
    ]
    assert conversion.converted.pixel_size_mm == pytest.approx((0.00025, 0.0005))


def cut_chain(path):
    """Leaves the first directory only, as ImageJ does with large stacks."""
    data = bytearray(path.read_bytes())
    order = "<" if data[:2] == b"II" else ">"
    (first,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, first)
    struct.pack_into(order + "I", data, first + 2 + 12 * count, 0)
    path.write_bytes(data)


def test_the_window_of_a_single_channel_is_that_of_imagej(convert, tmp_path):
    values = np.arange(2000, dtype=np.uint16).reshape(40, 50)
    tifffile.imwrite(tmp_path / "s.tif", values, imagej=True, metadata={"min": 500.0, "max": 1500.0, "unit": "inch"})
    revision = convert(tmp_path / "s.tif").converted
    (channel,) = revision.samples.channels
    assert (channel.low, channel.high) == (500, 1500)
    assert revision.pixel_size_mm is None


def test_imagej_that_claims_more_than_there_is_becomes_pages(convert, tmp_path):
    with tifffile.TiffWriter(tmp_path / "s.tif") as writer:
        for number in range(2):
            text = "ImageJ=1.53\nimages=99999999999\nslices=99999999\nframes=99999999\n" if not number else None
            writer.write(np.zeros((20, 30), np.uint16), description=text, metadata=None)
    assert names(convert(tmp_path / "s.tif")) == [("page=2", "Page 2")]


@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_planes_far_down_the_chain_are_the_same(convert, tmp_path, byteorder):
    values = np.random.default_rng(1).integers(0, 65_535, (70, 2, 9, 11), np.uint16)
    path = tmp_path / "s.ome.tif"
    tifffile.imwrite(path, values, photometric="minisblack", byteorder=byteorder, metadata={"axes": "ZCYX"})
    conversion = convert(path)
    for z in (1, 2, 31, 32, 33, 69, 70):
        assert np.array_equal(values_of(conversion.part(f"z={z}") if z > 1 else conversion), values[z - 1])


def test_pages_of_different_sizes_and_kinds(convert, tmp_path):
    random = np.random.default_rng(1)
    gray = random.integers(0, 255, (40, 50), np.uint8)
    deep = random.integers(0, 1000, (600, 700), np.uint16)
    colours = random.integers(0, 255, (30, 20, 3), np.uint8)
    doubles = random.normal(0, 1, (25, 35))
    with tifffile.TiffWriter(tmp_path / "s.tif") as writer:
        writer.write(gray, metadata=None, resolution=(300, 300), resolutionunit=2)
        writer.write(deep, metadata=None)
        writer.write(colours, photometric="rgb", metadata=None)
        writer.write(np.ones((5, 5), np.complex64), metadata=None)
        writer.write(doubles, metadata=None)
    conversion = convert(tmp_path / "s.tif")
    revision = conversion.converted
    assert names(conversion) == [("page=2", "Page 2"), ("page=3", "Page 3"), ("page=5", "Page 5")]
    assert (revision.label, revision.samples, revision.pixel_size_mm) == ("Page 1", None, None)
    assert revision.losses == ("Page 4 was left out: its kind of samples or compression is not supported.",)
    assert np.array_equal(values_of(conversion.part("page=2"))[0], deep)
    assert np.array_equal(values_of(conversion.part("page=5"))[0], doubles)
    assert conversion.part("page=3").rebuild(0).shape == (30, 20, 3)
    (listed, *_) = conversion.result.part_revisions(name="r", created=revision.created, master_sha256="0")
    part = listed.part
    assert (part.width, part.height, part.thumbnail_width, part.thumbnail_height) == (700, 600, 350, 300)


def test_a_damaged_page_is_named(convert, tmp_path):
    noise = np.random.default_rng(1).integers(0, 255, (200, 300, 3), np.uint8)
    with tifffile.TiffWriter(tmp_path / "s.tif") as writer:
        for _ in range(3):
            writer.write(noise, photometric="rgb", compression="zlib", metadata=None)
    with tifffile.TiffFile(tmp_path / "s.tif") as file:
        place = file.pages[1].dataoffsets[0]
    data = bytearray((tmp_path / "s.tif").read_bytes())
    data[place + 500 : place + 540] = b"\xff" * 40
    (tmp_path / "s.tif").write_bytes(data)
    with pytest.raises(SourceProblemError) as caught:
        convert(tmp_path / "s.tif")
    assert caught.value.predicate == "is damaged: its TIFF data cannot be decoded (Page 2)"


def test_all_pages_together_are_held_against_the_limit(convert, tmp_path):
    tifffile.imwrite(tmp_path / "s.tif", np.zeros((5, 100, 100), np.uint8), photometric="minisblack", metadata=None)
    with pytest.raises(SourceProblemError) as caught:
        convert(tmp_path / "s.tif", max_pixels=49_999)
    assert caught.value.predicate == (
        "is too large: its 5 pictures have 50,000 pixels together, and 49,999 are allowed (setting max_source_pixels)"
    )


def test_more_pages_than_an_image_may_have_are_refused(convert, tmp_path):
    with tifffile.TiffWriter(tmp_path / "s.tif") as writer:
        writer.write(np.zeros((4097, 1, 1), np.uint8), photometric="minisblack", metadata=None)
    with pytest.raises(SourceProblemError, match="has 4,097 pages, and at most 4,096 are supported"):
        convert(tmp_path / "s.tif")


def test_slides_bring_their_label_macro_and_thumbnail(convert, tmp_path):
    random = np.random.default_rng(1)
    slide = random.integers(0, 255, (900, 1300, 3), np.uint8)
    head = "Aperio Image Library v12\n1300x900 [0,0 1300x900] (256x256)"
    with tifffile.TiffWriter(tmp_path / "slide.svs") as writer:
        options = {"photometric": "rgb", "metadata": None}
        writer.write(slide, tile=(256, 256), description=f"{head}|AppMag = 20|MPP = 0.4990", **options)
        writer.write(slide[::9, ::9], description=head, **options)
        writer.write(slide[::4, ::4], tile=(256, 256), description=head, **options)
        writer.write(slide[:50, :60], description="Aperio Image Library v12\nlabel 60x50", subfiletype=1, **options)
        writer.write(slide[:70, :160], description="Aperio Image Library v12\nmacro 160x70", subfiletype=9, **options)
    conversion = convert(tmp_path / "slide.svs")
    assert names(conversion) == [
        ("image=thumbnail", "Thumbnail"),
        ("image=label", "Label"),
        ("image=macro", "Macro"),
    ]
    assert conversion.converted.pixel_size_mm == pytest.approx((0.000499, 0.000499))
    label = conversion.part("image=label")
    assert (label.converted.width, label.converted.height, label.converted.pixel_size_mm) == (60, 50, None)


def test_levels_that_do_not_say_what_they_are_are_no_pages(convert, tmp_path):
    values = np.random.default_rng(1).integers(0, 255, (700, 901), np.uint8)
    with tifffile.TiffWriter(tmp_path / "s.tif") as writer:
        for step in (1, 2, 4):
            writer.write(values[::step, ::step], tile=(64, 64), metadata=None)
    assert convert(tmp_path / "s.tif").converted.part_count == 0


def test_lsm_stacks(convert, tmp_path):
    values = np.random.default_rng(1).integers(0, 4000, (4, 3, 40, 50), np.uint16)
    info = struct.pack("<IiiiiiiIii3d", 0x00400494C, 0, 50, 40, 2, 3, 2, 0, 0, 0, 2e-7, 3e-7, 1e-6)
    with tifffile.TiffWriter(tmp_path / "s.lsm") as writer:
        for number, page in enumerate(values):
            extra = [(34412, "B", len(info), info, True)] if number == 0 else []
            options = {"photometric": "rgb", "planarconfig": "separate", "metadata": None}
            writer.write(page, extratags=extra, **options)
            writer.write(np.zeros((3, 8, 8), np.uint8), subfiletype=1, **options)
    conversion = convert(tmp_path / "s.lsm")
    assert names(conversion) == [("z=2", "z 2, t 1"), ("t=2", "z 1, t 2"), ("z=2;t=2", "z 2, t 2")]
    assert_planes(conversion, values.reshape(2, 2, 3, 40, 50))
    assert conversion.converted.pixel_size_mm == pytest.approx((0.0002, 0.0003))


def test_parts_lie_in_folders_of_their_own(convert, tmp_path, stack):
    tifffile.imwrite(tmp_path / "s.ome.tif", stack, photometric="minisblack", metadata={"axes": "TZCYX"})
    conversion = convert(tmp_path / "s.ome.tif")
    folder = conversion.folder
    files = ["index", "pyramid.tif", "samples.index", "samples.tif"]
    folders = ["z-1-t-2", "z-2-t-1", "z-2-t-2", "z-3-t-1", "z-3-t-2"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(files + folders)
    for name in folders:
        assert sorted(path.name for path in (folder / name).iterdir()) == files
    # A level of one tile: the head is the whole index.
    for picture in (conversion, conversion.part("z=2;t=2")):
        assert picture.converted.index_head == (picture.folder / "index").read_bytes()


def test_a_process_of_its_own_tells_of_all_parts(conversion_request, run_conversion_whole, tmp_path, stack):
    tifffile.imwrite(tmp_path / "s.ome.tif", stack, photometric="minisblack", metadata={"axes": "TZCYX"})
    seen = []
    converted = run_conversion_whole(conversion_request(tmp_path / "s.ome.tif"), seen.append)
    assert [part.name for part in converted.parts] == [name for name, _ in STACK_NAMES]
    assert seen == sorted(seen)
