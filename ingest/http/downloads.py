"""`/images/{id}/original` and `/images/{id}/pyramid`, also of `{id}@{revision}`: whole files, in ranges too.

Originals may hold more than is shown (names of patients on a slide's label, what a camera noted), so that they are
for those who curate; pyramids for those who may read. An adopted pyramid is an original.
"""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Literal
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from config.access import Action
from config.entity_tags import knows_tag
from config.problems import Problem, problem_for_status
from iiif_server.grammar import parse_name
from iiif_server.request import ImageName
from ingest.downloads import Download, find_original, find_pyramid, is_adopted
from ingest.http.callers import Gate
from ingest.http.problems import answer_problem
from ingest.http.ranges import ByteRange, RangeNotSatisfiableError, is_range_in_force, parse_ranges
from ingest.http.sending import PiecesResponse, content_range, frame_parts, read_parts, read_pieces
from ingest.services import Services
from storage.adopted import AdoptedObjects

Which = Literal["original", "pyramid"]

_PATH = re.compile(rb"/images/([^/]+)/(original|pyramid)")
_ENTITY_TAG = re.compile(r'(W/)?("[^"]*")')
_UNSAFE = re.compile(r"[^ !#$&+\-.0-9A-Z^_`a-z{}~()\[\]@,;=]")
# RFC 8187 §3.2.1, attr-char beyond letters and digits.
_ATTRIBUTE = "!#$&+-.^_`|~"


def is_file_path(scope: Scope) -> bool:
    """Whether the path is that of a file: judged raw, since an identifier may end in %2Foriginal."""
    return _PATH.fullmatch(_raw_path(scope)) is not None


class Downloads:
    """The endpoint."""

    def __init__(self, services: Services, gate: Gate, adopted: AdoptedObjects) -> None:
        self._services = services
        self._gate = gate
        self._adopted = adopted

    async def read_file(self, request: Request) -> Response:
        """GET and HEAD: 200, 206, 304, 412 or 416 (RFC 9110 §13.2.2)."""
        name, which = _parse_path(request)
        download = await run_in_threadpool(self._find, request, name, which)
        headers = _headers(download)
        if not _matches(request, download.etag):
            return answer_problem(problem_for_status(412, "The file is another one by now."))
        if _has_already(request, download.etag):
            return Response(status_code=304, headers={key: headers[key] for key in _KEPT})
        media_type, size = _media_type(download), download.size_bytes
        ranges = None
        # Range is defined for GET alone (§14.2).
        if request.method == "GET" and is_range_in_force(request.headers.get("if-range"), download.etag):
            try:
                ranges = parse_ranges(request.headers.get("range"), size)
            except RangeNotSatisfiableError:
                return answer_problem(_not_satisfiable(size))
        return _answer(request, headers, media_type, size, ranges, self._reader(download))

    def _find(self, request: Request, name: ImageName, which: Which) -> Download:
        if which == "original":
            self._gate.require(request, Action.DOWNLOAD_ORIGINALS)
            return find_original(self._services, self._adopted, name.identifier, name.revision)
        self._gate.require(request, Action.DOWNLOAD_PYRAMIDS)
        if is_adopted(self._services, name.identifier, name.revision):
            self._gate.require(request, Action.DOWNLOAD_ORIGINALS)
        return find_pyramid(self._services, self._adopted, name.identifier, name.revision)

    def _reader(self, download: Download) -> Callable[[int, int], Awaitable[bytes]]:
        """Reads the file in the version that was found, or fails."""

        def read(start: int, end: int) -> Awaitable[bytes]:
            if download.location is not None:
                return self._adopted.fetch_range(download.location, start, end, if_match=download.stored_etag)
            return self._services.store.fetch_range(download.key or "", start, end, if_match=download.stored_etag)

        return read


_KEPT = ("ETag", "Cache-Control", "Vary", "Accept-Ranges")
"""What an answer without content still tells (RFC 9110 §15.4.5)."""


def _answer(
    request: Request,
    headers: dict[str, str],
    media_type: str,
    size: int,
    ranges: list[ByteRange] | None,
    read: Callable[[int, int], Awaitable[bytes]],
) -> Response:
    if request.method == "HEAD" or size == 0:
        return Response(headers={**headers, "Content-Type": media_type, "Content-Length": str(size)})
    if ranges is None:
        headers = {**headers, "Content-Type": media_type, "Content-Length": str(size)}
        return PiecesResponse(read_pieces(read, ByteRange(0, size)), 200, headers)
    if len(ranges) == 1:
        [part] = ranges
        length, told = part.end - part.start, content_range(part, size)
        headers = {**headers, "Content-Type": media_type, "Content-Length": str(length), "Content-Range": told}
        return PiecesResponse(read_pieces(read, part), 206, headers)
    boundary, heads, end = frame_parts(ranges, size, media_type)
    length = sum(part.end - part.start for part in ranges) + sum(map(len, heads)) + len(end)
    multipart = f"multipart/byteranges; boundary={boundary}"
    headers = {**headers, "Content-Type": multipart, "Content-Length": str(length)}
    return PiecesResponse(read_parts(read, list(zip(heads, ranges, strict=True)), end), 206, headers)


def _headers(download: Download) -> dict[str, str]:
    headers = {
        "ETag": download.etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization, Cookie",
        "Content-Disposition": content_disposition(download.file_name),
        # An original may be anything; nothing of it is to run as a page of ours.
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    if download.sha256 is not None:
        digest = base64.b64encode(bytes.fromhex(download.sha256)).decode()
        headers["Repr-Digest"] = f"sha-256=:{digest}:"  # RFC 9530 §3
    return headers


def content_disposition(file_name: str) -> str:
    """Saves under that name: in ASCII for old clients, and as it is (RFC 6266 §4.3, RFC 8187)."""
    plain = _UNSAFE.sub("_", file_name)
    value = f'attachment; filename="{plain}"'
    return value if plain == file_name else f"{value}; filename*=UTF-8''{quote(file_name, safe=_ATTRIBUTE)}"


def _matches(request: Request, etag: str) -> bool:
    """If-Match, by strong comparison (RFC 9110 §13.1.1)."""
    if_match = ", ".join(request.headers.getlist("if-match")).strip()
    return if_match in ("", "*") or ("", etag) in _ENTITY_TAG.findall(if_match)


def _has_already(request: Request, etag: str) -> bool:
    """If-None-Match, by weak comparison (RFC 9110 §13.1.2)."""
    return knows_tag(", ".join(request.headers.getlist("if-none-match")), etag)


def _not_satisfiable(size_bytes: int) -> Problem:
    plain = problem_for_status(416, f"The file has {size_bytes} bytes.")
    return replace(plain, headers={"Content-Range": f"bytes */{size_bytes}"})


def _media_type(download: Download) -> str:
    return mimetypes.guess_type(download.file_name)[0] or "application/octet-stream"


def _parse_path(request: Request) -> tuple[ImageName, Which]:
    match = _PATH.fullmatch(_raw_path(request.scope))
    if match is None or not match[1].isascii():
        raise HTTPException(404)
    name = parse_name(match[1].decode("ascii"))
    if name != ImageName(name.identifier, name.revision):
        raise HTTPException(404)
    return name, "original" if match[2] == b"original" else "pyramid"


def _raw_path(scope: Scope) -> bytes:
    raw: bytes = scope["raw_path"]
    return raw.partition(b"?")[0]
