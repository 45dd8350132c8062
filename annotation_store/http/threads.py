"""Replies to an annotation as a thread: annotations whose motivation is replying and whose target is its IRI.

Pages are of direct replies, in the order in which they were made; each brings the replies to it, a level at a time.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence

from annotation_store.documents import JsonObject, JsonValue
from annotation_store.errors import MalformedQueryError
from annotation_store.http.access import require_readable, require_visible
from annotation_store.http.addresses import AnnotationPart, annotation_iri, part_iri
from annotation_store.http.annotations import cache_control
from annotation_store.http.exchange import Answer, Exchange
from annotation_store.http.json_answers import json_answer
from annotation_store.http.service import StoreService
from annotation_store.splicing import splice_iri
from annotation_store.thread_repository import Reply
from config.access import Principal

MAX_DEPTH = 16
MAX_NESTED = 1000
"""Replies below the direct ones that a page brings; behind that, each reply's own `replies` lead on."""


class Threads:
    """The endpoint."""

    def __init__(self, service: StoreService) -> None:
        self._service = service

    async def read(self, exchange: Exchange, address: AnnotationPart) -> Answer:
        """GET and HEAD; also of an annotation that was deleted, whose replies stay."""
        principal = await self._service.callers.identify(exchange.scope, writing=False)
        container = await self._service.container(address.container)
        require_readable(container, principal)
        remains = await self._service.history.read(container, address.name)
        require_visible(remains.annotation, principal)
        after, limit = _parse_after(exchange), self._service.options.page_items
        iri = annotation_iri(exchange.base_url, container.name, address.name)
        direct = await self._service.threads.replies([iri], principal, limit + 1, after)
        nested = await self._below(exchange, direct[:limit], principal)
        here = part_iri(exchange.base_url, container.name, address.name, "replies")
        items: list[JsonValue] = [_describe(exchange, reply, nested) for reply in direct[:limit]]
        document: JsonObject = {"id": here, "annotation": iri, "items": items}
        if len(direct) > limit:
            document["next"] = f"{here}?after={direct[limit - 1].id}"
        return json_answer(exchange, document, cache_control(container, principal))

    async def _below(
        self, exchange: Exchange, replies: Sequence[Reply], principal: Principal
    ) -> dict[str, list[Reply]]:
        """Replies by the IRI that they answer; where there are too many, the last are left out."""
        found: dict[str, list[Reply]] = defaultdict(list)
        seen = {reply.id for reply in replies}
        room = MAX_NESTED
        for _ in range(MAX_DEPTH):
            if not replies or room <= 0:
                break
            iris = [_iri(exchange, reply) for reply in replies]
            level = await self._service.threads.replies(iris, principal, room)
            replies = [reply for reply in level if reply.id not in seen]  # they may answer each other in a circle
            seen.update(reply.id for reply in replies)
            room -= len(replies)
            for reply in replies:
                found[reply.answers].append(reply)
        return found


def _iri(exchange: Exchange, reply: Reply) -> str:
    return annotation_iri(exchange.base_url, reply.container, reply.name)


def _describe(exchange: Exchange, reply: Reply, nested: dict[str, list[Reply]]) -> JsonObject:
    iri = _iri(exchange, reply)
    document: JsonObject = {"id": iri, "replies": [_describe(exchange, item, nested) for item in nested.get(iri, ())]}
    if reply.is_deleted:
        return {**document, "deleted": True}
    return {**document, "annotation": json.loads(splice_iri(reply.document, iri))}


def _parse_after(exchange: Exchange) -> int:
    fields = dict(exchange.query())
    after = fields.get("after", "0")
    if not fields.keys() <= {"after"} or not (after.isascii() and after.isdigit() and len(after) <= 18):
        raise MalformedQueryError("after", "Known here is after alone, as it stands in a link to the next page.")
    return int(after)
