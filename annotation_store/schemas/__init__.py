"""JSON Schemas (2020-12) of the Web Annotation Data Model, one file per chapter. Reading them is the only input.

Every assertion stands under an `x-rule` (the rule in one sentence) and an `x-section` (where the model says it).
"""

from __future__ import annotations

import json
from importlib import resources

from annotation_store.documents import JsonObject

ROOT = "urn:pigture:annotation"
_NAMES = ("annotation", "description", "resources", "specific_resources", "selectors", "states")


def load_schemas() -> dict[str, JsonObject]:
    """`$id` → schema; `ROOT` is the one of a whole annotation."""
    schemas: dict[str, JsonObject] = {}
    for name in _NAMES:
        text = resources.files(__package__).joinpath(f"{name}.json").read_text("utf-8")
        schemas[f"urn:pigture:{name}"] = json.loads(text)
    return schemas
