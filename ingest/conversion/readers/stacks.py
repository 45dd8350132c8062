"""Stacks of planes in TIFFs: OME-TIFF, ImageJ's hyperstacks, LSM."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from iiif_server.parts import AssociatedImage, Plane
from ingest.conversion.readers.document import Document, PartSource
from ingest.conversion.readers.imagej import ImageJStack
from ingest.conversion.readers.microscopes import LsmStack
from ingest.conversion.readers.ome import OmeImage
from ingest.conversion.readers.pages import check_count, tell
from ingest.conversion.readers.problems import SourceProblemError
from ingest.conversion.readers.source import Source
from ingest.conversion.readers.tiff_file import TiffFile
from ingest.conversion.tiff_layout import SAMPLES_PER_PIXEL, SUBFILE_TYPE

_REDUCED = 1
_ASSOCIATED = ("label", "macro", "thumbnail")


def build_ome(file: TiffFile, images: Sequence[OmeImage]) -> Document:
    """The first image's planes; of every other image the first plane. Raises SourceProblemError."""
    first = images[0]
    present = sorted({(t, z) for z, t, _ in first.planes})
    whole = [(z, t) for t, z in present if all((z, t, c) in first.planes for c in range(first.channels))]
    if (0, 0) not in whole:
        raise SourceProblemError(
            "is one of several files of an OME-TIFF, or damaged: its first plane does not lie in it with all channels"
        )
    check_count(len(whole) + len(images) - 1, "planes")
    losses = []
    claimed = first.size_z * first.size_t
    if len(whole) < claimed:
        losses.append(f"Only {len(whole):,} of {claimed:,} planes lie in the file.")

    def source(z: int, t: int) -> Source:
        return _ome_plane(file, first, z, t)

    parts = list(_planes(whole, first.size_z > 1, first.size_t > 1, source))
    parts += _other_images(file, images, losses)
    return Document(tell(parts, losses), first.pixel_size_mm)


def build_imagej(file: TiffFile, stack: ImageJStack) -> Document | None:
    """The planes of the stack; None where it has one only, or others than it says. Raises SourceProblemError."""
    count = stack.channels * stack.slices * stack.frames
    scale = _imagej_scale(file, stack)
    if count == 1:
        if len(file.directories) > 1:
            return None
        return Document((PartSource(None, "", replace(file.page(0), hints=stack.hints)),), scale)
    raw = len(file.directories) < count
    if count > (file.raw_planes() if raw else len(file.directories)):
        return None
    check_count(stack.slices * stack.frames, "planes")

    def source(z: int, t: int) -> Source:
        start = (t * stack.slices + z) * stack.channels
        if raw:
            return file.raw_plane(start, stack.channels, stack.hints)
        return file.plane(range(start, start + stack.channels), stack.hints)

    places = [(z, t) for t in range(stack.frames) for z in range(stack.slices)]
    return Document(tuple(_planes(places, stack.slices > 1, stack.frames > 1, source)), scale)


def build_lsm(file: TiffFile, stack: LsmStack) -> Document | None:
    """The planes of the stack, whose channels lie in one directory; None where there are others than it says."""
    pages = [n for n, page in enumerate(file.directories) if not page.number(SUBFILE_TYPE) & _REDUCED]
    if len(pages) != stack.slices * stack.times:
        return None
    check_count(len(pages), "planes")

    def source(z: int, t: int) -> Source:
        number = pages[t * stack.slices + z]
        return replace(file.page(number), separate=file.directories[number].number(SAMPLES_PER_PIXEL, 1) > 1)

    places = [(z, t) for t in range(stack.times) for z in range(stack.slices)]
    return Document(tuple(_planes(places, stack.slices > 1, stack.times > 1, source)), stack.pixel_size_mm)


def _planes(
    places: Sequence[tuple[int, int]], has_z: bool, has_t: bool, source: Callable[[int, int], Source]
) -> Iterator[PartSource]:
    """Parts for places (z, t), counted from 0, of which the first is (0, 0)."""
    for z, t in places:
        words = [word for word, there in ((f"z {z + 1}", has_z), (f"t {t + 1}", has_t)) if there]
        label = ", ".join(words)
        try:
            yield PartSource(Plane(z + 1, t + 1) if (z, t) != (0, 0) else None, label, source(z, t))
        except SourceProblemError as exc:
            raise SourceProblemError(f"{exc.predicate} ({label})" if label else exc.predicate) from exc


def _ome_plane(file: TiffFile, image: OmeImage, z: int, t: int) -> Source:
    return file.plane([image.planes[z, t, c] for c in range(image.channels)], image.hints)


def _other_images(file: TiffFile, images: Sequence[OmeImage], losses: list[str]) -> Iterator[PartSource]:
    taken = set[str]()
    for number, image in enumerate(images[1:], 2):
        title = image.name or f"Series {number}"
        known = next((word for word in _ASSOCIATED if word in image.name.lower()), "")
        name = known if known and known not in taken else f"series-{number}"
        if not all((0, 0, c) in image.planes for c in range(image.channels)):
            losses.append(f"The image “{title}” does not lie in the file and was left out.")
            continue
        try:
            source = _ome_plane(file, image, 0, 0)
        except SourceProblemError:
            losses.append(f"The image “{title}” cannot be read and was left out.")
            continue
        if image.size_z * image.size_t > 1:
            losses.append(f"Of the image “{title}” only the first plane was converted.")
        taken.add(name)
        yield PartSource(AssociatedImage(name), title, source)


def _imagej_scale(file: TiffFile, stack: ImageJStack) -> tuple[float, float] | None:
    resolution = file.resolution() if stack.millimetres else None
    if resolution is None or stack.millimetres is None:
        return None
    return stack.millimetres / resolution[0], stack.millimetres / resolution[1]
