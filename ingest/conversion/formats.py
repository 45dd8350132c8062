"""libvips' names of sample formats, and numpy's. PURE."""

from __future__ import annotations

from iiif_server.samples_record import SampleType

TYPES: dict[str, SampleType] = {
    "uchar": "uint8",
    "char": "int8",
    "ushort": "uint16",
    "short": "int16",
    "uint": "uint32",
    "int": "int32",
    "float": "float32",
    "double": "float64",
}
"""By libvips' names of formats."""
