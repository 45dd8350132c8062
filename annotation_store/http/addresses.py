"""Paths: what a request is about, and the IRIs of what there is. PURE."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from annotation_store.names import CONTAINER_PARTS, format_segment, parse_segment

PREFIX = "/annotations"
ANNOTATION_PARTS = frozenset({"versions", "review", "replies", "undelete"})


@dataclass(frozen=True, slots=True)
class RootAddress:
    """The container of all containers."""


@dataclass(frozen=True, slots=True)
class ContainerAddress:
    """A container, or with a query one of its pages."""

    name: str


@dataclass(frozen=True, slots=True)
class AnnotationAddress:
    """An annotation."""

    container: str
    name: str


@dataclass(frozen=True, slots=True)
class AliasAddress:
    """An annotation by the id that its client has made up, where no annotation can have that as its name."""

    container: str
    alias: str


@dataclass(frozen=True, slots=True)
class ContainerPart:
    """Something beside a container's annotations: one of `names.CONTAINER_PARTS`."""

    container: str
    part: str


@dataclass(frozen=True, slots=True)
class AnnotationPart:
    """Something that belongs to an annotation: one of ANNOTATION_PARTS, and of versions the number."""

    container: str
    name: str
    part: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class SlashMissing:
    """A container without the slash that its IRI ends in; `path` is the right one."""

    path: str


Address = (
    RootAddress | ContainerAddress | AliasAddress | ContainerPart | AnnotationAddress | AnnotationPart | SlashMissing
)


def parse_address(raw_path: str) -> Address | None:
    """What lies at a raw path; None where nothing can be. A segment is decoded by itself: %2F is none of ours."""
    if raw_path == PREFIX:
        return SlashMissing(f"{PREFIX}/")
    if not raw_path.startswith(f"{PREFIX}/"):
        return None
    segments = raw_path.removeprefix(f"{PREFIX}/").split("/")
    names = [parse_segment(segment) for segment in segments if segment]
    match segments, names:
        case [""], []:
            return RootAddress()
        case [_, ""], [str(name)]:
            return ContainerAddress(name)
        case [_], [str(name)]:
            return SlashMissing(f"{PREFIX}/{format_segment(name)}/")
        case [_, str(part)], [str(container), _] if part in CONTAINER_PARTS:
            return ContainerPart(container, part)
        case [_, _, str(part)], [str(container), str(name), _] if part in ANNOTATION_PARTS:
            return AnnotationPart(container, name, part)
        case [_, _, "versions", str(number)], [str(container), str(name), _, _] if _is_number(number):
            return AnnotationPart(container, name, "versions", int(number))
        case [_, _], [str(container), str(name)]:
            return AnnotationAddress(container, name)
        case [_, str(raw)], [str(container), None] if raw:
            return _alias(container, raw)
        case _:
            return None


def root_iri(base_url: str) -> str:
    """Of the container of all containers."""
    return f"{base_url}{PREFIX}/"


def container_iri(base_url: str, name: str) -> str:
    """It ends in a slash (Web Annotation Protocol §4)."""
    return f"{base_url}{PREFIX}/{format_segment(name)}/"


def annotation_iri(base_url: str, container: str, name: str) -> str:
    """An additional path component below the container's (Web Annotation Protocol §4)."""
    return f"{container_iri(base_url, container)}{format_segment(name)}"


def alias_iris(base_url: str, container: str, alias: str) -> set[str]:
    """Where an id of a client's own leads to its annotation, as clients percent-encode it: all that may be, what
    JavaScript's encodeURIComponent does, and only what no segment may hold (RFC 3986 §3.3).
    """
    place = container_iri(base_url, container)
    return {f"{place}{quote(alias, safe=safe)}" for safe in ("~", "~!'()*", "~!'()*:@$&+,;=")}


def part_iri(base_url: str, container: str, name: str, part: str) -> str:
    """Of what belongs to an annotation."""
    return f"{annotation_iri(base_url, container, name)}/{part}"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10 and not text.startswith("0")


def _alias(container: str, raw: str) -> AliasAddress | None:
    try:
        alias = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        return None
    # What would lead out of the path is no id.
    return None if "\0" in alias or alias.strip(".") == "" else AliasAddress(container, alias)
