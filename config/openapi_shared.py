"""What all descriptions of HTTP interfaces share: who may ask, how is refused, which headers there are. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.access import ALLOWED, COOKIE_NAME, TOKEN_PREFIX, Action, Role
from config.problems import MEDIA_TYPE

Json = dict[str, Any]

_BEARER, _SESSION = "token", "session"

SECURITY_SCHEMES: Json = {
    _BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": f"{TOKEN_PREFIX}…",
        "description": f"An API token (`pigture token create`). Its roles are some of {', '.join(Role)}.",
    },
    _SESSION: {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE_NAME,
        "description": "The session of a browser. With it only pages of the same origin can change anything.",
    },
}


def security(needs: Action | None) -> list[Json]:
    """Who may ask, as alternatives; of a token one role each (OpenAPI 3.1, Security Requirement Object)."""
    if needs is None:
        return [{}, {_BEARER: []}, {_SESSION: []}]
    roles = [role for role in Role if role in ALLOWED[needs]]
    return [{scheme: [role.value]} for scheme in (_BEARER, _SESSION) for role in roles]


REFUSALS: Mapping[str, tuple[int, str, tuple[str, ...]]] = {
    "BadRequest": (400, "A parameter, a header or the body cannot be understood; `parameter` names it.", ()),
    "Unauthorized": (401, "It takes a token, or the one that was sent is not in force.", ("WWW-Authenticate",)),
    "Forbidden": (403, "The token does not allow it.", ()),
    "NotFound": (404, "There is none of that name.", ()),
    "MethodNotAllowed": (405, "Not this method: pages of a container are only read.", ("Allow",)),
    "NotAcceptable": (406, "It is not to be had in what Accept names.", ()),
    "Conflict": (409, "It cannot be done as things stand.", ()),
    "Gone": (410, "It was deleted; its name is never used again.", ()),
    "PreconditionFailed": (412, "It has changed meanwhile, or is there already (RFC 9110 §13.1).", ()),
    "ContentTooLarge": (413, "More than the server's limits allow.", ()),
    "UnsupportedMediaType": (415, "The body is in a format that is not read here.", ()),
    "RangeNotSatisfiable": (416, "None of the bytes that were asked for is there.", ("Content-Range",)),
    "UnprocessableContent": (422, "It can be read, but breaks the rules; `errors` or `lines` name them.", ()),
    "PreconditionRequired": (428, "Changes take If-Match (RFC 6585 §3).", ()),
    "TooManyRequests": (429, "The token's rate is used up.", ("Retry-After",)),
    "NotImplemented": (501, "This server does not enlarge images.", ()),
    "ServiceUnavailable": (503, "A part that it needs is away, or too much is asked at once.", ("Retry-After",)),
    "InsufficientStorage": (507, "There is no room left for it.", ()),
}
"""By name of the component: status, when, and the headers that are always sent."""

_NAMES = {status: name for name, (status, _, _) in REFUSALS.items()}


def refuse(status: int) -> Json:
    """The reference to a refusal."""
    return {"$ref": f"#/components/responses/{_NAMES[status]}"}


def refused(name: str) -> Json:
    """The component behind it."""
    _, description, headers = REFUSALS[name]
    described: Json = {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if headers:
        described["headers"] = {header: HEADERS[header] | {"required": True} for header in headers}
    return described


def _header(description: str, **schema: Any) -> Json:
    return {"description": description, "schema": {"type": "string", **schema}}


_TAG = r'^"[^"]+"$'

HEADERS: Mapping[str, Json] = {
    "Accept-Ranges": _header("Parts of it can be asked for.", const="bytes"),
    "Allow": _header("The methods that are offered."),
    "Cache-Control": _header("How long it may be kept, and by whom."),
    "Content-Disposition": _header("The name to save it under (RFC 6266)."),
    "Content-Location": _header("The IRI of exactly this representation.", format="uri"),
    "Content-Range": _header("Which bytes these are, and of how many.", pattern=r"^bytes (\d+-\d+|\*)/\d+$"),
    "ETag": _header("A strong validator (RFC 9110 §8.8.3).", pattern=_TAG),
    "Link": _header("Relations, such as canonical, profile, type, next (RFC 8288)."),
    "Location": _header("Where it is.", format="uri"),
    "Memento-Datetime": _header("When that version was made (RFC 7089)."),
    "Preference-Applied": _header("The preference that was followed (RFC 7240).", const="return=representation"),
    "Repr-Digest": _header("The SHA-256 of the whole file (RFC 9530).", pattern=r"^sha-256=:[A-Za-z0-9+/]{43}=:$"),
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}},
    "Review-State": _header("How far the annotation has come in review."),
    "Server-Timing": _header("Whether it was copied, kept or computed, and how long that took."),
    "Set-Cookie": _header("The session's cookie."),
    "Vary": _header("The request headers that it depends on."),
    "WWW-Authenticate": _header("What is asked for (RFC 6750 §3).", pattern="^Bearer"),
}

_PROBLEM: Json = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "pattern": "^urn:pigture:problem:[a-z0-9-]+$"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "One sentence for people."},
        "parameter": {"type": "string", "description": "What is wrong, by its name."},
        "errors": {
            "type": "array",
            "description": "The rules that are broken, and where (RFC 6901).",
            "items": {
                "type": "object",
                "required": ["pointer", "rule", "section"],
                "properties": {
                    "pointer": {"type": "string"},
                    "rule": {"type": "string"},
                    "section": {"type": "string"},
                },
            },
        },
        "lines": {
            "type": "array",
            "description": "The lines of a bulk request that failed.",
            "items": {"type": "object", "required": ["line"], "properties": {"line": {"type": "integer"}}},
        },
    },
}

_LANGUAGE_MAP: Json = {
    "type": "object",
    "description": "Texts by language, `none` without one (Presentation API 3.0 §4.3).",
    "additionalProperties": {"type": "array", "items": {"type": "string"}, "minItems": 1},
    "examples": [{"en": ["Fly wing"], "none": ["DSC_0042"]}],
}

SCHEMAS: Mapping[str, Json] = {"Problem": _PROBLEM, "LanguageMap": _LANGUAGE_MAP}
