"""Annotations as rows of a table ⇄ annotations. PURE.

The column `annotation` holds the whole document, and counts where it is filled; otherwise the other columns do, so
that a table can be written by hand: target, x, y, width, height, body, language, tags (split by `|`), motivation.
"""

from __future__ import annotations

from collections.abc import Mapping

from annotation_store.contexts import LDP_CONTEXT
from annotation_store.documents import DocumentLimits, JsonObject, JsonValue, parse_document
from annotation_store.extraction import IndexEntry
from annotation_store.geojson import UnusableImportError
from annotation_store.measures import Scales, canvas_of, measure
from annotation_store.splicing import CONTEXT
from annotation_store.vocabulary import iter_values

_MEASURES = ("revision", "x_mm", "y_mm", "width_mm", "height_mm", "area_mm2")
COLUMNS = (
    *("id", "target", "x", "y", "width", "height", "body", "language", "tags", "motivation", "creator", "created"),
    *("modified", *_MEASURES, "annotation"),
)


def build_row(entry: IndexEntry, iri: str, text: str, scales: Scales) -> list[str]:
    """The fields in the order of COLUMNS; `text` is the document as JSON. Of several targets the first is told."""
    target = entry.targets[0] if entry.targets else None
    box = ["", "", "", ""]
    if target is not None and target.region is not None:
        left, top, right, bottom = target.region.box
        box = [
            f"{number:g}" if number != int(number) else str(int(number))
            for number in (left, top, right - left, bottom - top)
        ]
    measures = [""] * len(_MEASURES)
    if target is not None and target.region is not None and (scale := scales.get(canvas_of(target))):
        told = measure(target.region, scale)
        measures = [str(getattr(told, name)) for name in _MEASURES]
    tags = set(entry.tags)
    body = "\n".join(line for line in entry.text.split("\n") if line not in tags)
    return [
        iri,
        target.source if target else "",
        *box,
        body,
        entry.languages[0] if entry.languages else "",
        "|".join(entry.tags),
        "|".join(entry.motivations),
        "|".join(entry.creators),
        entry.created or "",
        entry.modified or "",
        *measures,
        text,
    ]


def build_annotation(row: Mapping[str, str | None], canvas: str | None, limits: DocumentLimits) -> JsonObject:
    """Raises MalformedJsonError, UnusableImportError."""
    if whole := row.get("annotation"):
        return parse_document(whole.encode(), limits)
    source = row.get("target") or canvas
    if not source:
        raise UnusableImportError("A row has neither annotation nor target.")
    bodies: list[JsonValue] = []
    if text := row.get("body"):
        language = {"language": row["language"]} if row.get("language") else {}
        bodies.append({"type": "TextualBody", "value": text, "format": "text/plain", **language})
    bodies.extend({"type": "TextualBody", "value": tag, "purpose": "tagging"} for tag in _parts(row, "tags"))
    document: JsonObject = {"@context": CONTEXT, "type": "Annotation"}
    if identity := row.get("id"):
        document["id"] = identity
    if motivations := _parts(row, "motivation"):
        document["motivation"] = list(motivations)
    for name in ("created", "modified"):
        if moment := row.get(name):
            document[name] = moment
    if creators := _parts(row, "creator"):
        document["creator"] = {"type": "Person", "name": creators[0]}
    if bodies:
        document["body"] = bodies
    document["target"] = _build_target(row, source)
    return document


def read_items(document: JsonValue) -> list[JsonValue]:
    """The annotations of a JSON-LD collection, a page, a list, or a single one. Raises UnusableImportError."""
    match document:
        case {"items": list(items)}:
            return items
        case {"first": {"items": list(items)}}:
            return items
        case {"type": _, "target": _}:
            return [document]
        case list():
            return document
        case _:
            raise UnusableImportError("It is neither a page with items nor a collection with its first page.")


def inherit_context(item: JsonValue, document: JsonValue) -> JsonValue:
    """The annotation with the context that it has from its page."""
    if not isinstance(item, dict) or "@context" in item:
        return item
    given = document.get("@context") if isinstance(document, dict) else None
    contexts = [context for context in iter_values(given) if context != LDP_CONTEXT]
    if CONTEXT not in contexts:
        contexts.insert(0, CONTEXT)
    return {"@context": contexts[0] if len(contexts) == 1 else contexts, **item}


def _parts(row: Mapping[str, str | None], name: str) -> list[str]:
    return [part.strip() for part in (row.get(name) or "").split("|") if part.strip()]


def _build_target(row: Mapping[str, str | None], source: str) -> JsonValue:
    box = [(row.get(name) or "").strip() for name in ("x", "y", "width", "height")]
    if not any(box):
        return source
    if not all(box):
        raise UnusableImportError("A region needs x, y, width and height.")
    conforms = "http://www.w3.org/TR/media-frags/"
    selector: JsonObject = {"type": "FragmentSelector", "conformsTo": conforms, "value": f"xywh={','.join(box)}"}
    return {"type": "SpecificResource", "source": source, "selector": selector}
