"""JSON in fewer bytes for those who take gzip. Two codings are two representations, with a validator each."""

from __future__ import annotations

from config.codings import LEAST_BYTES, accepts_gzip, gzip_document, is_json
from iiif_server.http.messages import Call, HeaderList, Response

ACCEPT_ENCODING = b"Accept-Encoding"
GZIPPED = (b"content-encoding", b"gzip")


def takes_gzip(call: Call, size_bytes: int) -> bool:
    """Whether a document of that size is to be sent as gzip."""
    return size_bytes >= LEAST_BYTES and accepts_gzip(call.header(b"accept-encoding"))


def compress_problem(call: Call, response: Response) -> Response:
    """The response with its JSON compressed, where that was not decided about before and is worth it."""
    if not response.body.startswith(b"{"):  # most are images, and to find their type takes longer
        return response
    own = dict(response.headers)
    if b"vary" in own or not is_json(own.get(b"content-type", b"").decode("latin-1")):
        return response
    headers: HeaderList = [*response.headers, (b"vary", ACCEPT_ENCODING)]
    body = response.body
    if takes_gzip(call, len(body)):
        body = gzip_document(body)
        headers = [pair for pair in headers if pair[0] != b"content-length"]
        headers += [GZIPPED, (b"content-length", b"%d" % len(body))]
    response.headers, response.body = headers, body
    return response
