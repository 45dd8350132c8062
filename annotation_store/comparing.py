"""Two versions of an annotation → the JSON Patch (RFC 6902) that leads from one to the other. PURE."""

from __future__ import annotations

import json

import jsonpatch

MEDIA_TYPE = "application/json-patch+json"


def compare_documents(before: str, after: str) -> str:
    """The patch as JSON text; both are JSON texts."""
    patch = jsonpatch.make_patch(json.loads(before), json.loads(after))
    return json.dumps(patch.patch, ensure_ascii=False, separators=(",", ":"))
