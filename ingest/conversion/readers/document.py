"""All the pictures in a source file, of which none was decoded yet."""

from __future__ import annotations

from dataclasses import dataclass

from iiif_server.parts import PartName, Plane
from ingest.conversion.readers.source import Source


@dataclass(frozen=True, slots=True)
class PartSource:
    """One picture. `name` is None for the first, `label` what people read; empty where there is no other."""

    name: PartName | None
    label: str
    source: Source


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds. The first part is what the image shows; a pixel of it measures `pixel_size_mm`."""

    parts: tuple[PartSource, ...]
    pixel_size_mm: tuple[float, float] | None = None

    @property
    def pixels(self) -> int:
        """Of all parts together, at full size."""
        return sum(part.source.width * part.source.height for part in self.parts)

    def groups(self) -> list[list[PartSource]]:
        """The planes of a stack together, as they are shown in the same windows; every other part alone."""
        planes = [part for part in self.parts[1:] if isinstance(part.name, Plane)]
        others = [part for part in self.parts[1:] if not isinstance(part.name, Plane)]
        return [[self.parts[0], *planes], *([part] for part in others)]


def single_picture(source: Source) -> Document:
    """A file with nothing but this."""
    return Document((PartSource(None, "", source),))
