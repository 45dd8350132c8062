"""Tiles that can be told from the text of their path, without parsing, planning or waiting.

The first tile of each kind goes the long way, which ends here; its like are found by arithmetic. No memory is taken
for single tiles, so that an image of any size is served at the same speed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from config.metrics import Samples, merge_samples
from iiif_server.errors import DamagedImageError
from iiif_server.geometry import Box
from iiif_server.http.counting import tile_samples
from iiif_server.http.messages import HeaderList
from iiif_server.http.server_timing import TILE_LINE
from iiif_server.published import PublishedImage
from iiif_server.source import ImageSource
from iiif_server.tile_kinds import TileKind
from iiif_server.tiles import TileLocation, TileReader, locate_tile
from storage.errors import StorageUnavailableError

FAILURE_TTL_S = 1.0
"""How long it is remembered that storage did not give a tile: who waited for it in vain need not wait twice."""

MAX_FAILURES = 64

_TILE_PATH = re.compile(rb"(/iiif/[23]/[^/]+)/([0-9]{1,10}),([0-9]{1,10}),(.+)")

TileAnswer = tuple[bytes, bytes, bytes]
"""What follows the status line and the general headers: headers, and the body in two pieces."""


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


@dataclass(slots=True)
class LinkedKind:
    """Tiles of one kind as one base URL, version and spelling of the identifier sees them.

    `headers` are those that all of them share; `etag_stem` is what their ETags begin with. In the Link header x and y
    stand between `link_before` and `link_after`; without the latter it is the same for all.
    """

    image: PublishedImage
    kind: TileKind
    headers: HeaderList
    etag_stem: bytes
    link_before: bytes
    link_after: bytes | None
    head: bytes = field(init=False)
    placed: bool = field(init=False)

    def __post_init__(self) -> None:
        self.placed = self.link_after is not None
        shared = b"".join(b"%b: %b\r\n" % pair for pair in self.headers)
        before, after = shared + b'etag: "' + self.etag_stem, self.link_after or b""
        self.head = b'%b%%d"\r\nlink: %b%b%b\r\ncontent-length: %%d\r\n' % (
            *(before.replace(b"%", b"%%"), self.link_before.replace(b"%", b"%%")),
            *(b"%d,%d" if self.placed else b"", after.replace(b"%", b"%%")),
        )
        self.head += TILE_LINE + b"\r\n"

    def link_at(self, x: int, y: int) -> bytes:
        """The Link header of the tile at (x, y)."""
        if self.link_after is None:
            return self.link_before
        return b"%b%d,%d%b" % (self.link_before, x, y, self.link_after)

    def head_at(self, number: int, x: int, y: int, size_bytes: int, made: bytes, duration_ms: float) -> bytes:
        """The headers of that tile's 200 as they go over the wire, with the empty line at the end."""
        if self.placed:
            return self.head % (number, x, y, size_bytes, made, duration_ms)
        return self.head % (number, size_bytes, made, duration_ms)


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


def split_link(link: bytes, region: Box) -> tuple[bytes, bytes | None]:
    """What stands before and behind `x,y` of the canonical URI in a Link header."""
    before, place, after = link.partition(b"/%d,%d," % (region.x, region.y))
    return (before + b"/", b"," + after) if place else (link, None)


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
        location = locate_tile(kind.image, entry, number)
        error, until = self._failures.get(location, (None, 0.0))
        if error is not None and self._clock() < until:
            raise error.with_traceback(None)
        return KnownTile(kind, number, location, kind.link_at(x, y))

    def answer_now(
        self, base_url: str, service: bytes, x_text: bytes, y_text: bytes, rest: bytes
    ) -> TileAnswer | None:
        """The answer to a GET without conditions, where nothing must be waited for; else None.

        `find` and `read` in one: each call less is felt here. What is damaged is left for them to say.
        """
        kind = self._kinds.get((base_url, service, rest))
        began = self._clock()
        if kind is None or kind.image.lease.until <= began:
            return None
        x, y = int(x_text), int(y_text)
        number = kind.kind.number_at(x, y)
        if number is None:
            return None
        image = kind.image
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
        duration_ms = (self._clock() - began) * 1000
        return kind.head_at(number, x, y, size_bytes, self._made, duration_ms), prefix, data

    def answer_soon(self, base_url: str, path: TilePath) -> Coroutine[Any, Any, TileAnswer] | None:
        """What `answer_now` gives, after waiting for storage; None where more than that has to be done.

        Whatever the coroutine raises is for `find` and `read` to meet again, and to tell.
        """
        began = self._clock()
        try:
            tile = self.find(base_url, path)
        except (DamagedImageError, StorageUnavailableError):
            return None
        return None if tile is None else self._read_soon(tile, int(path.x), int(path.y), began)

    async def _read_soon(self, tile: KnownTile, x: int, y: int, began: float) -> TileAnswer:
        try:
            jpeg = await self._tiles.read(tile.location)
        except StorageUnavailableError as exc:
            if len(self._failures) >= MAX_FAILURES:
                del self._failures[next(iter(self._failures))]
            self._failures[tile.location] = (exc, self._clock() + FAILURE_TTL_S)
            raise
        self._sent_soon += 1
        self._sent_soon_bytes += len(jpeg)
        duration_ms = (self._clock() - began) * 1000
        return tile.kind.head_at(tile.number, x, y, len(jpeg), b"copy", duration_ms), b"", jpeg

    def keep(self, base_url: str, path: TilePath, kind: LinkedKind) -> None:
        """Makes tiles of that kind findable; the kind that was kept first makes room."""
        key = (base_url, path.service, path.rest)
        self._kinds.pop(key, None)
        if len(self._kinds) >= self._capacity:
            del self._kinds[next(iter(self._kinds))]
        self._kinds[key] = kind
