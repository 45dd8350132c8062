"""What stores tell that cannot be reached, or whose keys are missing or wrong."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

import pytest

from storage.errors import StorageUnavailableError
from storage.s3_options import S3Options
from storage.urls import open_store
from tests.fixtures.stores import fetch_range, keys


def test_an_unreachable_store_says_so(tmp_path: Path, local_file: Path) -> None:
    store = open_store("s3://bucket/prefix", S3Options("http://127.0.0.1:9", "us-east-1", "key", "secret"))
    for act in (
        lambda: asyncio.run(store.fetch("a")),
        lambda: fetch_range(store, "a", 0, 1),
        lambda: store.read("a"),
        lambda: list(store.list_objects("")),
        lambda: store.put_file("a", local_file, consume=True),
    ):
        with pytest.raises(StorageUnavailableError):
            act()
    assert local_file.exists()
    asyncio.run(store.aclose())


def test_credentials_that_are_nowhere_to_be_found_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    store = open_store("s3://bucket/prefix", S3Options("http://127.0.0.1:9"))
    for act in (
        lambda: asyncio.run(store.fetch("a")),
        lambda: fetch_range(store, "a", 0, 1),
        lambda: store.read("a"),
    ):
        with pytest.raises(StorageUnavailableError, match="redentials"):
            act()
    asyncio.run(store.aclose())


@pytest.mark.integration
def test_keys_in_the_environment_do_not_mix_with_those_that_are_set(
    s3_options: S3Options, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "of somebody else")
    store = open_store(s3_url, s3_options)
    store.put("a", b"bytes")
    assert fetch_range(store, "a", 0, 5) == b"bytes"
    asyncio.run(store.aclose())


@pytest.mark.integration
def test_keys_may_come_from_the_environment(
    s3_options: S3Options, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3_options.access_key or "")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3_options.secret_key or "")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    store = open_store(s3_url, S3Options(s3_options.endpoint))
    store.put("a", b"bytes")
    assert fetch_range(store, "a", 0, 5) == b"bytes"
    asyncio.run(store.aclose())


@pytest.mark.integration
def test_a_missing_bucket_is_made_on_demand(s3_options: S3Options) -> None:
    url = f"s3://pigture-{uuid.uuid4().hex}/prefix"
    for _ in range(2):
        store = open_store(url, s3_options, create=True)
        store.put("a", b"x")
        assert keys(store, "") == ["a"]
        asyncio.run(store.aclose())


@pytest.mark.integration
@pytest.mark.parametrize(("bucket", "secret"), [("no-such-bucket", None), (None, "wrong")])
def test_a_missing_bucket_or_wrong_key_is_no_missing_object(
    s3_options: S3Options, s3_url: str, bucket: str | None, secret: str | None
) -> None:
    options = S3Options(s3_options.endpoint, "us-east-1", s3_options.access_key, secret or s3_options.secret_key)
    store = open_store(f"s3://{bucket}/prefix" if bucket else s3_url, options)
    for act in (
        lambda: asyncio.run(store.fetch("a")),
        lambda: fetch_range(store, "a", 0, 1),
        lambda: store.read("a"),
    ):
        with pytest.raises(StorageUnavailableError):
            act()
    asyncio.run(store.aclose())
