"""What the OME-XML of a TIFF tells: its images, and which directory holds which plane (OME model 2016-06). PURE.

Hostile texts: sizes that it claims are never counted through, only directories that are there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree  # a text with a DOCTYPE is refused, so that no entity is ever defined

from ingest.conversion.readers.source import ChannelHint

_NEW_IN_FILE = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:\w+:)?OME[\s/>]", re.DOTALL)
_MILLIMETRES = {
    **{"m": 1000.0, "dm": 100.0, "cm": 10.0, "mm": 1.0, "µm": 1e-3, "μm": 1e-3, "um": 1e-3, "nm": 1e-6, "pm": 1e-9},
    **{"Å": 1e-7, "in": 25.4, "ft": 304.8, "yd": 914.4},
}
_ORDERS = ("XYZCT", "XYZTC", "XYCTZ", "XYCZT", "XYTCZ", "XYTZC")
_MAX_DIGITS, _IMPOSSIBLE = 20, 2**63
_MAX_PLANES = 1_000_000


class MalformedOmeError(ValueError):
    """The text describes no images."""


@dataclass(frozen=True, slots=True)
class OmeImage:
    """One image. `planes`: the directories of (z, t, channel), counted from 0, that lie in this file.

    `channels` says how many directories make one plane.
    """

    name: str
    size_z: int
    size_t: int
    channels: int
    hints: tuple[ChannelHint, ...]
    planes: dict[tuple[int, int, int], int]
    pixel_size_mm: tuple[float, float] | None


def is_ome(text: str) -> bool:
    """The text is an OME-XML document, sound or not."""
    return _NEW_IN_FILE.match(text) is not None


def parse_ome(text: str, file_name: str, samples: list[int]) -> list[OmeImage]:
    """The images in the order of the document. `samples`: those per pixel of every directory of the file.

    Raises MalformedOmeError.
    """
    if "<!DOCTYPE" in text:
        raise MalformedOmeError("a document type is declared")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314  # see above
    except (ElementTree.ParseError, ValueError) as exc:
        raise MalformedOmeError(str(exc)) from exc
    found = []
    for image in _children(root, "Image"):
        for pixels in _children(image, "Pixels"):
            found.append(_parse_image(image, pixels, root.get("UUID", ""), file_name, samples))
    if not found:
        raise MalformedOmeError("there is no image")
    return found


def _parse_image(
    image: ElementTree.Element, pixels: ElementTree.Element, uuid: str, file_name: str, samples: list[int]
) -> OmeImage:
    sizes = {axis: _whole(pixels.get(f"Size{axis}"), 1) for axis in "ZCT"}
    order = pixels.get("DimensionOrder", "XYZCT")
    if order not in _ORDERS or min(sizes.values()) < 1:
        raise MalformedOmeError("the dimensions are none")
    elements = list(_children(pixels, "Channel"))
    per_pixel = [_whole(channel.get("SamplesPerPixel"), 1) for channel in elements]
    channels = len(elements) if elements and sum(per_pixel) == sizes["C"] else sizes["C"]
    blocks = list(_blocks(pixels, uuid, file_name, len(samples)))
    if sum(count for _, count, _ in blocks) > _MAX_PLANES:
        raise MalformedOmeError("planes are claimed over and over")
    first = samples[blocks[0][0]] if blocks and blocks[0][0] < len(samples) else 1
    if channels == sizes["C"] and first > 1 and sizes["C"] % first == 0:
        channels = sizes["C"] // first
    walk = _Walk(order, sizes["Z"], channels, sizes["T"])
    planes = {}
    for directory, count, start in blocks:
        for step in range(count):
            place = walk.place(walk.number(*start) + step)
            if place is not None:
                planes[place] = directory + step
    return OmeImage(
        name=image.get("Name", "").strip()[:200],
        size_z=sizes["Z"],
        size_t=sizes["T"],
        channels=channels,
        hints=tuple(_hints(elements, per_pixel)),
        planes=planes,
        pixel_size_mm=_pixel_size(pixels),
    )


@dataclass(frozen=True, slots=True)
class _Walk:
    """The order in which planes follow one another."""

    order: str
    z: int
    c: int
    t: int

    def number(self, z: int, c: int, t: int) -> int:
        """Which plane it is."""
        at, sizes, number, factor = {"Z": z, "C": c, "T": t}, self._sizes, 0, 1
        for axis in self.order[2:]:
            number += at[axis] * factor
            factor *= sizes[axis]
        return number

    def place(self, number: int) -> tuple[int, int, int] | None:
        """Inverse of `number`, as (z, t, c); None behind the last."""
        at = {}
        for axis in self.order[2:]:
            number, at[axis] = divmod(number, self._sizes[axis])
        return None if number else (at["Z"], at["T"], at["C"])

    @property
    def _sizes(self) -> dict[str, int]:
        return {"Z": self.z, "C": self.c, "T": self.t}


def _blocks(
    pixels: ElementTree.Element, uuid: str, file_name: str, directories: int
) -> Iterator[tuple[int, int, tuple[int, int, int]]]:
    """(first directory, number of directories, (z, c, t)) of every TiffData that speaks of this file."""
    elements = list(_children(pixels, "TiffData"))
    if not elements and not any(True for _ in _children(pixels, "BinData")):
        yield 0, directories, (0, 0, 0)
    for element in elements:
        if not _is_here(element, uuid, file_name):
            continue
        directory = _whole(element.get("IFD"), 0)
        rest = max(0, directories - directory)
        whole = element.get("IFD") is None and element.get("PlaneCount") is None
        count = rest if whole else min(rest, _whole(element.get("PlaneCount"), 1))
        z, c, t = (_whole(element.get(f"First{axis}"), 0) for axis in "ZCT")
        yield directory, count, (z, c, t)


def _is_here(element: ElementTree.Element, uuid: str, file_name: str) -> bool:
    for named in _children(element, "UUID"):
        text = (named.text or "").strip()
        return text == uuid if uuid else named.get("FileName", file_name) == file_name
    return True


def _hints(elements: list[ElementTree.Element], per_pixel: list[int]) -> Iterator[ChannelHint]:
    for element, count in zip(elements, per_pixel, strict=True):
        if count == 1:
            name = element.get("Name") or element.get("Fluor") or ""
            yield ChannelHint(name.strip(), _color(element.get("Color")))


def _color(text: str | None) -> str:
    """Six digits of red, green, blue, from a signed number of 32 bits that ends in alpha; nothing for black."""
    value = _whole(text, 0, least=-(2**31)) >> 8 & 0xFFFFFF
    return f"{value:06x}" if value else ""


def _pixel_size(pixels: ElementTree.Element) -> tuple[float, float] | None:
    sizes = []
    for axis in "XY":
        factor = _MILLIMETRES.get(pixels.get(f"PhysicalSize{axis}Unit", "µm"))
        try:
            size = float(pixels.get(f"PhysicalSize{axis}", "")) * (factor or math.nan)
        except ValueError:
            return None
        if not 0 < size < math.inf:
            return None
        sizes.append(size)
    return sizes[0], sizes[1]


def _whole(text: str | None, default: int, *, least: int = 0) -> int:
    """Raises MalformedOmeError."""
    if text is None:
        return default
    try:
        value = int(text) if len(text) < _MAX_DIGITS else _IMPOSSIBLE
    except ValueError as exc:
        raise MalformedOmeError("a number is none") from exc
    if not least <= value <= 2**32:
        raise MalformedOmeError("a number is impossible")
    return value


def _children(element: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    """Whatever the version of the namespace."""
    return (child for child in element if child.tag.rpartition("}")[2] == name)
