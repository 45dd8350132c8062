"""Names and values of an annotation's JSON, read leniently: one or many, strings or objects. PURE."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from annotation_store.documents import JsonValue

_OWN_PREFIXES = (
    "http://www.w3.org/ns/oa#",
    "http://iiif.io/api/presentation/3#",
    "http://iiif.io/api/presentation/2#",
    "oa:",
    "sc:",
    "iiif_prezi:",
)
_SPACE = re.compile(r"\s+")


def iter_values(value: JsonValue) -> Iterator[JsonValue]:
    """The members of a list, or the value itself; nothing for null."""
    if isinstance(value, list):
        yield from value
    elif value is not None:
        yield value


def iter_texts(value: JsonValue) -> Iterator[str]:
    """The strings among one or many values."""
    if isinstance(value, list):
        return (member for member in value if isinstance(member, str))
    return iter((value,)) if isinstance(value, str) else iter(())


def get_id(value: JsonValue) -> str | None:
    """The IRI of a resource that is given as a string or as an object with an id."""
    if isinstance(value, dict):
        value = value.get("id", value.get("@id"))
    return value if isinstance(value, str) and value else None


def iter_ids(value: JsonValue) -> Iterator[str]:
    """The IRIs of one or many resources."""
    return (found for found in map(get_id, iter_values(value)) if found is not None)


def get_types(value: JsonValue) -> tuple[str, ...]:
    """The class names of a resource, without the prefixes of the vocabularies of W3C and IIIF."""
    if not isinstance(value, dict):
        return ()
    names = value.get("type", value.get("@type"))
    return (shorten(names),) if isinstance(names, str) else tuple(map(shorten, iter_texts(names)))


def shorten(name: str) -> str:
    """`oa:commenting` and `http://www.w3.org/ns/oa#commenting` → `commenting`; other names stay as they are."""
    if not name.startswith(_OWN_PREFIXES):
        return name
    if ":" not in name:
        return name
    for prefix in _OWN_PREFIXES:
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name


def normalise_tag(text: str) -> str:
    """The tag made comparable: NFKC, case folded, white space collapsed."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _SPACE.sub(" ", folded).strip()
