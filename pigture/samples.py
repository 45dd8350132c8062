"""The sample images that `pigture serve` ingests on an empty data folder. samples/README.md states their origin."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PUBLIC_DOMAIN = "http://creativecommons.org/publicdomain/mark/1.0/"
CC0 = "http://creativecommons.org/publicdomain/zero/1.0/"


@dataclass(frozen=True, slots=True)
class Sample:
    """One image to ingest. `rights` is a URI as Presentation 3.0 §3.2 wants it."""

    path: Path
    identifier: str
    label: str
    rights: str


def sample_files(folder: Path | None = None) -> tuple[Sample, ...]:
    """The samples that lie in `folder`, largest first; empty where the installation carries none."""
    folder = folder or default_folder()
    return tuple(sample for sample in _all_samples(folder) if sample.path.is_file())


def default_folder() -> Path:
    """`samples/` beside the packages: the same in a checkout and in the container image."""
    return Path(__file__).resolve().parent.parent / "samples"


def _all_samples(folder: Path) -> tuple[Sample, ...]:
    return (
        Sample(
            folder / "blue-marble.jpg", "blue-marble", "Blue Marble: the Earth without clouds (NASA)", PUBLIC_DOMAIN
        ),
        Sample(folder / "human-retina.jpg", "human-retina", "Retina of a human eye (Mikael Häggström)", CC0),
        Sample(
            folder / "huckleberry-finn.jpg",
            "huckleberry-finn",
            "Adventures of Huckleberry Finn, page 29 (Mark Twain, E. W. Kemble, 1885)",
            PUBLIC_DOMAIN,
        ),
    )
