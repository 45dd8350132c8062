"""From samples to the colours that are shown by default: windows, channels added as light, the profile.

The image server's renderings do the same with the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyvips

from iiif_server.samples_record import Channel
from iiif_server.windows import share_of_window
from ingest.adoption.tile_codec import Pixels
from ingest.conversion.channels import SamplesPlan
from ingest.conversion.means import Values
from ingest.conversion.profiles import to_srgb

_WHITE = "ffffff"
_DEEP, _FULL = 65535, 255
_TABLE_BYTES = 2
"""Of the largest values that are looked up instead of computed."""


@dataclass(frozen=True, slots=True)
class Look:
    """How tiles of these channels become 8-bit grey or sRGB; `profile`: the file with the one to go through."""

    plan: SamplesPlan
    channels: tuple[Channel, ...]
    profile: Path | None
    tables: Mapping[tuple[int, int], Pixels]
    """The light of every possible value, from the least, by channel and full light; none for large types."""

    @property
    def needed(self) -> tuple[int, ...]:
        """The channels that are seen, and that of transparency."""
        return tuple(n for n, channel in enumerate(self.channels) if channel.visible or n == self.plan.alpha)

    @property
    def bands(self) -> int:
        """1 where only grey is shown, else 3."""
        shown = self._shown
        return 1 if len(shown) == 1 and self.channels[shown[0]].color == _WHITE else 3

    @property
    def _shown(self) -> tuple[int, ...]:
        return tuple(n for n in self.needed if n != self.plan.alpha)

    def show(self, tiles: Mapping[int, Values]) -> Pixels:
        """(height, width, bands) of the needed channels' values, (height, width) each."""
        if self.profile is not None:
            pixels = self._through_profile(tiles, self.profile)
        elif self.bands == 1:
            (number,) = self._shown
            pixels = self._shine(number, tiles[number], _FULL)[:, :, None]
        else:
            pixels = self._add_light(tiles)
        return pixels if self.plan.alpha is None else self._flatten(pixels, tiles[self.plan.alpha])

    def _shine(self, number: int, values: Values, full: int) -> Pixels:
        """From 0 to `full` within the channel's window."""
        table = self.tables.get((number, full))
        if table is None:
            return _to_bytes(_share(values, self.channels[number]) * full)
        start = int(np.iinfo(values.dtype).min)
        pixels: Pixels = table[values if start == 0 else values.astype(np.int32) - start]
        return pixels

    def _add_light(self, tiles: Mapping[int, Values]) -> Pixels:
        height, width = next(iter(tiles.values())).shape
        # As many channels as there can be do not overflow.
        total = np.zeros((height, width, 3), np.uint16)
        for number in self._shown:
            light = {full: self._shine(number, tiles[number], full) for full in self.fulls(number)}
            for band, full in enumerate(bytes.fromhex(self.channels[number].color)):
                if full:
                    total[:, :, band] += light[full]
        return np.minimum(total, _FULL).astype(np.uint8)

    def fulls(self, number: int) -> set[int]:
        """What full is in the bands that the channel shines in."""
        return set(bytes.fromhex(self.channels[number].color)) - {0}

    def _through_profile(self, tiles: Mapping[int, Values], profile: Path) -> Pixels:
        numbers = self._shown[: self.bands]
        parts = [np.rint(_share(tiles[n], self.channels[n]) * _DEEP).astype(np.uint16) for n in numbers]
        deep = np.ascontiguousarray(np.stack(parts, axis=2))
        height, width, bands = deep.shape
        image = pyvips.Image.new_from_memory(deep.tobytes(), width, height, bands, "ushort")
        shown = to_srgb(image.copy(interpretation="rgb16" if bands == 3 else "grey16"), profile)
        pixels = shown if bands == 3 else shown.extract_band(min(1, shown.bands - 1))
        data = np.frombuffer(pixels.write_to_memory(), np.uint8)
        return data.reshape(height, width, bands)

    def _flatten(self, pixels: Pixels, alpha: Values) -> Pixels:
        """Onto white."""
        cover = (alpha.astype(np.float32) / np.iinfo(self.plan.dtype).max)[:, :, None]
        return _to_bytes(pixels * cover + 255 * (1 - cover))


def build_look(plan: SamplesPlan, channels: tuple[Channel, ...], profile: Path | None) -> Look:
    """The look of channels whose windows are known."""
    look = Look(plan, channels, profile, {})
    if profile is not None or plan.dtype.kind == "f" or plan.dtype.itemsize > _TABLE_BYTES:
        return look
    limits = np.iinfo(plan.dtype)
    values = np.arange(limits.min, int(limits.max) + 1)
    shares = {n: _share(values, channels[n]) for n in look.needed}
    tables = {(n, full): _to_bytes(shares[n] * full) for n in shares for full in look.fulls(n)}
    return replace(look, tables=tables)


def _share(values: Values, channel: Channel) -> Values:
    return share_of_window(values, channel.low, channel.high)


def _to_bytes(values: Values) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
