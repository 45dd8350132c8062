"""The formats that containers are exported in. PURE, and light: the command line loads it always."""

from __future__ import annotations

from enum import StrEnum


class ExportFormat(StrEnum):
    """How an export is written."""

    NDJSON = "ndjson"
    JSON_LD = "jsonld"
    CSV = "csv"
    GEOJSON = "geojson"

    @property
    def media_type(self) -> str:
        """The Content-Type."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    ExportFormat.NDJSON: "application/x-ndjson",
    ExportFormat.JSON_LD: 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"',
    ExportFormat.CSV: "text/csv; charset=utf-8; header=present",
    ExportFormat.GEOJSON: "application/geo+json",
}
