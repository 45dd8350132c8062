"""From a rendering to what is seen of each channel of one revision. PURE."""

from __future__ import annotations

from dataclasses import dataclass, replace

from iiif_server.record import Revision
from iiif_server.rendering import Color, Colormap, Look, Rendering
from iiif_server.samples_record import Channel, SampleType

GRAY = (Channel("gray", "ffffff", 0, 255, 0, 255),)
RGB = (
    Channel("red", "ff0000", 0, 255, 0, 255),
    Channel("green", "00ff00", 0, 255, 0, 255),
    Channel("blue", "0000ff", 0, 255, 0, 255),
)


class UnknownChannelError(ValueError):
    """The rendering names a channel that the image has not; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class SeenChannel:
    """Channel `number`, counted from 0: values from `low` to `high` become 0 to 1, and colours of `tint`."""

    number: int
    low: float
    high: float
    tint: Color | Colormap
    gamma: float = 1.0
    inverted: bool = False

    @property
    def is_gray(self) -> bool:
        """Whether it shows shades of gray only."""
        match self.tint:
            case Color(digits):
                return digits[:2] == digits[2:4] == digits[4:]
            case Colormap(name):
                return name == "gray"


@dataclass(frozen=True, slots=True)
class Composite:
    """What is seen of an image of `count` channels: some of them, added as light.

    Their values are of that type. With a `profile` the sum is meant in it.
    """

    channels: tuple[SeenChannel, ...]
    count: int
    type: SampleType
    profile: bytes

    @property
    def bands(self) -> int:
        """1 where all is gray, else 3."""
        return 1 if all(channel.is_gray for channel in self.channels) else 3


def channels_of(revision: Revision) -> tuple[Channel, ...]:
    """The channels that renderings of the revision can name."""
    if revision.samples is not None:
        return revision.samples.channels
    return GRAY if revision.channels == "gray" else RGB


def compose(rendering: Rendering, revision: Revision) -> Composite:
    """The rendering, applied to the revision. Raises UnknownChannelError."""
    channels = channels_of(revision)
    looks = {number - 1: look for number, look in rendering.channels}
    if not looks:
        looks = {number: Look() for number, channel in enumerate(channels) if channel.visible}
    if any(number >= len(channels) for number in looks):
        raise UnknownChannelError(f"The channels of this image are c1 to c{len(channels)}.")
    seen = tuple(_see(number, channels[number], look, rendering.every) for number, look in looks.items())
    type_: SampleType = "uint8" if revision.samples is None else revision.samples.type
    composite = Composite(seen, len(channels), type_, _profile_of(revision))
    return composite if _keeps_colors(composite, channels) else replace(composite, profile=b"")


def _see(number: int, channel: Channel, look: Look, every: Look) -> SeenChannel:
    """What is said of the channel goes before what is said of all, and that before its defaults."""
    window, gamma = look.window or every.window, look.gamma or every.gamma
    return SeenChannel(
        number,
        channel.low if window is None else float(window.low),
        channel.high if window is None else float(window.high),
        look.tint or every.tint or Color(channel.color),
        1.0 if gamma is None else float(gamma),
        look.inverted or every.inverted,
    )


def _profile_of(revision: Revision) -> bytes:
    if revision.samples is not None:
        return revision.samples.icc_profile
    # Levels of whole files are in sRGB already.
    return b"" if revision.adopted is None or revision.adopted.is_whole else revision.adopted.icc_profile


def _keeps_colors(composite: Composite, channels: tuple[Channel, ...]) -> bool:
    """Whether the sum is still what the profile speaks of: pseudo-colours are meant as they are seen."""
    kept = all(channel.tint == Color(channels[channel.number].color) for channel in composite.channels)
    space = b"GRAY" if composite.bands == 1 else b"RGB "
    # The colour space of the data (ICC.1 §7.2.6).
    return kept and composite.profile[16:20] == space
