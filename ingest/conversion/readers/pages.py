"""The pages of a plain TIFF: those of a document, and what a slide scanner puts beside its pyramid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from iiif_server.parts import MAX_PARTS, AssociatedImage, Page
from ingest.conversion.readers.document import Document, PartSource
from ingest.conversion.readers.microscopes import parse_aperio_name, parse_aperio_scale
from ingest.conversion.readers.problems import SourceProblemError, damaged_header
from ingest.conversion.readers.tiff_file import TiffFile
from ingest.conversion.readers.tiff_page import UnsupportedPageError
from ingest.conversion.tiff_layout import IMAGE_LENGTH, IMAGE_WIDTH, SUBFILE_TYPE, Directory

_NOT_A_PAGE = 0x1 | 0x4
"""NewSubfileType: a reduced copy of another image, or a transparency mask (TIFF 6.0 §8)."""


def read_pages(file: TiffFile, losses: Sequence[str] = ()) -> Document:
    """Every page that is no copy of another one. `losses` are told of the first. Raises SourceProblemError."""
    numbers = _find_pages(file.directories)
    check_count(len(numbers), "pages")
    parts: list[PartSource] = []
    told = list(losses)
    for page, number in enumerate(numbers, 1):
        label = f"Page {page}" if len(numbers) > 1 else ""
        try:
            source = file.page(number)
        except UnsupportedPageError:
            if page == 1:
                raise
            told.append(f"Page {page} was left out: its kind of samples or compression is not supported.")
            continue
        except SourceProblemError as exc:
            raise SourceProblemError(f"{exc.predicate} ({label})" if page > 1 else exc.predicate) from exc
        parts.append(PartSource(Page(page) if page > 1 else None, label, source))
    return Document(tell(parts, told))


def read_aperio_pages(file: TiffFile) -> Document:
    """The slide, and its label, macro and thumbnail; all that is tiled is the slide. Raises SourceProblemError."""
    texts = file.descriptions()
    told: list[str] = []
    parts = [PartSource(None, "", file.page(0))]
    for number, page in enumerate(file.directories):
        if number == 0 or page.tiled:
            continue
        name = parse_aperio_name(texts[number], page.number(SUBFILE_TYPE))
        if any(part.name == AssociatedImage(name) for part in parts):
            continue
        try:
            parts.append(PartSource(AssociatedImage(name), name.capitalize(), file.page(number)))
        except SourceProblemError:
            told.append(f"The slide's {name} cannot be read and was left out.")
    return Document(tell(parts, told), parse_aperio_scale(texts[0]))


def tell(parts: Sequence[PartSource], losses: Sequence[str]) -> tuple[PartSource, ...]:
    """The parts, with losses of the whole file told of the first."""
    first, *others = parts
    source = replace(first.source, losses=(*first.source.losses, *losses))
    return replace(first, source=source), *others


def check_count(count: int, things: str) -> None:
    """Raises SourceProblemError where there are more pictures than an image may have."""
    if count > MAX_PARTS:
        raise SourceProblemError(f"has {count:,} {things}, and at most {MAX_PARTS:,} are supported")


def _find_pages(directories: Sequence[Directory]) -> list[int]:
    pages = [n for n, directory in enumerate(directories) if not directory.number(SUBFILE_TYPE) & _NOT_A_PAGE] or [0]
    first = directories[pages[0]]
    if first.number(IMAGE_WIDTH) < 1 or first.number(IMAGE_LENGTH) < 1:
        raise damaged_header("TIFF")
    found: list[int] = []
    above = None
    for number in pages:
        page = directories[number]
        if above is None or not _halves(above, page):
            found.append(number)
        above = page
    return found


def _halves(above: Directory, page: Directory) -> bool:
    """It is the next level of a pyramid whose writer did not say so: tiled, and half (or a quarter) as large."""
    if not (above.tiled and page.tiled):
        return False
    return any(
        all(abs(above.number(tag) - factor * page.number(tag)) <= factor for tag in (IMAGE_WIDTH, IMAGE_LENGTH))
        for factor in (2, 4)
    )
