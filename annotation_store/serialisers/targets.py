"""Targets as IIIF viewers read them: boxes in whole pixels, SVG as it came. PURE.

Mirador parses `xywh=` by `parseInt`, so that `pixel:` and `percent:` come out as NaN, and looks at the first
target only.
"""

from __future__ import annotations

from annotation_store.canvas_iris import unpin
from annotation_store.documents import JsonObject, JsonValue
from annotation_store.geometry import TimeSpan, iiif_xywh
from annotation_store.media_fragments import parse_media_fragment
from annotation_store.selectors import Selection, select, select_fragment
from annotation_store.serialisers.plain_selectors import plain_fragment
from annotation_store.serialisers.svg_paths import draw_as_paths
from annotation_store.vocabulary import get_id, get_types, iter_values

_SETS = frozenset({"Choice", "Composite", "List", "Independents"})
_MAX_NESTING = 8


def present_targets(value: JsonValue, place: str | None) -> list[JsonValue]:
    """The targets one by one, sets resolved, those in `place` first: the IRI of a canvas or a manifest.

    Canvases that pin another revision than `place` get its spelling: viewers look for the IRIs that they know.
    """
    plain = _plain_part(value) if isinstance(value, dict) else None
    if plain is not None and (place is None or get_id(plain["source"]) == place):
        return [plain]
    targets = [present_target(target) for target in _flatten(value, 0)]
    if place is None:
        return targets
    spelled = [_respell(target, place) for target in targets]
    spelled.sort(key=lambda pair: pair[0])
    return [target for _, target in spelled]


def _respell(target: JsonValue, place: str) -> tuple[bool, JsonValue]:
    """Whether the target lies elsewhere, and the target in the place's spelling."""
    source = target_source(target)
    if source is None or source == place:
        return source is None, target
    resource, spelled = unpin(source), unpin(place)
    if resource != spelled and not resource.startswith(f"{spelled}/canvas/"):
        return True, target
    iri = f"{place}{resource[len(spelled) :]}"
    if not isinstance(target, dict):
        return False, f"{iri}{str(target)[len(source) :]}"
    if "source" not in target:
        return False, {**target, "id": f"{iri}{(get_id(target) or '')[len(source) :]}"}
    given = target["source"]
    return False, {**target, "source": {**given, "id": iri} if isinstance(given, dict) else iri}


def present_target(target: JsonValue) -> JsonValue:
    """An IRI stays an IRI, with its fragment in whole pixels; others get selectors that viewers understand."""
    if isinstance(target, str):
        return _present_iri(target)
    if not isinstance(target, dict):
        return target
    if "source" not in target:
        iri = get_id(target)
        return target if iri is None else {**target, "id": _present_iri(iri)}
    plain = _plain_part(target)
    if plain is not None:
        return plain
    selection = select(target.get("selector"))
    iri = get_id(target["source"]) or ""
    _, hash_sign, fragment = iri.partition("#")
    if hash_sign and selection == Selection():
        selection = select_fragment(fragment)
    return _present_specific(target, selection)


def _plain_part(target: JsonObject) -> JsonObject | None:
    """What nearly all targets are, a box or polygon of a resource, as it is shown; None of all others."""
    iri, selector = get_id(target.get("source")), target.get("selector")
    if iri is None or "#" in iri or not isinstance(selector, dict):
        return None
    is_usual = target.get("type", "SpecificResource") == "SpecificResource" and "@type" not in target
    plain = plain_fragment(selector) if is_usual else None
    if plain is None:
        return None
    normal = _media_fragment(plain)
    shown: JsonValue = [normal, _drawable(selector)] if selector.get("type") == "SvgSelector" else normal
    return {"type": "SpecificResource", **target, "selector": shown}


def _drawable(selector: JsonValue) -> JsonValue:
    """SVG in the form that all viewers draw; other selectors stay."""
    if not isinstance(selector, dict) or selector.get("type") != "SvgSelector":
        return selector
    value = selector.get("value")
    return {**selector, "value": draw_as_paths(value)} if isinstance(value, str) else selector


def target_source(target: JsonValue) -> str | None:
    """The IRI of a target's resource without a fragment."""
    iri = get_id(target["source"] if isinstance(target, dict) and "source" in target else target)
    return None if iri is None else iri.partition("#")[0]


def format_fragment(selection: Selection) -> str | None:
    """`xywh=x,y,w,h&t=start,end`, as far as there is something of it."""
    parts = []
    if selection.region is not None:
        parts.append(f"xywh={iiif_xywh(selection.region)}")
    if selection.time is not None:
        parts.append(f"t={_format_span(selection.time)}")
    return "&".join(parts) or None


def _flatten(value: JsonValue, nesting: int) -> list[JsonValue]:
    targets: list[JsonValue] = []
    for target in iter_values(value):
        if isinstance(target, dict) and _SETS.intersection(get_types(target)) and nesting < _MAX_NESTING:
            targets.extend(_flatten(target.get("items"), nesting + 1))
        else:
            targets.append(target)
    return targets


def _present_iri(iri: str) -> str:
    base, hash_sign, fragment = iri.partition("#")
    media = parse_media_fragment(fragment)
    if not hash_sign or not media.known:
        return iri
    normal = format_fragment(Selection(media.region, media.time))
    return base if normal is None else f"{base}#{normal}"


def _present_specific(target: JsonObject, selection: Selection) -> JsonObject:
    fragment = format_fragment(selection)
    kept = [
        _drawable(selector) for selector in iter_values(target.get("selector")) if not _is_media_fragment(selector)
    ]
    if fragment is not None:
        kept.insert(0, _media_fragment(fragment))
    presented: JsonObject = {name: value for name, value in target.items() if name != "selector"}
    presented.setdefault("type", "SpecificResource")
    presented["source"] = _without_fragment(target["source"])
    if kept:
        presented["selector"] = kept[0] if len(kept) == 1 else kept
    return presented


def _without_fragment(source: JsonValue) -> JsonValue:
    iri = get_id(source)
    if iri is None or "#" not in iri or not parse_media_fragment(iri.partition("#")[2]).known:
        return source
    base = iri.partition("#")[0]
    return {**source, "id": base} if isinstance(source, dict) else base


def _media_fragment(value: str) -> JsonObject:
    return {"type": "FragmentSelector", "conformsTo": "http://www.w3.org/TR/media-frags/", "value": value}


def _is_media_fragment(selector: JsonValue) -> bool:
    """Whether the normal fragment takes the selector's place."""
    if not isinstance(selector, dict) or "FragmentSelector" not in get_types(selector):
        return False
    value = selector.get("value")
    if not isinstance(value, str) or "refinedBy" in selector:
        return False
    return value.startswith(("xywh=", "t=")) or parse_media_fragment(value).known


def _format_span(span: TimeSpan) -> str:
    start = f"{span.start_s:g}" if span.start_s < 1e6 else f"{span.start_s:.3f}"
    if span.end_s is None:
        return start
    end = f"{span.end_s:g}" if span.end_s < 1e6 else f"{span.end_s:.3f}"
    return f"{start},{end}"
