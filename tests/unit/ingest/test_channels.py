"""The colours of channels: the file's, else the usual ones of dyes, else those of the palette that are free."""

from pathlib import Path

import pytest
import pyvips

from ingest.conversion.channels import plan_samples
from ingest.conversion.readers.kinds import Kind
from ingest.conversion.readers.source import ChannelHint, Source


def colors_of(*hints: ChannelHint) -> list[str]:
    image = pyvips.Image.black(4, 4, bands=len(hints)).cast("ushort").copy(interpretation="multiband")
    source = Source(Kind.TIFF, Path("a.tif"), 4, 4, lambda: image, separate=True, hints=hints)
    plan = plan_samples(image, source)
    assert plan is not None
    return [channel.color for channel in plan.channels]


def named(*names: str) -> list[ChannelHint]:
    return [ChannelHint(name) for name in names]


def test_the_color_that_the_file_tells_goes_before_that_of_the_dye() -> None:
    assert colors_of(ChannelHint("DAPI", "ff0000"), ChannelHint("GFP")) == ["ff0000", "00ff00"]


def test_one_color_for_all_was_chosen_by_nobody() -> None:
    assert colors_of(ChannelHint("DAPI", "ffffff"), ChannelHint("GFP", "ffffff")) == ["0000ff", "00ff00"]


@pytest.mark.parametrize(
    ("names", "colors"),
    [
        (("", "", ""), ["00ff00", "ff00ff", "00ffff"]),
        (("DAPI", "Alexa 488", "TRITC", "Cy5"), ["0000ff", "00ff00", "ff8000", "ff00ff"]),
        (("one", "two", "GFP"), ["ff00ff", "00ffff", "00ff00"]),
        (("one", "Cy5", "GFP", "two"), ["00ffff", "ff00ff", "00ff00", "ffff00"]),
        (("",) * 8, ["00ff00", "ff00ff", "00ffff", "ffff00", "ff0000", "0000ff", "ffffff", "00ff00"]),
    ],
)
def test_other_channels_get_what_is_free(names: tuple[str, ...], colors: list[str]) -> None:
    assert colors_of(*named(*names)) == colors


def test_a_single_channel_is_gray_whatever_it_is_called() -> None:
    assert colors_of(ChannelHint("DAPI")) == ["ffffff"]
    assert colors_of(ChannelHint("DAPI", "0000ff")) == ["0000ff"]
