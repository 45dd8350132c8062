"""What an annotation is found by: the columns of the index, all of which can be rebuilt from the document. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from annotation_store.canvas_iris import manifest_of, unpin
from annotation_store.documents import JsonObject, JsonValue
from annotation_store.geometry import Region, TimeSpan
from annotation_store.plain_text import read_text
from annotation_store.selectors import select, select_fragment
from annotation_store.vocabulary import (
    get_id,
    get_types,
    iter_ids,
    iter_texts,
    iter_values,
    normalise_tag,
    shorten,
)

# Sets within sets are followed so far.
_MAX_NESTING = 8
_SETS = frozenset({"Choice", "Composite", "List", "Independents"})


@dataclass(frozen=True, slots=True)
class TargetEntry:
    """One target. `source` is its IRI without a fragment and without a pinned revision, `iri` as it was given.

    `part_of` (without pinned revisions too) names the manifests, and whatever else the target says that it is part
    of or seen in (its scope).
    `needs_canvas_size`: the region is given in percent, so that it has no pixels by itself, and `region` is None.
    `cached` are the copies of the source that the target's states name (§4.3.1).
    """

    source: str
    iri: str
    part_of: tuple[str, ...] = ()
    region: Region | None = None
    time: TimeSpan | None = None
    needs_canvas_size: bool = False
    cached: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """`tag_keys` are the tags made comparable (`normalise_tag`), in the order of `tags`; dates are as given.

    `motivations` are the annotation's and, after them, the purposes of its bodies, as short names; `creators` are
    the ids and names of the annotation's creators.
    """

    targets: tuple[TargetEntry, ...]
    text: str
    languages: tuple[str, ...]
    tags: tuple[str, ...]
    tag_keys: tuple[str, ...]
    motivations: tuple[str, ...]
    body_types: tuple[str, ...]
    creators: tuple[str, ...]
    created: str | None
    modified: str | None


def extract_entry(document: JsonObject) -> IndexEntry:
    """The index entry of a valid annotation; never fails on any JSON object."""
    bodies = list(_iter_bodies(document))
    motivations = tuple([shorten(name) for name in iter_texts(document.get("motivation"))])
    texts = [_text(body) for body in bodies]
    purposes = [_purposes(body) for body in bodies]
    tags = _unique(
        [
            tag
            for body, text, own in zip(bodies, texts, purposes, strict=True)
            if (tag := _tag(body, text, own or motivations, motivations))
        ]
    )
    return IndexEntry(
        targets=tuple(_iter_targets(document.get("target"), 0)),
        text="\n".join([text for text in texts if text]),
        languages=_unique([language for body in bodies for language in iter_texts(body.get("language"))]),
        tags=tags,
        tag_keys=tuple([normalise_tag(tag) for tag in tags]),
        motivations=_unique([*motivations, *[purpose for own in purposes for purpose in own]]),
        body_types=_unique([name for body in bodies for name in _body_types(body)]),
        creators=_unique(_agents(document.get("creator"))),
        created=_string(document.get("created")),
        modified=_string(document.get("modified")),
    )


def extract_text(document: JsonObject) -> str:
    """The text of its bodies alone, as it is searched."""
    return "\n".join(text for text in map(_text, _iter_bodies(document)) if text)


def _iter_bodies(document: JsonObject) -> Iterator[JsonObject]:
    text = document.get("bodyValue")
    if isinstance(text, str):
        # §3.2.5: to be read as a TextualBody in text/plain.
        yield {"type": "TextualBody", "value": text, "format": "text/plain"}
    yield from _flatten_bodies(document.get("body"), 0)


def _flatten_bodies(value: JsonValue, nesting: int) -> Iterator[JsonObject]:
    for body in iter_values(value):
        if isinstance(body, str):
            yield {"id": body}
        elif isinstance(body, dict):
            yield body
            if nesting < _MAX_NESTING:
                yield from _flatten_bodies(body.get("items"), nesting + 1)
                source = body.get("source")
                if isinstance(source, dict):
                    yield from _flatten_bodies(source, nesting + 1)


def _text(body: JsonObject) -> str:
    value = body.get("value")
    return read_text(value, next(iter_texts(body.get("format")), None)) if isinstance(value, str) else ""


def _purposes(body: JsonObject) -> tuple[str, ...]:
    purpose = body.get("purpose")
    return () if purpose is None else tuple([shorten(name) for name in iter_texts(purpose)])


def _tag(body: JsonObject, text: str, purposes: tuple[str, ...], motivations: tuple[str, ...]) -> str | None:
    """The text of a tagging TextualBody, or the IRI that a tagging SpecificResource leads to.

    `purposes` of a body without one are the annotation's, where this is tagging alone.
    """
    if "tagging" not in purposes or (purposes == motivations and motivations != ("tagging",)):
        return None
    if text:
        return text
    return None if _SETS.intersection(get_types(body)) else get_id(body.get("source")) or get_id(body)


def _body_types(body: JsonObject) -> tuple[str, ...]:
    return get_types(body) or (("TextualBody",) if isinstance(body.get("value"), str) else ())


def _agents(value: JsonValue) -> Iterator[str]:
    for agent in iter_values(value):
        iri = get_id(agent)
        if iri is not None:
            yield iri
        if isinstance(agent, dict):
            yield from iter_texts(agent.get("name"))
            yield from iter_texts(agent.get("nickname"))


def _iter_targets(value: JsonValue, nesting: int) -> Iterator[TargetEntry]:
    for target in iter_values(value):
        if isinstance(target, dict) and _SETS.intersection(get_types(target)) and nesting < _MAX_NESTING:
            yield from _iter_targets(target.get("items"), nesting + 1)
            continue
        entry = _target(target)
        if entry is not None:
            yield entry


def _target(target: JsonValue) -> TargetEntry | None:
    described = target if isinstance(target, dict) else {}
    source = described.get("source", target)
    iri = get_id(source)
    if iri is None:
        return None
    base, _, fragment = iri.partition("#")
    selection = select([described.get("selector"), *_state_selectors(described.get("state"))])
    if fragment and selection.region is None and selection.time is None:
        selection = select_fragment(fragment)
    resource = unpin(base or iri)
    within = [*_containers(described), *(_containers(source) if isinstance(source, dict) else ())]
    manifest = manifest_of(resource)
    return TargetEntry(
        source=resource,
        iri=iri,
        part_of=_unique(map(unpin, within if manifest is None else [*within, manifest])),
        region=selection.region,
        time=selection.time,
        needs_canvas_size=selection.needs_canvas_size,
        cached=tuple(_cached(described["state"])) if "state" in described else (),
    )


def _cached(states: JsonValue) -> Iterator[str]:
    for state in iter_values(states):
        if isinstance(state, dict):
            yield from iter_ids(state.get("cached"))


def _state_selectors(states: JsonValue) -> Iterator[JsonValue]:
    """§4.3.3: a State may be refined by Selectors."""
    return (state.get("refinedBy") for state in iter_values(states) if isinstance(state, dict))


def _containers(resource: JsonObject) -> Iterator[str]:
    for name in ("partOf", "isPartOf", "within", "scope"):
        if name in resource:
            yield from iter_ids(resource[name])


def _string(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
