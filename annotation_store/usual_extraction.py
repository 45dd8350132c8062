"""The index entry of an annotation as most clients write it, in a fifth of the time. PURE.

That is: bodies with a text, and one target that is an IRI or a SpecificResource with one selector. Nothing here says
anything else than `extraction` does; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from annotation_store.canvas_iris import manifest_of, unpin
from annotation_store.documents import JsonObject, JsonValue
from annotation_store.extraction import IndexEntry, TargetEntry, extract_entry
from annotation_store.plain_text import read_text
from annotation_store.selectors import NOTHING, Selection, select_fragment, select_svg
from annotation_store.vocabulary import normalise_tag, shorten

# Members that extraction does not look at, or that are read here.
_IDLE = frozenset({"created", "modified", "rights", "styleClass", "renderedVia"})
_BODY_MEMBERS = _IDLE.union({"type", "value", "format", "language", "purpose", "creator", "textDirection"})
_TARGET_MEMBERS = _IDLE.union({"type", "source", "selector"})
_SELECTOR_MEMBERS = frozenset({"type", "value", "conformsTo"})
_CREATOR_MEMBERS = {"type", "name"}
_SHORT = 500
"""Characters up to which what was made of a text is remembered."""

Kind = tuple[JsonValue, JsonValue, JsonValue, JsonValue]
"""What a body says besides its text: type, purpose, format, language; None for what it does not say."""


class _Sense(NamedTuple):
    """What the kinds of an annotation's bodies mean together; `tags` and `formats` are those of each body."""

    motivations: tuple[str, ...]
    body_types: tuple[str, ...]
    languages: tuple[str, ...]
    tags: tuple[bool, ...]
    formats: tuple[str | None, ...]


def extract(document: JsonObject) -> IndexEntry:
    """The same as `extract_entry`."""
    return extract_usual(document) or extract_entry(document)


def extract_usual(document: JsonObject) -> IndexEntry | None:
    """None where anything is out of the ordinary, whether or not it matters."""
    target, creator = _target(document.get("target")), document.get("creator")
    if (
        target is None
        or "bodyValue" in document
        or not isinstance(creator, dict)
        or creator.keys() != _CREATOR_MEMBERS
    ):
        return None
    bodies = _bodies(document.get("body"))
    name, created, modified = creator["name"], document.get("created"), document.get("modified")
    if bodies is None or not isinstance(name, str) or not isinstance(created, str) or not isinstance(modified, str):
        return None
    sense = _sense(document.get("motivation"), tuple([kind for kind, _ in bodies]))
    if sense is None:
        return None
    texts = [read_text(value, media_type) for (_, value), media_type in zip(bodies, sense.formats, strict=True)]
    tags = tuple(dict.fromkeys([text for text, is_tag in zip(texts, sense.tags, strict=True) if is_tag]))
    if "" in tags:  # the tag may be an IRI
        return None
    return IndexEntry(
        (target,),
        "\n".join([text for text in texts if text]),
        sense.languages,
        tags,
        tuple([normalise_tag(tag) for tag in tags]),
        sense.motivations,
        sense.body_types,
        (name,),
        created,
        modified,
    )


def _bodies(value: JsonValue) -> list[tuple[Kind, str]] | None:
    """Kinds and texts."""
    found: list[tuple[Kind, str]] = []
    for body in value if isinstance(value, list) else () if value is None else (value,):
        if not isinstance(body, dict) or not _BODY_MEMBERS.issuperset(body):
            return None
        text = body.get("value")
        if not isinstance(text, str):
            return None
        found.append(((body.get("type"), body.get("purpose"), body.get("format"), body.get("language")), text))
    return found


def _sense(motivation: JsonValue, kinds: tuple[Kind, ...]) -> _Sense | None:
    said = [part for kind in kinds for part in kind if part is not None]
    if motivation is not None:
        said.append(motivation)
    try:
        length = len("".join(said))  # type: ignore[arg-type]  # others than texts are what it is to find
    except TypeError:
        return None
    return _remembered_sense(motivation, kinds) if length <= _SHORT else None  # type: ignore[arg-type]  # as above


@lru_cache(1000)
def _remembered_sense(motivation: str | None, kinds: Sequence[tuple[str | None, ...]]) -> _Sense:
    own = () if motivation is None else (shorten(motivation),)
    purposes = [() if kind[1] is None else (shorten(kind[1]),) for kind in kinds]
    return _Sense(
        tuple(dict.fromkeys([*own, *[purpose for each in purposes for purpose in each]])),
        tuple(dict.fromkeys(["TextualBody" if kind[0] is None else shorten(kind[0]) for kind in kinds])),
        tuple(dict.fromkeys([kind[3] for kind in kinds if kind[3] is not None])),
        tuple([(each or own) == ("tagging",) for each in purposes]),
        tuple([kind[2] for kind in kinds]),
    )


def _target(target: JsonValue) -> TargetEntry | None:
    selection: Selection | None = NOTHING
    source = target
    if isinstance(target, dict):
        if not _TARGET_MEMBERS.issuperset(target) or target.get("type") != "SpecificResource":
            return None
        source = target.get("source")
        if "selector" in target:
            selection = _selection(target["selector"])
    if not isinstance(source, str) or not source or "#" in source or selection is None:
        return None
    resource, part_of = _remembered_resource(source) if len(source) <= _SHORT else _resource(source)
    return TargetEntry(resource, source, part_of, selection.region, selection.time, selection.needs_canvas_size)


def _selection(selector: JsonValue) -> Selection | None:
    if not isinstance(selector, dict) or not _SELECTOR_MEMBERS.issuperset(selector):
        return None
    value, kind = selector.get("value"), selector.get("type")
    if not isinstance(value, str):
        return None
    if kind == "FragmentSelector":
        return select_fragment(value)
    return select_svg(value) if kind == "SvgSelector" else None


def _resource(source: str) -> tuple[str, tuple[str, ...]]:
    """Without a pinned revision, and the manifest that it tells."""
    resource = unpin(source)
    manifest = manifest_of(resource)
    return resource, () if manifest is None else (unpin(manifest),)


_remembered_resource = lru_cache(5000)(_resource)
