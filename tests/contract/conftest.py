"""A store of each kind (storage.ports): memory, files, files behind a cache on disk, a real S3 server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.ports import Store
from storage.urls import open_store
from tests.fixtures.stores import S3, StoreBehindDiskCache


@pytest.fixture(params=["memory", "filesystem", "disk cache", S3])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    match request.param:
        case "memory":
            opened = open_store("memory:")
        case "disk cache":
            opened = StoreBehindDiskCache(tmp_path / "cache")
        case "filesystem":
            opened = open_store((tmp_path / "root").as_uri(), create=True)
        case _:
            options = request.getfixturevalue("s3_options")
            opened = open_store(request.getfixturevalue("s3_url"), options, create=True)
    yield opened
    asyncio.run(opened.aclose())


@pytest.fixture
def local_file(tmp_path: Path) -> Path:
    path = tmp_path / "local"
    path.write_bytes(b"local bytes")
    return path
