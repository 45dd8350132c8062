"""Telling ingest that the file of an adopted image has changed: by a mark in storage, which a sweeper finds."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable

from iiif_server.caches import BoundedCache
from iiif_server.layout import change_key
from storage.errors import StorageError
from storage.ports import ObjectWriter

REPEAT_S = 15.0
"""How soon the same is said again: the mark is gone by then, and the file may have changed once more."""

_CAPACITY = 1024
_log = logging.getLogger(__name__)


class ChangeMarks:
    """Puts marks, where the store can be written to. It only ever puts."""

    def __init__(self, store: object, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store if isinstance(store, ObjectWriter) else None
        self._clock = clock
        self._put_at: BoundedCache[str, float] = BoundedCache(_CAPACITY)

    async def put(self, identifier: str, revision: str) -> None:
        """Notes that the revision's file has changed. What goes wrong is logged: whoever comes next says it again."""
        key, now = change_key(identifier, revision), self._clock()
        before = self._put_at.get(key)
        if self._store is None or (before is not None and now - before < REPEAT_S):
            return
        self._put_at.put(key, now)
        data = json.dumps([identifier, revision]).encode()
        try:
            await asyncio.to_thread(self._store.put, key, data, content_type="application/json")
        except StorageError as exc:
            _log.warning("%s: the change of its file cannot be noted: %s", identifier, exc)
