from __future__ import annotations

import asyncio

import pytest

from ingest.http import sending
from ingest.http.downloads import content_disposition
from ingest.http.ranges import ByteRange
from ingest.http.sending import frame_parts, read_parts, read_pieces

DATA = bytes(range(256)) * 8


class Source:
    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    async def read(self, start: int, end: int) -> bytes:
        self.asked.append((start, end))
        return DATA[start:end]


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "PIECE_BYTES", 100)


def test_a_range_is_read_piece_by_piece() -> None:
    async def scenario() -> None:
        source = Source()
        assert b"".join([piece async for piece in read_pieces(source.read, ByteRange(5, 310))]) == DATA[5:310]
        assert source.asked == [(5, 105), (105, 205), (205, 305), (305, 310)]

    asyncio.run(scenario())


def test_no_more_than_one_piece_is_read_ahead_and_none_after_the_end() -> None:
    async def scenario() -> None:
        source = Source()
        pieces = read_pieces(source.read, ByteRange(0, len(DATA)))
        await anext(pieces)
        await asyncio.sleep(0)
        assert source.asked == [(0, 100), (100, 200)]
        await pieces.aclose()
        await asyncio.sleep(0)
        assert len(source.asked) == 2

    asyncio.run(scenario())


def test_what_is_read_ahead_ends_with_its_reader() -> None:
    async def scenario() -> None:
        ended = asyncio.Event()

        async def read(start: int, end: int) -> bytes:
            if start == 0:
                return DATA[:end]
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
            raise AssertionError

        pieces = read_pieces(read, ByteRange(0, 300))
        await anext(pieces)
        await asyncio.sleep(0)
        await pieces.aclose()
        assert ended.is_set()

    asyncio.run(scenario())


def test_parts_are_framed_as_announced() -> None:
    async def scenario() -> None:
        parts = [ByteRange(0, 3), ByteRange(10, 250)]
        boundary, heads, end = frame_parts(parts, len(DATA), "image/tiff")
        pairs = list(zip(heads, parts, strict=True))
        body = b"".join([piece async for piece in read_parts(Source().read, pairs, end)])
        mark = b"\r\n--" + boundary.encode()
        before, first, second, after = body.split(mark)
        assert (before, after) == (b"", b"--\r\n")
        assert first == b"\r\nContent-Type: image/tiff\r\nContent-Range: bytes 0-2/2048\r\n\r\n" + DATA[:3]
        assert second.endswith(b"Content-Range: bytes 10-249/2048\r\n\r\n" + DATA[10:250])

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("leaf 1.tif", 'attachment; filename="leaf 1.tif"'),
        ("лист.tif", "attachment; filename=\"____.tif\"; filename*=UTF-8''%D0%BB%D0%B8%D1%81%D1%82.tif"),
        ('a"b\\c.tif', "attachment; filename=\"a_b_c.tif\"; filename*=UTF-8''a%22b%5Cc.tif"),
        ("a\r\nb", "attachment; filename=\"a__b\"; filename*=UTF-8''a%0D%0Ab"),
        ("50%41.tif", "attachment; filename=\"50_41.tif\"; filename*=UTF-8''50%2541.tif"),
        ("it's.tif", "attachment; filename=\"it_s.tif\"; filename*=UTF-8''it%27s.tif"),
    ],
)
def test_file_names_keep_every_letter_and_break_no_header(name: str, value: str) -> None:
    assert content_disposition(name) == value
