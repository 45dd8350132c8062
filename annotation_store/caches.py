"""Bodies that were made lately, up to a number of bytes."""

from __future__ import annotations

from collections import OrderedDict


class ByteCache:
    """The least lately used goes first. Keys tell all that a body depends on, so that nothing is ever stale."""

    def __init__(self, capacity_bytes: int) -> None:
        self._capacity = capacity_bytes
        self._used = 0
        self._bodies: OrderedDict[str, bytes] = OrderedDict()

    def get(self, key: str) -> bytes | None:
        """The body, if it is still there."""
        body = self._bodies.get(key)
        if body is not None:
            self._bodies.move_to_end(key)
        return body

    def put(self, key: str, body: bytes) -> None:
        """Keeps the body, unless it would take more than an eighth of the room."""
        if key in self._bodies or len(body) > self._capacity // 8:
            return
        self._bodies[key] = body
        self._used += len(body)
        while self._used > self._capacity:
            _, dropped = self._bodies.popitem(last=False)
            self._used -= len(dropped)
