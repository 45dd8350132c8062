"""The pictures beside the first that belong to one revision, and how URLs name them. PURE.

A page of a document is `page=3`, a plane of a stack `z=5;t=2` (what is 1 is left out), a picture that a slide carries
along `image=label`; all are counted from 1. Each is a Revision in a folder of its own under that of the revision.
`parts.json` lists them in the order in which they are shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from iiif_server.sealing import BrokenSealError, seal, unseal

PARTS = "parts.json"
MAX_PARTS = 4096

_MAX_SIDE = 2**31
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_WORD = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_FOLDER = re.compile(r"page-(?P<page>\d+)|z-(?P<z>\d+)-t-(?P<t>\d+)|image-(?P<image>.+)")


class MalformedPartsError(ValueError):
    """The bytes list no parts."""


class MalformedPartNameError(ValueError):
    """The fields name no part."""


@dataclass(frozen=True, slots=True)
class Page:
    """`page=N`; the first page is the revision itself."""

    number: int


@dataclass(frozen=True, slots=True)
class Plane:
    """`z=N;t=N`; z 1 at t 1 is the revision itself."""

    z: int
    t: int


@dataclass(frozen=True, slots=True)
class AssociatedImage:
    """`image=NAME`: what a slide carries beside its picture (`label`, `macro`, `thumbnail`)."""

    name: str


PartName = Page | Plane | AssociatedImage


@dataclass(frozen=True, slots=True)
class Part:
    """A picture of the revision beside the first.

    `name` is that of its URLs (parse_part_name, format_part_name), `label` what people read. `width` x `height` are
    its size, `thumbnail_width` x `thumbnail_height` that of its smallest level.
    """

    name: str
    label: str
    width: int
    height: int
    thumbnail_width: int
    thumbnail_height: int


@dataclass(frozen=True, slots=True)
class _Document:
    parts: tuple[Part, ...]


_DOCUMENT: TypeAdapter[_Document] = TypeAdapter(_Document)


def parse_parts(data: bytes) -> tuple[Part, ...]:
    """The parts in `parts.json`. Raises MalformedPartsError."""
    try:
        parts = _DOCUMENT.validate_json(unseal(data)).parts
        for part in parts:
            _check(part)
    except (ValidationError, BrokenSealError, MalformedPartNameError) as exc:
        raise MalformedPartsError(str(exc)) from exc
    if len(parts) > MAX_PARTS or len({part.name for part in parts}) != len(parts):
        raise MalformedPartsError("there are too many parts, or two of one name")
    return parts


def format_parts(parts: Sequence[Part]) -> bytes:
    """UTF-8 JSON; parse_parts is its inverse."""
    return seal(_DOCUMENT.dump_json(_Document(tuple(parts))))


def parse_part_name(fields: Sequence[tuple[str, str]]) -> PartName | None:
    """The part that the fields (`page`, `z`, `t`, `image`, with their values) name; None for the first picture.

    Raises MalformedPartNameError.
    """
    known = dict(fields)
    if len(known) != len(fields):
        raise MalformedPartNameError("a field stands there twice")
    match sorted(known):
        case []:
            return None
        case ["page"]:
            page = Page(_number(known["page"]))
            return None if page.number == 1 else page
        case ["image"]:
            if not _WORD.fullmatch(known["image"]):
                raise MalformedPartNameError("the name of the associated image is none")
            return AssociatedImage(known["image"])
        case ["t"] | ["z"] | ["t", "z"]:
            plane = Plane(_number(known.get("z", "1")), _number(known.get("t", "1")))
            return None if plane == Plane(1, 1) else plane
        case names:
            raise MalformedPartNameError(f"{' and '.join(names)} do not go together")


def read_part_name(text: str) -> PartName | None:
    """The part of that name, its fields joined by semicolons. Raises MalformedPartNameError."""
    pairs = [field.partition("=") for field in text.split(";")]
    return parse_part_name([(name, value) for name, _, value in pairs])


def format_part_name(name: PartName) -> str:
    """The fields as they stand in a URL, joined by semicolons; the canonical spelling."""
    match name:
        case Page(number):
            return f"page={number}"
        case AssociatedImage(word):
            return f"image={word}"
        case Plane(z, t):
            return ";".join(f"{axis}={number}" for axis, number in (("z", z), ("t", t)) if number > 1)


def part_folder(name: PartName) -> str:
    """The folder of the part under that of the revision."""
    match name:
        case Page(number):
            return f"page-{number}"
        case AssociatedImage(word):
            return f"image-{word}"
        case Plane(z, t):
            return f"z-{z}-t-{t}"


def read_part_folder(text: str) -> PartName:
    """Inverse of part_folder. Raises MalformedPartNameError."""
    match = _FOLDER.fullmatch(text)
    if match is None:
        raise MalformedPartNameError("no part has that folder")
    name = parse_part_name([(field, value) for field, value in match.groupdict().items() if value is not None])
    if name is None or part_folder(name) != text:
        raise MalformedPartNameError("that is the first picture's")
    return name


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise MalformedPartNameError("pages and planes are counted from 1")
    return int(text)


def _check(part: Part) -> None:
    """Raises MalformedPartsError, MalformedPartNameError."""
    name = read_part_name(part.name)
    if name is None or format_part_name(name) != part.name:
        raise MalformedPartsError(f"{part.name!r} names no part beside the first")
    sizes = (part.width, part.height, part.thumbnail_width, part.thumbnail_height)
    if not all(0 < size < _MAX_SIDE for size in sizes):
        raise MalformedPartsError(f"{part.name} has an impossible size")
