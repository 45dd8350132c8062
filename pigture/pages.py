"""The pages `/` and `/view/{identifier}`: the files that annotation_ui builds, with the headers that keep them safe.

The files are read once and kept in memory, packed too: some hundred kilobytes, and no path of a request ever
reaches the file system.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from config.codings import accepts_gzip

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
HOUR = "public, max-age=3600"

# Nothing from elsewhere. OpenSeadragon draws from blobs; styles are set by script, which style-src does not govern.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "base-uri 'self'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)
SAFETY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
NOT_BUILT = "The pages were not built: say `make install` in the folder of Pigture, and start it again.\n"

_BASE_ELEMENT = b'<base href="/"'


@dataclass(frozen=True, slots=True)
class _Page:
    """One file as it goes out. `packed` is its gzip form, None where that saves nothing."""

    body: bytes
    packed: bytes | None
    media_type: str
    etag: str
    cache_control: str


def default_dist() -> Path:
    """`annotation_ui/dist` beside the packages: the same in a checkout and in the container image."""
    return Path(__file__).resolve().parent.parent / "annotation_ui" / "dist"


def page_routes(dist: Path, *, prefix: str = "") -> list[BaseRoute]:
    """Routes of both pages and of the files they need; all answer 503 where `dist` holds no pages.

    `prefix` is the path under which browsers see the server (`/images` of `https://host/images`), without a slash
    at its end. Routes match decoded paths, so that `/view/a%2Fb` and `/view/a/b` are the same page; the script in
    it reads the identifier from the address.
    """
    if not (dist / "index.html").is_file():
        return [Route(path, _not_built) for path in ("/", "/view/{identifier:path}")]
    index = _read_index(dist, prefix)
    routes: list[BaseRoute] = [_route("/", index), _route("/view/{identifier:path}", index)]
    for path in sorted(dist.rglob("*")):
        name = path.relative_to(dist).as_posix()
        if path.is_file() and name != "index.html":
            hashed = name.startswith("assets/")
            page = _build_page(path.read_bytes(), name, IMMUTABLE if hashed else HOUR)
            routes.append(_route(f"/{name}", page))
    return routes


def _read_index(dist: Path, prefix: str) -> _Page:
    base = f'<base href="{html.escape(prefix)}/"'.encode()
    body = (dist / "index.html").read_bytes().replace(_BASE_ELEMENT, base, 1)
    return _build_page(body, "index.html", REVALIDATE)


def _build_page(body: bytes, name: str, cache_control: str) -> _Page:
    packed = gzip.compress(body, mtime=0)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return _Page(
        body=body,
        packed=packed if len(packed) < len(body) else None,
        media_type=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        etag=hashlib.sha256(body).hexdigest()[:32],
        cache_control=cache_control,
    )


def _route(path: str, page: _Page) -> Route:
    async def answer(request: Request) -> Response:
        return _respond(page, request)

    return Route(path, answer, methods=["GET"])


def _respond(page: _Page, request: Request) -> Response:
    packed = page.packed if accepts_gzip(", ".join(request.headers.getlist("accept-encoding"))) else None
    # The two forms differ in bytes, so they are two representations (RFC 9110 §8.8.3.3).
    etag = f'"{page.etag}-gzip"' if packed is not None else f'"{page.etag}"'
    headers = SAFETY_HEADERS | {"ETag": etag, "Cache-Control": page.cache_control, "Vary": "Accept-Encoding"}
    if _names(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    if packed is not None:
        headers["Content-Encoding"] = "gzip"
    return Response(packed or page.body, headers=headers, media_type=page.media_type)


def _names(if_none_match: str, etag: str) -> bool:
    """Weak comparison of RFC 9110 §13.1.2."""
    return any(part.strip().removeprefix("W/") in (etag, "*") for part in if_none_match.split(","))


async def _not_built(request: Request) -> Response:
    del request
    return PlainTextResponse(NOT_BUILT, status_code=503, headers=SAFETY_HEADERS | {"Cache-Control": "no-store"})
