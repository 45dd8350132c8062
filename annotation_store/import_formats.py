"""Documents of other formats → lines of NDJSON, each an annotation that is to be made. PURE but for reading `file`.

A feature, row or item that cannot be read becomes a line that says so and fails by itself.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import IO

from annotation_store import csv_rows, geojson
from annotation_store.documents import DocumentLimits, JsonValue
from annotation_store.errors import AnnotationStoreError
from annotation_store.geojson import UnusableImportError

NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl")
CSV = "text/csv"
GEOJSON = ("application/geo+json", "application/vnd.geo+json")
JSON_LD = ("application/ld+json", "application/json")
IMPORTED = (*NDJSON, CSV, *GEOJSON, *JSON_LD)
MAX_DOCUMENT_BYTES = 256 * 1024 * 1024
"""Of formats that have to be read whole before the first annotation is known."""

_MAX_FIELD = 16 * 1024 * 1024


def iter_import(file: IO[bytes], media_type: str, canvas: str | None, limits: DocumentLimits) -> Iterator[bytes]:
    """The lines of any format but NDJSON. Raises UnusableImportError."""
    if media_type == CSV:
        yield from _iter_csv(file, canvas, limits)
        return
    document = _load(file)
    if media_type in GEOJSON:
        if not canvas:
            raise UnusableImportError("GeoJSON needs the parameter canvas: the IRI that its shapes lie on.")
        for feature in geojson.read_features(document):
            try:
                yield _line(geojson.build_annotation(feature, canvas))
            except UnusableImportError as exc:
                yield _failed(exc)
        return
    for item in csv_rows.read_items(document):
        yield _line(csv_rows.inherit_context(item, document))


def _iter_csv(file: IO[bytes], canvas: str | None, limits: DocumentLimits) -> Iterator[bytes]:
    csv.field_size_limit(_MAX_FIELD)
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    try:
        for row in csv.DictReader(text):
            try:
                yield _line(csv_rows.build_annotation(row, canvas, limits))
            except AnnotationStoreError as exc:
                yield _failed(exc)
    except (UnicodeDecodeError, csv.Error) as exc:
        raise UnusableImportError(f"The table cannot be read: {exc}.") from exc
    finally:
        text.detach()


def _load(file: IO[bytes]) -> JsonValue:
    data = file.read(MAX_DOCUMENT_BYTES + 1)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise UnusableImportError(f"More than {MAX_DOCUMENT_BYTES} bytes are imported as NDJSON alone.")
    try:
        document: JsonValue = json.loads(data)
    except (ValueError, RecursionError) as exc:
        raise UnusableImportError("The document is not JSON in UTF-8.") from exc
    return document


def _line(value: JsonValue) -> bytes:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _failed(exc: AnnotationStoreError) -> bytes:
    return _line({"op": "refused", "annotation": exc.detail})
