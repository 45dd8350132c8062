"""/metrics of an image server that stands alone: for tokens with the role administer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from config.access import Action
from config.exposition import expose
from config.metrics import Samples
from iiif_server.errors import AccessDeniedError
from iiif_server.grants import GrantSource
from iiif_server.http.access import read_token
from iiif_server.http.headers import NO_STORE
from iiif_server.http.messages import Call, Response


async def answer_metrics(call: Call, grants: GrantSource, collect: Callable[[], Samples]) -> Response:
    """The document. Raises AccessDeniedError, and what the store raises."""
    principal = (await grants.load()).principal(read_token(call), datetime.now(UTC))
    if principal is None or not principal.may(Action.READ_METRICS):
        known = principal is not None and principal.name is not None
        raise AccessDeniedError(
            f"It takes a token with the role administer to {Action.READ_METRICS}.", authenticated=known
        )
    body, media_type = expose(collect(), call.header(b"accept"))
    headers = [
        (b"content-type", media_type.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", NO_STORE),
    ]
    return Response(200, headers, body)
