from __future__ import annotations

import struct

import pytest

from ingest.conversion.readers.imagej import parse_imagej
from ingest.conversion.readers.microscopes import parse_aperio_name, parse_aperio_scale, parse_lsm
from ingest.conversion.readers.ome import MalformedOmeError, is_ome, parse_ome


def ome(pixels="", channels="", data="", attributes=""):
    sizes = pixels or 'SizeC="2" SizeZ="3" SizeT="2"'
    return (
        f'<?xml version="1.0"?><!-- x --><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" {attributes}>'
        f'<Image ID="Image:0" Name="a"><Pixels DimensionOrder="XYZCT" {sizes}>{channels}{data}</Pixels></Image></OME>'
    )


def test_without_tiff_data_directories_follow_in_the_order_of_the_dimensions():
    (image,) = parse_ome(ome(), "a.tif", [1] * 12)
    assert [image.planes[place] for place in ((0, 0, 0), (1, 0, 0), (0, 0, 1), (0, 1, 0), (2, 1, 1))] == [
        0,
        1,
        3,
        6,
        11,
    ]
    assert (image.channels, len(image.planes)) == (2, 12)


def test_directories_behind_the_last_plane_and_planes_behind_the_last_directory_are_left_out():
    assert len(parse_ome(ome(), "a.tif", [1] * 30)[0].planes) == 12
    assert len(parse_ome(ome(), "a.tif", [1] * 5)[0].planes) == 5


def test_channels_of_several_samples_are_one_directory():
    channels = '<Channel SamplesPerPixel="3" Name="RGB"/>'
    (image,) = parse_ome(ome('SizeC="3" SizeZ="2" SizeT="1"', channels), "a.tif", [3, 3])
    assert (image.channels, image.hints, image.planes) == (1, (), {(0, 0, 0): 0, (1, 0, 0): 1})


def test_names_colours_and_scale():
    channels = '<Channel Name=" A "/><Channel Fluor="B" Color="-16776961"/>'
    pixels = 'SizeC="2" SizeZ="1" SizeT="1" PhysicalSizeX="0.5" PhysicalSizeY="2" PhysicalSizeYUnit="nm"'
    (image,) = parse_ome(ome(pixels, channels), "a.tif", [1, 1])
    assert [(hint.name, hint.color) for hint in image.hints] == [("A", ""), ("B", "ff0000")]
    assert image.pixel_size_mm == pytest.approx((0.0005, 0.000002))


@pytest.mark.parametrize("pixels", ['PhysicalSizeX="0"', 'PhysicalSizeX="x"', 'PhysicalSizeX="1e999"', ""])
def test_a_scale_that_makes_no_sense_is_none(pixels):
    text = ome(f'SizeC="1" SizeZ="1" SizeT="1" PhysicalSizeY="1" {pixels}')
    assert parse_ome(text, "a.tif", [1])[0].pixel_size_mm is None


def test_planes_of_another_file_are_not_here():
    data = (
        '<TiffData IFD="0"><UUID FileName="b.tif">u</UUID></TiffData>'
        '<TiffData FirstZ="1" IFD="0"><UUID FileName="a.tif">v</UUID></TiffData>'
    )
    assert parse_ome(ome(data=data), "a.tif", [1])[0].planes == {(1, 0, 0): 0}
    assert parse_ome(ome(data=data, attributes='UUID="u"'), "a.tif", [1])[0].planes == {(0, 0, 0): 0}


@pytest.mark.parametrize(
    "text",
    [
        ome()[:-3],
        "<OME><Image/></OME>",
        ome('SizeC="-1" SizeZ="1" SizeT="1"'),
        ome('SizeC="99999999999999999999" SizeZ="1" SizeT="1"'),
        ome('SizeC="1" SizeZ="a" SizeT="1"'),
        ome(data='<TiffData PlaneCount="60000"/>' * 20),
        "<!DOCTYPE x>" + ome()[21:],
    ],
)
def test_what_describes_nothing_is_refused(text):
    with pytest.raises(MalformedOmeError):
        parse_ome(text, "a.tif", [1] * 60_000)


def test_ome_is_known_by_its_root():
    assert is_ome(ome())
    assert is_ome("<ome:OME xmlns:ome='x'/>")
    assert not is_ome("<html>OME</html>")


@pytest.mark.parametrize("order", ["<", ">"])
def test_imagej_metadata_in_both_byte_orders(order):
    magic, kinds = (b"IJIJ", (b"rang", b"luts")) if order == ">" else (b"JIJI", (b"gnar", b"stul"))
    ramp = bytes(range(256))
    header = magic + b"".join(kind + struct.pack(f"{order}I", n) for kind, n in zip(kinds, (1, 2), strict=True))
    blocks = [struct.pack(f"{order}4d", 1, 2, 3, 4), ramp + bytes(512), bytes(256) + ramp * 2]
    counts = struct.pack(f"{order}4I", len(header), *map(len, blocks))
    stack = parse_imagej("ImageJ=1\nchannels=2\nslices=5\nunit=\\u00B5m\n", counts, header + b"".join(blocks), order)
    assert (stack.channels, stack.slices, stack.frames, stack.millimetres) == (2, 5, 1, 1e-3)
    assert [(hint.color, hint.window) for hint in stack.hints] == [("ff0000", (1, 2)), ("00ffff", (3, 4))]


@pytest.mark.parametrize("counts", [b"", b"\xff" * 8, struct.pack("<3I", 12, 2**32 - 1, 5)])
def test_imagej_metadata_that_makes_no_sense_tells_nothing(counts):
    stack = parse_imagej("ImageJ=1\nslices=x\nmin=nan\nmax=3", counts, b"JIJIstul\xff\xff\xff\xff" + bytes(9), "<")
    assert (stack.slices, stack.hints[0].color, stack.hints[0].window) == (1, "", None)


def test_what_aperio_says():
    text = "Aperio Image Library v12\n46000x32914 [0,0]|AppMag = 20|MPP = 0.4990|Date = 1"
    assert parse_aperio_scale(text) == pytest.approx((0.000499, 0.000499))
    assert parse_aperio_scale("Aperio|MPP = 0") is None
    assert [parse_aperio_name("Aperio\nmacro 12x5", 0), parse_aperio_name("Aperio", 1)] == ["macro", "label"]
    assert parse_aperio_name("Aperio\n12x5", 0) == "thumbnail"


def test_other_private_tags_are_no_lsm():
    assert parse_lsm(b"") is None
    assert parse_lsm(bytes(64)) is None
