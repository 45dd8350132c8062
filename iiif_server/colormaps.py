"""The colours of the colormaps that renderings name, from the library cmap."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

SHADES = 256

_SOURCES = {
    **{name: f"matlab:{name}" for name in ("gray", "hot", "cool", "bone", "copper", "jet", "hsv")},
    **{name: f"bids:{name}" for name in ("viridis", "magma", "inferno", "plasma")},
    **{name: f"matplotlib:{name}" for name in ("twilight", "coolwarm")},
    **{"cividis": "cividis:cividis", "turbo": "google:turbo", "fire": "imagej:fire"},
}


def load_shades(name: str) -> npt.NDArray[np.uint8]:
    """(SHADES, 3): from the lowest to the highest. Raises KeyError for a name that is none of rendering.COLORMAPS."""
    import cmap  # takes a fifth of a second, and most servers never need it

    colors = cmap.Colormap(_SOURCES[name]).lut(SHADES)[:, :3]
    shades: npt.NDArray[np.uint8] = np.rint(colors * 255).astype(np.uint8)
    return shades
