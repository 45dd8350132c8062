"""The token that a request brings: a bearer token, or the cookie of a session."""

from __future__ import annotations

from config.access import COOKIE_NAME, parse_bearer
from iiif_server.grants import GrantSource, check_access
from iiif_server.http.messages import Call
from iiif_server.published import PublishedImage
from iiif_server.record import Record
from iiif_server.request import ImageName
from iiif_server.source import ImageSource


def read_token(call: Call) -> str | None:
    """The token, if any (RFC 6750 §2.1, RFC 6265 §5.4)."""
    bearer = parse_bearer(call.header(b"authorization"))
    if bearer is not None:
        return bearer
    for pair in (call.header(b"cookie", b"; ") or "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == COOKIE_NAME:
            return value or None
    return None


async def check_call(call: Call, record: Record, grants: GrantSource) -> None:
    """Returns where whoever calls may read the image; raises AccessDeniedError otherwise."""
    if record.access != "public":
        await check_access(record, read_token(call), grants)


async def load_checked(call: Call, source: ImageSource, grants: GrantSource, name: ImageName) -> PublishedImage:
    """The image that the name means, where whoever calls may read it. Raises AccessDeniedError, and what load raises.

    Nobody else learns which parts and channels a restricted image has.
    """
    is_first_picture = name.part is None and name.rendering is None
    image = await source.load(name if is_first_picture else name.first_picture)
    await check_call(call, image.record, grants)
    return image if is_first_picture else await source.load(name)
