"""Parameters of requests, parsed once at the edge. Raises InvalidValueError, InvalidRequestError."""

from __future__ import annotations

import json
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from iiif_server.grammar import parse_name
from iiif_server.record import LanguageMap
from iiif_server.request import ImageName
from ingest.edit import Changes
from ingest.errors import InvalidValueError
from ingest.job import JobState
from ingest.submission import parse_access, parse_label

MAX_BODY_BYTES = 64 * 1024
_IMAGES = b"/images/"


def parse_identifier(request: Request) -> str:
    """The identifier of `/images/{id}`: one raw segment, so that %2F belongs to it."""
    raw: bytes = request.scope["raw_path"].partition(b"?")[0]
    if not raw.startswith(_IMAGES) or b"/" in raw.removeprefix(_IMAGES) or not raw.isascii():
        raise HTTPException(404)
    name = parse_name(raw.removeprefix(_IMAGES).decode("ascii"))
    if name != ImageName(name.identifier):  # neither revisions nor parts have entries of their own
        raise HTTPException(404)
    return name.identifier


def parse_limit(request: Request, default: int, most: int) -> int:
    """`limit`, between 1 and `most`."""
    text = request.query_params.get("limit")
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= most:
        raise InvalidValueError("limit", f"The limit must be a number from 1 to {most}.")
    return int(text[:9])


def parse_cursor(request: Request) -> int | None:
    """`cursor`, as it stood in `next`."""
    text = request.query_params.get("cursor")
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise InvalidValueError("cursor", "The cursor must come from `next` of another answer.")
    return int(text)


def parse_text(request: Request, name: str) -> str | None:
    """A text of the query; NUL is refused because PostgreSQL cannot hold it."""
    text = request.query_params.get(name)
    if text is not None and "\0" in text:
        raise InvalidValueError(name, f"The {name} holds a NUL character.")
    return text


def parse_flag(request: Request, name: str) -> bool:
    """`true` or `false` (also 1 and 0); false where it is missing."""
    match request.query_params.get(name, "false").lower():
        case "true" | "1":
            return True
        case "false" | "0":
            return False
        case _:
            raise InvalidValueError(name, f"{name} must be true or false.")


def parse_state(request: Request) -> JobState | None:
    """`state` of jobs."""
    text = request.query_params.get("state")
    if text is None:
        return None
    try:
        return JobState(text)
    except ValueError:
        raise InvalidValueError("state", f"The state must be one of {', '.join(JobState)}.") from None


async def read_changes(request: Request) -> Changes:
    """The JSON object of a PATCH: `label` (a text or texts by language), `rights` (null takes it away), `access`."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            raise HTTPException(413)
    try:
        document = json.loads(body)
        json.dumps(document, ensure_ascii=False).encode()  # a lone surrogate is no text
    except (ValueError, RecursionError):
        raise InvalidValueError("body", "The body must be a JSON object.") from None
    if not isinstance(document, dict) or not document.keys() <= {"label", "rights", "access"}:
        raise InvalidValueError("body", "The body must be a JSON object of label, rights and access.")
    return Changes(
        label=_label(document["label"]) if "label" in document else None,
        rights=_rights(document["rights"]) if "rights" in document else None,
        access=parse_access(str(document["access"])) if "access" in document else None,
    )


def _label(value: Any) -> LanguageMap:
    if isinstance(value, str):
        label = parse_label(value)
        if label is not None:
            return label
    if isinstance(value, dict) and value and all(_is_texts(texts) for texts in value.values()):
        if any("\0" in text for tag, texts in value.items() for text in (tag, *texts)):
            raise InvalidValueError("label", "The label holds a NUL character.")
        return value
    raise InvalidValueError("label", "The label must be a text, or an object of lists of texts by language.")


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(text, str) for text in value)


def _rights(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or "\0" in value:
        raise InvalidValueError("rights", "The rights must be a URL or null.")
    return value
