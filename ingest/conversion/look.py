"""From samples to the colours that are shown by default: windows, channels added as light, the profile.

The image server's renderings do the same with the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyvips

from iiif_server.samples_record import Channel
from ingest.adoption.tile_codec import Pixels
from ingest.conversion.channels import SamplesPlan
from ingest.conversion.means import Values
from ingest.conversion.profiles import to_srgb

_WHITE = "ffffff"
_DEEP = 65535


@dataclass(frozen=True, slots=True)
class Look:
    """How tiles of these channels become 8-bit grey or sRGB; `profile`: the file with the one to go through."""

    plan: SamplesPlan
    channels: tuple[Channel, ...]
    profile: Path | None

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
            pixels = _to_bytes(apply_window(tiles[self._shown[0]], self.channels[self._shown[0]]) * 255)[:, :, None]
        else:
            pixels = self._add_light(tiles)
        return pixels if self.plan.alpha is None else self._flatten(pixels, tiles[self.plan.alpha])

    def _add_light(self, tiles: Mapping[int, Values]) -> Pixels:
        height, width = next(iter(tiles.values())).shape
        total = np.zeros((height, width, 3), np.float32)
        for number in self._shown:
            seen = apply_window(tiles[number], self.channels[number])
            for band, part in enumerate(bytes.fromhex(self.channels[number].color)):
                if part:
                    total[:, :, band] += seen * np.float32(part)
        return _to_bytes(total)

    def _through_profile(self, tiles: Mapping[int, Values], profile: Path) -> Pixels:
        numbers = self._shown[: self.bands]
        parts = [np.rint(apply_window(tiles[n], self.channels[n]) * _DEEP).astype(np.uint16) for n in numbers]
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


def apply_window(values: Values, channel: Channel) -> Values:
    """From 0 to 1, where the channel's window ends; what is no number is 0."""
    if values.dtype.kind != "f" and values.dtype.itemsize <= 2:
        start = int(np.iinfo(values.dtype).min)
        table = _scaled(np.arange(start, int(np.iinfo(values.dtype).max) + 1, dtype=np.float64), channel)
        return table[values if start == 0 else values.astype(np.int32) - start]
    return _scaled(values.astype(np.float64), channel)


def _scaled(values: Values, channel: Channel) -> Values:
    with np.errstate(invalid="ignore"):
        share = (np.clip(values, channel.low, channel.high) - channel.low) / (channel.high - channel.low)
    return np.nan_to_num(share, copy=False, nan=0.0).astype(np.float32)


def _to_bytes(values: Values) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
