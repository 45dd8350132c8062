"""Which kinds and places are remembered, and for how long."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from iiif_server.http import known_tiles
from iiif_server.http.app import ImageServer, create_app
from iiif_server.http.linked_kinds import LinkedKind
from iiif_server.http.options import ServerOptions
from iiif_server.record import Record
from storage.filesystem import FilesystemStore

OPTIONS = ServerOptions(record_ttl_s=3600)
SERVICE = b"/iiif/3/a"
INNER = b"512,512/512,512/0/default.jpg"
CUT = b"276,512/276,512/0/default.jpg"


@pytest.fixture
def store(tmp_path: Path, publish: Callable[..., Record], photograph: Callable[..., Any]) -> FilesystemStore:
    store = FilesystemStore(tmp_path)
    publish(store, photograph(1300, 1100), identifier="a")
    return store


async def ask(app: ImageServer, *paths: bytes) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://h") as client:
        for path in paths:
            assert (await client.get(path.decode())).status_code == 200


def kinds_of(app: ImageServer) -> dict[bytes, LinkedKind]:
    return dict(app.known_tiles.kinds_of("http://h", SERVICE))


def test_a_kind_that_makes_room_is_no_kind_of_its_service_any_more(store: FilesystemStore) -> None:
    async def scenario() -> None:
        app = create_app(store, dataclasses.replace(OPTIONS, known_kinds=1))
        await ask(app, SERVICE + b"/0,0," + INNER)
        kinds = app.known_tiles.kinds_of("http://h", SERVICE)
        assert list(kinds) == [INNER]
        await ask(app, SERVICE + b"/1024,0," + CUT)
        assert list(kinds) == []
        assert list(kinds_of(app)) == [CUT]

    asyncio.run(scenario())


def test_places_are_learnt_from_what_is_asked_for_and_have_a_bound(
    store: FilesystemStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_tiles, "MAX_PLACES", 4)

    async def scenario() -> None:
        app = create_app(store, OPTIONS)
        await ask(app, SERVICE + b"/0,0," + INNER, SERVICE + b"/1024,0," + CUT)
        kinds = kinds_of(app)
        inner, cut = kinds[INNER], kinds[CUT]
        answer, first = app.known_tiles.answer_now, inner.kind.first_entry
        assert answer(inner, b"0", b"0")
        assert answer(inner, b"512", b"0512")
        assert answer(inner, b"0", b"1024") is None
        assert (inner.columns, inner.rows) == ({b"0": 0, b"512": 1}, {b"0": first, b"512": first + 3})
        assert answer(cut, b"1024", b"512")
        assert (inner.columns, inner.rows) == ({}, {})
        assert (cut.columns, cut.rows) == ({b"1024": 2}, {b"512": first + 3})
        assert answer(inner, b"512", b"512")

    asyncio.run(scenario())
