"""The annotation store's HTTP interface, described for /openapi.json. Data; docs/annotations.md says more."""

from __future__ import annotations

from annotation_store.http import openapi_iiif as iiif
from annotation_store.http.openapi_annotations import ANNOTATIONS
from annotation_store.http.openapi_containers import CONTAINERS
from annotation_store.http.openapi_iiif import TAG
from annotation_store.http.openapi_schemas import SCHEMAS
from config.openapi import Description
from config.openapi_service import describe_service

DESCRIPTION = Description(
    TAG,
    "Web Annotation Protocol, review, threads, IIIF Content Search 1 and 2.",
    {**CONTAINERS, **ANNOTATIONS, **iiif.PATHS},
    {**SCHEMAS, **iiif.SCHEMAS},
)
ALONE = describe_service(("database",), has_metrics=False, has_validators=False)
"""What a store answers beside where it stands alone."""
