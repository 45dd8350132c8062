"""One reader of changes per container and process, however many streams listen. It lives while somebody does.

PostgreSQL is asked again and again rather than by LISTEN: NOTIFY would have all writers wait for one lock.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from annotation_store.change_repository import ChangeRecord, ChangeRepository, Position
from annotation_store.store_errors import StoreUnavailableError

POLL_S = 0.5
MAX_BEHIND = 100
"""Batches that a stream may be behind; a slower one is ended, and resumes by its client's Last-Event-ID."""

_log = logging.getLogger(__name__)

Inbox = asyncio.Queue[Sequence[ChangeRecord]]


@dataclass(slots=True)
class _Channel:
    inboxes: set[Inbox] = field(default_factory=set)
    lost: set[Inbox] = field(default_factory=set)
    reader: asyncio.Task[None] | None = None


class ChangeHub:
    """Used from one event loop."""

    def __init__(self, changes: ChangeRepository, poll_s: float = POLL_S) -> None:
        self._changes = changes
        self._poll_s = poll_s
        self._channels: dict[int, _Channel] = {}

    @asynccontextmanager
    async def listen(self, container: int) -> AsyncIterator[Inbox]:
        """Batches of changes from now on, some of which may have been seen already."""
        inbox: Inbox = asyncio.Queue(MAX_BEHIND)
        channel = self._channels.setdefault(container, _Channel())
        channel.inboxes.add(inbox)
        try:
            if channel.reader is None:
                position = await self._changes.here()
                if channel.reader is None:
                    channel.reader = asyncio.create_task(self._read(container, channel, position))
            yield inbox
        finally:
            channel.inboxes.discard(inbox)
            channel.lost.discard(inbox)
            if not channel.inboxes:
                self._channels.pop(container, None)
                if channel.reader is not None:
                    channel.reader.cancel()

    def is_lost(self, container: int, inbox: Inbox) -> bool:
        """Whether batches were thrown away, since the stream fell behind."""
        channel = self._channels.get(container)
        return channel is not None and inbox in channel.lost

    async def _read(self, container: int, channel: _Channel, position: Position) -> None:
        while True:
            await asyncio.sleep(self._poll_s)
            try:
                while batch := await self._changes.changes(container, position):
                    position = batch[-1].position
                    self._hand_out(channel, batch)
            except StoreUnavailableError:
                continue  # it is asked again: PostgreSQL may just be restarting
            except Exception:
                _log.exception("changes of container %d cannot be read", container)

    @staticmethod
    def _hand_out(channel: _Channel, batch: Sequence[ChangeRecord]) -> None:
        for inbox in channel.inboxes:
            try:
                inbox.put_nowait(batch)
            except asyncio.QueueFull:
                channel.lost.add(inbox)
