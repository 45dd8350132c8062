"""Tiles that can be told from the text of their path, without parsing, planning or waiting.

The first tile of each kind goes the long way, which ends here; its like are found by arithmetic. No memory is taken
for single tiles, so that an image of any size is served at the same speed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, NamedTuple

from config.metrics import Samples, merge_samples
from iiif_server.errors import DamagedImageError
from iiif_server.http.counting import tile_samples
from iiif_server.http.linked_kinds import LinkedKind
from iiif_server.http.messages import HeaderList
from iiif_server.index import TileEntry
from iiif_server.source import ImageSource
from iiif_server.tiles import TileLocation, TileReader, locate_tile
from storage.errors import StorageUnavailableError

FAILURE_TTL_S = 1.0
"""How long it is remembered that storage did not give a tile: who waited for it in vain need not wait twice."""

MAX_FAILURES = 64

MAX_PLACES = 32_768
"""How many columns and rows are known by their texts, of all kinds together; then they are learnt anew."""

MAX_DIGITS = 10

_TILE_PATH = re.compile(rb"(/iiif/[23]/[^/]+)/([0-9]{1,10}),([0-9]{1,10}),(.+)")

TileAnswer = tuple[bytes, bytes, bytes | memoryview]
"""What follows the status line and the general headers: headers, and the body in two pieces.

A memoryview is good until the next answer is made: it is sent at once, or copied.
"""


class TilePath(NamedTuple):
    """The path of what may be a tile: the service's, the numbers x and y, and what stands behind their commas."""

    service: bytes
    x: bytes
    y: bytes
    rest: bytes


def split_tile_path(raw_path: bytes) -> TilePath | None:
    """The parts of the path; None where it has others."""
    match = _TILE_PATH.fullmatch(raw_path)
    return TilePath(*match.groups()) if match else None


class KnownTile(NamedTuple):
    """A tile, ready to be sent."""

    kind: LinkedKind
    number: int
    location: TileLocation
    link: bytes

    @property
    def etag(self) -> bytes:
        """Its validator; equal in all spellings of its address."""
        return b'"%b%d"' % (self.kind.etag_stem, self.number)

    @property
    def headers(self) -> HeaderList:
        """All headers of its 200."""
        length = b"%d" % self.location.size_bytes
        return [*self.kind.headers, (b"etag", self.etag), (b"link", self.link), (b"content-length", length)]


class KnownTiles:
    """The kinds of tiles that were met, at most `capacity`: every level has up to four, for each spelling."""

    def __init__(
        self, source: ImageSource, tiles: TileReader, capacity: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._source = source
        self._tiles = tiles
        self._capacity = capacity
        self._clock = clock
        self._made = b"copy" if tiles.cache is None else b"cache"
        self._kinds: dict[tuple[str, bytes, bytes], LinkedKind] = {}
        self._services: dict[tuple[str, bytes], dict[bytes, LinkedKind]] = {}
        self._places = 0
        self._failures: dict[TileLocation, tuple[StorageUnavailableError, float]] = {}
        self._sent = 0
        self._sent_bytes = 0
        self._sent_soon = 0
        self._sent_soon_bytes = 0

    def samples(self) -> Samples:
        """Counts of what `answer_now` and `answer_soon` gave."""
        return merge_samples(
            (
                tile_samples(self._made.decode(), self._sent, self._sent_bytes),
                tile_samples("copy", self._sent_soon, self._sent_soon_bytes),
            )
        )

    def find(self, base_url: str, path: TilePath) -> KnownTile | None:
        """The tile, where its kind is known and its image is still what it was.

        Raises DamagedImageError; StorageUnavailableError where `answer_soon` has met it a moment ago.
        """
        kind = self._kinds.get((base_url, path.service, path.rest))
        if kind is None or kind.image.lease.until <= self._clock():
            return None
        x, y = int(path.x), int(path.y)
        number = kind.kind.number_at(x, y)
        entry = None if number is None else self._source.peek_entry(kind.image, number)
        if number is None or entry is None:
            return None
        location = locate_tile(kind.image, TileEntry(*entry), number)
        error, until = self._failures.get(location, (None, 0.0))
        if error is not None and self._clock() < until:
            raise error.with_traceback(None)
        return KnownTile(kind, number, location, kind.link_at(x, y))

    def kinds_of(self, base_url: str, service: bytes) -> Mapping[bytes, LinkedKind]:
        """The kinds of one service by what stands in their paths behind x and y, as far as they are kept just now."""
        return self._services.get((base_url, service), {})

    def answer_now(self, kind: LinkedKind, x: bytes, y: bytes) -> TileAnswer | None:
        """The answer to a GET without conditions for the tile at (x, y), where nothing must be waited for; else None.

        `find` and `read` in one: each call less is felt here. What is damaged is left for them to say, and so is
        what is no tile's place.
        """
        began = self._clock()
        image = kind.image
        if image.lease.until <= began:
            return None
        try:
            number = kind.columns[x] + kind.rows[y]
        except KeyError:
            place = self._learn_place(kind, x, y)
            if place is None:
                return None
            number, x, y = place
        entry = self._source.peek_entry(image, number)
        if entry is None:
            return None
        body = self._tiles.read_now(image, entry)
        if body is None:
            return None
        prefix, data = body
        size_bytes = len(prefix) + len(data)
        self._sent += 1
        self._sent_bytes += size_bytes
        return kind.head_at(number, x, y, size_bytes, self._made, self._clock() - began), prefix, data

    def _learn_place(self, kind: LinkedKind, x_text: bytes, y_text: bytes) -> tuple[int, bytes, bytes] | None:
        """The tile's number, and x and y as they are written properly; None where there is no such tile."""
        for text in (x_text, y_text):
            if len(text) > MAX_DIGITS or not text.isdigit():
                return None
        x, y = int(x_text), int(y_text)
        number = kind.kind.number_at(x, y)
        if number is None:
            return None
        if self._places >= MAX_PLACES:
            self._forget_places()
        column = x // kind.kind.step_x
        proper_x, proper_y = b"%d" % x, b"%d" % y
        kind.columns[proper_x], kind.rows[proper_y] = column, number - column
        self._places += 2
        return number, proper_x, proper_y

    def _forget_places(self) -> None:
        for kind in self._kinds.values():
            kind.columns.clear()
            kind.rows.clear()
        self._places = 0

    def answer_soon(self, base_url: str, path: TilePath) -> Coroutine[Any, Any, TileAnswer] | None:
        """What `answer_now` gives, after waiting for storage; None where more than that has to be done.

        Whatever the coroutine raises is for `find` and `read` to meet again, and to tell.
        """
        began = self._clock()
        try:
            tile = self.find(base_url, path)
        except (DamagedImageError, StorageUnavailableError):
            return None
        return None if tile is None else self._read_soon(tile, b"%d" % int(path.x), b"%d" % int(path.y), began)

    async def _read_soon(self, tile: KnownTile, x: bytes, y: bytes, began: float) -> TileAnswer:
        try:
            jpeg = await self._tiles.read(tile.location)
        except StorageUnavailableError as exc:
            if len(self._failures) >= MAX_FAILURES:
                del self._failures[next(iter(self._failures))]
            self._failures[tile.location] = (exc, self._clock() + FAILURE_TTL_S)
            raise
        self._sent_soon += 1
        self._sent_soon_bytes += len(jpeg)
        return tile.kind.head_at(tile.number, x, y, len(jpeg), b"copy", self._clock() - began), b"", jpeg

    def keep(self, base_url: str, path: TilePath, kind: LinkedKind) -> None:
        """Makes tiles of that kind findable; the kind that was kept first makes room."""
        key = (base_url, path.service, path.rest)
        self._forget(key)
        if len(self._kinds) >= self._capacity:
            self._forget(next(iter(self._kinds)))
        self._kinds[key] = kind
        self._services.setdefault(key[:2], {})[path.rest] = kind

    def _forget(self, key: tuple[str, bytes, bytes]) -> None:
        if self._kinds.pop(key, None) is None:
            return
        kinds = self._services[key[:2]]
        del kinds[key[2]]
        if not kinds:
            del self._services[key[:2]]
