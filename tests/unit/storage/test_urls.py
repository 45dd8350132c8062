"""Which store a URL opens, and what is said of one that opens none."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.errors import StorageUnavailableError
from storage.filesystem import FilesystemStore
from storage.memory import MemoryStore
from storage.s3 import S3Store
from storage.s3_options import S3Options
from storage.urls import StorageUrlError, open_store


def test_a_file_url_opens_its_folder_and_makes_it(tmp_path: Path) -> None:
    folder = tmp_path / "Старые карты %41"
    store = open_store(folder.as_uri())
    assert isinstance(store, FilesystemStore)
    assert store.local_path("a/b") == folder / "a/b"
    assert folder.is_dir()


def test_localhost_may_be_named(tmp_path: Path) -> None:
    assert open_store(f"file://localhost{tmp_path}").local_path("a") == tmp_path / "a"


def test_an_s3_url_opens_a_bucket_without_connecting() -> None:
    assert isinstance(open_store("s3://bucket/some/prefix/"), S3Store)
    assert isinstance(open_store("s3://bucket", S3Options("https://s3.example", "eu", "key", "secret")), S3Store)


def test_a_memory_url_opens_a_new_store_each_time() -> None:
    first, second = open_store("memory:"), open_store("memory:")
    assert isinstance(first, MemoryStore)
    assert first is not second


@pytest.mark.parametrize(
    "url",
    [
        "", "/var/lib", "folder", "file:relative", "file://host/folder", "file:", "ftp://host/", "http://bucket/",
        "s3:", "s3://", "s3:///prefix", "s3://B_cket/x", "s3://bucket/a/../b", "s3://bucket/a//b", "file:///a%00b",
        "s3://bucket/p?x=1", "file:///a#b", "s3://key:secret@bucket/x",
    ],
)  # fmt: skip
def test_a_bad_url_is_named_in_one_sentence(url: str) -> None:
    with pytest.raises(StorageUrlError) as caught:
        open_store(url)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_half_of_a_pair_of_keys_is_refused() -> None:
    with pytest.raises(StorageUrlError, match="go together"):
        open_store("s3://bucket/x", S3Options(access_key="key"))


def test_an_endpoint_without_a_scheme_is_refused() -> None:
    with pytest.raises(StorageUrlError, match="must begin with http"):
        open_store("s3://bucket/x", S3Options("localhost:8333", "us-east-1", "key", "secret"))


def test_the_secret_is_not_shown() -> None:
    assert "hush" not in repr(S3Options(access_key="key", secret_key="hush"))


def test_a_folder_that_cannot_be_made_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageUnavailableError):
        open_store((tmp_path / "file" / "folder").as_uri())
