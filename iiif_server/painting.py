"""From the values of channels to 8-bit colours, as a composite says.

Arrays of values are (height, width), pixels (height, width, bands) of uint8. Blocking; belongs into a thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, assert_never

import numpy as np
import numpy.typing as npt

from iiif_server.colormaps import SHADES, load_shades
from iiif_server.composite import Composite, SeenChannel
from iiif_server.rendering import Color, Colormap
from iiif_server.windows import share_of_window

Values = npt.NDArray[Any]
Pixels = npt.NDArray[np.uint8]

# Values of up to so many bits are looked up in a table of all of them.
_TABLE_BITS = 16


@dataclass(frozen=True, slots=True)
class Painter:
    """Adds one channel to pixels. `tables` say what each value adds to which band; None where there are too many."""

    channel: SeenChannel
    bands: int
    tables: tuple[tuple[int, Pixels], ...] | None

    def add(self, pixels: Pixels, values: Values) -> None:
        """Adds the light of the values to the pixels of the same size, which become no brighter than white."""
        for band, light in self._shine(values):
            place = pixels[:, :, band]
            place += np.minimum(light, 255 - place)

    def _shine(self, values: Values) -> Iterator[tuple[int, Pixels]]:
        if self.tables is None:
            yield from _tint(_share(values, self.channel), self.channel.tint, self.bands)
            return
        places = values.view(f"u{values.dtype.itemsize}")
        for band, table in self.tables:
            yield band, table[places]


def build_painters(composite: Composite) -> list[Painter]:
    """One for each channel that is seen, in their order."""
    dtype = np.dtype(composite.type)
    return [_build_painter(channel, dtype, composite.bands) for channel in composite.channels]


def paint(composite: Composite, pixels: Pixels) -> Pixels:
    """The composite of an image whose channels are the bands of `pixels`."""
    painted = np.zeros((*pixels.shape[:2], composite.bands), np.uint8)
    for painter in build_painters(composite):
        painter.add(painted, pixels[:, :, painter.channel.number])
    return painted


def _build_painter(channel: SeenChannel, dtype: np.dtype[Any], bands: int) -> Painter:
    bits = 8 * dtype.itemsize
    if dtype.kind == "f" or bits > _TABLE_BITS:
        return Painter(channel, bands, None)
    all_values = np.arange(1 << bits, dtype=f"u{dtype.itemsize}").view(dtype)
    return Painter(channel, bands, tuple(_tint(_share(all_values, channel), channel.tint, bands)))


def _share(values: Values, channel: SeenChannel) -> npt.NDArray[np.float64]:
    """From 0 to 1, after window, gamma and inversion."""
    share = share_of_window(values, channel.low, channel.high)
    if channel.gamma != 1:
        share **= channel.gamma
    return 1 - share if channel.inverted else share


def _tint(share: npt.NDArray[np.float64], tint: Color | Colormap, bands: int) -> Iterator[tuple[int, Pixels]]:
    """Every band that light comes into, and how much."""
    match tint:
        case Color(digits):
            for band, full in enumerate(bytes.fromhex(digits)[:bands]):
                if full:
                    yield band, np.rint(share * full).astype(np.uint8)
        case Colormap(name):
            shades = load_shades(name)
            numbers = np.rint(share * (SHADES - 1)).astype(np.uint8)
            for band in range(bands):
                yield band, np.ascontiguousarray(shades[:, band])[numbers]
        case _:
            assert_never(tint)
