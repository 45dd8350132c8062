import dataclasses
from decimal import Decimal

import pytest

from iiif_server.composite import SeenChannel, UnknownChannelError, compose
from iiif_server.rendering import Color, Colormap, Look, Rendering, Window
from iiif_server.samples_record import Channel, Samples

SAMPLES = Samples(
    "uint16",
    (
        Channel("a", "0000ff", 10, 20, 0, 99),
        Channel("b", "00ff00", 30, 40, 0, 99, visible=False),
        Channel("c", "ffffff", 50, 60, 0, 99),
    ),
    1,
    "0" * 64,
)
RGB_PROFILE, GRAY_PROFILE = bytes(16) + b"RGB ", bytes(16) + b"GRAY"


@pytest.fixture
def revision(revision_of):
    return dataclasses.replace(revision_of(100, 80), samples=SAMPLES)


def test_where_no_channel_is_named_the_visible_ones_are_seen(revision):
    composite = compose(Rendering(Look(inverted=True)), revision)
    assert composite.channels == (
        SeenChannel(0, 10, 20, Color("0000ff"), inverted=True),
        SeenChannel(2, 50, 60, Color("ffffff"), inverted=True),
    )
    assert (composite.count, composite.type, composite.bands) == (3, "uint16", 3)


def test_only_named_channels_are_seen_each_as_it_is_said(revision):
    every = Look(Window(Decimal(1), Decimal(2)), Colormap("hot"), Decimal(3))
    named = ((2, Look()), (3, Look(tint=Color("808080"), gamma=Decimal("0.5"))))
    composite = compose(Rendering(every, named), revision)
    assert composite.channels == (
        SeenChannel(1, 1, 2, Colormap("hot"), 3),
        SeenChannel(2, 1, 2, Color("808080"), 0.5),
    )
    assert compose(Rendering(channels=((3, Look()),)), revision).bands == 1


@pytest.mark.parametrize(("channels", "names"), [("gray", 1), ("rgb", 3)])
def test_without_samples_the_bands_are_channels(revision_of, channels, names):
    revision = revision_of(100, 80, channels=channels)
    assert compose(Rendering(channels=((names, Look()),)), revision).channels[0].high == 255
    with pytest.raises(UnknownChannelError, match=f"c1 to c{names}"):
        compose(Rendering(channels=((names + 1, Look()),)), revision)


@pytest.mark.parametrize(
    ("profile", "rendering", "kept"),
    [
        (RGB_PROFILE, Rendering(Look(gamma=Decimal(2))), True),
        (RGB_PROFILE, Rendering(channels=((1, Look()),)), True),
        (RGB_PROFILE, Rendering(channels=((1, Look(tint=Color("00ff00"))),)), False),
        (RGB_PROFILE, Rendering(Look(tint=Colormap("hot"))), False),
        (RGB_PROFILE, Rendering(channels=((3, Look()),)), False),
        (GRAY_PROFILE, Rendering(channels=((3, Look()),)), True),
        (GRAY_PROFILE, Rendering(channels=((1, Look()),)), False),
        (b"", Rendering(Look(gamma=Decimal(2))), False),
    ],
)
def test_the_profile_holds_as_long_as_the_colours_are_those_of_the_channels(revision, profile, rendering, kept):
    samples = dataclasses.replace(SAMPLES, icc_profile=profile)
    assert bool(compose(rendering, dataclasses.replace(revision, samples=samples)).profile) is kept
