"""Replies to an annotation as a thread: annotations whose motivation is replying and whose target is its IRI.

An id that a client made up for it stands for the IRI: where it leads to the annotation from everywhere, by itself in
the container that knows it.

Pages are of direct replies, in the order in which they were made; each brings the replies to it, a level at a time.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from annotation_store.documents import JsonObject, JsonValue
from annotation_store.errors import MalformedQueryError
from annotation_store.http.access import require_readable, require_visible
from annotation_store.http.addresses import AnnotationPart, alias_iris, annotation_iri, part_iri, root_iri
from annotation_store.http.annotations import cache_control
from annotation_store.http.exchange import Answer, Exchange
from annotation_store.http.json_answers import json_answer
from annotation_store.http.service import StoreService
from annotation_store.splicing import splice_iri
from annotation_store.thread_repository import Answered, Reply
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
        root = _Place(remains.annotation.id, container.id, container.name, address.name)
        answered = await self._answered(exchange, [root])
        direct = await self._service.threads.replies(answered, principal, limit + 1, after)
        nested = await self._below(exchange, direct[:limit], principal)
        here = part_iri(exchange.base_url, container.name, address.name, "replies")
        items: list[JsonValue] = [_describe(exchange, reply, nested) for reply in direct[:limit]]
        document: JsonObject = {"id": here, "annotation": iri, "items": items}
        if len(direct) > limit:
            document["next"] = f"{here}?after={direct[limit - 1].id}"
        return json_answer(exchange, document, cache_control(container, principal))

    async def _below(
        self, exchange: Exchange, replies: Sequence[Reply], principal: Principal
    ) -> dict[int, list[Reply]]:
        """Replies by the number of what they answer; where there are too many, the last are left out."""
        found: dict[int, list[Reply]] = defaultdict(list)
        seen = {reply.id for reply in replies}
        room = MAX_NESTED
        for _ in range(MAX_DEPTH):
            if not replies or room <= 0:
                break
            places = [_Place(reply.id, reply.container_id, reply.container, reply.name) for reply in replies]
            answered = await self._answered(exchange, places)
            level = await self._service.threads.replies(answered, principal, room)
            replies = [reply for reply in level if reply.id not in seen]  # they may answer each other in a circle
            seen.update(reply.id for reply in replies)
            room -= len(replies)
            for reply in replies:
                found[reply.answers].append(reply)
        return found

    async def _answered(self, exchange: Exchange, places: Sequence[_Place]) -> list[Answered]:
        """By their IRIs and aliases. An alias that is an IRI of this store's own belongs to what lies there."""
        base = exchange.base_url
        by_number = {place.id: place for place in places}
        found = [Answered(annotation_iri(base, place.container, place.name), place.id) for place in places]
        for number, alias in await self._service.threads.aliases(by_number):
            if not alias.startswith(root_iri(base)):
                place = by_number[number]
                found.append(Answered(alias, number, within=place.container_id))
                found += [Answered(iri, number) for iri in alias_iris(base, place.container, alias)]
        return found


@dataclass(frozen=True, slots=True)
class _Place:
    """An annotation's number, and where it is."""

    id: int
    container_id: int
    container: str
    name: str


def _describe(exchange: Exchange, reply: Reply, nested: dict[int, list[Reply]]) -> JsonObject:
    iri = annotation_iri(exchange.base_url, reply.container, reply.name)
    below: list[JsonValue] = [_describe(exchange, item, nested) for item in nested.get(reply.id, ())]
    document: JsonObject = {"id": iri, "replies": below}
    if reply.is_deleted:
        return {**document, "deleted": True}
    return {**document, "annotation": json.loads(splice_iri(reply.document, iri))}


def _parse_after(exchange: Exchange) -> int:
    fields = dict(exchange.query())
    after = fields.get("after", "0")
    if not fields.keys() <= {"after"} or not (after.isascii() and after.isdigit() and len(after) <= 18):
        raise MalformedQueryError("after", "Known here is after alone, as it stands in a link to the next page.")
    return int(after)
