"""Bytes within JSON documents, as base64 text. PURE."""

from __future__ import annotations

import base64
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator


def _decode_base64(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return base64.b64decode(value, validate=True)
    raise ValueError("base64 text expected")


Base64Bytes = Annotated[
    bytes,
    PlainValidator(_decode_base64),
    PlainSerializer(lambda value: base64.b64encode(value).decode(), return_type=str, when_used="json"),
]
