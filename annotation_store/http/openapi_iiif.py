"""What viewers read of the store, described for /openapi.json. Data; the IIIF specifications say more."""

from __future__ import annotations

from collections.abc import Mapping

from annotation_store.contexts import PRESENTATION_3_CONTEXT, SEARCH_2_CONTEXT
from annotation_store.http.openapi_parameters import (
    AFTER_PLACE,
    CANVAS,
    CONTAINER,
    CURSOR,
    IF_NONE_MATCH,
    IIIF_SEARCH,
    MINIMUM,
    SCOPE,
)
from annotation_store.http.openapi_schemas import COUNT, IRI
from config.openapi import TEXT, Paths, answer, content, list_of, object_of, operation, ref
from config.openapi_shared import Json

TAG = "annotations"

_SEARCH_1_CONTEXT = "http://iiif.io/api/search/1/context.json"
_HEADERS = ("ETag", "Cache-Control", "Vary")
_REFUSALS = (400, 401, 403, 404, 406, 410)
_LINK = object_of({"id": IRI, "type": {"const": "AnnotationPage"}})
_LINKS: Json = {"next": _LINK, "prev": _LINK, "startIndex": COUNT}
_SHOWN = list_of(object_of({"id": IRI, "type": {"const": "Annotation"}, "target": {}}, additionalProperties=True))
_IN_COLLECTION = object_of(
    {"id": IRI, "type": {"const": "AnnotationCollection"}}, {"total": COUNT, "first": _LINK, "last": _LINK}
)
_IGNORED = list_of(TEXT)

_LAYER = object_of(
    {
        "@context": {"const": PRESENTATION_3_CONTEXT},
        "id": IRI,
        "type": {"const": "AnnotationCollection"},
        "label": ref("LanguageMap"),
        "total": COUNT,
    },
    {"first": _LINK, "last": _LINK},
    description="Presentation API 3.0 §5.8.",
)
_LAYER_PAGE = object_of(
    {
        "@context": {"const": PRESENTATION_3_CONTEXT},
        "id": IRI,
        "type": {"const": "AnnotationPage"},
        "items": _SHOWN,
    },
    {"label": ref("LanguageMap"), "partOf": list_of(_IN_COLLECTION), **_LINKS},
    description="Presentation API 3.0 §5.5.",
)
_RESULTS_2 = object_of(
    {
        "@context": {"const": SEARCH_2_CONTEXT},
        "id": IRI,
        "type": {"const": "AnnotationPage"},
        "items": _SHOWN,
    },
    {
        "partOf": _IN_COLLECTION,
        **_LINKS,
        "ignored": _IGNORED,
        "annotations": list_of(
            object_of({"type": {"const": "AnnotationPage"}, "items": list_of({"type": "object"})})
        ),
    },
    description="Content Search API 2.0 §4.2; matches are a second page of annotations (§4.3.2).",
)
_TERMS_2 = object_of(
    {
        "@context": {"const": SEARCH_2_CONTEXT},
        "id": IRI,
        "type": {"const": "TermPage"},
        "items": list_of(object_of({"value": TEXT, "service": list_of({"type": "object"})}, {"total": COUNT})),
    },
    {"ignored": _IGNORED},
    description="Content Search API 2.0 §5.2.",
)
_RESULTS_1 = object_of(
    {
        "@context": list_of(IRI),
        "@id": IRI,
        "@type": {"const": "sc:AnnotationList"},
        "within": object_of(
            {"@id": IRI, "@type": {"const": "sc:Layer"}, "first": IRI},
            {"last": IRI, "total": COUNT, "ignored": _IGNORED},
        ),
        "resources": list_of({"type": "object", "required": ["@id", "@type", "on"]}),
        "hits": list_of({"type": "object", "required": ["@type", "annotations", "match"]}),
    },
    {"startIndex": COUNT, "next": IRI, "prev": IRI},
    description="Content Search API 1.0 §3.3.",
)
_TERMS_1 = object_of(
    {
        "@context": {"const": _SEARCH_1_CONTEXT},
        "@id": IRI,
        "@type": {"const": "search:TermList"},
        "terms": list_of(object_of({"match": TEXT, "url": IRI}, {"count": COUNT})),
    },
    {"ignored": _IGNORED},
    description="Content Search API 1.0 §4.3.",
)

SCHEMAS: Mapping[str, Json] = {
    "Layer": _LAYER,
    "LayerPage": _LAYER_PAGE,
    "SearchResults1": _RESULTS_1,
    "SearchResults2": _RESULTS_2,
    "SearchTerms1": _TERMS_1,
    "SearchTerms2": _TERMS_2,
}


def _get(name: str, summary: str, schema: str, *parameters: Json) -> Json:
    success = {
        200: answer(
            "The document.", content("application/json", "application/ld+json", schema=ref(schema)), _HEADERS
        ),
        304: answer("The client has it already.", headers=_HEADERS),
    }
    asked = (*parameters, IF_NONE_MATCH)
    return {"get": operation(name, TAG, summary, success=success, refusals=_REFUSALS, parameters=asked)}


PATHS: Paths = {
    "/iiif/annotations/3/{container}/collection": _get(
        "readLayer", "A layer as an AnnotationCollection of IIIF", "Layer", CONTAINER
    ),
    "/iiif/annotations/3/{container}/page": _get(
        "readLayerPage",
        "An AnnotationPage of IIIF: of one canvas, or of all",
        "LayerPage",
        CONTAINER,
        CANVAS,
        AFTER_PLACE,
    ),
    "/iiif/search/2/{scope}": _get("search2", "IIIF Content Search 2", "SearchResults2", SCOPE, *IIIF_SEARCH, CURSOR),
    "/iiif/search/2/{scope}/autocomplete": _get(
        "complete2", "Terms that begin so, for IIIF Content Search 2", "SearchTerms2", SCOPE, *IIIF_SEARCH
    ),
    "/iiif/search/1/{scope}": _get("search1", "IIIF Content Search 1", "SearchResults1", SCOPE, *IIIF_SEARCH, CURSOR),
    "/iiif/search/1/{scope}/autocomplete": _get(
        "complete1", "Terms that begin so, for IIIF Content Search 1", "SearchTerms1", SCOPE, *IIIF_SEARCH, MINIMUM
    ),
}
