"""Annotations → the pieces of an exported file, batch by batch. PURE."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from annotation_store.csv_rows import COLUMNS, build_row
from annotation_store.documents import JsonObject, format_document
from annotation_store.extraction import IndexEntry, extract_entry
from annotation_store.file_formats import ExportFormat
from annotation_store.geojson import build_feature
from annotation_store.measures import Scales, canvas_of, measured_targets
from annotation_store.splicing import splice_iri, splice_item

_PLACE = "urn:pigture:items"


@dataclass(frozen=True)
class Exported:
    """An annotation: its document without id, and its IRI."""

    document: str
    iri: str

    @cached_property
    def parsed(self) -> JsonObject:
        """The document."""
        document: JsonObject = json.loads(self.document)
        return document

    @cached_property
    def entry(self) -> IndexEntry:
        """What it is found by."""
        return extract_entry(self.parsed)


@dataclass(slots=True)
class ExportWriter:
    """`begin`, any number of `items`, `end`. `canvas` is needed for GeoJSON."""

    format: ExportFormat
    iri: str
    label: str
    canvas: str | None = None
    _is_first: bool = True

    def begin(self) -> str:
        """What stands in front of all items."""
        match self.format:
            case ExportFormat.NDJSON:
                return ""
            case ExportFormat.CSV:
                return _csv([list(COLUMNS)])
            case ExportFormat.GEOJSON:
                return '{"type":"FeatureCollection","features":[\n'
            case ExportFormat.JSON_LD:
                return self._frame().partition(f'"{_PLACE}"')[0]

    def canvases(self, items: Sequence[Exported]) -> set[str]:
        """Those whose scale `items` is to be told; none in formats that hold the documents and nothing else."""
        if self.format not in (ExportFormat.CSV, ExportFormat.GEOJSON):
            return set()
        return {canvas_of(target) for item in items for target, _ in measured_targets(item.entry)}

    def items(self, items: Sequence[Exported], scales: Scales) -> str:
        """A batch."""
        match self.format:
            case ExportFormat.NDJSON:
                return "".join(f"{splice_iri(item.document, item.iri)}\n" for item in items)
            case ExportFormat.CSV:
                return _csv([_row(item, scales) for item in items])
            case ExportFormat.GEOJSON:
                found = [
                    build_feature(item.parsed, item.entry, item.iri, self.canvas or "", scales) for item in items
                ]
                return self._listed([format_document(feature).decode() for feature in found if feature is not None])
            case ExportFormat.JSON_LD:
                return self._listed([splice_item(item.document, item.iri) for item in items])

    def end(self) -> str:
        """What stands behind all items."""
        match self.format:
            case ExportFormat.NDJSON | ExportFormat.CSV:
                return ""
            case ExportFormat.GEOJSON:
                return "\n]}\n"
            case ExportFormat.JSON_LD:
                return self._frame().partition(f'"{_PLACE}"')[2]

    def _listed(self, texts: list[str]) -> str:
        if not texts:
            return ""
        comma = "" if self._is_first else ",\n"
        self._is_first = False
        return comma + ",\n".join(texts)

    def _frame(self) -> str:
        page: JsonObject = {"type": "AnnotationPage", "items": [_PLACE]}
        document: JsonObject = {
            "@context": "http://www.w3.org/ns/anno.jsonld",
            "id": self.iri,
            "type": "AnnotationCollection",
            "label": self.label,
            "first": page,
        }
        return format_document(document).decode()


def _row(item: Exported, scales: Scales) -> list[str]:
    return build_row(item.entry, item.iri, splice_iri(item.document, item.iri), scales)


def _csv(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
