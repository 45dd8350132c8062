"""Kinds of tiles with the headers that all tiles of a kind share. PURE."""

from __future__ import annotations

from dataclasses import dataclass, field

from iiif_server.geometry import Box
from iiif_server.http.messages import HeaderList
from iiif_server.http.server_timing import TILE_LINE, format_short
from iiif_server.published import PublishedImage
from iiif_server.tile_kinds import TileKind


@dataclass(slots=True)
class LinkedKind:
    """Tiles of one kind as one base URL, version and spelling of the identifier sees them.

    `headers` are those that all of them share; `etag_stem` is what their ETags begin with. In the Link header x and y
    stand between `link_before` and `link_after`; without the latter it is the same for all.

    The number of a tile in the index is `columns[x] + rows[y]`, where both are known: by the decimal texts of
    x and y. They are learnt from tiles that were asked for.
    """

    image: PublishedImage
    kind: TileKind
    headers: HeaderList
    etag_stem: bytes
    link_before: bytes
    link_after: bytes | None
    head: bytes = field(init=False)
    placed: bool = field(init=False)
    columns: dict[bytes, int] = field(init=False, default_factory=dict)
    rows: dict[bytes, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.placed = self.link_after is not None
        shared = b"".join(b"%b: %b\r\n" % pair for pair in self.headers)
        before, after = shared + b'etag: "' + self.etag_stem, self.link_after or b""
        self.head = b'%b%%d"\r\nlink: %b%b%b\r\ncontent-length: %%d\r\n' % (
            *(before.replace(b"%", b"%%"), self.link_before.replace(b"%", b"%%")),
            *(b"%b,%b" if self.placed else b"", after.replace(b"%", b"%%")),
        )
        self.head += TILE_LINE + b"\r\n"

    def link_at(self, x: int, y: int) -> bytes:
        """The Link header of the tile at (x, y)."""
        if self.link_after is None:
            return self.link_before
        return b"%b%d,%d%b" % (self.link_before, x, y, self.link_after)

    def head_at(self, number: int, x: bytes, y: bytes, size_bytes: int, made: bytes, duration_s: float) -> bytes:
        """The headers of that tile's 200 as they go over the wire, with the empty line at the end.

        x and y are decimals without leading zeros.
        """
        if self.placed:
            return self.head % (number, x, y, size_bytes, made, format_short(duration_s))
        return self.head % (number, size_bytes, made, format_short(duration_s))


def split_link(link: bytes, region: Box) -> tuple[bytes, bytes | None]:
    """What stands before and behind `x,y` of the canonical URI in a Link header."""
    before, place, after = link.partition(b"/%d,%d," % (region.x, region.y))
    return (before + b"/", b"," + after) if place else (link, None)
