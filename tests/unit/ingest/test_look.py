"""What the conversion shows of samples is what the image server's renderings show of them."""

from pathlib import Path

import numpy as np
import pytest
import pyvips

from iiif_server.composite import Composite, SeenChannel
from iiif_server.painting import build_painters
from iiif_server.rendering import Color
from iiif_server.samples_record import Channel
from ingest.conversion.channels import PlannedChannel, SamplesPlan
from ingest.conversion.look import build_look

TYPES = ["uint8", "uint16", "uint32", "int8", "int16", "int32", "float32", "float64"]
COLORS = ("ff8000", "00ff00", "0a64c8", "ffffff", "ff00ff")


def shown_by_conversion(values: np.ndarray, channels: list[Channel], profile: Path | None = None) -> np.ndarray:
    planned = tuple(PlannedChannel(channel.name, channel.color, visible=channel.visible) for channel in channels)
    plan = SamplesPlan(values.dtype, values.dtype.name, planned, 0, None)
    return build_look(plan, tuple(channels), profile).show(dict(enumerate(values))).astype(int)


def shown_by_server(values: np.ndarray, channels: list[Channel]) -> np.ndarray:
    seen = [SeenChannel(n, c.low, c.high, Color(c.color)) for n, c in enumerate(channels) if c.visible]
    composite = Composite(tuple(seen), len(channels), values.dtype.name, b"")
    pixels = np.zeros((*values.shape[1:], composite.bands), np.uint8)
    for painter in build_painters(composite):
        painter.add(pixels, values[painter.channel.number])
    return pixels.astype(int)


def any_values(name: str, count: int) -> np.ndarray:
    """Of the whole range of the type, (count, height, width)."""
    random = np.random.default_rng(2)
    if name.startswith("float"):
        values = random.normal(0, 100, (count, 60, 70)).astype(name)
        values[:, 0, :5] = np.nan, np.inf, -np.inf, np.finfo(name).max, np.finfo(name).min
        return values
    limits = np.iinfo(name)
    return random.integers(limits.min, limits.max, (count, 60, 70), name, endpoint=True)


def windows(values: np.ndarray) -> list[tuple[float, float]]:
    return [tuple(np.nanpercentile(channel.astype(float), (5, 95))) for channel in values]


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("count", [1, 2, 5])
def test_both_show_the_same_of_any_values(name: str, count: int) -> None:
    values = any_values(name, count)
    colors = COLORS if count > 1 else ("ffffff",)
    ends = windows(values)
    channels = [Channel(f"{n}", colors[n], *ends[n], *ends[n], visible=n != 1) for n in range(count)]
    shown, rendered = shown_by_conversion(values, channels), shown_by_server(values, channels)
    assert shown.shape == rendered.shape
    assert np.abs(shown - rendered).max() <= 1


def test_what_is_no_number_is_lowest_and_infinity_is_highest_in_both() -> None:
    values = np.array([[[np.nan, -np.inf, 0, 50, 100, np.inf]]], np.float32)
    channels = [Channel("a", "ffffff", 0, 100, 0, 100)]
    for show in (shown_by_conversion, shown_by_server):
        assert show(values, channels)[0, :, 0].tolist() == [0, 0, 0, 128, 255, 255]


def test_as_many_channels_as_there_can_be_end_in_white() -> None:
    values = np.full((256, 1, 1), 100, np.uint8)
    channels = [Channel("a", "ffff00", 0, 100, 0, 100)] * 256
    for show in (shown_by_conversion, shown_by_server):
        assert show(values, channels).tolist() == [[[255, 255, 0]]]


def test_a_profile_is_gone_through_with_16_bits(tmp_path: Path) -> None:
    profile = tmp_path / "profile.icc"
    profile.write_bytes(bytes(pyvips.Operation.call("profile_load", "srgb")))
    values = np.linspace(0, 65535, 3 * 60 * 70).astype(np.uint16).reshape(3, 60, 70)
    channels = [Channel(color, color, 0, 65535, 0, 65535) for color in ("ff0000", "00ff00", "0000ff")]
    shown, rendered = shown_by_conversion(values, channels, profile), shown_by_server(values, channels)
    assert np.abs(shown - rendered).max() <= 1
