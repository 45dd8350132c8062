"""Live changes of a container as Server-Sent Events (HTML Living Standard §9.2).

Events are create, update and delete with the annotation's id, ETag and version; those whose effect somebody cannot
see are not sent to them. An event's id is where to resume (Last-Event-ID); of several changes that were missed the
last one is told, so that a client takes an update of what it does not know as a creation.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Sequence

from annotation_store.change_repository import ChangeRecord, Position, parse_position
from annotation_store.errors import AnnotationStoreError, MalformedQueryError
from annotation_store.etags import format_tag
from annotation_store.http.access import require_readable
from annotation_store.http.addresses import ContainerPart, annotation_iri
from annotation_store.http.exchange import Exchange, StreamedAnswer
from annotation_store.http.service import StoreService
from annotation_store.negotiation import Format
from annotation_store.query import ReviewState
from annotation_store.records import ContainerRecord
from annotation_store.store_errors import StoreUnavailableError
from config.access import Action, Principal

HEARTBEAT_S = 15.0
"""Between comments that keep the connection open; then it is also seen whether the caller may still read."""
RETRY_MS = 2000


class Events:
    """The endpoint."""

    def __init__(self, service: StoreService) -> None:
        self._service = service

    async def stream(self, exchange: Exchange, address: ContainerPart) -> StreamedAnswer:
        """GET: 200 and events until the client leaves, loses its access, or reads too slowly."""
        container, principal = await self._admit(exchange, address.container)
        since = parse_position(_last_event(exchange))
        here = await self._service.changes.here()
        # A position of another database's history lies ahead of this one's.
        start = here if since is None or since > here else since
        headers = {"content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamedAnswer(200, headers, self._events(exchange, container, principal, start))

    async def _admit(self, exchange: Exchange, name: str) -> tuple[ContainerRecord, Principal]:
        principal = await self._service.callers.identify(exchange.scope, writing=False)
        container = await self._service.container(name)
        require_readable(container, principal)
        return container, principal

    async def _events(
        self, exchange: Exchange, container: ContainerRecord, principal: Principal, position: Position
    ) -> AsyncGenerator[bytes, None]:
        yield f"retry: {RETRY_MS}\nid: {position}\n\n".encode()
        hub, admitted = self._service.hub, time.monotonic()
        async with hub.listen(container.id) as inbox:
            # What happened before the hub's reader began, or since the position that is resumed from.
            while missed := await self._service.changes.changes(container.id, position):
                position = missed[-1].position
                yield _format(exchange, container, principal, missed)
            while not hub.is_lost(container.id, inbox):
                batch: Sequence[ChangeRecord] = ()
                try:
                    async with asyncio.timeout(HEARTBEAT_S):
                        batch = await inbox.get()
                except TimeoutError:
                    yield b":\n\n"
                if time.monotonic() - admitted >= HEARTBEAT_S:
                    if not await self._is_admitted(exchange, container.name):
                        return
                    admitted = time.monotonic()
                news = [change for change in batch if change.position > position]
                if news:
                    position = news[-1].position
                    yield _format(exchange, container, principal, news)

    async def _is_admitted(self, exchange: Exchange, name: str) -> bool:
        """Whether the caller may still read the container; where nobody can tell, nothing has changed."""
        try:
            await self._admit(exchange, name)
        except StoreUnavailableError:
            return True
        except AnnotationStoreError:
            return False
        return True


def _last_event(exchange: Exchange) -> str | None:
    """From the header, or from the query for whoever cannot set it. Raises MalformedQueryError."""
    fields = dict(exchange.query())
    if not fields.keys() <= {"after"}:
        raise MalformedQueryError("after", "Known here is after alone: the id of the last event that was seen.")
    return exchange.header("last-event-id") or fields.get("after")


def _format(
    exchange: Exchange, container: ContainerRecord, principal: Principal, changes: Sequence[ChangeRecord]
) -> bytes:
    texts = []
    for change in changes:
        kind = _kind(change, principal)
        if kind is None:
            continue
        data = {
            "id": annotation_iri(exchange.base_url, container.name, change.name),
            "version": change.version,
            "state": change.state.value,
        }
        if kind != "delete":
            tag = f"{change.position.annotation}-{change.version}-{Format.JSON_LD.mark}"
            data["etag"] = format_tag(tag)
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        texts.append(f"id: {change.position}\nevent: {kind}\ndata: {text}\n\n")
    # Also where nothing is to be seen: resuming need not go through it again.
    return ("".join(texts) or f"id: {changes[-1].position}\n\n").encode()


def _kind(change: ChangeRecord, principal: Principal) -> str | None:
    """create, update or delete, as it is for the caller; None where they see nothing of it."""
    seen = (
        change.state is not ReviewState.DRAFT
        or principal.may(Action.CURATE_ANNOTATIONS)
        or principal.name == change.creator
    )
    if not seen:
        # Back to a draft: for others it is gone.
        return "delete" if change.action == "review" else None
    if change.is_deleted:
        return "delete"
    return "create" if change.version == 1 else "update"
