"""Which channels a picture has beyond 8-bit colours, and how they are shown unless somebody wishes otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyvips

from iiif_server.samples_record import MAX_CHANNELS, Channel, SampleType
from ingest.conversion.colour import LAB, colour_count, has_alpha
from ingest.conversion.fluorophores import color_of_dye
from ingest.conversion.formats import TYPES
from ingest.conversion.readers.problems import SourceProblemError
from ingest.conversion.readers.source import ChannelHint, Source
from ingest.conversion.sample_statistics import ChannelStatistics, open_up, used_range

_WHITE = "ffffff"
_COLOURS = (("Red", "ff0000"), ("Green", "00ff00"), ("Blue", "0000ff"))
_PALETTE = ("00ff00", "ff00ff", "00ffff", "ffff00", "ff0000", "0000ff", _WHITE)
_MAX_SHOWN, _SHOWN_OF_MANY = 7, 4
"""So many channels are shown at once; where there are more, only the first few are: all together are white."""
_MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class PlannedChannel:
    """A channel before its values are known; `window` where the file tells one."""

    name: str
    color: str
    visible: bool
    window: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class SamplesPlan:
    """What goes into the second pyramid. The first `colours` channels (0 or 3) are red, green and blue.

    `alpha`: the number of the channel that is transparency.
    """

    dtype: np.dtype[Any]
    type: SampleType
    channels: tuple[PlannedChannel, ...]
    colours: int
    alpha: int | None

    @property
    def pixel_bytes(self) -> int:
        """All values of one pixel."""
        return len(self.channels) * self.dtype.itemsize


def plan_samples(image: pyvips.Image, source: Source) -> SamplesPlan | None:
    """The channels of the image; None where 8-bit grey or colours are all that it holds.

    Raises SourceProblemError.
    """
    count = colour_count(image)
    if image.interpretation == "cmyk" or image.interpretation in LAB:
        return None
    if image.bands > MAX_CHANNELS:
        raise SourceProblemError(f"has {image.bands:,} channels, and at most {MAX_CHANNELS} are supported")
    alpha = None if source.separate or not has_alpha(image, source) else count
    known = count if alpha is None else count + 1
    if image.format == "uchar" and image.bands == known and not (source.separate and image.bands > 1):
        return None
    colours = count if count == len(_COLOURS) and not source.separate else 0
    channels = _name_channels(image.bands, colours, alpha, source.hints)
    kind = TYPES[image.format]
    return SamplesPlan(np.dtype(kind), kind, channels, colours, alpha)


def _name_channels(
    count: int, colours: int, alpha: int | None, hints: Sequence[ChannelHint]
) -> tuple[PlannedChannel, ...]:
    hints = hints if len(hints) == count else [ChannelHint()] * count
    plain = len({hint.color for hint in hints}) == 1 and count > 1  # all white, mostly: nobody chose them
    shown = _MAX_SHOWN if count <= _MAX_SHOWN else _SHOWN_OF_MANY
    single = count - (alpha is not None) == 1
    chosen = _choose_colors(hints, told=not plain and not colours)
    planned = []
    for number, hint in enumerate(hints):
        name, color, visible = f"Channel {number + 1}", chosen[number], number < shown
        if number == alpha:
            name, color, visible = "Transparency", _WHITE, False
        elif colours:
            visible = number < colours
            name, color = _COLOURS[number] if visible else (name, color)
        elif single:
            name, color = "Gray", hint.color or _WHITE
        name = (hint.name.strip() if number != alpha else "") or name
        planned.append(PlannedChannel(name[:_MAX_NAME], color, visible, hint.window))
    return tuple(planned)


def _choose_colors(hints: Sequence[ChannelHint], *, told: bool) -> list[str]:
    """Those of the file where it tells them, else the usual ones of the dyes, else free ones of the palette."""
    colors = [(hint.color if told else "") or color_of_dye(hint.name) for hint in hints]
    for number, color in enumerate(colors):
        colors[number] = color or _free_color(number, colors)
    return colors


def _free_color(number: int, taken: Sequence[str]) -> str:
    """The palette's at that place, or the next that no other channel has."""
    turned = [_PALETTE[(number + step) % len(_PALETTE)] for step in range(len(_PALETTE))]
    return next((color for color in turned if color not in taken), turned[0])


def build_channels(
    plan: SamplesPlan, statistics: Sequence[ChannelStatistics], *, has_profile: bool
) -> tuple[Channel, ...]:
    """The channels with the windows that their values call for. Raises SourceProblemError.

    `has_profile`: a profile says what the values look like.
    """
    if all(channel.is_empty for channel in statistics):
        raise SourceProblemError("holds no finite value")
    together = _common_window(plan, statistics, has_profile)
    return tuple(_build_channel(plan, number, statistics[number], together) for number in range(len(plan.channels)))


def _common_window(
    plan: SamplesPlan, statistics: Sequence[ChannelStatistics], has_profile: bool
) -> tuple[float, float] | None:
    """That of colours, whose ratios must stay; None where each channel has its own."""
    shown = statistics[: plan.colours or (1 if has_profile else 0)]
    if not shown:
        return None
    if plan.dtype.kind == "u":
        return used_range(max(channel.maximum for channel in shown if not channel.is_empty))
    windows = [channel.window() for channel in shown if not channel.is_empty]
    return min(low for low, _ in windows), max(high for _, high in windows)


def _build_channel(
    plan: SamplesPlan, number: int, statistics: ChannelStatistics, together: tuple[float, float] | None
) -> Channel:
    planned = plan.channels[number]
    own = planned.window and open_up(*planned.window, statistics.minimum, statistics.maximum)
    if number == plan.alpha:
        low, high = 0.0, float(np.iinfo(plan.dtype).max)
    elif together is not None and number < max(1, plan.colours):
        low, high = together
    else:
        low, high = own or statistics.window()
    extremes = (0.0, 0.0) if statistics.is_empty else (statistics.minimum, statistics.maximum)
    return Channel(planned.name, planned.color, low, high, *extremes, visible=planned.visible)
